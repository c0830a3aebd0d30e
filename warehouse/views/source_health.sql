create view source_health as
with clock as (
    select greatest((select max(polled_at) from polls), (select max(started_at) from batches)) as as_of
), known as (
    select source_id from sources union select source_id from batch_sources
), looks as (
    select source_id, max(polled_at) as polled_at, max(answered_at) as answered_at,
           count(*) as entrances, count(*) filter (where failure_weight > 0) as entrances_failing,
           count(*) filter (where is_stale) as entrances_stale, max(newest_at) as newest_item_at
    from entrances where part_of is null group by source_id
), last_batch as (
    select s.source_id, arg_max(s.batch_id, b.load_number) as batch_id
    from batch_sources s join batches b using (batch_id) group by source_id
), resting as (
    select distinct source_id, batch_id from polls where reason = 'host_resting'
    union
    select distinct source_id, batch_id from fetches where reason = 'host_resting'
), batch_sums as (
    select s.source_id,
           count(*) filter (where is_late) as batches,
           count(*) filter (where is_late and s.status = 'failed') as batches_failed,
           count(*) filter (where is_late and s.status = 'held') as batches_held,
           sum(s.failed) filter (where is_late) as failed,
           sum(s.failed) filter (where not is_late) as failed_before,
           sum(s.fetched) filter (where is_late) as fetched,
           sum(s.fetched) filter (where not is_late) as fetched_before,
           sum(s.rejected) filter (where is_late) as rejected,
           sum(s.rejected) filter (where not is_late) as rejected_before
    from batch_sources s
    join (select batch_id, started_at >= as_of - interval 7 days as is_late from batches, clock
          where started_at >= as_of - interval 35 days and found_by = 'live') using (batch_id)
    group by all
), today as (
    select source_id, local_day(as_of, zone := coalesce(timezone, 'UTC')) as today from sources, clock
), counts as (
    select source_id, dated_on as day, count(*) as articles from articles
    where dated_on >= (select min(today) from today) - 35 and found_by = 'live' group by all
), days as (
    select d.source_id, d.observed <> 'blind' as is_seen, d.day >= t.today - 7 as is_late,
           d.day >= t.today - 35 as is_near,
           coalesce(c.articles, 0) as articles
    from covered_since((select max(polled_at) - interval 70 days from polls)) d
    join today t using (source_id) left join counts c using (source_id, day)
    where d.day between t.today - 63 and t.today - 1
), volumes as (
    select source_id, count(*) filter (where is_late) as days_known,
           count(*) filter (where is_seen and is_late) as days_observed,
           count(*) filter (where is_seen and is_near and not is_late) as days_observed_before,
           count(*) filter (where is_seen and not is_late) >= 28 as is_learnt,
           avg(articles) filter (where is_seen and is_late) as articles_per_day,
           case when is_learnt
                then median(articles) filter (where is_seen and is_near and not is_late) end
               as articles_per_day_before
    from days group by source_id
), told as (
    select source_id, first_seen_at >= as_of - interval 7 days as is_late, title is not null as title,
           len(authors) > 0 as author, date_basis = 'published' as date,
           section is not null as section, image_url is not null as image,
           nullif(word_count, 0) as words
    from articles, clock
    where first_seen_at >= (select as_of - interval 35 days from clock) and found_by = 'live'
), fields as (
    select source_id, avg(title::int) filter (where is_late) as title_share,
           avg(title::int) filter (where not is_late) as title_share_before,
           avg(author::int) filter (where is_late) as author_share,
           avg(author::int) filter (where not is_late) as author_share_before,
           avg(date::int) filter (where is_late) as date_share,
           avg(date::int) filter (where not is_late) as date_share_before,
           avg(section::int) filter (where is_late) as section_share,
           avg(section::int) filter (where not is_late) as section_share_before,
           avg(image::int) filter (where is_late) as image_share,
           avg(image::int) filter (where not is_late) as image_share_before,
           median(words) filter (where is_late) as median_words,
           median(words) filter (where not is_late) as median_words_before
    from told group by source_id
), texts as (
    select source_id, count(*) as articles, max(dated_at) as newest_dated_at,
           max(first_seen_at) as newest_seen_at, max(least(dated_at, first_seen_at)) as newest_at,
           count(*) filter (where date_basis <> 'published') as undated,
           count(*) filter (where gone_at is not null) as gone
    from articles group by source_id
)
select n.source_id, s.name, s.definition->>'retired' as retired, c.as_of,
       t.newest_dated_at, t.newest_seen_at,
       case when t.newest_at > c.as_of then 0
            else (epoch(c.as_of) - epoch(t.newest_at)) / 3600 end as hours_since_article,
       case when v.days_known > 0 and v.days_observed = 0 then 'blind'
            when v.articles_per_day_before is null then 'learning'
            when v.articles_per_day = 0 and v.articles_per_day_before > 0 then 'silent'
            when v.articles_per_day < v.articles_per_day_before / 2 then 'low'
            when v.articles_per_day > v.articles_per_day_before * 2
                 and v.articles_per_day > v.articles_per_day_before + 1 then 'high'
            else 'usual' end as volume,
       v.articles_per_day, v.articles_per_day_before, coalesce(v.days_observed, 0) as days_observed,
       coalesce(v.days_observed_before, 0) as days_observed_before,
       f.title_share, case when v.is_learnt then f.title_share_before end as title_share_before,
       f.author_share, case when v.is_learnt then f.author_share_before end as author_share_before,
       f.date_share, case when v.is_learnt then f.date_share_before end as date_share_before,
       f.section_share, case when v.is_learnt then f.section_share_before end as section_share_before,
       f.image_share, case when v.is_learnt then f.image_share_before end as image_share_before,
       f.median_words, case when v.is_learnt then f.median_words_before end as median_words_before,
       l.batch_id as last_batch_id, b.status as last_status, b.reason as last_reason,
       b.failed as last_failed, b.rejected as last_rejected,
       coalesce(m.batches, 0) as batches, coalesce(m.batches_failed, 0) as batches_failed,
       coalesce(m.batches_held, 0) as batches_held,
       m.failed / nullif(m.fetched + m.failed, 0) as failed_share,
       case when v.is_learnt then m.failed_before / nullif(m.fetched_before + m.failed_before, 0) end
           as failed_share_before,
       m.rejected / nullif(m.fetched, 0) as rejected_share,
       case when v.is_learnt then m.rejected_before / nullif(m.fetched_before, 0) end
           as rejected_share_before,
       r.source_id is not null as is_host_resting, k.polled_at, k.answered_at,
       coalesce(k.entrances, 0) as entrances, coalesce(k.entrances_failing, 0) as entrances_failing,
       coalesce(k.entrances_stale, 0) as entrances_stale, k.newest_item_at,
       coalesce(t.articles, 0) as articles, coalesce(t.undated, 0) as undated,
       coalesce(t.gone, 0) as gone
from known n cross join clock c
left join sources s using (source_id)
left join looks k using (source_id)
left join last_batch l using (source_id)
left join batch_sources b on b.batch_id = l.batch_id and b.source_id = l.source_id
left join resting r on r.batch_id = l.batch_id and r.source_id = l.source_id
left join batch_sums m on m.source_id = n.source_id
left join volumes v on v.source_id = n.source_id
left join fields f on f.source_id = n.source_id
left join texts t on t.source_id = n.source_id
order by n.source_id;
comment on view source_health is 'How each outlet fares, one row an outlet, also where it never brought anything: its last article, its last seven days against its own four weeks before (columns that end in _before), its last batch, its entrances. As of the newest look or batch of any outlet, not of the time you ask. Only articles found live count as of a day: a backfill is no flood of news';
comment on column source_health.source_id is 'Outlet';
comment on column source_health.name is 'Its name; NULL where no batch of it was ever loaded';
comment on column source_health.retired is 'Why it is not crawled any more, as its source file says; NULL where it does not';
comment on column source_health.as_of is 'Newest look at any entrance of any outlet, or start of the newest batch, UTC: the days are counted back from it';
comment on column source_health.newest_dated_at is 'Best date of its newest article, UTC; NULL where it has none';
comment on column source_health.newest_seen_at is 'First capture of the article found last, UTC; NULL where it has none';
comment on column source_health.hours_since_article is 'Hours from its newest article to as_of; an article counts from its date, or from its first capture if that came before; 0 if it is newer than as_of. NULL where it has none';
comment on column source_health.volume is 'articles_per_day against articles_per_day_before: silent (none, where there were some), low (less than half), high (more than double), usual; learning: fewer than 28 of the 56 days before these seven were observed, or none of the last 28 of them; blind: none of the seven days was observed, though it had been looked at before';
comment on column source_health.articles_per_day is 'Mean of the last seven whole days of its own calendar, of those observed in daily_coverage; NULL where none was';
comment on column source_health.articles_per_day_before is 'Median of the 28 days before them, of those observed; NULL while learning';
comment on column source_health.days_observed is 'Days of the last seven that were observed, wholly or in part: a blind day is no zero';
comment on column source_health.days_observed_before is 'Days of the 28 before them that were observed';
comment on column source_health.title_share is 'Share of the articles first seen in the last 7 times 24 hours that have a headline, 0-1; NULL where there are none';
comment on column source_health.title_share_before is 'The same of the 28 days before; NULL while learning, or where there are none';
comment on column source_health.author_share is 'Share that names an author; NULL as title_share';
comment on column source_health.author_share_before is 'The same of the 28 days before; NULL as title_share_before';
comment on column source_health.date_share is 'Share that gives a date of publication; NULL as title_share';
comment on column source_health.date_share_before is 'The same of the 28 days before; NULL as title_share_before';
comment on column source_health.section_share is 'Share that names a section; NULL as title_share';
comment on column source_health.section_share_before is 'The same of the 28 days before; NULL as title_share_before';
comment on column source_health.image_share is 'Share that has a leading image; NULL as title_share';
comment on column source_health.image_share_before is 'The same of the 28 days before; NULL as title_share_before';
comment on column source_health.median_words is 'Median words of a text, of those that have one; NULL where none has';
comment on column source_health.median_words_before is 'The same of the 28 days before; NULL while learning, or where none has';
comment on column source_health.last_batch_id is 'The batch of it that was loaded last; NULL before its first';
comment on column source_health.last_status is 'What became of it in that batch, as in batch_sources; NULL before its first';
comment on column source_health.last_reason is 'Why it was held or failed then; NULL when loaded';
comment on column source_health.last_failed is 'Pages that could not be had in that batch, removed ones too; NULL before its first';
comment on column source_health.last_rejected is 'Pages that are no articles in that batch; NULL before its first';
comment on column source_health.batches is 'Live batches of it begun in the last 7 times 24 hours';
comment on column source_health.batches_failed is 'Of these, those in which it failed: nothing came, or its crawl died';
comment on column source_health.batches_held is 'Of these, those in which it is held until an operator releases it';
comment on column source_health.failed_share is 'Share of the pages asked for in these batches that could not be had, those that had not changed left out, 0-1; NULL where none was asked for';
comment on column source_health.failed_share_before is 'The same of the 28 days before; NULL while learning, or where none was asked for';
comment on column source_health.rejected_share is 'Share of the pages fetched in these batches that are no articles, 0-1; NULL where none was fetched';
comment on column source_health.rejected_share_before is 'The same of the 28 days before; NULL while learning, or where none was fetched';
comment on column source_health.is_host_resting is 'Whether its last batch left a host of it alone, which is down, blocks us or asked for rest';
comment on column source_health.polled_at is 'Last look at any of its entrances, UTC; NULL if never';
comment on column source_health.answered_at is 'Last look that was answered, UTC; NULL if never';
comment on column source_health.entrances is 'Entrances that were looked at';
comment on column source_health.entrances_failing is 'Of these, those that fail now';
comment on column source_health.entrances_stale is 'Entrances whose newest item is older than the source promises, although they answer';
comment on column source_health.newest_item_at is 'Date of the newest item that any of its entrances ever listed, UTC';
comment on column source_health.articles is 'Articles of it';
comment on column source_health.undated is 'Of these, those that give no date of publication';
comment on column source_health.gone is 'Of these, those that the outlet removed';
