"""Say which bodies come from JSON-LD."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COMMENTS = {
    "articles.body_from": (
        "page; feed = the page could not be had; listed = title only",
        "page; json-ld = its articleBody; feed = no page or a walled one; listed = title only",
    ),
    "articles.archive_record_id": (
        "Its raw bytes: archive_records; NULL if body_from <> page",
        "Its raw bytes: archive_records; NULL if no page was had",
    ),
}


def upgrade() -> None:
    for column, (_, comment) in COMMENTS.items():
        op.execute(f"COMMENT ON COLUMN {column} IS '{comment}'")


def downgrade() -> None:
    for column, (comment, _) in COMMENTS.items():
        op.execute(f"COMMENT ON COLUMN {column} IS '{comment}'")
