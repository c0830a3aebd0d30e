create view story_timeline as
select s.story_id, a.dated_at, a.dated_on, a.date_basis, a.first_seen_at, a.source_id, m.relation,
       m.similarity, a.article_id, a.title, a.url, s.article_count, s.source_count
from stories s
join story_articles m using (story_id)
join articles a using (article_id)
where s.merged_into is null
order by s.first_seen_at desc, s.story_id, a.dated_at, a.article_id;
comment on view story_timeline is 'Who had a text and when: each story''s articles in order of date. Claims no direction of copying';
