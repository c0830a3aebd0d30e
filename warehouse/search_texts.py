"""The words that search() looks through, made at load: no question folds a million texts."""

import duckdb

from warehouse.commit import run_each
from warehouse.stretches import find_stretches
from warehouse.views import lend_macros

WHOLE_DAYS = 90
"""Articles of the last so many days can be found by any word, older ones by title and lead."""
LEAD_WORDS = 40
LEAD_LETTERS = 1_200
"""More than the lead's words have, but for texts of rules, of dots or without spaces."""

_LEAD = rf"^(?: [^ ]+){{0,{LEAD_WORDS}}}"
_MACROS = ("bare_words", "folded", "letters_packed", "search_form")
# The newest day of the warehouse, not today: a rebuild next year must come out alike. A wrong date
# far ahead must not make all others old.
_HORIZON = """
CREATE OR REPLACE TEMP TABLE search_horizon AS
SELECT (max(first_seen_at)::DATE - $days)::DATE AS day FROM articles
"""
_STALE = """
DELETE FROM search_texts WHERE article_id IN (
    SELECT article_id FROM (FROM search_texts WHERE {these}) s
    LEFT JOIN (FROM articles WHERE {these}) a USING (article_id)
    WHERE (a.content_hash, a.dated_on) IS DISTINCT FROM (s.content_hash, s.dated_on))
"""
_ARE_OFF = """
SELECT 1 WHERE (SELECT count(*) FROM articles) <> (SELECT count(*) FROM search_texts)
"""
# First the ids alone: else the body of every article is read to be thrown away.
_MISSING = """
CREATE OR REPLACE TEMP TABLE unindexed AS
SELECT article_id FROM (SELECT article_id FROM articles WHERE {these})
ANTI JOIN (SELECT article_id FROM search_texts WHERE {these}) USING (article_id)
"""
# FSST unpacks in a third of zstd's time, but leaves a row group as it is where one text has 4 KB.
_QUICK = """
CASE WHEN strlen(form) < 4096 THEN form
     WHEN strlen(left(form, 4095)) < 4096 THEN left(form, 4095)
     WHEN strlen(left(form, 2047)) < 4096 THEN left(form, 2047)
     ELSE left(form, 1023) END
"""
# A lead is the same whether it was cut at once or years later, else a rebuild would differ: where
# the first letters hold no word more than it, the whole text is folded.
# The form is made outside of any CASE, in which DuckDB would make the parts of it over and over.
_FOLD = """
INSERT INTO search_texts BY NAME
SELECT * EXCLUDE (dated_at, form),
       CASE WHEN is_whole THEN {quick} END AS quick_words,
       nullif(substr(form, 1 + coalesce(length(quick_words), 0)), '') AS words
FROM (SELECT article_id, dated_on, dated_at, content_hash, is_whole,
             letters_packed(search_form(title) || chr(10)
             || CASE WHEN is_whole THEN form
                     WHEN rtrim(form) <> regexp_extract(form, $lead) OR length(body) <= $letters
                          THEN regexp_extract(form, $lead) || ' '
                     ELSE regexp_extract(search_form(body), $lead) || ' ' END) AS form
      FROM (SELECT *, search_form(CASE WHEN is_whole THEN body ELSE left(body, $letters) END)
                   AS form
            FROM (SELECT a.*, dated_on >= h.day AS is_whole
                  FROM (FROM articles WHERE {stretches}) a JOIN unindexed USING (article_id),
                       search_horizon h)))
ORDER BY dated_at, article_id
"""
# An UPDATE would have the next checkpoint write all words of these 120,000 rows anew: 3.4 s a day.
_SHORTEN = """
CREATE OR REPLACE TEMP TABLE shortened AS
SELECT s.* EXCLUDE (quick_words) REPLACE (
    false AS is_whole,
    regexp_extract(quick_words || coalesce(words, ''), '^[^\\n]*\\n' || $lead[2:]) || ' ' AS words)
FROM search_texts s, search_horizon h WHERE is_whole AND dated_on < h.day ORDER BY s.rowid;
DELETE FROM search_texts WHERE article_id IN (SELECT article_id FROM shortened);
INSERT INTO search_texts BY NAME FROM shortened
"""


def index_texts(con: duckdb.DuckDBPyConnection) -> None:
    """Bring the words of every article up to date; those that are stay as they are."""
    lend_macros(con, _MACROS)
    con.execute(_HORIZON, {"days": WHOLE_DAYS})
    _renew(con, "true")
    run_each(con, _SHORTEN, {"lead": _LEAD})


def index_touched(con: duckdb.DuckDBPyConnection) -> None:
    """Do the same for the articles in temp table `touched_ids` alone, unless others lack words.

    A migration leaves the words to the first who writes.
    """
    lend_macros(con, _MACROS)
    con.execute(_HORIZON, {"days": WHOLE_DAYS})
    _renew(con, "article_id IN (FROM touched_ids)")
    if con.execute(_ARE_OFF).fetchall():
        _renew(con, "true")
    run_each(con, _SHORTEN, {"lead": _LEAD})


def _renew(con: duckdb.DuckDBPyConnection, these: str) -> None:
    con.execute(_STALE.format(these=these))
    con.execute(_MISSING.format(these=these))
    if con.execute("SELECT 1 FROM unindexed LIMIT 1").fetchall():
        stretches = find_stretches(con, "articles", "FROM unindexed")
        fold = _FOLD.format(quick=_QUICK, stretches=stretches)
        con.execute(fold, {"letters": LEAD_LETTERS, "lead": _LEAD})
