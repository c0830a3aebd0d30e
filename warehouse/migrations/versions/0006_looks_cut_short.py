"""Remember which looks at entrances broke off before their end."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COLUMNS = {
    "polls": "Whether it answered, but a part or a page of it, or its end, did not come",
    "entrances": "Whether the last answer was cut short: the next look reads on where it can",
}
COMMENTS = {
    "polls.newest_at": (
        "Newest item's date, UTC; NULL where undated",
        "Newest item's date, UTC; a day without a time counts as its end; NULL where undated",
    ),
    "entrances.newest_at": (
        "Newest item's date ever seen, UTC",
        "Newest item's date ever seen, UTC; a day without a time counts as its end",
    ),
}


def upgrade() -> None:
    for table, comment in COLUMNS.items():
        op.execute(f"ALTER TABLE {table} ADD COLUMN is_cut_short BOOLEAN")
        _say(f"{table}.is_cut_short", comment)
    for column, (_, comment) in COMMENTS.items():
        _say(column, comment)


def downgrade() -> None:
    for table in COLUMNS:
        op.drop_column(table, "is_cut_short")
    for column, (comment, _) in COMMENTS.items():
        _say(column, comment)


def _say(column: str, comment: str) -> None:
    quoted = comment.replace("'", "''")
    op.execute(f"COMMENT ON COLUMN {column} IS '{quoted}'")
