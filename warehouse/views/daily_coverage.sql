create view daily_coverage as
with zones as (
    select source_id, coalesce(timezone, 'UTC') as zone from sources
), texts as (
    select source_id, dated_on as day, count(*) as articles, count(distinct story_id) as stories,
           count(*) filter (where date_basis <> 'published') as undated
    from articles group by all
), looks as (
    select p.source_id, local_day(p.polled_at, zone := z.zone) as day, p.entrance,
           count(*) filter (where p.reason is null) as answered,
           bool_or(p.reason is not null or p.overlapped is false) as has_gap
    from polls p join zones z using (source_id) where p.part_of is null group by all
), days as (
    select source_id, day, sum(answered) as looks_answered,
           case when sum(answered) = 0 then 'blind'
                when bool_or(has_gap) or min(answered) = 0 then 'partial' else 'full' end as observed
    from looks group by all
)
select coalesce(t.source_id, d.source_id) as source_id, coalesce(t.day, d.day) as day,
       coalesce(t.articles, 0) as articles, coalesce(t.stories, 0) as stories,
       coalesce(t.undated, 0) as undated, coalesce(d.looks_answered, 0) as looks_answered,
       coalesce(d.observed, 'blind') as observed
from texts t full join days d on d.source_id = t.source_id and d.day = t.day
order by day desc, source_id;
comment on view daily_coverage is 'Articles by source and day of the outlet''s own calendar; observed says whether a silence is real';
comment on column daily_coverage.undated is 'Articles that stand on this day only because they were changed or first seen then';
comment on column daily_coverage.observed is 'full: every look answered and overlapped the one before; partial: some failed or left a gap; blind: none answered';
