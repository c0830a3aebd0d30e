"""What is wrong with the pipeline itself: nothing published, runs that broke a promise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as parsed

from crawlers.batch import BATCH_ID, MANIFEST_JSON, Batch
from crawlers.catalogue import Source
from warehouse.connection import snapshot_file
from warehouse.lake.standing import read_standing
from warehouse.refused_plan import read_refusal
from warehouse.source_summary import CRAWL_JSON
from warehouse.summary import MAX_FAILED_SHARE, UNREACHED
from warehouse.watch_facts import CrawlOutcome
from warehouse.watch_rules import WELL, Verdict

PROMISED = timedelta(hours=3)
"""How long after a batch with due outlets began analysts have its articles."""
NOTHING_BEGAN = timedelta(hours=26)
"""Every outlet is asked once a day, at least; but for those that are to be asked less often."""
SLOWEST = 5
"""So many of an outlet's intervals may lie between two looks."""
T = TypeVar("T")
LOOKED_AT = 50
"""Live batches, the newest ones, whose files are read."""
LOOKED_THROUGH = 2000
"""Batches among which they are looked for: a backfill makes a dozen an hour."""
MIN_OUTLETS = 3
"""So many must be out of reach at once to prove our own network dead."""


@parsed(frozen=True, kw_only=True)
class _Card:
    published_at: datetime


@parsed(frozen=True, kw_only=True)
class _Said:
    is_red: bool
    why: str | None = None


_CARD: TypeAdapter[_Card] = TypeAdapter(_Card)
_SAID: TypeAdapter[_Said] = TypeAdapter(_Said)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveBatch:
    """A live batch that had something to do, as its own files tell."""

    batch_id: str
    started_at: datetime
    outcomes: dict[str, CrawlOutcome]
    """Of each outlet whose crawl has ended: crawled or failed."""
    why_red: str | None
    """What its summary says broke; None where it is green, or has none yet."""
    has_summary: bool
    is_of_one: bool
    """Whether one outlet alone was asked: what became of it says nothing of the others."""

    @property
    def is_offline(self) -> bool:
        """Whether our own network was dead: hardly any outlet could be reached at all."""
        lost = sum(
            one.status == "failed" and (one.reason or "").partition(":")[0] in UNREACHED
            for one in self.outcomes.values()
        )
        return lost >= MIN_OUTLETS and lost >= 0.8 * len(self.outcomes)


def read_batches(home: Path) -> tuple[LiveBatch, ...]:
    """Read the newest live batches that had something to do, newest first; needs no database."""
    folder = home / "batches"
    names = sorted((path.name for path in folder.glob("*")), reverse=True)
    ids = [name for name in names if BATCH_ID.fullmatch(name)][:LOOKED_THROUGH]
    found = (_read_batch(Batch(id=one, home=home)) for one in ids)
    return tuple(islice((batch for batch in found if batch is not None), LOOKED_AT))


def _read_batch(batch: Batch) -> LiveBatch | None:
    try:
        manifest = MANIFEST_JSON.validate_json(batch.manifest.read_bytes())
    except (OSError, ValidationError):
        return None  # never opened whole
    if manifest.found_by != "live" or not manifest.sources:
        return None
    crawls = {one: _read(CRAWL_JSON, batch.status("crawl", one)) for one in manifest.sources}
    said = _read(_SAID, batch.status("summary"))
    return LiveBatch(
        batch_id=batch.id,
        started_at=batch.started_at,
        outcomes={
            source_id: CrawlOutcome(
                batch_id=batch.id,
                started_at=batch.started_at,
                status="failed" if crawl.failed else "crawled",
                reason=crawl.reason,
            )
            for source_id, crawl in crawls.items()
            if crawl is not None
        },
        why_red=said.why if said and said.is_red else None,
        has_summary=said is not None,
        is_of_one=len(manifest.sources) == 1,
    )


def _read(kind: TypeAdapter[T], path: Path) -> T | None:
    try:
        return kind.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def judge_not_published(
    home: Path,
    sources: Sequence[Source],
    batches: Sequence[LiveBatch],
    now: datetime,
    *,
    has_lake: bool,
) -> Verdict:
    """Tell whether analysts read a snapshot, or a lake, that is older than promised."""
    crawled = [source for source in sources if source.retired is None]
    if not crawled or not batches:
        return None  # a home that never worked
    card = _read(_CARD, snapshot_file(home).with_name("news.json"))
    published_at = card.published_at if card else None
    since = f"{published_at:%Y-%m-%d %H:%M} UTC" if published_at else "never"
    due = [one for one in batches if now - one.started_at > PROMISED]
    if due and (published_at is None or published_at < due[0].started_at):
        return (
            f"batch {due[0].batch_id} began {_hours(now - due[0].started_at)} hours ago, and is "
            f"not published; last published: {since}. Analysts read the old snapshot. Open the "
            "newest red or running *Ingest* in Airflow, or `khabar status`: its last line says "
            "what to mend"
        )
    lake = read_standing(home) if has_lake else None
    if lake is not None and lake.behind_since is not None and now - lake.behind_since > PROMISED:
        return (
            f"the lake has not been reached for {_hours(now - lake.behind_since)} hours: "
            f"{lake.why}. The file is published, and nothing is lost. Once it is mended, the next "
            "publish brings the lake all of it; `khabar doctor` says whether it is"
        )
    quiet = now - batches[0].started_at
    least = timedelta(minutes=min(source.interval_minutes for source in crawled))
    if quiet > max(NOTHING_BEGAN, SLOWEST * least):
        return (
            f"nothing has been crawled for {_hours(quiet)} hours; last published: {since}. Is "
            "Airflow running (`khabar up`), is *Ingest* paused or its *Plan* red? `khabar doctor` "
            "says what to mend"
        )
    return WELL


def judge_unreadable(
    home: Path, trouble: str | None, batches: Sequence[LiveBatch], now: datetime
) -> Verdict:
    """Tell whether snapshot or warehouse cannot be read: what nobody can load, plan or judge by."""
    public = snapshot_file(home)
    if trouble is None:
        return WELL if public.is_file() else None
    is_begun = public.exists() or public.with_name("news.json").exists()
    if not is_begun and all(now - one.started_at < PROMISED for one in batches):
        return None  # the first batch is under way
    return f"{trouble}. Nothing is lost: what was loaded can be made again of archive and batches"


def judge_broken_promise(home: Path, batches: Sequence[LiveBatch]) -> Verdict:
    """Tell whether runs are red, or our own network is dead: one incident, not one an outlet."""
    refused = read_refusal(home)
    if refused is not None:
        return f"the last run opened no batch, {refused.at:%Y-%m-%d %H:%M} UTC: {refused.why}"
    ended, is_mended = _tell_of_all(batches)
    if not ended:
        return WELL if is_mended else None
    offline = [one.is_offline for one in ended[:2]]
    if offline == [True, True]:
        lost = len(ended[0].outcomes)
        return (
            f"none, or hardly any, of {lost} outlets could be reached, twice in a row, last in "
            f"batch {ended[0].batch_id}: our own network or its DNS. Nothing is lost: once this "
            "machine is on the internet again the next run asks again"
        )
    if offline[0]:
        return None  # once may be a router that began anew
    why = ended[0].why_red
    if why is None:
        return WELL
    if not _is_theirs(ended[0]) or (len(ended) > 1 and ended[1].why_red is not None):
        return f"the last run is red, batch {ended[0].batch_id}: {why}"
    return None


def _tell_of_all(batches: Sequence[LiveBatch]) -> tuple[list[LiveBatch], bool]:
    """Leave out of batches of one outlet what is its own matter, and what a newer one mended.

    Tell, too, whether one of them was green: a red batch of many is not mended by that.
    """
    ended: list[LiveBatch] = []
    is_mended = False
    for one in batches:
        if not one.has_summary:
            continue
        if one.is_of_one and _is_theirs(one):
            is_mended |= one.why_red is None
        elif not (one.is_of_one and is_mended):
            ended.append(one)
    return ended, is_mended


def _is_theirs(batch: LiveBatch) -> bool:
    """Tell whether nothing broke, or nothing but outlets."""
    return batch.why_red is None or f"more than {MAX_FAILED_SHARE:.0%}" in batch.why_red


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:,.0f}"
