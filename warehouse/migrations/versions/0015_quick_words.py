"""Keep the words of whole bodies in a column of their own that is read faster."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLE = (
    "What search() looks through: headlines and texts in one spelling, as a load folded them. One "
    "row an article. For matching, not for reading."
)
WORDS = (
    "Words of the headline, a line end, words of the body: each between two spaces, without "
    "punctuation, letter variants and case"
)
QUICK = (
    "The same, of a whole body of less than 4,096 bytes: packed so that it is read faster; NULL "
    "elsewhere"
)
IS_QUICK = "is_whole AND strlen(words) < 4096"


def upgrade() -> None:
    _write_anew(
        f"* REPLACE (CASE WHEN NOT ({IS_QUICK}) THEN words END AS words), "
        f"CASE WHEN {IS_QUICK} THEN words END AS quick_words",
        _words(f"{WORDS}; NULL where they are quick_words", is_nullable=True),
        sa.Column("quick_words", sa.String(), comment=QUICK, info={"compression": "fsst"}),
    )


def downgrade() -> None:
    _write_anew(
        "* EXCLUDE (quick_words) REPLACE (coalesce(quick_words, words) AS words)",
        _words(WORDS, is_nullable=False),
    )


def _words(comment: str, *, is_nullable: bool) -> "sa.Column[str]":
    packed = {"compression": "zstd"}
    return sa.Column("words", sa.String(), nullable=is_nullable, comment=comment, info=packed)


def _write_anew(rows: str, *last: "sa.Column[str]") -> None:
    """Write the table anew: DuckDB 1.5 does not alter one that the same migrations filled."""
    op.create_table(
        "written_anew",
        sa.Column("article_id", sa.BigInteger(), nullable=False, comment="The article"),
        sa.Column("dated_on", sa.Date(), nullable=False, comment="Its day, as in articles"),
        sa.Column(
            "content_hash",
            sa.BigInteger(),
            nullable=False,
            comment="Headline and text that the words are of, as in articles",
        ),
        sa.Column(
            "is_whole",
            sa.Boolean(),
            nullable=False,
            comment="Whether all of the body is in it; else its first 40 words",
        ),
        *last,
        comment=TABLE,
    )
    op.execute(f"INSERT INTO written_anew SELECT {rows} FROM search_texts")  # noqa: S608
    op.drop_table("search_texts")
    op.rename_table("written_anew", "search_texts")
