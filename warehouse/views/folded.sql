create macro folded(text) as translate(regexp_replace(lower(text),
    '[\x{0300}-\x{036F}\x{0610}-\x{061A}\x{064B}-\x{065F}\x{0670}\x{06D6}-\x{06ED}\x{08D3}-\x{08FF}]',
    '', 'g'),
    'آأإٱ' || 'ؤۇۆ' || 'ئيىۍېێ' || 'ۓ' || 'كڪ' || 'ګڰ' || 'هھۀۂەةۃ' || 'ںڼ' || '٠١٢٣٤٥٦٧٨٩' || '۰۱۲۳۴۵۶۷۸۹' || 'ء',
    'اااا' || 'ووو' || 'یییییی' || 'ے' || 'کک' || 'گگ' || 'ہہہہہہہ' || 'نن' || '0123456789' || '0123456789');
comment on macro folded is 'A text in one spelling: without case, marks, and the letter variants of Urdu and Pashto. For comparing, not for reading';
