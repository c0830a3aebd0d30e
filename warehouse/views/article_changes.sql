create view article_changes as
with versions as (
    select article_id, version_number, seen_from, seen_to, title, word_count, content_hash
    from article_versions
    union all
    select article_id, version_count, seen_from, seen_to, title, word_count, content_hash
    from articles
), steps as (
    select *, lag(title) over each_article as old_title,
           lag(word_count) over each_article as old_word_count,
           lag(seen_to) over each_article as old_seen_to
    from versions window each_article as (partition by article_id order by version_number)
)
select a.source_id, c.article_id, c.version_number, c.old_seen_to as last_seen_before,
       c.seen_from as changed_by, c.title is distinct from c.old_title as is_title_changed,
       c.old_title, c.title, c.old_word_count, c.word_count, a.url
from steps c join articles a using (article_id)
where c.version_number > 1
order by c.seen_from desc, c.article_id, c.version_number;
comment on view article_changes is 'Each change of an article: it happened between last_seen_before and changed_by';
