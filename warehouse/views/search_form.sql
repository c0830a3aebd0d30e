create macro search_form(text) as ' ' || coalesce(folded(bare_words(text)), '') || ' ';
comment on macro search_form is 'What search() compares: the words of a text in one spelling, with a space before and after each';
