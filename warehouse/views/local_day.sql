create macro local_day(instant, zone := 'UTC') as cast(timezone(zone, instant) as date);
comment on macro local_day is 'Day of an instant on a clock: local_day(fetched_at, zone := ''Asia/Karachi'')';
