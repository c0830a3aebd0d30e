create view daily_fields as
with days as (
    select source_id, dated_on as day, count(*) as articles, median(nullif(word_count, 0)) as words,
           count(*) filter (where title is not null) as titled,
           count(*) filter (where len(authors) > 0) as authored,
           count(*) filter (where image_url is not null) as pictured
    from articles group by all
), normed as (
    select *, median(words) over w as words_before, sum(articles) over w as articles_before,
           sum(titled) over w as titled_before, sum(authored) over w as authored_before,
           sum(pictured) over w as pictured_before, count(*) over w >= 7 as is_learnt
    from days
    window w as (partition by source_id order by day
                 range between interval 28 days preceding and interval 1 day preceding)
)
select source_id, day, articles, words as median_words,
       case when is_learnt then words_before end as median_words_before,
       titled / articles as title_share,
       case when is_learnt then titled_before / articles_before end as title_share_before,
       authored / articles as author_share,
       case when is_learnt then authored_before / articles_before end as author_share_before,
       pictured / articles as image_share,
       case when is_learnt then pictured_before / articles_before end as image_share_before
from normed
order by day desc, source_id;
comment on view daily_fields is 'How whole the articles of each outlet and day are, against the outlet''s own 28 days before (columns that end in _before, NULL where fewer than 7 of these have articles). A row for each day that has articles';
comment on column daily_fields.source_id is 'Outlet';
comment on column daily_fields.day is 'Day on the outlet''s own calendar; in UTC where its zone is unknown';
comment on column daily_fields.articles is 'Articles dated on this day';
comment on column daily_fields.median_words is 'Median words of a text, of those that have one; NULL where none has';
comment on column daily_fields.median_words_before is 'Median of these medians; NULL where too few days are known';
comment on column daily_fields.title_share is 'Share of the articles that have a headline, 0-1';
comment on column daily_fields.title_share_before is 'The same of all articles of the days before; NULL where too few days are known';
comment on column daily_fields.author_share is 'Share of the articles that name an author, 0-1';
comment on column daily_fields.author_share_before is 'The same of all articles of the days before; NULL where too few days are known';
comment on column daily_fields.image_share is 'Share of the articles that have a leading image, 0-1';
comment on column daily_fields.image_share_before is 'The same of all articles of the days before; NULL where too few days are known';
