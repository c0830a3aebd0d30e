create view returned_articles as
with missed as (
    select f.article_id, f.batch_id, min(coalesce(f.fetched_at, b.started_at)) as missed_at
    from fetches f join batches b using (batch_id)
    where (f.outcome, f.reason) in (('failed', 'gone'), ('rejected', 'soft_404'))
      and f.article_id is not null group by all
), back as (
    select m.article_id, m.missed_at, min(r.fetched_at) as back_at
    from missed m join archive_records r on r.article_id = m.article_id
     and r.fetched_at > m.missed_at
    where r.content_hash is not null group by all
)
select a.source_id, a.article_id, a.title, min(b.missed_at) as missed_from, b.back_at,
       count(*) as times_missed, a.gone_at, a.story_id, a.url
from back b join articles a using (article_id)
group by all having count(*) >= 2
order by b.back_at desc, a.article_id;
comment on view returned_articles is 'Articles that were gone and came back: one row a return. What was changed meanwhile is in article_changes';
comment on column returned_articles.source_id is 'Outlet';
comment on column returned_articles.article_id is 'The article';
comment on column returned_articles.title is 'Headline now; NULL where it has none';
comment on column returned_articles.missed_from is 'First look that missed it, UTC';
comment on column returned_articles.back_at is 'First capture after that, UTC';
comment on column returned_articles.times_missed is 'Batches that missed it in between; at least 2';
comment on column returned_articles.gone_at is 'When it was seen to be gone again, UTC; NULL where it still stands';
comment on column returned_articles.story_id is 'Story (one text and its copies) that it belongs to';
comment on column returned_articles.url is 'Address';
