create view daily_languages as
with texts as (
    select source_id, dated_on as day, language, count(*) as articles from articles group by all
), tongues as (
    select distinct source_id, language from texts
    union select source_id, unnest(languages) from sources
), days as (
    select source_id, day, observed from daily_coverage
)
select d.source_id, d.day, l.language, coalesce(t.articles, 0) as articles, d.observed
from days d join tongues l using (source_id)
left join texts t on t.source_id = d.source_id and t.day = d.day
                 and t.language is not distinct from l.language
order by d.day desc, d.source_id, l.language;
comment on view daily_languages is 'daily_coverage by language: a row for each day of it and each language that the outlet is expected to write in, or ever did, zeros included';
comment on column daily_languages.source_id is 'Outlet';
comment on column daily_languages.day is 'Day on the outlet''s own calendar; in UTC where its zone is unknown';
comment on column daily_languages.language is 'ISO 639-1, detected from the text; NULL where texts were too short to say';
comment on column daily_languages.articles is 'Articles in it dated on this day';
comment on column daily_languages.observed is 'full, partial or blind, as in daily_coverage: whether a 0 is a real one';
