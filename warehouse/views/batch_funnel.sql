create view batch_funnel as
select b.load_number, b.batch_id, b.dag, b.started_at, b.loaded_at, s.source_id, s.status, s.reason,
       s.listed, s.known_not_due, s.fetched, s.archived, s.new, s.updated, s.unchanged, s.rejected,
       s.failed, s.skipped, s.kept_from_feed
from batches b join batch_sources s using (batch_id)
order by b.load_number desc, s.source_id;
comment on view batch_funnel is 'From listed to loaded: what each source gave in each batch, newest batch first';
