"""Say of batches that they may hold archived pages extracted again."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

FOUND_BY = ("live, backfill or import", "live, backfill, import or reprocess (extracted again)")
"""Comment before and after."""


def upgrade() -> None:
    _describe(1)


def downgrade() -> None:
    _describe(0)


def _describe(which: int) -> None:
    op.execute(f"COMMENT ON COLUMN batches.found_by IS '{FOUND_BY[which]}'")
