"""Remember which captures were of a twin address."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TWIN = "Whether the page names another address as its own (AMP, print); NULL where rejected"
VERSION = "Version of the article that it shows, or for a twin that was shown then"


def upgrade() -> None:
    op.execute("ALTER TABLE archive_records ADD COLUMN is_twin BOOLEAN")
    op.execute(f"COMMENT ON COLUMN archive_records.is_twin IS '{TWIN}'")
    op.execute(f"COMMENT ON COLUMN archive_records.version_number IS '{VERSION}'")


def downgrade() -> None:
    op.drop_column("archive_records", "is_twin")
    op.execute(
        "COMMENT ON COLUMN archive_records.version_number IS "
        "'Version of the article that it shows; NULL where rejected'"
    )
