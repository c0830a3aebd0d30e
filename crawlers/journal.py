"""What earlier attempts of a crawl left in their WARC files: looks at entrances, ledger lines."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from crawlers.archive import ArchiveWriter, part_of, read_notes, salvage
from crawlers.batch import Batch, write_whole
from crawlers.entrances import Listed
from crawlers.page import FETCH_JSON, POLL_JSON, Fetch, Poll, SkipReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Unaskable:
    """An item that the article rule let through, though its address cannot be asked."""

    url_key: str
    """What stands for one in the ledger: unaskable_key()."""
    listed: Listed
    reason: SkipReason
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at an entrance, and what the article rule let through."""

    poll: Poll
    pages: tuple[tuple[str, Listed], ...]
    """Each matched item with its url_key, each key once."""
    unaskable: tuple[Unaskable, ...] = ()
    """The matched items that have none."""
    more: tuple[str, ...] = ()
    """Backfill: the documents to read after this one."""


LOOK_JSON: TypeAdapter[Look] = TypeAdapter(Look)
_PAGES_JSON: TypeAdapter[tuple[tuple[str, Listed], ...]] = TypeAdapter(
    tuple[tuple[str, Listed], ...]
)
PAGES_A_NOTE = 500
"""A sitemap lists up to 50,000 pages: as one note they would be in memory several times over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """What earlier attempts of one source in one batch have done already."""

    looks: tuple[Look, ...] = ()
    """Only those that succeeded: the others are tried again."""
    fetches: tuple[Fetch, ...] = ()


def warc_path(batch: Batch, source_id: str, attempt: int) -> Path:
    """Name the WARC of an attempt."""
    return batch.archive_folder(source_id) / f"{batch.id}-{attempt}.warc.gz"


def ledger_path(batch: Batch, source_id: str, attempt: int, kind: str) -> Path:
    """Name a file of an attempt's ledger: `fetches.jsonl`, `polls.jsonl`, `count.json`."""
    return batch.crawl_folder(source_id) / f"{attempt}.{kind}"


def last_attempt(batch: Batch, source_id: str) -> int:
    """Find the number of the last attempt; 0 where there was none."""
    pattern = re.compile(re.escape(batch.id) + r"-(\d+)\.warc\.gz(\.part)?")
    names = [path.name for path in batch.archive_folder(source_id).glob(f"{batch.id}-*")]
    numbers = [int(match[1]) for name in names if (match := pattern.fullmatch(name))]
    return max(numbers, default=0)


def recover(batch: Batch, source_id: str) -> Journal:
    """Read what earlier attempts did; an attempt that was killed is salvaged first.

    The ledger lines of a killed attempt are written from its WARC, so that its pages count.
    """
    looks: dict[str, Look] = {}
    fetches: dict[str, Fetch] = {}
    for attempt in range(1, last_attempt(batch, source_id) + 1):
        warc = warc_path(batch, source_id, attempt)
        if part_of(warc).exists():
            salvage(warc)
        seen, lines = _replay(warc)
        if not ledger_path(batch, source_id, attempt, "count.json").exists():
            ledger = open_ledger(batch, source_id, attempt)
            ledger.extend(lines)
            ledger.close()
            write_polls(batch, source_id, attempt, [look.poll for look in seen])
        looks |= {look.poll.entrance: look for look in seen if look.poll.reason is None}
        fetches |= {line.url_key: line for line in lines}
    return Journal(looks=tuple(looks.values()), fetches=tuple(fetches.values()))


def note_look(archive: ArchiveWriter, look: Look) -> None:
    """Write a look into the journal; one that lists much in several notes, the poll in the last."""
    first, url = 0, look.poll.entrance
    while len(look.pages) - first > PAGES_A_NOTE:
        part = look.pages[first : first + PAGES_A_NOTE]
        _note(archive, url, "look-pages", _PAGES_JSON.dump_json(part))
        first += PAGES_A_NOTE
    rest = replace(look, pages=look.pages[first:])
    _note(archive, url, "look", LOOK_JSON.dump_json(rest))


def _note(archive: ArchiveWriter, url: str, kind: str, note: bytes) -> None:
    records = archive.prepare((), revisit=None)
    records.add_note(url, kind, note)
    archive.commit(records)


def _replay(warc: Path) -> tuple[list[Look], list[Fetch]]:
    """Read the looks and lines of an attempt; a look that was cut off is none."""
    looks: list[Look] = []
    lines: list[Fetch] = []
    pages: list[tuple[str, Listed]] = []
    for kind, note in read_notes(warc, "look-pages", "look", "fetch"):
        if kind == "fetch":
            lines.append(FETCH_JSON.validate_json(note))
        elif kind == "look-pages":
            pages += _PAGES_JSON.validate_json(note)
        else:
            look = LOOK_JSON.validate_json(note)
            looks.append(replace(look, pages=(*pages, *look.pages)))
            pages = []
    return looks, lines


class LedgerFile:
    """An attempt's lines, written as they come; the file has its name once it is whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.part")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._out = self._part.open("wb")

    def append(self, line: Fetch) -> None:
        """Write a line."""
        self._out.write(FETCH_JSON.dump_json(line) + b"\n")

    def extend(self, lines: Iterable[Fetch]) -> None:
        """Write lines."""
        for line in lines:
            self.append(line)

    def close(self) -> None:
        """Flush to disk and give the file its name."""
        self._out.flush()
        os.fsync(self._out.fileno())
        self._out.close()
        self._part.replace(self._path)


def open_ledger(batch: Batch, source_id: str, attempt: int) -> LedgerFile:
    """Open the file of an attempt's lines."""
    return LedgerFile(ledger_path(batch, source_id, attempt, "fetches.jsonl"))


def write_polls(batch: Batch, source_id: str, attempt: int, polls: Iterable[Poll]) -> None:
    """Write an attempt's looks at entrances, whole."""
    polled = b"".join(POLL_JSON.dump_json(poll) + b"\n" for poll in polls)
    write_whole(ledger_path(batch, source_id, attempt, "polls.jsonl"), polled)
