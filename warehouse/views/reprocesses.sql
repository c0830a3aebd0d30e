create view reprocesses as
with told as (
    select load_number, batch_id, loaded_at, report->'$.again' as again from batches
    where found_by = 'reprocess'
), parts as (
    select *, unnest(coalesce(nullif(from_json(again->'$.sources', '["json"]'), []), [null])) as part
    from told
)
select load_number, batch_id, loaded_at, part->>'$.source_id' as source_id,
       nullif(again->>'$.reason', '') as reason, again->>'$.reverts' as reverts,
       (part->>'$.read')::int as read, (part->>'$.became')::int as became_articles,
       (part->>'$.still_rejected')::int as still_rejected,
       (again->>'$.written')::int as batch_written, (again->>'$.late')::int as batch_late,
       (again->>'$.became')::int as batch_became_articles
from parts order by load_number desc, source_id;
comment on view reprocesses is 'What was extracted again from the archive, why, and what that did to rows: one row a batch and outlet, newest first; of a batch that took another back one row, with no outlet. Nothing was fetched for it, so that fetches and batch_sources have no rows of it. Which articles it wrote last: articles.batch_id';
comment on column reprocesses.load_number is '1, 2, 3 … in the order of loading, among all batches';
comment on column reprocesses.batch_id is 'The batch';
comment on column reprocesses.loaded_at is 'When it was loaded, UTC';
comment on column reprocesses.source_id is 'Outlet; NULL where it took another batch back';
comment on column reprocesses.reason is 'Why, in its operator''s words; NULL before that was kept';
comment on column reprocesses.reverts is 'The batch that it took back; NULL otherwise';
comment on column reprocesses.read is 'Of this outlet: rows and rejected pages that came out as articles; NULL where it took another batch back';
comment on column reprocesses.became_articles is 'Of this outlet: articles that came of pages that were rejected when they were captured; NULL as read';
comment on column reprocesses.still_rejected is 'Of this outlet: rejected pages that are no articles now either; NULL as read';
comment on column reprocesses.batch_written is 'Of all outlets: rows and pages that were written';
comment on column reprocesses.batch_late is 'Of all outlets: rows left as they are, since a later batch has written their articles';
comment on column reprocesses.batch_became_articles is 'Of all outlets: articles that came; negative: that went again, where it took another batch back';
