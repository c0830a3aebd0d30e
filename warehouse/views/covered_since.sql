create macro covered_since(since) as table
with zones as (
    select source_id, coalesce(timezone, 'UTC') as zone from sources
), asked as (
    select p.*, z.zone, epoch_us(p.polled_at) // 900000000 as quarter
    from polls p join zones z using (source_id)
    where p.polled_at >= since or p.reason is null and (p.source_id, p.entrance, p.polled_at) in (
        select (source_id, entrance, max(polled_at)) from polls
        where polled_at < since and reason is null group by source_id, entrance)
), quarters as (
    -- A zone's midnight falls on a quarter of an hour of UTC: so its calendar is asked once for each.
    select zone, quarter, local_day(to_timestamp(quarter * 900), zone := zone) as day
    from (select distinct zone, quarter from asked)
), looks as (
    select p.source_id, q.day, p.polled_at,
           coalesce(p.stands_in_for, p.entrance) as entrance, p.reason is null as is_answered,
           p.stands_in_for is null as is_own,
           p.reason is null and not coalesce(p.is_stale, false)
               and not coalesce(p.is_cut_short, false) as is_whole,
           p.overlapped, p.next_interval_minutes as planned
    from asked p join quarters q using (zone, quarter) left join batches b using (batch_id)
    where p.part_of is null and b.found_by is distinct from 'backfill'
), spans as (
    select source_id, lag(day) over w as from_day, day as to_day,
           epoch(polled_at) - epoch(lag(polled_at) over w) <= 60 * lag(planned) over w + 7200
               as is_planned,
           is_whole and (overlapped or overlapped is null and not is_own) as is_whole
    from looks where is_answered
    window w as (partition by source_id, entrance order by polled_at, is_own)
), gaps as (
    select source_id, coalesce(from_day, to_day) as from_day, to_day
    from spans where from_day is null or is_whole is not true
    union all
    select source_id, coalesce(max(day) filter (where is_answered), min(day)), max(day)
    from looks group by source_id, entrance
), missed as (
    select distinct source_id,
           unnest(generate_series(from_day, to_day, interval 1 day))::date as day
    from gaps
), between_looks as (
    select source_id, is_planned,
           unnest(generate_series(from_day + 1, to_day - 1, interval 1 day))::date as day
    from spans where to_day > from_day + 1
), quiet as (
    select source_id, day from between_looks
    group by all having bool_and(coalesce(is_planned, false))
), looked as (
    select source_id, day, count(*) filter (where is_answered) as looks_answered
    from looks group by all
), calendar as (
    select f.source_id, unnest(generate_series(
        f.day, local_day((select max(polled_at) from polls), zone := z.zone), interval 1 day))::date
        as day
    from (select source_id, min(day) as day from looks group by all) f join zones z using (source_id)
)
select source_id, c.day, coalesce(l.looks_answered, 0) as looks_answered,
       case when coalesce(l.looks_answered, 0) = 0 and q.day is null then 'blind'
            when m.day is not null then 'partial' else 'full' end as observed
from calendar c
left join looked l using (source_id, day)
left join quiet q using (source_id, day)
left join missed m using (source_id, day)
order by day desc, source_id;
comment on macro table covered_since is 'Part of covered_days: its days after an instant, reckoned from the looks since then and the last answered one before; earlier days are not to be believed';
