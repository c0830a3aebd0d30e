"""Remember on which state of the warehouse a held source was accepted."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATE = "State number of the warehouse that its acceptance led to; else NULL"
DIED = "loaded, held (kept out until released) or failed (nothing came, or its crawl died)"


def upgrade() -> None:
    op.execute("ALTER TABLE batch_sources ADD COLUMN accepted_state INTEGER")
    op.execute(f"COMMENT ON COLUMN batch_sources.accepted_state IS '{STATE}'")
    op.execute(f"COMMENT ON COLUMN batch_sources.status IS '{DIED}'")


def downgrade() -> None:
    op.drop_column("batch_sources", "accepted_state")
    op.execute(
        "COMMENT ON COLUMN batch_sources.status IS "
        "'loaded, held (kept out until released, see reason) or failed (nothing came)'"
    )
