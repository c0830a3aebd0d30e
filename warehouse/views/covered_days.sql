create view covered_days as
from covered_since(timestamptz '-infinity') order by day desc, source_id;
comment on view covered_days is 'What is known of each day of each outlet''s own calendar, from its first look to the last of any: the part of daily_coverage that needs no article. Looks of batches that are held do not count until they are accepted, those of a backfill never';
comment on column covered_days.source_id is 'Outlet';
comment on column covered_days.day is 'Day on the outlet''s own calendar; in UTC where its zone is unknown';
comment on column covered_days.looks_answered is 'Looks at its entrances on this day that were answered';
comment on column covered_days.observed is 'full: looks at each entrance, or at another in its place, follow each other without a gap from before the day began until after it ended: each was fresh, whole and listed an item of the one before; partial: some of it lies in a gap, as the last day does until the next look; blind: no look was answered on it, and one was due (an outlet that fails, a pipeline that stood still)';
