create view story_timeline as
with members as (
    select s.story_id, s.first_seen_at as story_seen_at, s.article_count, s.source_count, m.relation, m.similarity, m.containment,
           m.matched_to, m.matched_as, i.*, e.dated_from as first_from, e.dated_to as first_to,
           case when m.article_id <> s.earliest_article_id
                then dated_order(i.dated_from, i.dated_to, e.dated_from, e.dated_to)
                end as against_earliest,
           i.found_by = 'live' and e.found_by = 'live' as are_live
    from stories s
    join story_articles m using (story_id)
    join article_intervals i using (article_id)
    left join article_intervals e on e.article_id = s.earliest_article_id
    where s.merged_into is null
), delayed as (
    select *,
           case when against_earliest = 'after' and are_live
                then epoch(dated_from) - epoch(first_to) end as delay_from,
           case when against_earliest = 'after' and are_live
                then epoch(dated_to) - epoch(first_from) end as delay_to
    from members
)
select d.story_id, a.dated_at, a.dated_on, d.date_basis, d.dated_from, d.dated_to, d.first_seen_at,
       d.found_by, d.source_id, d.language, d.relation, d.similarity, d.containment, d.matched_to,
       d.matched_as, d.against_earliest, round((d.delay_from + d.delay_to) / 2)::bigint as delay_seconds,
       case when d.delay_to is not null then floor(d.delay_from)::bigint end as delay_from_seconds,
       ceil(d.delay_to)::bigint as delay_to_seconds,
       a.credited_source, a.version_count, a.gone_at, d.article_id, a.title, a.url,
       d.article_count, d.source_count
from delayed d join articles a using (article_id)
order by d.story_seen_at desc, d.story_id, d.dated_to, d.dated_from nulls first, d.first_seen_at, d.article_id;
comment on view story_timeline is 'Who had a text and when: the newest story first, in it the earliest known article. Claims no direction of copying: a shared text often has a third author. It goes by each article''s date, not by when these words came into it (see version_count). One row an article';
comment on column story_timeline.story_id is 'The story: one text and its copies';
comment on column story_timeline.dated_at is 'Best date for sorting, UTC; what it is worth say dated_from and dated_to';
comment on column story_timeline.dated_on is 'The same as a day on the outlet''s own calendar';
comment on column story_timeline.date_basis is 'What the date rests on: published, modified or first_seen';
comment on column story_timeline.dated_from is 'It came out at this instant or later, UTC; NULL where nothing says so, or its stated date lies after it was first seen';
comment on column story_timeline.dated_to is 'It came out before this instant, UTC';
comment on column story_timeline.first_seen_at is 'First capture, UTC; of an undated import: the import''s start';
comment on column story_timeline.found_by is 'How it was first found: live, backfill or import';
comment on column story_timeline.source_id is 'Outlet';
comment on column story_timeline.language is 'ISO 639-1; NULL where the text is too short to say';
comment on column story_timeline.relation is 'earliest_known; else matched_as, where whole is copy. Claims no direction: who copied whom, the texts do not say';
comment on column story_timeline.similarity is 'Estimated Jaccard similarity of word 3-shingles with matched_to, 0-1; NULL as that is';
comment on column story_timeline.containment is 'Share of the shorter text''s shingles that the longer has, of it and matched_to, 0-1; NULL as that is';
comment on column story_timeline.matched_to is 'What it is most like of the story''s articles that are known to have been out before it, those above it, or else of all; NULL for the earliest known';
comment on column story_timeline.matched_as is 'What it is to matched_to: copy (alike as a whole), excerpt (a part), whole (has all of it, and as much again or more) or update (other numbers, 72 hours, the names still there; a corrected figure, too); NULL for the earliest known';
comment on column story_timeline.against_earliest is 'Whether it came out before or after the story''s earliest known article: before, after, or undecidable where their intervals overlap; NULL for that article itself';
comment on column story_timeline.delay_seconds is 'Middle of the interval in which its delay after the earliest known article lies. NULL where the order is undecidable, either was not found live, or either has no dated_from';
comment on column story_timeline.delay_from_seconds is 'The delay is at least this; NULL as delay_seconds is';
comment on column story_timeline.delay_to_seconds is 'The delay is at most this; NULL as delay_seconds is';
comment on column story_timeline.credited_source is 'Agency or institution that the article itself names as its source; NULL where it names none';
comment on column story_timeline.version_count is 'Versions served so far: above 1, the shared words may have come in later than its date';
comment on column story_timeline.gone_at is 'When the outlet was seen to have removed it, UTC; NULL if not';
comment on column story_timeline.article_id is 'The article';
comment on column story_timeline.title is 'Headline of the newest version; NULL where the page gave none';
comment on column story_timeline.url is 'Address';
comment on column story_timeline.article_count is 'Articles in the story';
comment on column story_timeline.source_count is 'Outlets in the story';
