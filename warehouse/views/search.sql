create macro search(words, since := date '0001-01-01') as table
select article_id, story_id, source_id, dated_on, title, url
from articles
where dated_on >= since
  and (contains(lower(coalesce(title, '')), lower(words))
       or contains(lower(coalesce(body, '')), lower(words)))
order by dated_at desc;
comment on macro table search is 'Articles with these letters in headline or text: from search(''flood'', since := date ''2026-11-01''). As written: Urdu letter forms are not folded';
