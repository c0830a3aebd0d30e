"""Keep where image and site name came from, a text's second language, and a site's own lines."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COLUMNS = {
    "image_from": "Where the image's address came from; NULL where there is none",
    "site_name_from": "Where the site's name came from; NULL where there is none",
    "other_language": "Second language of a mixed text; NULL where it is in one",
}
SAID_BETTER = {
    "authors": (
        "Authors as people, as printed; empty where none is named",
        "People, pen names and news agencies, as printed; never the outlet or a desk",
    ),
    "byline": (
        "Author line that names no person, such as a desk; else NULL",
        "The author line as printed, if it names a desk or an agency; else NULL",
    ),
    "published_on": (
        "Publication day on the outlet's own calendar; NULL if undated",
        "Publication day on the outlet's own calendar (UTC if zone unknown); NULL if undated",
    ),
    "modified_on": (
        "Day of it on the outlet's own calendar",
        "Day of it on the outlet's own calendar (UTC if zone unknown)",
    ),
}
"""Comments before and after."""
INSTANT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    for column, comment in COLUMNS.items():
        op.execute(f"ALTER TABLE articles ADD COLUMN {column} VARCHAR")
        _say_of(column, comment)
    for column, (_, comment) in SAID_BETTER.items():
        _say_of(column, comment)
    op.create_table(
        "site_lines",
        sa.Column("source_id", sa.String(), nullable=False, comment="Outlet"),
        sa.Column(
            "line", sa.String(), nullable=False, comment="The line, as it stood in the bodies"
        ),
        sa.Column(
            "place",
            sa.String(),
            nullable=False,
            comment="Where it is taken out: top | end | anywhere",
        ),
        sa.Column(
            "pages",
            sa.Integer(),
            nullable=False,
            comment="Pages of different text that carried it when it was learnt",
        ),
        sa.Column(
            "learnt_at",
            INSTANT,
            nullable=False,
            comment="When it was learnt last, UTC: its batch's start",
        ),
        sa.Column("batch_id", sa.String(), nullable=False, comment="Batch that learnt it last"),
        comment="Lines that an outlet prints on page after page, and that are no part of any "
        "article: they are taken out of its bodies. One row a source, line and place.",
    )


def downgrade() -> None:
    op.drop_table("site_lines")
    for column, (comment, _) in SAID_BETTER.items():
        _say_of(column, comment)
    for column in COLUMNS:
        op.drop_column("articles", column)


def _say_of(column: str, comment: str) -> None:
    quoted = comment.replace("'", "''")
    op.execute(f"COMMENT ON COLUMN articles.{column} IS '{quoted}'")
