"""Keep the words of every article in one spelling, for search."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Its rows come with the next load or publish, which fold what is missing.
    op.create_table(
        "search_texts",
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
        sa.Column(
            "words",
            sa.String(),
            nullable=False,
            comment="Words of the headline, a line end, words of the body: each between two "
            "spaces, without punctuation, letter variants and case",
        ),
        comment="What search() looks through: headlines and texts in one spelling, as a load "
        "folded them. One row an article. For matching, not for reading.",
    )


def downgrade() -> None:
    op.drop_table("search_texts")
