create view batch_funnel as
with sums as (
    select *, case when status = 'held' then listed - known_not_due else 0 end as held_back,
           new + updated + unchanged + rejected + failed + skipped as lines,
           listed - known_not_due - held_back as expected
    from batch_sources
), accepted as (
    -- No other source may be loaded with a line more or less than was listed.
    select f.batch_id, f.source_id, count(*) filter (where f.is_listed)::int as listed_lines
    from fetches f semi join (from batch_sources where accepted_why is not null)
        using (batch_id, source_id)
    group by all
), counted as (
    select s.*, case when s.accepted_why is null then s.expected
                     else coalesce(a.listed_lines, 0) end as listed_lines
    from sums s left join accepted a using (batch_id, source_id)
)
select b.load_number, b.batch_id, b.dag, b.found_by, b.started_at, b.loaded_at, s.source_id,
       s.status, s.reason, s.accepted_why, s.listed, s.known_not_due, s.held_back,
       s.expected - s.listed_lines as miscounted, s.lines - s.listed_lines as revisited, s.lines,
       s.fetched, s.lines - s.fetched - s.failed - s.skipped as not_modified, s.failed, s.skipped,
       s.new, s.updated, s.unchanged, s.rejected, s.kept_from_feed, s.archived
from batches b join counted s using (batch_id)
order by b.load_number desc, s.source_id;
comment on view batch_funnel is 'From listed to loaded: what became of all that each outlet listed in each batch, newest batch first; a row also where it was held or its crawl died. listed + revisited = known_not_due + held_back + miscounted + lines; lines = fetched + not_modified + failed + skipped = new + updated + unchanged + rejected + failed + skipped. The lines themselves are in fetches';
comment on column batch_funnel.load_number is '1, 2, 3 … in the order of loading';
comment on column batch_funnel.batch_id is 'The batch';
comment on column batch_funnel.dag is 'What started it: ingest, run, import ...';
comment on column batch_funnel.found_by is 'live, backfill or import';
comment on column batch_funnel.started_at is 'When it began, UTC';
comment on column batch_funnel.loaded_at is 'When it was loaded, UTC';
comment on column batch_funnel.source_id is 'Outlet';
comment on column batch_funnel.status is 'What became of the source in it, as in batch_sources';
comment on column batch_funnel.reason is 'Why it was held or failed; NULL when loaded';
comment on column batch_funnel.accepted_why is 'Why an operator released it from being held; else NULL';
comment on column batch_funnel.listed is 'Distinct articles listed, counted by the spider';
comment on column batch_funnel.known_not_due is 'Of these, known and not due to be asked again';
comment on column batch_funnel.held_back is 'Of these, kept out as the source is held: the ledger gets them when it is released';
comment on column batch_funnel.miscounted is 'Of these, those of which the ledger has no line (negative: lines that the spider did not count); 0 unless an operator accepted such a source';
comment on column batch_funnel.revisited is 'Ledger lines of addresses that nothing listed: known articles asked again, and imported pages';
comment on column batch_funnel.lines is 'Ledger lines: rows of fetches';
comment on column batch_funnel.fetched is 'Lines whose page came';
comment on column batch_funnel.not_modified is 'Lines whose outlet said that nothing had changed (HTTP 304)';
comment on column batch_funnel.failed is 'Pages that could not be had, removed ones too: fetches has their reason gone';
comment on column batch_funnel.skipped is 'Pages not asked for; fetches says why';
comment on column batch_funnel.new is 'Articles first seen';
comment on column batch_funnel.updated is 'Articles with a new version';
comment on column batch_funnel.unchanged is 'Articles that were asked for and had not changed';
comment on column batch_funnel.rejected is 'Pages that are no articles';
comment on column batch_funnel.kept_from_feed is 'Of failed and skipped, those kept as articles as the feed told them';
comment on column batch_funnel.archived is 'WARC records written';
