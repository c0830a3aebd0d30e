create macro sentences_in(text) as list_filter(list_transform(
    regexp_extract_all(text,
        '(?m)[^\n]+?(?:[۔؟।]+["”’»)\]]*|[.!?…]+["''”’»)\]]*(?:[ \t\x{00A0}]|$)|$)'),
    lambda sentence: trim(sentence)), lambda sentence: sentence <> '');
comment on macro sentences_in is 'Sentences of a text, split at line ends, . ! ? … and the Urdu and Pashto ۔ ؟; abbreviations end one, too';
