create macro numbers_in(text) as list_filter(list_transform(
    regexp_extract_all(regexp_replace(text, '(\p{Nd})\.(\p{Nd}+)\.(\p{Nd})', '\1 \2 \3', 'g'),
        '\p{Nd}{1,3}(?:[,٬،]\p{Nd}{2,3})*[,٬،]\p{Nd}{3}(?:[.٫]\p{Nd}+)?|\p{Nd}+(?:[.٫]\p{Nd}+)?'),
    lambda figure: case when length(figure) <= 20 then coalesce(
        try_cast(replace(figure, ',', '') as double),
        try_cast(array_to_string(list_transform(
            string_split(translate(figure, '٫,٬،', '.'), ''),
            lambda sign: case when sign < '0' or sign between '0' and '9' then sign
                else cast(unicode(sign) - list_max(list_filter([
                    1632, 1776, 1984, 2406, 2534, 2662, 2790, 2918, 3046, 3174, 3302, 3430, 3558,
                    3664, 3792, 3872, 4160, 4240, 6112, 6160, 6470, 6608, 6784, 6800, 6992, 7088,
                    7232, 7248, 42528, 43216, 43264, 43472, 43504, 43600, 44016, 65296, 66720,
                    68912, 69734, 69872, 69942, 70096, 70384, 70736, 70864, 71248, 71360, 71472,
                    71904, 72016, 72784, 73040, 73120, 92768, 92864, 93008, 120782, 120792, 120802,
                    120812, 120822, 123200, 123632, 125264, 130032],
                    lambda zero: zero <= unicode(sign))) as varchar) end), '') as double)) end),
    lambda number: number is not null);
comment on macro numbers_in is 'Numbers of a text in digits of any script, in their order: numbers_in(''1,200 hurt, ۱۵ killed'') is [1200, 15]. Numbers in words are not read, nor those of more than 20 signs';
