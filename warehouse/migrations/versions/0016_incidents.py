"""Let analysts see which incidents there were: when an outlet's numbers are to be doubted."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

COMMENT = (
    "What was wrong, with an outlet or the pipeline, from when to when, and who knew: copied from "
    "the incidents' own files at each publish. One row an incident."
)
INSTANT = sa.TIMESTAMP(timezone=True)
COLUMNS = (
    ("incident_id", sa.String(), False, "`<UTC second of its opening>-<kind>-<random>`"),
    ("source_id", sa.String(), True, "Outlet; NULL where it is the pipeline itself"),
    (
        "kind",
        sa.String(),
        False,
        (
            "silent, stale_feed, blocked, rejections, fields, volume, held, failing or "
            "extractor_changed; of the pipeline not_published, disk_low or broken_promise"
        ),
    ),
    ("opened_at", INSTANT, False, "When it was noticed, UTC"),
    ("closed_at", INSTANT, True, "When it was seen to be over, UTC; NULL while it is open"),
    ("note", sa.String(), False, "What was seen last, with numbers, and what to do"),
    ("acknowledged_by", sa.String(), True, "Who said first to know of it; NULL if nobody"),
    ("acknowledged_at", INSTANT, True, "When they said so, UTC; NULL if nobody did"),
    ("muted_until", INSTANT, True, "Until when it raises no alert, UTC; NULL if never muted"),
    ("muted_by", sa.String(), True, "Who muted it; NULL if nobody"),
)


def upgrade() -> None:
    op.create_table(
        "incidents",
        *(
            sa.Column(name, kind, nullable=is_nullable, comment=comment)
            for name, kind, is_nullable, comment in COLUMNS
        ),
        comment=COMMENT,
    )


def downgrade() -> None:
    op.drop_table("incidents")
