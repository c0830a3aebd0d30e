create macro bare_words(text) as trim(regexp_replace(regexp_replace(nfc_normalize(text),
    '[\x{00AD}\x{061C}\x{0640}\x{180E}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{206F}\x{FE00}-\x{FE0F}\x{FEFF}]',
    '', 'g'), '[^\p{L}\p{M}\p{N}]+', ' ', 'g'));
comment on macro bare_words is 'Words of a text with one space between them, without punctuation and invisible signs';
