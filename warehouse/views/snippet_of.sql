create macro snippet_of(text, found_words) as list_transform(
    [{'signs': string_split(regexp_replace(left(text, 20000), '\s+', ' ', 'g'), ' ')}],
    lambda raw: list_transform([{'place': list_position(list_transform(
            string_split(folded(replace(array_to_string(raw.signs, ' '), chr(8204), '')), ' '),
            lambda sign: len(list_filter(found_words, lambda word:
                contains(' ' || sign || ' ', search_probe(word))
                or starts_with(word, sign) and length(sign) > 2)) > 0), true)}],
        lambda spot: case when coalesce(spot.place, 1) > 9 then '… ' else '' end
            || array_to_string(list_slice(raw.signs, greatest(coalesce(spot.place, 1) - 8, 1),
                                          greatest(coalesce(spot.place, 1) - 8, 1) + 24), ' ')
            || case when len(raw.signs) > greatest(coalesce(spot.place, 1) - 8, 1) + 24
                    then ' …' else '' end)[1])[1];
comment on macro snippet_of is 'Words of a text around the first of those found, as printed; its beginning where none is there';
