"""Say an address once in the ledger and in archive records, and pack long texts more tightly."""

from collections.abc import Collection

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ZSTD = {"fetches": ("url", "item"), "archive_records": ("url", "file"), "rejections": ()}
"""Columns that take less room by zstd than by DuckDB's own choice, and are seldom read whole."""
WORDS = "search_texts"
"""Its words take .6 of the room by zstd, for a tenth more time of a search."""
COMMENTS = {
    "fetches": (
        "Address after redirects; of a twin, the url_key it stands for",
        (
            "Address after redirects; of a twin, the url_key it stands for; NULL where no answer "
            "came, or at url itself"
        ),
    ),
    "archive_records": (
        "Address after redirects",
        "Address after redirects; NULL where that is url",
    ),
    "rejections": (
        "Address after redirects",
        "Address after redirects; NULL where that is url",
    ),
}
"""Comment of final_url before and after."""

_COLUMNS = """
SELECT column_name, '"' || column_name || '" ' || data_type, is_nullable, comment
FROM duckdb_columns()
WHERE database_name = current_database() AND table_name = ? ORDER BY column_index
"""
_SAID = """
SELECT comment FROM duckdb_tables()
WHERE database_name = current_database() AND table_name = ?
"""


def upgrade() -> None:
    for table in COMMENTS:
        _write_anew(table, "nullif(final_url, url)", may_lack=True, zstd=ZSTD[table])
        _describe(table, 1)
    _write_anew(WORDS, None, may_lack=False, zstd=("words",))


def downgrade() -> None:
    for table in COMMENTS:
        is_ledger = table == "fetches"
        asked = "CASE WHEN status IS NOT NULL THEN url END" if is_ledger else "url"
        _write_anew(table, f"coalesce(final_url, {asked})", may_lack=is_ledger, zstd=())
        _describe(table, 0)
    _write_anew(WORDS, None, may_lack=False, zstd=())


def _write_anew(
    table: str, final_url: str | None, *, may_lack: bool, zstd: Collection[str]
) -> None:
    """Write a table anew with another final_url, and some columns in another compression.

    DuckDB 1.5 changes no column's compression; a new column would be the last.
    """
    ask = op.get_bind().exec_driver_sql
    columns = ask(_COLUMNS, (table,)).fetchall()
    said = ask(_SAID, (table,)).scalar_one()
    parts = [
        declared
        + ("" if (may_lack if name == "final_url" else is_nullable) else " NOT NULL")
        + (" USING COMPRESSION zstd" if name in zstd else "")
        for name, declared, is_nullable, _ in columns
    ]
    replaced = f" REPLACE ({final_url} AS final_url)" if final_url else ""
    rows = f"SELECT *{replaced} FROM {table}"  # noqa: S608
    op.execute(f"CREATE TABLE written_anew ({', '.join(parts)})")
    op.execute(f"INSERT INTO written_anew {rows}")
    op.drop_table(table)
    op.rename_table("written_anew", table)
    op.execute(f"COMMENT ON TABLE {table} IS '{_quoted(said)}'")
    for name, _, _, comment in columns:
        op.execute(f"COMMENT ON COLUMN {table}.{name} IS '{_quoted(comment)}'")


def _describe(table: str, which: int) -> None:
    op.execute(f"COMMENT ON COLUMN {table}.final_url IS '{_quoted(COMMENTS[table][which])}'")


def _quoted(comment: str) -> str:
    return comment.replace("'", "''")
