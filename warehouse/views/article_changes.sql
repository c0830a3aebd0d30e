create view article_changes as
with newer as (
    select article_id, version_number, seen_from, title, body, word_count, modified_at,
           extractor_version
    from article_versions
    union all
    select article_id, version_count, seen_from, title, body, word_count, modified_at,
           extractor_version
    from articles where version_count > 1
), steps as (
    select a.source_id, a.url, a.language, a.story_id, n.*, o.seen_to as old_seen_to,
           o.title as old_title, o.word_count as old_word_count,
           o.extractor_version as old_extractor_version,
           case when length(o.body) <= 400000 or o.body is null then coalesce(o.body, '') end
               as old_body,
           case when length(n.body) <= 400000 or n.body is null then coalesce(n.body, '') end
               as new_body
    from article_versions o
    join newer n on n.article_id = o.article_id and n.version_number = o.version_number + 1
    join articles a on a.article_id = o.article_id
    order by n.seen_from desc, n.article_id, n.version_number
), texts as (
    select * exclude (body), sentences_in(old_body) as olds, sentences_in(new_body) as news
    from steps
), bounded as (
    select *, greatest(len(olds), len(news)) <= 1000 as is_bounded from texts
), unlike as (
    select *, case when is_bounded then places_beyond(olds, news) end as old_places,
           case when is_bounded then places_beyond(news, olds) end as new_places
    from bounded
), keyed as (
    select *,
           list_transform(old_places, lambda place: folded(bare_words(olds[place]))) as old_keys,
           list_transform(new_places, lambda place: folded(bare_words(news[place]))) as new_keys
    from unlike
), changed as (
    select *, list_transform(places_beyond(old_keys, new_keys), lambda n: old_places[n]) as gone,
           list_transform(places_beyond(new_keys, old_keys), lambda n: new_places[n]) as come
    from keyed
), sentences as (
    select *, list_transform(gone, lambda place: olds[place]) as sentences_removed,
           list_transform(come, lambda place: news[place]) as sentences_added
    from changed
), parts as (
    select *, string_split(nullif(bare_words(array_to_string(sentences_removed, ' ')), ''), ' ')
               as old_words,
           string_split(nullif(bare_words(array_to_string(sentences_added, ' ')), ''), ' ')
               as new_words,
           numbers_in(concat_ws(' . ', old_title, array_to_string(sentences_removed, ' . ')))
               as old_numbers,
           numbers_in(concat_ws(' . ', title, array_to_string(sentences_added, ' . ')))
               as new_numbers
    from sentences
), counted as (
    select * exclude (old_words, new_words, old_numbers, new_numbers),
           coalesce(old_words, []) as old_words, coalesce(new_words, []) as new_words,
           greatest(len(old_words), len(new_words), 0) <= 2000 and gone is not null
               as is_word_bounded,
           case when gone is not null then old_numbers[:2000] end as old_numbers,
           case when gone is not null then new_numbers[:2000] end as new_numbers
    from parts
), folded_words as (
    select *, list_transform(old_words, lambda word: folded(word)) as old_folded,
           list_transform(new_words, lambda word: folded(word)) as new_folded
    from counted
), beyond as (
    select *, case when is_word_bounded then places_beyond(old_folded, new_folded) end
               as removed_at,
           case when is_word_bounded then places_beyond(new_folded, old_folded) end as added_at,
           case when gone is not null then list_sort(list_concat(
               list_transform(gone, lambda place, n: {'at': place - n, 'sign': 0, 'n': n,
                   'line': '- ' || olds[place][:500]}),
               list_transform(come, lambda place, n: {'at': place - n, 'sign': 1, 'n': n,
                   'line': '+ ' || news[place][:500]}))) end as lines
    from folded_words
), figures as (
    select *, list_transform(places_beyond(old_numbers, new_numbers), lambda n: old_numbers[n])
               as numbers_gone,
           list_transform(places_beyond(new_numbers, old_numbers), lambda n: new_numbers[n])
               as numbers_come
    from beyond
)
select source_id, article_id, story_id, version_number, language,
       old_seen_to as last_seen_before, seen_from as changed_by,
       (epoch(seen_from) - epoch(old_seen_to)) / 3600 as within_hours,
       modified_at, extractor_version = old_extractor_version as is_same_extractor,
       case when gone is null then null
            when len(come) = 0 or len(numbers_gone) > 0 or list_min(gone) < len(olds)
              or folded(bare_words(coalesce(title, '')))
                 <> folded(bare_words(coalesce(old_title, ''))) then false
            when starts_with(new_body, rtrim(old_body, '.… ')) then true
            else starts_with(folded(bare_words(new_body)), folded(bare_words(old_body)))
            end as is_only_longer,
       folded(bare_words(coalesce(title, ''))) <> folded(bare_words(coalesce(old_title, '')))
           as is_title_changed,
       old_title as title_before, title as title_after,
       list_filter(numbers_gone, lambda one, n: list_position(numbers_gone, one) = n)[:50]
           as numbers_before,
       list_filter(numbers_come, lambda one, n: list_position(numbers_come, one) = n)[:50]
           as numbers_after,
       old_word_count as word_count_before, word_count as word_count_after,
       len(removed_at) as removed_word_count, len(added_at) as added_word_count,
       list_transform(removed_at[:50], lambda place: old_words[place][:100]) as removed_words,
       list_transform(added_at[:50], lambda place: new_words[place][:100]) as added_words,
       case when len(lines) > 0
            then array_to_string(list_transform(lines[:20], lambda one: one.line), chr(10))
                 || case when len(lines) > 20 then chr(10) || '… and ' || (len(lines) - 20) || ' more'
                    else '' end
            when lines is not null and folded(bare_words(old_body)) <> folded(bare_words(new_body))
            then '= the same sentences in another order'
            when lines is not null then '' end as diff,
       url
from figures;
comment on view article_changes is 'One row a change, newest first: what two consecutive versions of an article do not share. It was changed between last_seen_before and changed_by. A version is what the outlet served: where it served only the beginning of a text at first, the rest of it is a change, too (is_only_longer). Worked out when it is asked: name an article_id or a time of changed_by, and no other change is. Texts are compared sentence by sentence, without case, marks, punctuation and letter variants; one of more than 400,000 letters or 1,000 sentences is not compared';
comment on column article_changes.source_id is 'Outlet';
comment on column article_changes.article_id is 'The article; khabar diff shows its changes word by word';
comment on column article_changes.story_id is 'Story (one text and its copies) that it belongs to';
comment on column article_changes.version_number is 'The newer version; the older is the one before it';
comment on column article_changes.language is 'Language of the newest version, ISO 639-1; NULL where not known';
comment on column article_changes.last_seen_before is 'Last capture of the older version, UTC: it was not changed before';
comment on column article_changes.changed_by is 'First capture of the newer version, UTC: it was changed by then';
comment on column article_changes.within_hours is 'Hours between these two captures: the change came at some time in them';
comment on column article_changes.modified_at is 'Last change as the newer version itself says, UTC; NULL where it says none';
comment on column article_changes.is_same_extractor is 'Whether one version of Khabar read both texts; where false, a difference may be ours and not the outlet''s';
comment on column article_changes.is_only_longer is 'Whether the newer version has the same headline, and a text that begins with all of the older one and goes on: nothing was taken back. The outlet wrote on, or a wall or feed had shown only the beginning: no page proves which. NULL where the texts are not compared';
comment on column article_changes.is_title_changed is 'Whether the headline has other words; quotation marks and case do not count';
comment on column article_changes.title_before is 'Headline of the older version; NULL where it had none';
comment on column article_changes.title_after is 'Headline of the newer version; NULL where it has none';
comment on column article_changes.numbers_before is 'Numbers of headline and text that the newer version no longer has, or has less often, each once, in digits of any script, at most 50; one that only moved is not among them. NULL where the texts are not compared';
comment on column article_changes.numbers_after is 'Numbers that the newer version has in their place, or besides: [12] became [15]; each once, at most 50. NULL where the texts are not compared';
comment on column article_changes.word_count_before is 'Words of the older text';
comment on column article_changes.word_count_after is 'Words of the newer text';
comment on column article_changes.removed_word_count is 'Words of the text that the newer version no longer has, or has less often; 0 where only the headline changed. NULL where more than 2,000 words stand in changed sentences';
comment on column article_changes.added_word_count is 'Words of the text that the older version had not, or had less often; NULL as removed_word_count';
comment on column article_changes.removed_words is 'The first 50 of the words removed, in their order';
comment on column article_changes.added_words is 'The first 50 of the words added, in their order';
comment on column article_changes.diff is 'Changed sentences of the text, a line each: - what stood there, + what stands there now; at most 20, each to 500 letters. Empty where only the headline changed, NULL where the texts are not compared';
comment on column article_changes.url is 'Address';
