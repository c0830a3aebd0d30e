"""Keep of signatures what finds and compares texts in half the room, and no bands beside them."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MINHASH = (
    "192 little-endian uint16",
    "192 bytes: of the smallest value of each hash function, 8 bits",
)
"""Comment before and after. Signatures of an older algorithm are made anew of the texts."""


def upgrade() -> None:
    op.drop_table("bands")
    _describe(1)


def downgrade() -> None:
    op.create_table(
        "bands",
        sa.Column(
            "band_hash",
            sa.Integer(),
            nullable=False,
            comment="32-bit hash of the band's rows and number",
        ),
        sa.Column("article_id", sa.BigInteger(), nullable=False, comment="The article"),
        comment="LSH bands of the signatures: articles that share one are candidates for being "
        "copies.",
    )
    _describe(0)


def _describe(which: int) -> None:
    op.execute(f"COMMENT ON COLUMN signatures.minhash IS '{MINHASH[which]}'")
