create view gone_articles as
with looks as (
    select f.article_id, f.batch_id, coalesce(f.fetched_at, b.started_at) as asked_at,
           case when f.reason = 'gone' then 'HTTP ' || f.status else f.detail end as answer
    from fetches f join batches b using (batch_id)
    where (f.outcome, f.reason) in (('failed', 'gone'), ('rejected', 'soft_404'))
      and f.article_id in (select article_id from articles where gone_at is not null)
), missed as (
    select l.article_id, min(l.asked_at) as missed_from, count(distinct l.batch_id) as times_missed,
           arg_max(l.answer, l.asked_at) as answer
    from looks l join articles a using (article_id)
    where a.fetched_at is null or l.asked_at > a.fetched_at group by l.article_id
)
select a.source_id, a.article_id, a.title, a.body, a.authors, a.language, a.dated_at, a.dated_on,
       a.date_basis, a.first_seen_at, a.seen_to as last_seen_at, m.missed_from, a.gone_at,
       m.times_missed, m.answer, a.version_count, a.story_id,
       s.article_count - 1 as others_in_story, a.url
from articles a
left join missed m using (article_id)
left join stories s on s.story_id = a.story_id
where a.gone_at is not null
order by a.gone_at desc, a.article_id;
comment on view gone_articles is 'Articles that the outlet removed, and what they said: missed by two looks or more, and not there since. One that comes back is no longer here; returned_articles has it';
comment on column gone_articles.source_id is 'Outlet';
comment on column gone_articles.article_id is 'The article; its row in articles stays';
comment on column gone_articles.title is 'Headline as it was last seen; NULL where it had none';
comment on column gone_articles.body is 'Text as it was last seen; earlier ones are in article_versions. NULL where no text was ever had';
comment on column gone_articles.authors is 'Authors as last seen';
comment on column gone_articles.language is 'Language of the text, ISO 639-1; NULL where not known';
comment on column gone_articles.dated_at is 'Best date, UTC: see date_basis';
comment on column gone_articles.dated_on is 'The same as a day on the outlet''s own calendar';
comment on column gone_articles.date_basis is 'What dated_at rests on: published, modified or first_seen';
comment on column gone_articles.first_seen_at is 'First capture, UTC';
comment on column gone_articles.last_seen_at is 'Last capture of the text, UTC: it was there then';
comment on column gone_articles.missed_from is 'First look that missed it, UTC: it was removed between last_seen_at and then';
comment on column gone_articles.gone_at is 'Second look that missed it, UTC: since then it counts as gone';
comment on column gone_articles.times_missed is 'Batches that looked for it since last_seen_at and missed it; at least 2';
comment on column gone_articles.answer is 'What its address answers: HTTP 404, HTTP 410, that it led to the home page, or what the page says';
comment on column gone_articles.version_count is 'How many versions of it were served';
comment on column gone_articles.story_id is 'Story (one text and its copies) that it belongs to';
comment on column gone_articles.others_in_story is 'Other articles of that story, gone or not; 0 where nobody else had the text';
comment on column gone_articles.url is 'Address that it had';
