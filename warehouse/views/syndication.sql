create view syndication as
with carried as (
    select m.story_id, i.source_id, i.found_by, i.dated_from, i.dated_to, a.text_hash,
           a.credited_source is not null as is_credited,
           count(*) over (partition by m.story_id, i.source_id) as articles
    from stories s
    join story_articles m using (story_id)
    join article_intervals i using (article_id)
    join articles a using (article_id)
    where s.merged_into is null and s.source_count > 1
    qualify row_number() over (partition by m.story_id, i.source_id
        order by i.dated_to, i.dated_from nulls first, i.first_seen_at, m.article_id) = 1
), alike as (
    select least(a.text_hash, b.text_hash) as one_hash, greatest(a.text_hash, b.text_hash) as two_hash,
           max(m.similarity) as similarity, arg_max(m.containment, m.similarity) as containment
    from article_matches m
    join articles a on a.article_id = m.article_id
    join articles b on b.article_id = m.other_id
    where a.text_hash <> b.text_hash
    group by all
), shared as (
    select h.source_id, t.source_id as other_source_id, h.articles, t.articles as other_articles,
           h.is_credited, t.is_credited as other_is_credited,
           dated_order(h.dated_from, h.dated_to, t.dated_from, t.dated_to) as here,
           case when h.found_by = 'live' and t.found_by = 'live' and h.dated_to <= t.dated_from
                then epoch(t.dated_from) - epoch(h.dated_to) end as delay_from,
           case when h.found_by = 'live' and t.found_by = 'live' and h.dated_to <= t.dated_from
                then epoch(t.dated_to) - epoch(h.dated_from) end as delay_to,
           least(h.text_hash, t.text_hash) as one_hash, greatest(h.text_hash, t.text_hash) as two_hash
    from carried h join carried t on t.story_id = h.story_id and t.source_id <> h.source_id
), measured as (
    select s.*, case when s.one_hash = s.two_hash then 1 else a.containment end as of_shorter,
           case when s.one_hash = s.two_hash then 1
                else a.containment * a.similarity
                     / (a.containment - a.similarity + a.containment * a.similarity)
                end as of_longer
    from shared s left join alike a using (one_hash, two_hash)
)
select source_id, other_source_id, count(*) as stories, sum(articles)::bigint as articles_here,
       sum(other_articles)::bigint as articles_there,
       count(*) filter (here = 'before') as first_here,
       count(*) filter (here = 'after') as first_there,
       count(*) filter (here = 'undecidable') as undecidable,
       count(*) filter (here = 'undecidable') / count(*) as share_undecidable,
       count(of_shorter) as compared, median(of_shorter) as median_share_of_shorter,
       median(of_longer) as median_share_of_longer,
       count(delay_to) as delays,
       round(median((delay_from + delay_to) / 2))::bigint as median_delay_seconds,
       floor(median(delay_from) filter (delay_to is not null))::bigint as median_delay_from_seconds,
       ceil(median(delay_to))::bigint as median_delay_to_seconds,
       count(*) filter (is_credited) as credited_here,
       count(*) filter (other_is_credited) as credited_there,
       count(*) filter (is_credited or other_is_credited) / count(*) as share_credited
from measured
group by source_id, other_source_id
order by stories desc, source_id, other_source_id;
comment on view syndication is 'Who carries whose texts: for each two outlets how many stories they share, who had them first and how long after, how much of the text. Each two outlets have two rows, one seen from either side; a story counts once a row, by the earliest known article of each outlet. Claims no direction of copying: both may have it from an agency (see share_credited)';
comment on column syndication.source_id is 'The outlet here';
comment on column syndication.other_source_id is 'The outlet there';
comment on column syndication.stories is 'Stories that both carry: the counts below are of these';
comment on column syndication.articles_here is 'Articles of the outlet here in these stories, all of them';
comment on column syndication.articles_there is 'Articles of the outlet there in these stories, all of them';
comment on column syndication.first_here is 'Stories that certainly came out here first';
comment on column syndication.first_there is 'Stories that certainly came out there first';
comment on column syndication.undecidable is 'Stories whose dates are not precise enough to say who was first: their intervals overlap';
comment on column syndication.share_undecidable is 'undecidable by stories, 0-1';
comment on column syndication.compared is 'Stories in which the two texts were compared with each other, or are equal: the shares are of these';
comment on column syndication.median_share_of_shorter is 'Median share of the shorter text that the longer one has, in word 3-shingles, 0-1; NULL where none were compared';
comment on column syndication.median_share_of_longer is 'Median share of the longer text that the shorter one has, in word 3-shingles, 0-1; NULL where none were compared';
comment on column syndication.delays is 'Stories with a known delay from here to there: first here, both found live and both with a date of publication';
comment on column syndication.median_delay_seconds is 'Median delay from here to there, each taken at the middle of its interval; NULL where delays is 0. The delay of the other direction stands in the other row';
comment on column syndication.median_delay_from_seconds is 'The true median is at least this: dates are only so precise; NULL where delays is 0';
comment on column syndication.median_delay_to_seconds is 'The true median is at most this; NULL where delays is 0';
comment on column syndication.credited_here is 'Stories in which the article here names an agency, outlet or institution as its source, never the outlet here itself';
comment on column syndication.credited_there is 'Stories in which the article there names one as its source, never the outlet there itself';
comment on column syndication.share_credited is 'Share of stories in which either of the two does, 0-1: the text may then come from a third, if credited_source does not name the other of the two';
