"""Place stories as if all had been known in the order in which it was first seen."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

COLUMNS = {
    "story_articles.is_part": (
        "Whether of it and the text it joined by one has the other whole, and much more: a "
        "further such text must share a tenth with one of the first five"
    ),
    "article_matches.is_form": (
        "Whether they are one form filled in twice (daily rates, weather): so many of their "
        "numbers differ"
    ),
    "article_matches.is_written_on": (
        "Whether one tells on of the other's event: other numbers, the names still there. An "
        "update if they are dated within 72 hours; else is_form decides"
    ),
}
COMMENTS = {
    "TABLE story_articles": (
        (
            "Which article belongs to which story, and why. One row an article. An article joins "
            "the story of the text that it is most like, if it also shares a third (of the "
            "shorter of both) with the story's first text: of A, B, C, D, each half alike to the "
            "one before, A and B (and C, if it shares a third with A) are one story, and D is not "
            "in it. A digest joins one of its reports' stories and leads no other report there."
        ),
        (
            "Which article belongs to which story, and why. One row an article. An article joins "
            "the story of the text that it is most like of those first seen before it, if it also "
            "shares a third (of the shorter of both) with the story's first text: of A, B, C, D, "
            "each half alike to the one before, A and B (and C, if it shares a third with A) are "
            "one story, and D is not in it. A digest joins one of its reports' stories and leads "
            "no other report there. An article that gets another text leaves its story; one that "
            "is found later takes its place by when it was first seen, as if it had been known by "
            "then."
        ),
    ),
    "TABLE article_matches": (
        (
            "Pairs of articles whose texts were compared and found alike, in one story or not. "
            "Each pair once, the smaller id first. Of an exact text, each article is paired with "
            "the 20 oldest that hold it: equal articles.text_hash tells of the others."
        ),
        (
            "Pairs of articles whose texts were compared and found alike, in one story or not. "
            "Each pair once, the smaller id first. Of an exact text, each article is paired with "
            "the 20 oldest that hold it (equal articles.text_hash tells of the others), and only "
            "one of a batch with other texts. A text is compared with at most 50 of the warehouse "
            "and 50 of its batch known before it: those with which it seems to share most."
        ),
    ),
    "TABLE article_series": (
        (
            "Look-alike reports that differ in their numbers (daily rates, weather): linked, not "
            "copies."
        ),
        (
            "Look-alike reports that differ in their numbers (daily rates, weather): linked, not "
            "copies. Each with the one that it is most like of those first seen before it, in "
            "another story."
        ),
    ),
    "COLUMN articles.credited_source": (
        (
            "Agency or institution that the article itself names as its source (APP, ISPR); NULL "
            "where it names none, or was extracted before schema 9"
        ),
        (
            "Agency, outlet, press office or institution that the article goes by (according to "
            "…), never the outlet itself nor who merely said something; NULL where it names none, "
            "or was extracted before schema 9"
        ),
    ),
    "COLUMN stories.story_id": (
        ("Permanent id; equals its first article's id"),
        ("Permanent id; that of the article it began with, mostly"),
    ),
    "COLUMN story_articles.matched_to": (
        ("Article it was matched to; NULL for a story's first"),
        (
            "What it is most like of the articles there that are known to have been out before "
            "it, or else of all; NULL for the earliest known"
        ),
    ),
    "COLUMN story_articles.matched_as": (
        (
            "What it is to matched_to: copy (alike as a whole), excerpt (a part), whole (has all "
            "of it, and as much again or more) or update (other numbers, 72 hours, the names "
            "still there); NULL for a story's first"
        ),
        (
            "What it is to matched_to: copy (alike as a whole), excerpt (a part), whole (has all "
            "of it, and as much again or more) or update (other numbers, 72 hours, the names "
            "still there; a corrected figure, too); NULL for the earliest known"
        ),
    ),
    "COLUMN story_articles.method": (
        ("first, exact or minhash"),
        (
            "How it is matched to that: exact (one text_hash) or minhash; first for the earliest "
            "known"
        ),
    ),
}
"""Comment before and after."""

_COLUMNS = """
SELECT '"' || column_name || '"', data_type, is_nullable, comment FROM duckdb_columns()
WHERE database_name = current_database() AND table_name = ? ORDER BY column_index
"""
_SAID = """
SELECT comment FROM duckdb_tables()
WHERE database_name = current_database() AND table_name = ?
"""


def upgrade() -> None:
    # Signatures of an older algorithm are made anew, and with them the pairs and the stories.
    op.execute("DELETE FROM article_matches")
    _add_columns("story_articles", ["is_part"])
    _add_columns("article_matches", ["is_form", "is_written_on"])
    for name, comment in COLUMNS.items():
        op.execute(f"COMMENT ON COLUMN {name} IS '{_quoted(comment)}'")
    _describe(1)


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column(*name.split("."))
    _describe(0)


def _add_columns(table: str, added: list[str]) -> None:
    """Write a table anew with more columns, all false.

    DuckDB 1.5 sets no column NOT NULL that was added to rows in the same transaction.
    """
    ask = op.get_bind().exec_driver_sql
    columns = ask(_COLUMNS, (table,)).fetchall()
    said = ask(_SAID, (table,)).scalar_one()
    parts = [
        f"{name} {kind}{'' if may_lack else ' NOT NULL'}" for name, kind, may_lack, _ in columns
    ]
    parts += [f"{name} BOOLEAN NOT NULL" for name in added]
    rows = ", ".join(["*", *("false" for _ in added)])
    op.execute(f"CREATE TABLE written_anew ({', '.join(parts)})")
    op.execute(f"INSERT INTO written_anew SELECT {rows} FROM {table} ORDER BY rowid")  # noqa: S608
    op.drop_table(table)
    op.rename_table("written_anew", table)
    op.execute(f"COMMENT ON TABLE {table} IS '{_quoted(said)}'")
    for name, _, _, comment in columns:
        op.execute(f"COMMENT ON COLUMN {table}.{name} IS '{_quoted(comment)}'")


def _describe(which: int) -> None:
    for what, said in COMMENTS.items():
        op.execute(f"COMMENT ON {what} IS '{_quoted(said[which])}'")


def _quoted(comment: str) -> str:
    return comment.replace("'", "''")
