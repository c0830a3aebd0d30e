"""Say in the data dictionary that a stated date may lie after the article was seen."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

COMMENTS = {
    "articles.published_at": (
        "Publication instant, UTC; NULL unless a zone is known",
        (
            "Publication instant as the page said it, UTC: it may lie after first_seen_at and "
            "fetched_at where the outlet is wrong (dated_from of article_intervals is NULL "
            "then); NULL unless a zone is known"
        ),
    ),
    "articles.dated_at": (
        (
            "Best date for sorting, UTC, never NULL: see date_basis; a day without an instant "
            "counts from its start on the outlet's own clock (UTC if unknown)"
        ),
        (
            "Best date for sorting, UTC, never NULL: see date_basis; a day without an instant "
            "counts from its start on the outlet's own clock (UTC if unknown). As the page said "
            "it: it may lie after fetched_at"
        ),
    ),
    "article_versions.published_at": (
        "Publication instant as that version said it, UTC",
        "Publication instant as that version said it, UTC; it may lie after seen_from",
    ),
}
"""Comment before and after."""


def upgrade() -> None:
    _describe(1)


def downgrade() -> None:
    _describe(0)


def _describe(which: int) -> None:
    for column, said in COMMENTS.items():
        quoted = said[which].replace("'", "''")
        op.execute(f"COMMENT ON COLUMN {column} IS '{quoted}'")
