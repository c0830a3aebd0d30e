create view gone_articles as
select source_id, article_id, title, url, dated_on, first_seen_at, seen_to as last_seen_at, gone_at,
       story_id
from articles where gone_at is not null
order by gone_at desc, article_id;
comment on view gone_articles is 'Articles that the outlet removed; their text is still in articles';
