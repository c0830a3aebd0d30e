"""What earlier attempts of a crawl left in their WARC files: looks at entrances, ledger lines."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from crawlers.archive import part_of, read_notes, salvage
from crawlers.batch import Batch, write_whole
from crawlers.entrances import Listed
from crawlers.page import FETCH_JSON, POLL_JSON, Fetch, Poll


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at an entrance, and what the article rule let through."""

    poll: Poll
    pages: tuple[tuple[str, Listed], ...]
    """Each matched item with its url_key, each key once."""


LOOK_JSON: TypeAdapter[Look] = TypeAdapter(Look)


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
        seen = [LOOK_JSON.validate_json(note) for note in read_notes(warc, "look")]
        lines = [FETCH_JSON.validate_json(note) for note in read_notes(warc, "fetch")]
        if not ledger_path(batch, source_id, attempt, "count.json").exists():
            write_ledger(batch, source_id, attempt, lines, [look.poll for look in seen])
        looks |= {look.poll.entrance: look for look in seen if look.poll.reason is None}
        fetches |= {line.url_key: line for line in lines}
    return Journal(looks=tuple(looks.values()), fetches=tuple(fetches.values()))


def write_ledger(
    batch: Batch, source_id: str, attempt: int, fetches: Iterable[Fetch], polls: Iterable[Poll]
) -> None:
    """Write an attempt's lines, each file whole."""
    polled = b"".join(POLL_JSON.dump_json(poll) + b"\n" for poll in polls)
    write_whole(ledger_path(batch, source_id, attempt, "polls.jsonl"), polled)
    fetched = b"".join(FETCH_JSON.dump_json(line) + b"\n" for line in fetches)
    write_whole(ledger_path(batch, source_id, attempt, "fetches.jsonl"), fetched)
