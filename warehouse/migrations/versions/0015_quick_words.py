"""Keep the words of whole bodies where they are read faster, and all words a byte a letter."""

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
LETTERS = "ابپتٹثجچحخدڈذرڑزژسشصضطظعغفقکگلمنوہیےټڅځډړږښ"
PACKED = "ABCDEFGHIJKLMNOPQRSTUVWXYZ!#$%&()*+,-./:;<="
WORDS = (
    "Words of the headline, a line end, words of the body: each between two spaces, without "
    "punctuation, letter variants and case"
)
REST = (
    "Of a whole body what is not in quick_words, NULL where nothing is left; of others the same of "
    "headline and lead"
)
QUICK = (
    "Words of the headline, a line end, words of a whole body: each between two spaces, in one "
    "spelling, as letters_packed() writes it; a beginning of them, of less than 4,096 bytes, kept "
    "so that it is read fast. NULL unless is_whole"
)


def upgrade() -> None:
    # The first who writes folds the words of whole bodies anew.
    _write_anew(
        "article_id, dated_on, content_hash, is_whole, NULL, "
        f"translate(words, '{LETTERS}', '{PACKED}') FROM search_texts WHERE NOT is_whole",
        sa.Column("quick_words", sa.String(), comment=QUICK, info={"compression": "fsst"}),
        _words(REST, is_nullable=True),
    )


def downgrade() -> None:
    _write_anew(
        "article_id, dated_on, content_hash, is_whole, "
        f"translate(coalesce(quick_words, '') || coalesce(words, ''), '{PACKED}', '{LETTERS}') "
        "FROM search_texts",
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
    op.execute(f"INSERT INTO written_anew SELECT {rows}")
    op.drop_table("search_texts")
    op.rename_table("written_anew", "search_texts")
