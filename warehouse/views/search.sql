create macro search(query, since := date '0001-01-01', until := date '9999-12-31', most := 20) as table
with parts as (
    select list_transform(search_parts(query), lambda part: letters_packed(part)) as parts
), words as (
    select search_words(parts) as words, search_phrases(parts) as phrases,
           regexp_replace(array_to_string(parts, ''), ' +', ' ', 'g') as together
    from parts
-- DuckDB looks for the first sign of a probe, and a space is everywhere: the words are held whole
-- against what is left then.
), asked as (
    select words, phrases, case when len(words) > 1 then together end as together,
           ltrim(search_probe(words[1])) as a1, search_other_probe(words[1]) as b1,
           ltrim(search_probe(words[2])) as a2, search_other_probe(words[2]) as b2,
           ltrim(search_probe(words[3])) as a3, search_other_probe(words[3]) as b3
    from words
-- DuckDB 1.5 stores no MATERIALIZED with a macro. What is read twice it computes once: of `held`,
-- else counted by a window, each row's words would be read and compared again for the ranking.
), held as (
    select article_id, dated_on, asked.*, form, split_part(form, chr(10), 1) as title_form,
           regexp_extract(form, '^[^\n]*\n(?: [^ ]+){0,40}') || ' ' as lead_form
    from (select article_id, dated_on,
                 case when words is null then quick_words when quick_words is null then words
                      else quick_words || words end as form
          from search_texts where dated_on between since and until), asked
    where case when a1 is not null
                and (contains(form, a1) or b1 is not null and contains(form, b1))
                and (a2 is null or contains(form, a2) or b2 is not null and contains(form, b2))
                and (a3 is null or contains(form, a3) or b3 is not null and contains(form, b3))
        then len(list_filter(words, lambda word: not does_hold(form, word))) = 0
         and len(list_filter(phrases, lambda phrase: not holds_phrase(form, phrase))) = 0
        else false end
), ranked as (
    select article_id, dated_on, words, (select count(*) from held) as found_count,
           case when len(list_filter(words, lambda word: not does_hold(title_form, word))) = 0
                    then 1
                when len(list_filter(words, lambda word: not does_hold(lead_form, word))) = 0
                    then 2 else 3 end as place,
           together is null or holds_phrase(form, together) as is_together,
           list_sum(list_transform(words, lambda word:
               (length(form) - length(replace(form, word, ''))) // length(word))) as times
    from held
), best as (
    select * from ranked
    order by place, is_together desc, case when place = 3 then times end desc, dated_on desc,
             article_id desc
    limit most
), shown as (
    select article_id, story_id, source_id, language, dated_at, dated_on, title, body, url
    from articles
    where rowid in (select a.rowid from best join articles a using (article_id, dated_on))
)
select article_id, s.story_id, s.source_id, s.language, s.dated_on, s.title,
       case b.place when 1 then 'title' when 2 then 'lead' else 'body' end as found_in,
       snippet_of(coalesce(s.body, s.title),
                  list_transform(b.words, lambda word: letters_unpacked(word))) as snippet, s.url, b.found_count
from best b join shown s using (article_id)
order by b.place, b.is_together desc, case when b.place = 3 then b.times end desc,
         s.dated_at desc, article_id desc;
comment on macro table search is 'Articles that hold all words, and "these words" one after the other, in headline or lead (its first 40 words), or anywhere in articles of the last 90 days before the newest. Best first: in the headline, then the lead, then the body; words together before words apart; in bodies the more often; then the newest. The best 20, unless most := 1000 asks for more, which takes seconds; found_count is how many there are. One spelling for letter variants, digits, marks and case. A word of up to 3 letters is a whole word; a longer Latin one the beginning of a word; a longer Urdu or Pashto one may be a part of one, and one of 6 letters or more may be parted by spaces: خیبرپختونخوا finds خیبر پختونخوا, and the other way. Further: since := date ''2026-11-01'', until := …';
