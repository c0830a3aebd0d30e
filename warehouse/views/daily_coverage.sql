create view daily_coverage as
with zones as (
    select source_id, coalesce(timezone, 'UTC') as zone from sources
), texts as (
    select source_id, dated_on as day, count(*) as articles, count(distinct story_id) as stories,
           count(*) filter (where date_basis <> 'published') as undated
    from articles group by all
), looks as (
    select p.batch_id, p.source_id, local_day(p.polled_at, zone := z.zone) as day, p.entrance,
           p.stands_in_for, p.reason is null as is_answered,
           p.reason is null and not coalesce(p.is_stale, false)
               and not coalesce(p.is_cut_short, false)
               and p.overlapped is distinct from false as is_whole
    from polls p join zones z using (source_id) left join batches b using (batch_id)
    where p.part_of is null and b.found_by is distinct from 'backfill'
), replaced as (
    select distinct batch_id, source_id, stands_in_for as entrance
    from looks where is_whole and stands_in_for is not null
), days as (
    select l.source_id, l.day, count(*) filter (where l.is_answered) as looks_answered,
           case when not bool_or(l.is_answered) then 'blind'
                when bool_and(l.is_whole or r.entrance is not null) then 'full'
                else 'partial' end as observed
    from looks l left join replaced r using (batch_id, source_id, entrance) group by all
)
select coalesce(t.source_id, d.source_id) as source_id, coalesce(t.day, d.day) as day,
       coalesce(t.articles, 0) as articles, coalesce(t.stories, 0) as stories,
       coalesce(t.undated, 0) as undated, coalesce(d.looks_answered, 0) as looks_answered,
       coalesce(d.observed, 'blind') as observed
from texts t full join days d on d.source_id = t.source_id and d.day = t.day
order by day desc, source_id;
comment on view daily_coverage is 'Articles by source and day of the outlet''s own calendar; observed says whether a silence is real';
comment on column daily_coverage.undated is 'Articles that stand on this day only because they were changed or first seen then';
comment on column daily_coverage.observed is 'full: every look was answered with fresh items, whole and overlapping the one before, or by another entrance in its place; partial: some failed, were stale, cut short or left a gap; blind: none answered';
comment on column daily_coverage.source_id is 'Outlet';
comment on column daily_coverage.day is 'Day on the outlet''s own calendar; in UTC where its zone is unknown';
comment on column daily_coverage.articles is 'Articles dated on this day';
comment on column daily_coverage.stories is 'Stories (one text and its copies) among them';
comment on column daily_coverage.looks_answered is 'Looks at its entrances on this day that were answered';
