"""Say of incidents all their kinds: source files refused and what is unreadable among them."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

KINDS = (
    (
        "silent, stale_feed, blocked, rejections, fields, volume, held, failing or "
        "extractor_changed; of the pipeline not_published, disk_low or broken_promise"
    ),
    (
        "silent, stale_feed, blocked, rejections, fields, volume, held, failing, extractor_changed "
        "or source_file; of the pipeline not_published, disk_low, broken_promise, unreadable or "
        "source_file (of a file whose name can be no source_id)"
    ),
)
"""Comment before and after."""


def upgrade() -> None:
    _describe(1)


def downgrade() -> None:
    _describe(0)


def _describe(which: int) -> None:
    op.execute(f"COMMENT ON COLUMN incidents.kind IS '{KINDS[which]}'")
