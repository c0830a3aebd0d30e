"""Keep credited sources, pairs of texts that are alike, and when a story's earliest came out."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSTANT = "TIMESTAMP WITH TIME ZONE"
COLUMNS = {
    "articles.credited_source": (
        "VARCHAR",
        (
            "Agency or institution that the article itself names as its source (APP, ISPR); NULL "
            "where it names none, or was extracted before schema 9"
        ),
    ),
    "articles.credited_from": (
        "VARCHAR",
        "dateline, byline, credit_line or text: where it says so",
    ),
    "articles.credited_words": ("VARCHAR", "The words that say so, as printed"),
    "story_articles.matched_as": (
        "VARCHAR",
        (
            "What it is to matched_to: copy (alike as a whole), excerpt (a part), whole (has all "
            "of it, and as much again or more) or update (other numbers, 72 hours, the names "
            "still there); NULL for a story's first"
        ),
    ),
    "stories.earliest_from": (
        INSTANT,
        (
            "Start of the interval in which the earliest known article was published, UTC; NULL "
            "where nothing bounds it"
        ),
    ),
    "stories.earliest_to": (
        INSTANT,
        (
            "End of that interval, UTC, itself outside: a day alone is the outlet's whole local "
            "day, 50 hours where its zone is unknown; NULL once merged"
        ),
    ),
}
STORY_ARTICLES = (
    "Which article belongs to which story, and why. One row an article.",
    (
        "Which article belongs to which story, and why. One row an article. An article joins the "
        "story of the text that it is most like, if it also shares a third (of the shorter of "
        "both) with the story's first text: of A, B, C, D, each half alike to the one before, A "
        "and B (and C, if it shares a third with A) are one story, and D is not in it. A digest "
        "joins one of its reports' stories and leads no other report there."
    ),
)
RELATION = (
    "earliest_known, copy, excerpt or update; claims no direction",
    (
        "earliest_known; else matched_as, where whole is copy. Claims no direction: who copied "
        "whom, the texts do not say"
    ),
)
MATCHED_AS = """
UPDATE story_articles SET matched_as = CASE WHEN relation <> 'earliest_known' THEN relation
                                            WHEN similarity < 0.5 THEN 'excerpt' ELSE 'copy' END
WHERE matched_to IS NOT NULL
"""
BAND_HASH = (
    "63-bit hash of the band's rows and number",
    "32-bit hash of the band's rows and number",
)
MINHASH = ("128 little-endian uint32", "192 little-endian uint16")
"""Comment before and after."""


def upgrade() -> None:
    for column, (kind, comment) in COLUMNS.items():
        table, name = column.split(".")
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")
        _say_of(column, comment)
    op.execute(MATCHED_AS)
    # What an older algorithm has hashed is not compared, but made anew of the texts.
    op.execute(
        "ALTER TABLE bands ALTER band_hash TYPE INTEGER USING (band_hash >> 31) - 2147483648"
    )
    _describe(1)
    op.create_table(
        "article_matches",
        sa.Column("article_id", sa.BigInteger(), nullable=False, comment="One article"),
        sa.Column("other_id", sa.BigInteger(), nullable=False, comment="The other"),
        sa.Column(
            "similarity",
            sa.Double(),
            nullable=False,
            comment="Estimated Jaccard similarity of word 3-shingles, 0-1",
        ),
        sa.Column(
            "containment",
            sa.Double(),
            nullable=False,
            comment="Share of the shorter text's shingles in the longer, 0-1",
        ),
        sa.Column("batch_id", sa.String(), nullable=False, comment="Batch that compared them"),
        comment="Pairs of articles whose texts were compared and found alike, in one story or not. "
        "Each pair once, the smaller id first. Of an exact text, each article is paired with the "
        "20 oldest that hold it: equal articles.text_hash tells of the others.",
    )


def downgrade() -> None:
    op.drop_table("article_matches")
    op.execute(
        "ALTER TABLE bands ALTER band_hash TYPE BIGINT USING (band_hash::BIGINT + 2147483648) << 31"
    )
    _describe(0)
    for column in COLUMNS:
        op.drop_column(*column.split("."))


def _describe(which: int) -> None:
    _say_of("signatures.minhash", MINHASH[which])
    _say_of("bands.band_hash", BAND_HASH[which])
    _say_of("story_articles.relation", RELATION[which])
    quoted = STORY_ARTICLES[which].replace("'", "''")
    op.execute(f"COMMENT ON TABLE story_articles IS '{quoted}'")


def _say_of(column: str, comment: str) -> None:
    quoted = comment.replace("'", "''")
    op.execute(f"COMMENT ON COLUMN {column} IS '{quoted}'")
