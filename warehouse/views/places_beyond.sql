create macro places_beyond(these, those) as list_filter(range(1, len(these) + 1), lambda place:
    len(list_filter(these[:place], lambda one: one = these[place]))
    > len(list_filter(those, lambda one: one = these[place])));
comment on macro places_beyond is 'Places in a list of what it has more often than another: places_beyond([''a'', ''b'', ''a''], [''a'']) is [2, 3]';
