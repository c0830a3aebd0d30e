"""The analysts' snapshot: a whole copy of the warehouse, put in place in one step."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from crawlers.batch import Batch, flush_folder, write_json
from crawlers.counted import counted
from warehouse.connection import (
    WarehouseBroken,
    WarehouseError,
    connect,
    open_writer,
    snapshot_file,
    warehouse_file,
)
from warehouse.health_kept import keep_facts
from warehouse.incident_rows import copy_incidents
from warehouse.lake.standing import note_due
from warehouse.proved_copy import copy_proved
from warehouse.room import SPARE_BYTES, tell_missing
from warehouse.scan import scan_copy
from warehouse.search_texts import index_texts
from warehouse.snapshot import Snapshot, count_tables, is_dressed, write_snapshot
from warehouse.spilling import bar_spilling
from warehouse.views import refresh_views


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
    """Of the file, hex; the file itself cannot hold it."""
    strays: tuple[str, ...]
    """Write-ahead logs that a careless reader left beside the snapshot; removed."""
    seconds: float
    catalogue_version: str | None = None
    """Digest of the outlets' source files; None in a report of an older version."""
    input_sha256: str | None = None
    """Over the batches' input digests in the order of loading; None in one of an older version."""
    was_scanned: bool = False
    """Whether every row was read again and every promise proved before analysts saw it."""


def publish_snapshot(
    home: Path,
    batch_id: str | None = None,
    *,
    scan: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> PublishReport:
    """Copy the warehouse to published/news.duckdb; readers see the old file or the new one, whole.

    A lake has its own turn after it, in no pool and by no writer: warehouse.lake.publish.

    Views, macros and the snapshot's own row are written into the warehouse first, so that the
    public file is byte for byte the private one, and one pass can copy, compare and hash it.
    With a batch, the report is also written as its stage's status. With `scan`, every row is read
    again and proved before analysts see it; `tell` hears how far that is.

    Raises:
        DiskFull: naming the room that is missing; the old snapshot stays.
        WarehouseBroken: the copy differs from the warehouse; the old snapshot stays.
        CheckFailed: the scan found a promise broken; the old snapshot stays.
    """
    began = time.monotonic()
    public = snapshot_file(home)
    part, card = public.with_name(f".{public.name}.part"), public.with_name(".news.json.part")
    with open_writer(home, doing="publishing the snapshot") as con:
        snapshot = _dress(con, home, is_anew=scan)
        con.close()
        _make_room(warehouse_file(home), part)
        try:
            sha256 = copy_proved(warehouse_file(home), part)
            part.chmod(0o444)
            _compare(part, snapshot)
            if scan:
                scan_copy(warehouse_file(home), part, tell)
            strays = _remove_logs(public)
            report = _report(snapshot, part, sha256, strays, scan, time.monotonic() - began)
            # Written before the file is replaced: where the disk is full, both stay as they were.
            write_json(card, asdict(report))
            _replace(part, card, public)
        finally:
            part.unlink(missing_ok=True)
            card.unlink(missing_ok=True)
    if batch_id is not None:
        write_json(Batch(id=batch_id, home=home).status("publish"), asdict(report))
    note_due(home)
    keep_facts(home)
    return report


def _dress(con: duckdb.DuckDBPyConnection, home: Path, *, is_anew: bool) -> Snapshot:
    """Write into the warehouse what analysts need beside its tables, and what it is."""
    if is_anew or not is_dressed(con):
        refresh_views(con)  # before index_texts: it has temp macros of the same names
    index_texts(con)  # a migration leaves it to the first who writes
    copy_incidents(con, home)
    snapshot = write_snapshot(con, count_tables(con))
    con.execute("checkpoint")
    return snapshot


def _make_room(private: Path, part: Path) -> None:
    """Clear what a killed publish left, and see that there is room, before a byte is copied."""
    folder = part.parent
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    # Of the snapshot, or of what is said of it.
    for old in folder.glob(".*news*.part*"):
        old.unlink()
    if private.with_name(f"{private.name}.wal").exists():
        raise WarehouseBroken(
            f"{private}.wal: is still there after a checkpoint; run `khabar publish` again"
        )
    short = tell_missing(folder, private.stat().st_size + SPARE_BYTES, "a new snapshot")
    if short:
        raise DiskFull(f"{short} and run `khabar publish`; the old snapshot stays")


def _compare(part: Path, snapshot: Snapshot) -> None:
    """Open the copy as an analyst would, and count every table."""
    with connect(part, read_only=True) as con:
        counts = count_tables(con)
    off = [name for name, count in snapshot.counts.items() if counts[name] != count]
    if off:
        name = off[0]
        raise WarehouseBroken(
            f"{part}: {name} has {counts[name]} rows, the warehouse {snapshot.counts[name]}; the "
            "old snapshot stays; check the disk, then run `khabar publish` again"
        )


def _replace(part: Path, card: Path, public: Path) -> None:
    """Put the file in place, and at once what is said of it.

    DuckDB replays a log over whatever file it finds beside it, also over a new one: one that came
    since the others were removed goes as well.
    """
    bar_spilling(public)
    part.replace(public)
    card.replace(public.with_name("news.json"))
    _remove_logs(public)
    flush_folder(public.parent)


def _remove_logs(public: Path) -> tuple[str, ...]:
    logs = sorted(public.parent.glob(f"{public.name}.wal*"))
    for log in logs:
        log.unlink()
    return tuple(log.name for log in logs)


def _report(
    snapshot: Snapshot,
    part: Path,
    sha256: str,
    strays: tuple[str, ...],
    was_scanned: bool,
    seconds: float,
) -> PublishReport:
    size, public = part.stat().st_size, part.with_name("news.duckdb")
    articles = counted(snapshot.counts["articles"], "article")
    stories = counted(snapshot.counts["stories"], "story", "stories")
    line = (
        f"published {articles} and {stories} to {public} ({size / 1e6:.1f} MB) in {seconds:.1f} s"
    )
    if was_scanned:
        line += "; every row was read and every promise proved"
    if strays:
        line += f"; removed a stray {', '.join(strays)}: somebody opened the snapshot to write"
    return PublishReport(
        line=line,
        snapshot_id=snapshot.snapshot_id,
        batch_id=snapshot.batch_id,
        published_at=snapshot.published_at.isoformat(),
        schema_version=snapshot.schema_version,
        code_version=snapshot.code_version,
        catalogue_version=snapshot.catalogue_version,
        input_sha256=snapshot.input_sha256,
        counts=snapshot.counts,
        bytes=size,
        sha256=sha256,
        strays=strays,
        was_scanned=was_scanned,
        seconds=round(seconds, 2),
    )
