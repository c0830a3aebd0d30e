create view article_agencies as
with credits as (
    select article_id, story_id, source_id, dated_on, date_basis, language, word_count,
           case when credited_kind(credited_source) = 'agency' then credited_source end as own_agency
    from articles
), named as (
    select story_id, own_agency as agency, count(*) as articles from credits
    where own_agency is not null group by all
), told as (
    select story_id, first(agency order by articles desc, agency) as agency from named group by all
)
select c.article_id, c.story_id, c.source_id, c.dated_on, c.date_basis, c.language, c.word_count,
       coalesce(c.own_agency, t.agency) as agency,
       case when c.own_agency is not null then 'credited'
            when t.agency is not null then 'shared' else 'none' end as agency_basis
from credits c left join told t using (story_id);
comment on view article_agencies is 'Which news agency each article''s text is from, as far as the texts say; one row an article';
comment on column article_agencies.article_id is 'The article';
comment on column article_agencies.story_id is 'Story (one text and its copies) that it belongs to';
comment on column article_agencies.source_id is 'Outlet';
comment on column article_agencies.dated_on is 'Best day on the outlet''s own calendar';
comment on column article_agencies.date_basis is 'What the date rests on: published, modified or first_seen';
comment on column article_agencies.language is 'ISO 639-1; NULL where the text is too short to say';
comment on column article_agencies.word_count is 'Words of the body; 0 without one';
comment on column article_agencies.agency is 'The agency that it names as its source, or else the one that most articles of its story name; NULL where none does';
comment on column article_agencies.agency_basis is 'credited: it names the agency itself; shared: another article of its story does; none: nobody does, which does not prove that the text is the outlet''s own';
