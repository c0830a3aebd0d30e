"""A batch of every outcome, and all rows that a warehouse has."""

from pathlib import Path

from tests.warehouse.batches import BatchMaker, failed, page, rejected, rows, skipped, text


def dump(home: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows, but for the clock of the load."""
    tables = [str(name) for (name,) in rows(home, "SELECT table_name FROM duckdb_tables()")]
    found = {table: rows(home, f"FROM {table} ORDER BY ALL") for table in tables}
    found["batches"] = rows(home, "SELECT * EXCLUDE (loaded_at, report) FROM batches ORDER BY ALL")
    found["state"] = rows(home, "SELECT state_number FROM state")
    return found


def mixed(home: Path, hour: int = 1) -> BatchMaker:
    return BatchMaker(home, hour).source(
        page("/a", text("a"), hour=hour),
        page("/b", text("b"), hour=hour),
        rejected("/section", hour=hour),
        failed("/down"),
        skipped("/robot", "robots"),
        failed("/kept", feed=text("k")),
        known_not_due=3,
    )
