"""Remember how each entrance is judged by its looks, and when it is to be asked again."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COLUMNS = {
    "polls": (
        ("new_items", "INTEGER", "Of these, unknown until this look; NULL before schema 4"),
        (
            "is_stale",
            "BOOLEAN",
            "Whether it answered, but its newest item is older than the source promises",
        ),
        ("part_of", "VARCHAR", "Sitemap index that named it; NULL for those of the source file"),
        (
            "stands_in_for",
            "VARCHAR",
            "Entrance that failed or went stale, in whose place it was asked; NULL otherwise",
        ),
        (
            "next_interval_minutes",
            "DOUBLE",
            "For how long to let it be, as decided by this look; NULL where it decided nothing",
        ),
    ),
    "entrances": (
        (
            "interval_minutes",
            "DOUBLE",
            "For how long to let it be; NULL for a part that is asked with its index",
        ),
        ("next_at", "TIMESTAMPTZ", "When it is due again, UTC; NULL where its index decides"),
        (
            "is_stale",
            "BOOLEAN",
            "Whether its newest item was older at the last look than the source promises",
        ),
        ("part_of", "VARCHAR", "Sitemap index that named it; NULL for those of the source file"),
    ),
}


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for name, kind, comment in columns:
            op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")
            op.execute(f"COMMENT ON COLUMN {table}.{name} IS '{comment}'")


def downgrade() -> None:
    for table, columns in COLUMNS.items():
        for name, _, _ in columns:
            op.drop_column(table, name)
