"""publish_lake(): what is published is merged into the lake, in one transaction that is proved.

Nothing is remembered at home of what the lake holds: it is read there. So a publish that was
killed, or that found no lake, is caught up by the next one, whatever came in between.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import duckdb

from crawlers.counted import counted
from warehouse.connection import open_snapshot, published_file
from warehouse.errors import WarehouseError, WriterBusy
from warehouse.lake.connect import open_lake, quoted
from warehouse.lake.dress import dress_digest, dress_lake, names_of_dress, read_dress
from warehouse.lake.ledger import (
    DRESS,
    LEDGER,
    Ledger,
    create_ledger,
    find_unreadable,
    own_tables,
    read_ledger,
    read_whole,
    write_ledger,
)
from warehouse.lake.merge import Merged, merge_tables
from warehouse.lake.parts import Digests, list_tables, named
from warehouse.lake.place import Lake, LakeAway, LakeEmpty
from warehouse.lake.standing import note_behind, note_due, note_merged
from warehouse.lease import hold_lease

_STRANGE = """
SELECT batch_id FROM lake.batches ANTI JOIN news.batches USING (batch_id)
ORDER BY load_number DESC LIMIT 1
"""
_SNAPSHOT = "SELECT snapshot_id, counts FROM news.snapshot"
_IS_HELD = """
SELECT count(*) > 0 FROM lake.snapshot SEMI JOIN news.snapshot USING (snapshot_id, published_at)
"""
_VERSION = "SELECT max(snapshot_id) FROM lake.snapshots()"
PASSING = (LakeAway, WriterBusy)
"""What mends itself, mostly: the same is worth another try."""
ReadLedger = Callable[[duckdb.DuckDBPyConnection], Ledger]
FindLost = Callable[[duckdb.DuckDBPyConnection], list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeReport:
    """What was merged into the lake."""

    line: str
    snapshot_id: str
    """Of the published snapshot that the lake is equal to."""
    version: int
    """DuckLake's snapshot id: `articles AT (VERSION => …)`."""
    added: int
    removed: int
    counts: dict[str, int]
    """Rows of each table."""
    seconds: float


def keep_up(home: Path, lake: Lake | None) -> str | None:
    """Merge what was just published into the lake, if there is one; say what became of it.

    A lake that is away costs nobody a row: the file is published, and the next publish brings all.
    Nor does one that cannot be used. So it stops nothing; `watch` opens an incident where it lasts
    longer than is promised.
    """
    if lake is None:
        return None
    try:
        return publish_lake(home, lake).line
    except LakeEmpty as error:
        return str(error)
    except PASSING as error:
        return tell_passing(error)
    except (WarehouseError, OSError) as error:
        return f"the lake did not get it, the file is published: {error}"


def tell_passing(error: Exception) -> str:
    """Say of a lake that is away or busy that nobody need do anything."""
    return f"{error}; nothing is lost, and the next publish brings the lake all of it"


def publish_lake(home: Path, lake: Lake) -> LakeReport:
    """Merge the published snapshot into the lake; its readers see the old state or the new one.

    One that has it already is left alone. What became of it is noted for `watch`.

    Raises:
        LakeAway: it cannot be reached now; the next publish catches up.
        LakeEmpty: it was never filled, which may take longer than a publish has.
        WriterBusy: another process of this home is publishing to it.
        WarehouseBroken: what was written reads back otherwise, or a file of the lake is missing;
            the lake stays as it was.
        WarehouseError: it cannot be used, or has batches that this warehouse has not.
    """
    with _noted(home):
        return _publish(home, lake, None, may_create=False, may_replace=False, read=read_ledger)


def fill_lake(
    home: Path, lake: Lake, tell: Callable[[str], None], *, may_replace: bool = False
) -> LakeReport:
    """Do the same, but believe nothing of what was noted: every row of the lake is read.

    So what was changed or lost there is put right, too: a table of which a file cannot be read is
    made anew. With `may_replace`, also where the lake has batches of another warehouse, or has lost
    what tells whose it is.
    """
    read = partial(_read_held, tell=tell)
    find_lost = partial(_find_lost, lake=lake, tell=tell, may_replace=may_replace)
    return _publish(home, lake, find_lost, may_create=True, may_replace=may_replace, read=read)


@contextmanager
def _noted(home: Path) -> Iterator[None]:
    try:
        yield
    except (WarehouseError, OSError) as error:
        note_behind(home, str(error))
        raise


def _publish(
    home: Path,
    lake: Lake,
    find_lost: FindLost | None,
    *,
    may_create: bool,
    may_replace: bool,
    read: ReadLedger,
) -> LakeReport:
    began = time.monotonic()
    with (
        hold_lease(home, of="lake", doing="publishing to the lake"),
        open_lake(lake, snapshot=published_file(home), may_create=may_create) as con,
    ):
        [(snapshot_id, counts)] = con.execute(_SNAPSHOT).fetchall()
        # Before it begins: an error would end the transaction.
        lost = find_lost(con) if find_lost else []
        con.execute("BEGIN")
        for name in lost:
            con.execute(f"DROP TABLE lake.{named(name)}")
        noted = read_ledger(con)
        if not may_replace:
            _refuse_strange(con, lake, noted)
        if not noted and not may_create:
            raise LakeEmpty(lake)
        merged = Merged(ledger=noted, was_held=True)
        if may_create or con.execute(_IS_HELD).fetchall() == [(False,)]:
            merged = _merge(con, noted, read(con), may_replace=may_replace)
        if merged.ledger == noted and not (merged.added or merged.removed or merged.is_dressed):
            con.execute("ROLLBACK")
        else:
            message = quoted(f"published {snapshot_id}")
            con.execute(f"CALL lake.set_commit_message('khabar', {message})")
            con.execute("COMMIT")
        [(version,)] = con.execute(_VERSION).fetchall()
    _note_merged(home, snapshot_id)
    return _report(lake, snapshot_id, version, merged, json.loads(counts), began)


def _note_merged(home: Path, snapshot_id: str) -> None:
    note_merged(home, snapshot_id)
    with open_snapshot(home) as con:
        [(published,)] = con.execute("SELECT snapshot_id FROM snapshot").fetchall()
    if published != snapshot_id:  # meanwhile; that it is due was noted before this took it away
        note_due(home)


def _read_held(con: duckdb.DuckDBPyConnection, tell: Callable[[str], None]) -> Ledger:
    wanted, held = list_tables(con, "news"), list_tables(con, "lake")
    alike = [name for name, table in wanted.items() if held.get(name) == table]
    return read_whole(con, tell, alike)


def _find_lost(
    con: duckdb.DuckDBPyConnection, lake: Lake, tell: Callable[[str], None], *, may_replace: bool
) -> list[str]:
    wanted, held = list_tables(con, "news"), list_tables(con, "lake")
    ours = {name for name, table in wanted.items() if held.get(name) == table} | {LEDGER}
    if not may_replace:  # without these, nobody knows whose lake it is: reading them says so
        ours -= {LEDGER, "batches"}
    return find_unreadable(con, lake, tell, ours)


def _merge(
    con: duckdb.DuckDBPyConnection, noted: Ledger, found: Ledger, *, may_replace: bool
) -> Merged:
    if not noted:
        create_ledger(con)
    merged = merge_tables(con, found, own_tables(noted))
    dress, is_anew = _dress(con, noted.get(DRESS, {}), may_replace=may_replace)
    merged.ledger[DRESS] = dress
    if merged.ledger != noted:
        write_ledger(con, merged.ledger)
    return replace(merged, is_dressed=is_anew)


def _dress(
    con: duckdb.DuckDBPyConnection, noted: Digests, *, may_replace: bool
) -> tuple[Digests, bool]:
    names, made_of = names_of_dress(con), {"": (0, dress_digest(con))}
    held = read_dress(con, names | noted.keys()) | made_of
    if held == noted:
        return held, False
    dress_lake(con, noted.keys() | (names if may_replace else set()))
    return read_dress(con, names) | made_of, True


def _refuse_strange(con: duckdb.DuckDBPyConnection, lake: Lake, noted: Ledger) -> None:
    held = list_tables(con, "lake").keys() - {LEDGER}
    theirs = held - own_tables(noted)
    if noted:  # analysts may have tables of their own in a lake of ours
        theirs &= list_tables(con, "news").keys()
    if theirs:
        raise WarehouseError(
            f"{lake}: holds the table {min(theirs)}, which no publish made; nothing was changed "
            "there. Name a database of the lake's own; or `khabar lake fill --replace` puts ours "
            "in the place of its tables that are named alike"
        )
    strange = con.execute(_STRANGE).fetchall() if "batches" in held else []
    if strange:
        raise WarehouseError(
            f"{lake}: holds batch {strange[0][0]}, which this warehouse never loaded: it is "
            "another one's lake, or this one was restored from before; nothing was changed there. "
            "`khabar lake fill --replace` makes it this one's"
        )


def _report(
    lake: Lake, snapshot_id: str, version: int, merged: Merged, counts: dict[str, int], began: float
) -> LakeReport:
    seconds = time.monotonic() - began
    done = f"{counted(merged.added, 'row')} added and {merged.removed:,} taken away, and proved"
    if merged.was_held:
        done = "holds what is published already; nothing was read"
    return LakeReport(
        line=f"{lake}: {counted(counts['articles'], 'article')}, version {version}: {done}, "
        f"in {seconds:.1f} s",
        snapshot_id=snapshot_id,
        version=version,
        added=merged.added,
        removed=merged.removed,
        counts=counts,
        seconds=round(seconds, 2),
    )
