create view article_agencies as
with signing as (
    select source_id, from_json(definition -> 'credited_as', '["VARCHAR"]') as names
    from sources where json_array_length(definition -> 'credited_as') > 0
), aliases as (
    select name, min(names[1]) as agency
    from (select names, unnest(names) as name from signing) group by all
), credits as (
    select a.article_id, a.story_id, a.source_id, a.dated_on, a.date_basis, a.language,
           a.word_count, w.names is not null as is_wire,
           coalesce(n.agency,
                    case when credited_kind(a.credited_source) = 'agency'
                         then a.credited_source end) as credited_agency,
           coalesce(credited_agency, w.names[1]) as own_agency
    from articles a left join signing w using (source_id)
        left join aliases n on n.name = a.credited_source
), named as (
    select story_id, own_agency as agency, count(*) as articles from credits
    where own_agency is not null group by all
), told as (
    select story_id, first(agency order by articles desc, agency) as agency from named group by all
)
select c.article_id, c.story_id, c.source_id, c.dated_on, c.date_basis, c.language, c.word_count,
       coalesce(c.own_agency, t.agency) as agency,
       case when c.credited_agency is not null then 'credited'
            when c.is_wire then 'own'
            when t.agency is not null then 'shared' else 'none' end as agency_basis
from credits c left join told t using (story_id);
comment on view article_agencies is 'Which news agency each article''s text is from, as far as the texts say; one row an article. An outlet of the catalogue is an agency where its source file says how it signs (credited_as): its texts are its own, and count as shared in the others that have them';
comment on column article_agencies.article_id is 'The article';
comment on column article_agencies.story_id is 'Story (one text and its copies) that it belongs to';
comment on column article_agencies.source_id is 'Outlet';
comment on column article_agencies.dated_on is 'Best day on the outlet''s own calendar';
comment on column article_agencies.date_basis is 'What the date rests on: published, modified or first_seen';
comment on column article_agencies.language is 'ISO 639-1; NULL where the text is too short to say';
comment on column article_agencies.word_count is 'Words of the body; 0 without one';
comment on column article_agencies.agency is 'The agency that it names as its source (one of the catalogue by the first name that it signs with), or else, of an agency''s own article, that agency, or else the one that most articles of its story are from; NULL where none is';
comment on column article_agencies.agency_basis is 'credited: it names the agency itself; own: its outlet is the agency; shared: another article of its story is credited or own; none: nobody does, which does not prove that the text is the outlet''s own';
