create macro dated_order(from_one, to_one, from_other, to_other) as
    case when to_one <= from_other then 'before'
         when to_other <= from_one then 'after'
         else 'undecidable' end;
comment on macro dated_order is 'Whether one interval lies before or after another: before, after, or undecidable where they overlap or have no start';
