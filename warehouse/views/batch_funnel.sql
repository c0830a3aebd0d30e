create view batch_funnel as
select b.load_number, b.batch_id, b.dag, b.started_at, b.loaded_at, s.source_id, s.status, s.reason,
       s.listed, s.known_not_due, s.fetched, s.archived, s.new, s.updated, s.unchanged, s.rejected,
       s.failed, s.skipped, s.kept_from_feed
from batches b join batch_sources s using (batch_id)
order by b.load_number desc, s.source_id;
comment on view batch_funnel is 'From listed to loaded: what each source gave in each batch, newest batch first';
comment on column batch_funnel.load_number is '1, 2, 3 … in the order of loading';
comment on column batch_funnel.batch_id is 'The batch';
comment on column batch_funnel.dag is 'What started it: ingest, run, import ...';
comment on column batch_funnel.started_at is 'When it began, UTC';
comment on column batch_funnel.loaded_at is 'When it was loaded, UTC';
comment on column batch_funnel.source_id is 'Outlet';
comment on column batch_funnel.status is 'What became of the source in it, as in batch_sources';
comment on column batch_funnel.reason is 'Why it was held or failed; NULL when loaded';
comment on column batch_funnel.listed is 'Distinct articles listed, counted by the spider';
comment on column batch_funnel.known_not_due is 'Of these, known and not due to be asked again';
comment on column batch_funnel.fetched is 'Ledger lines fetched';
comment on column batch_funnel.archived is 'WARC records written';
comment on column batch_funnel.new is 'Articles first seen';
comment on column batch_funnel.updated is 'Articles with a new version';
comment on column batch_funnel.unchanged is 'Articles that were asked for and had not changed';
comment on column batch_funnel.rejected is 'Pages that are no articles';
comment on column batch_funnel.failed is 'Pages that could not be had';
comment on column batch_funnel.skipped is 'Pages not asked for; fetches says why';
comment on column batch_funnel.kept_from_feed is 'Articles kept as the feed told them, page not had';
