create view daily_coverage as
with texts as (
    select source_id, dated_on as day, count(*) as articles, count(distinct story_id) as stories,
           count(*) filter (where date_basis <> 'published') as undated
    from articles group by all
)
select coalesce(c.source_id, t.source_id) as source_id, coalesce(c.day, t.day) as day,
       coalesce(t.articles, 0) as articles, coalesce(t.stories, 0) as stories,
       coalesce(t.undated, 0) as undated, coalesce(c.looks_answered, 0) as looks_answered,
       coalesce(c.observed, 'blind') as observed
from covered_days c full join texts t on t.source_id = c.source_id and t.day = c.day
order by day desc, source_id;
comment on view daily_coverage is 'Articles by source and day of the outlet''s own calendar, a row for each day from its first look to the last of any; observed says whether a silence is real. Earlier days have a row where an article is dated so. Looks of batches that are held do not count until they are accepted, those of a backfill never';
comment on column daily_coverage.undated is 'Articles that stand on this day only because they were changed or first seen then';
comment on column daily_coverage.observed is 'full: looks at each entrance, or at another in its place, follow each other without a gap from before the day began until after it ended: each was fresh, whole and listed an item of the one before; partial: some of it lies in a gap, as the last day does until the next look; blind: no look was answered on it, and one was due (an outlet that fails, a pipeline that stood still)';
comment on column daily_coverage.source_id is 'Outlet';
comment on column daily_coverage.day is 'Day on the outlet''s own calendar; in UTC where its zone is unknown';
comment on column daily_coverage.articles is 'Articles dated on this day';
comment on column daily_coverage.stories is 'Stories (one text and its copies) among them';
comment on column daily_coverage.looks_answered is 'Looks at its entrances on this day that were answered';
