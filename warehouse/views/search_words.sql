create macro search_parts(query) as list_transform(string_split(translate(regexp_replace(
        left(query, 1000), case when length(query) > 1000 then '\S*$' else '^$' end, ''),
        '“”„«»' || chr(0), '""""" '), '"'), lambda part: search_form(part));
comment on macro search_parts is 'What stands before, between and after the quotes of a question, each as search_form(); of more than 1,000 signs the first, without a last word that is cut';
create macro search_words(parts) as list_slice(list_transform(list_reverse_sort(list_transform(
    list_distinct(list_filter(string_split(array_to_string(parts, ' '), ' '),
        lambda word: word <> '')),
    lambda word: {'letters': length(word), 'word': word})), lambda one: one.word), 1, 24);
comment on macro search_words is 'Words of a question, the longest first, 24 at most';
create macro search_phrases(parts) as list_slice(list_filter(parts,
    lambda part, place: place % 2 = 0 and trim(part) <> ''), 1, 24);
comment on macro search_phrases is 'Phrases of a question: what stands between two quotes';
create macro is_arabic(word) as regexp_matches(word, '[A-Z!#-&(-/:-=\x{0600}-\x{08FF}]');
comment on macro is_arabic is 'Whether a word or phrase has letters of the Arabic script, packed or not';
create macro is_joinable(word) as is_arabic(word) and length(word) > 3;
comment on macro is_joinable is 'Whether a word may be a part of a longer one: four letters or more of the Arabic script';
create macro search_probe(word) as case
    when not is_joinable(word) then ' ' || word || case when length(word) > 3 then '' else ' ' end
    when length(word) < 6 then word else left(word, length(word) // 2) end;
comment on macro search_probe is 'Letters that a text with this word has, or else those of search_other_probe()';
create macro search_other_probe(word) as
    case when is_joinable(word) and length(word) > 5 then substr(word, length(word) // 2 + 1) end;
comment on macro search_other_probe is 'The second half of a word that a text may write as two; NULL for other words';
create macro does_hold(words, word) as case when is_joinable(word)
    then contains(words, word) or length(word) > 5 and contains(replace(words, ' ', ''), word)
    else contains(words, search_probe(word)) end;
comment on macro does_hold is 'Whether a text''s search_form holds a word, both packed or both not';
create macro holds_phrase(words, phrase) as case when is_arabic(phrase)
    then contains(replace(words, ' ', ''), replace(phrase, ' ', ''))
    else contains(words, rtrim(phrase)) end;
comment on macro holds_phrase is 'Whether a text''s search_form holds words in this order, one after the other, both packed or both not';
