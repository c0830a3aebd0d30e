create view article_intervals as
with said as (
    select a.article_id, a.source_id, a.language, a.found_by, a.first_seen_at, a.date_basis,
           s.timezone as zone,
           case a.date_basis when 'published' then a.published_at
                when 'modified' then a.modified_at end as said_at,
           case a.date_basis when 'published' then a.published_on
                when 'modified' then a.modified_on end as said_on,
           case a.date_basis when 'published' then a.published_precision
                when 'modified' then a.modified_precision end as said_precision
    from articles a left join sources s using (source_id)
), bounds as (
    select *,
           case when said_precision in ('second', 'minute') and said_at is not null then said_at
                when zone is null then timezone('UTC', said_on::timestamp) - interval 14 hours
                else timezone(zone, said_on::timestamp) end as said_from,
           case when said_precision = 'second' and said_at is not null
                then said_at + interval 1 second
                when said_precision = 'minute' and said_at is not null
                then said_at + interval 1 minute
                when zone is null then timezone('UTC', said_on::timestamp) + interval 36 hours
                else timezone(zone, (said_on + 1)::timestamp) end as said_to
    from said
), judged as (
    select *, date_basis = 'published'
              and coalesce(said_from <= coalesce(first_seen_at, said_from), false) as is_believed
    from bounds
)
select article_id, source_id, language, found_by, first_seen_at, date_basis,
       case when is_believed then said_from end as dated_from,
       case when is_believed then said_to
            when date_basis is not null then least(said_to, first_seen_at) end as dated_to
from judged;
comment on view article_intervals is 'Within which interval each article came out, as far as its date says: at or after dated_from and before dated_to. One row an article';
comment on column article_intervals.article_id is 'The article';
comment on column article_intervals.source_id is 'Outlet';
comment on column article_intervals.language is 'ISO 639-1; NULL where the text is too short to say';
comment on column article_intervals.found_by is 'How it was first found: live, backfill or import';
comment on column article_intervals.first_seen_at is 'First capture, UTC; of an undated import: the import''s start';
comment on column article_intervals.date_basis is 'What the interval rests on: published, modified or first_seen';
comment on column article_intervals.dated_from is 'Start of the interval, UTC. NULL where all that is known is that it was out by dated_to: it gives no publication date, or one that lies after it was first seen';
comment on column article_intervals.dated_to is 'End of the interval, UTC, itself outside of it: a second, a minute or the outlet''s whole local day after dated_from, as precise as the date is; a day of an outlet of unknown zone is 50 hours wide (UTC+14 to UTC-12)';
