create view source_health as
with looks as (
    select source_id, max(polled_at) as polled_at, max(answered_at) as answered_at,
           count(*) as entrances, count(*) filter (where failure_weight > 0) as entrances_failing,
           count(*) filter (where is_stale) as entrances_stale, max(newest_at) as newest_item_at
    from entrances where part_of is null group by source_id
), last_batch as (
    select s.source_id, s.batch_id, s.status, s.reason
    from batch_sources s join batches b using (batch_id)
    qualify row_number() over (partition by s.source_id order by b.load_number desc) = 1
), texts as (
    select source_id, count(*) as articles, max(dated_at) as newest_dated_at,
           max(first_seen_at) as newest_seen_at,
           count(*) filter (where date_basis <> 'published') as undated,
           count(*) filter (where gone_at is not null) as gone
    from articles group by source_id
)
select s.source_id, s.name, l.status as last_status, l.reason as last_reason,
       l.batch_id as last_batch_id, k.polled_at, k.answered_at, coalesce(k.entrances, 0) as entrances,
       coalesce(k.entrances_failing, 0) as entrances_failing,
       coalesce(k.entrances_stale, 0) as entrances_stale, k.newest_item_at, coalesce(t.articles, 0) as articles,
       coalesce(t.undated, 0) as undated, coalesce(t.gone, 0) as gone, t.newest_dated_at,
       t.newest_seen_at
from sources s
left join looks k using (source_id)
left join last_batch l using (source_id)
left join texts t using (source_id)
order by s.source_id;
comment on view source_health is 'One row a source: its last batch, its entrances, its newest article';
comment on column source_health.entrances_stale is 'Entrances whose newest item is older than the source promises, although they answer';
comment on column source_health.newest_item_at is 'Date of the newest item that any of its entrances ever listed, UTC';
comment on column source_health.source_id is 'Outlet';
comment on column source_health.name is 'Its name';
comment on column source_health.last_status is 'What became of it in its last batch, as in batch_sources; NULL before its first';
comment on column source_health.last_reason is 'Why it was held or failed then; NULL when loaded';
comment on column source_health.last_batch_id is 'Its last batch; NULL before its first';
comment on column source_health.polled_at is 'Last look at any of its entrances, UTC; NULL if never';
comment on column source_health.answered_at is 'Last look that was answered, UTC; NULL if never';
comment on column source_health.entrances is 'Entrances that were looked at';
comment on column source_health.entrances_failing is 'Of these, those that fail now';
comment on column source_health.articles is 'Articles of it';
comment on column source_health.undated is 'Of these, those that give no date of publication';
comment on column source_health.gone is 'Of these, those that the outlet removed';
comment on column source_health.newest_dated_at is 'Best date of its newest article, UTC; NULL where it has none';
comment on column source_health.newest_seen_at is 'First capture of the article found last, UTC; NULL where it has none';
