"""The analysts' snapshot: a whole copy of the warehouse, put in place in one step."""

import hashlib
import json
import os
import shutil
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import duckdb

from crawlers.batch import Batch, write_json
from warehouse.connection import (
    WarehouseBroken,
    WarehouseError,
    connect,
    open_writer,
    snapshot_file,
    warehouse_file,
)
from warehouse.schema import SCHEMA_VERSION, metadata
from warehouse.search_texts import index_texts
from warehouse.views import create_views

SPARE_BYTES = 64 << 20
_SNAPSHOT = """
create table snapshot (
    snapshot_id varchar not null, batch_id varchar, published_at timestamptz not null,
    schema_version integer not null, code_version varchar not null, counts json not null);
comment on table snapshot is 'What this file is: one row, written when it was published.';
comment on column snapshot.snapshot_id is 'State of the warehouse and UTC second of publishing';
comment on column snapshot.batch_id is 'Newest batch in it; NULL before the first';
comment on column snapshot.published_at is 'When it was published, UTC';
comment on column snapshot.schema_version is 'Version of the tables';
comment on column snapshot.code_version is 'Version of Khabar that published it';
comment on column snapshot.counts is 'Rows of each table, counted in the warehouse';
"""


class DiskFull(WarehouseError):  # noqa: N818 (says what is so)
    """There is no room for another snapshot; the old one stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishReport:
    """What was published."""

    line: str
    snapshot_id: str
    batch_id: str | None
    published_at: str
    """ISO 8601, UTC."""
    schema_version: int
    code_version: str
    counts: dict[str, int]
    """Rows of each table."""
    bytes: int
    sha256: str
    strays: tuple[str, ...]
    """Write-ahead logs that a careless reader left beside the snapshot; removed."""
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contents:
    snapshot_id: str
    batch_id: str | None
    published_at: datetime
    counts: dict[str, int]


def publish_snapshot(home: Path, batch_id: str | None = None) -> PublishReport:
    """Copy the warehouse to published/news.duckdb; readers see the old file or the new one, whole.

    With a batch, the report is also written as its stage's status.

    Raises:
        DiskFull: naming the room that is missing; the old snapshot stays.
        WarehouseBroken: the copy differs from the warehouse; the old snapshot stays.
    """
    began = time.monotonic()
    public = snapshot_file(home)
    part = public.with_name(f".{public.name}.part")
    with open_writer(home, doing="publishing the snapshot") as con:
        index_texts(con)  # a migration leaves it to the first who writes
        con.execute("checkpoint")
        contents = _look(con)
        con.close()
        _copy(warehouse_file(home), part)
        _dress(part, contents)
        _compare(part, contents)
        sha256 = _seal(part)
        strays = _replace(part, public)
        report = _report(contents, public, sha256, strays, time.monotonic() - began)
        write_json(public.with_name("news.json"), asdict(report))
    if batch_id is not None:
        write_json(Batch(id=batch_id, home=home).status("publish"), asdict(report))
    return report


def count_rows(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Count the rows of each table of the schema."""
    names = [table.name for table in metadata.sorted_tables]
    query = " union all ".join(f"select '{name}', count(*) from {name}" for name in names)  # noqa: S608 (the schema's own names)
    return dict(con.execute(query).fetchall())


def _look(con: duckdb.DuckDBPyConnection) -> _Contents:
    row = con.execute("select batch_id from batches order by load_number desc limit 1").fetchone()
    state = con.execute("select coalesce(max(state_number), 0) from state").fetchone()
    now = datetime.now(UTC)
    return _Contents(
        snapshot_id=f"{state[0] if state else 0}-{now:%Y%m%dT%H%M%SZ}",
        batch_id=row[0] if row else None,
        published_at=now,
        counts=count_rows(con),
    )


def _copy(private: Path, part: Path) -> None:
    """Copy the closed file under a name that nobody reads."""
    folder = part.parent
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    # A publish that was killed leaves parts of its own, of the snapshot or of what is said of it.
    for old in folder.glob(".news*.part*"):
        old.unlink()
    if private.with_name(f"{private.name}.wal").exists():
        raise WarehouseBroken(
            f"{private}.wal: is still there after a checkpoint; run `khabar publish` again"
        )
    need, free = private.stat().st_size + SPARE_BYTES, shutil.disk_usage(folder).free
    if free < need:
        raise DiskFull(
            f"{folder}: {free >> 20} MB free, a new snapshot needs {need >> 20} MB; make room and "
            "run `khabar publish`; the old snapshot stays"
        )
    shutil.copyfile(private, part)


def _dress(part: Path, contents: _Contents) -> None:
    """Add what only analysts need: the snapshot's own row, views and macros."""
    with connect(part) as con:
        con.execute(_SNAPSHOT)
        con.execute(
            "insert into snapshot values (?, ?, ?, ?, ?, ?)",
            [
                contents.snapshot_id,
                contents.batch_id,
                contents.published_at,
                SCHEMA_VERSION,
                version("khabar"),
                json.dumps(contents.counts),
            ],
        )
        create_views(con)
        con.execute("checkpoint")


def _compare(part: Path, contents: _Contents) -> None:
    """Open the copy as an analyst would, count every table and read every text."""
    with connect(part, read_only=True) as con:
        counts = count_rows(con)
        con.execute("select sum(length(title)), sum(length(body)) from articles").fetchone()
    off = [name for name, count in contents.counts.items() if counts[name] != count]
    if off:
        name = off[0]
        raise WarehouseBroken(
            f"{part}: {name} has {counts[name]} rows, the warehouse {contents.counts[name]}; the "
            "old snapshot stays; check the disk, then run `khabar publish` again"
        )


def _seal(part: Path) -> str:
    """Make the file read-only and durable; return its hex SHA-256."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    part.chmod(0o444)
    return digest


def _replace(part: Path, public: Path) -> tuple[str, ...]:
    """Put the file in place, with no write-ahead log of another file beside it.

    DuckDB replays a log over whatever file it finds beside it, also over a new one.
    """
    strays = _remove_logs(public)
    part.replace(public)
    strays += _remove_logs(public)
    folder = os.open(public.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return tuple(dict.fromkeys(strays))


def _remove_logs(public: Path) -> list[str]:
    logs = sorted(public.parent.glob(f"{public.name}.wal*"))
    for log in logs:
        log.unlink()
    return [log.name for log in logs]


def _report(
    contents: _Contents, public: Path, sha256: str, strays: tuple[str, ...], seconds: float
) -> PublishReport:
    size = public.stat().st_size
    line = (
        f"published {contents.counts['articles']:,} articles and {contents.counts['stories']:,} "
        f"stories to {public} ({size / 1e6:.1f} MB) in {seconds:.1f} s"
    )
    if strays:
        line += f"; removed a stray {', '.join(strays)}: somebody opened the snapshot to write"
    return PublishReport(
        line=line,
        snapshot_id=contents.snapshot_id,
        batch_id=contents.batch_id,
        published_at=contents.published_at.isoformat(),
        schema_version=SCHEMA_VERSION,
        code_version=version("khabar"),
        counts=contents.counts,
        bytes=size,
        sha256=sha256,
        strays=strays,
        seconds=round(seconds, 2),
    )
