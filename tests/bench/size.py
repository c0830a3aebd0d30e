"""What each table of a warehouse takes on disk."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from warehouse.connection import connect

GOAL_KILOBYTES = 2.4
FEWEST_BYTES = 0.5
_TABLES = "select table_name, estimated_size from duckdb_tables() where not internal order by 1"
# Blocks are shared by columns of one table, so that each is counted once.
_BLOCKS = """
select count(distinct block) from (
    select block_id as block from pragma_storage_info('{table}')
    union all
    select unnest(additional_block_ids) from pragma_storage_info('{table}'))
where block >= 0
"""


def print_size(console: Console, file: Path) -> None:
    """Print the bytes an article of a warehouse, all of them and by table."""
    with connect(file, read_only=True) as con:
        [(block_bytes,)] = con.execute("select block_size from pragma_database_size()").fetchall()
        [(articles,)] = con.execute("select count(*) from articles").fetchall()
        sizes = [
            (name, rows, con.execute(_BLOCKS.format(table=name)).fetchall()[0][0] * block_bytes)
            for name, rows in con.execute(_TABLES).fetchall()
        ]
    table = Table("table", "rows", "bytes a row", "bytes an article", title="size on disk")
    for name, rows, taken in sorted(sizes, key=lambda one: -one[2]):
        if taken / articles >= FEWEST_BYTES:
            each = f"{taken / max(rows, 1):,.0f}"
            table.add_row(name, f"{rows:,}", each, f"{taken / articles:,.0f}")
    whole = file.stat().st_size / articles
    table.add_row("the file", "", "", f"{whole:,.0f} (reach {GOAL_KILOBYTES * 1000:,.0f})")
    console.print(table)
