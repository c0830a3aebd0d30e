"""What a batch brought of an outlet that is held: no table has its pages, its own files do."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb
from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass as parsed

from crawlers.batch import Batch
from crawlers.ledger import LedgerError, read_job, stream_fetches
from warehouse.connection import WarehouseError, connect
from warehouse.health_files import list_live_ids, read_report

FEW = 5
_REJECTED = "SELECT url, reason, detail, title FROM read_parquet(?)"
_ARTICLES = """
    SELECT url, 'article', NULL, title FROM read_parquet(?, file_row_number => true)
    QUALIFY row_number() OVER (PARTITION BY url_key ORDER BY fetched_at DESC) = 1
    ORDER BY file_row_number"""
"""Of an address that is there twice the second is an earlier capture, read again beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPage:
    """One page of a batch; all but `made` is an outlet's text: escape it where shown."""

    url: str
    made: str
    """What extraction made of it: article, the reason why it is none, or `not extracted`."""
    detail: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A batch that is held of an outlet, and a few of its pages."""

    batch_id: str
    pages: tuple[HeldPage, ...]


@parsed(frozen=True, kw_only=True)
class _Load:
    held: tuple[str, ...] = ()


_LOAD: TypeAdapter[_Load] = TypeAdapter(_Load)


def find_held(home: Path, source_id: str) -> Held | None:
    """Find the newest live batch that is held of a source; None where none of the last 48 is.

    Never raises: what cannot be read is not shown.
    """
    for batch_id in list_live_ids(home):
        batch = Batch(id=batch_id, home=home)
        load = read_report(_LOAD, batch.status("load"))
        if load is not None and source_id in load.held:
            return Held(batch_id=batch_id, pages=_few(batch, source_id))
    return None


def list_held_pages(batch: Batch, source_id: str) -> Iterator[HeldPage]:
    """List the pages that a batch has of a source: those that are no articles first.

    Raises:
        LedgerError: where the batch did not plan it.
        WarehouseError: where a file of it cannot be read.
    """
    read_job(batch, source_id)
    folder = batch.extract_folder(source_id)
    files = [folder / f"{name}.parquet" for name in ("rejections", "articles")]
    if all(file.is_file() for file in files):
        for sql, file in zip((_REJECTED, _ARTICLES), files, strict=True):
            yield from _read(sql, file)
        return
    for line in stream_fetches(batch, source_id):
        if line.disposition == "fetched":
            yield HeldPage(url=line.url, made="not extracted")


def _few(batch: Batch, source_id: str) -> tuple[HeldPage, ...]:
    try:
        return tuple(islice(list_held_pages(batch, source_id), FEW))
    except (LedgerError, WarehouseError, OSError, ValueError):
        return ()


def _read(sql: str, file: Path) -> Iterator[HeldPage]:
    with connect(Path(":memory:")) as con:
        try:
            found = con.execute(sql, [str(file)]).fetchall()
        except duckdb.Error as error:
            raise WarehouseError(
                f"{file}: cannot be read; run `khabar extract` of its batch again"
            ) from error
    for url, made, detail, title in found:
        yield HeldPage(url=url, made=made, detail=detail, title=title)
