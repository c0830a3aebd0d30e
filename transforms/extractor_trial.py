"""try_extractor(): a changed extractor is tried on archived pages before anything of it is loaded.

The newest pages of a source are extracted again beside what is stored of them. Where too many come
out otherwise, its batches are held until somebody approves this version of the extractor.
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from crawlers.batch import BATCH_ID, Batch, file_stem, write_json, write_whole
from crawlers.job import CrawlJob
from transforms.change_tally import ChangeTally, report_changes
from transforms.comparison import MOST_CHANGED, Comparison
from transforms.guard import Guard
from transforms.reread import Extractor, extractor_of, reread_page
from transforms.stored import StoredPage, batch_lines, captured_pages
from transforms.version import extractor_version, is_made_by

SECONDS = 60.0
"""After which no further page is tried: at an upgrade every source has a trial in one hour."""
LEAST = 5
"""Pages below which nothing is said: one that its outlet redesigned is no changed extractor."""
BECAUSE = "its extractor changed: "
"""How the reason begins for which a source is held by a trial."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a version of the extractor changed of a source's newest pages; one a source is kept."""

    source_id: str
    version: str
    """Without the site's lines, which are learnt all the time."""
    tried_at: datetime
    batch_id: str
    """The batch whose extraction tried it."""
    comparison: Comparison
    is_over: bool
    """Whether more changed than may without anybody's word."""
    line: str
    approved_at: datetime | None = None
    why: str | None = None
    """Why it was approved, as somebody said."""

    @property
    def is_held(self) -> bool:
        """Whether nothing may be loaded of this version."""
        return self.is_over and self.approved_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Kept with a batch, of a source that is held by a trial."""

    version: str
    why: str


_HOLD: TypeAdapter[Hold] = TypeAdapter(Hold)
TRIAL_JSON: TypeAdapter[Trial] = TypeAdapter(Trial)


def trial_file(home: Path, source_id: str) -> Path:
    """Name where the newest trial of a source lies."""
    return home / "trials" / f"{file_stem(source_id)}.json"


def read_trial(home: Path, source_id: str) -> Trial | None:
    """Read the newest trial of a source; None where there was none, or its file is damaged."""
    with suppress(FileNotFoundError, ValidationError):  # a damaged one is tried again
        return TRIAL_JSON.validate_json(trial_file(home, source_id).read_bytes())
    return None


def list_trials(home: Path) -> list[Trial]:
    """Read the newest trial of every source that had one, those that are held first."""
    found = (read_trial(home, path.stem) for path in (home / "trials").glob("*.json"))
    return sorted(filter(None, found), key=lambda one: (not one.is_held, one.source_id))


def write_trial(home: Path, trial: Trial) -> None:
    """Keep a trial in the place of the one before."""
    path = trial_file(home, trial.source_id)
    write_whole(path, TRIAL_JSON.dump_json(trial, indent=1))


def try_extractor(guard: Guard, batch: Batch, job: CrawlJob) -> Trial | None:
    """Try the extractor of a batch's source, once a version; None where it has not changed.

    Where it is held the batch keeps a note of it, by which load holds the source, also when the
    warehouse is rebuilt. What is loaded already keeps what it was loaded with.
    """
    version = extractor_version(job.source)
    trial = read_trial(batch.home, job.source.id)
    if trial is None or trial.version != version:
        trial = _try(guard, batch, job, version)
    note = batch.status("trial", job.source.id)
    if not batch.status("load").is_file():
        if trial is not None and trial.is_held:
            write_json(note, asdict(Hold(version=version, why=trial.line)))
        elif (before := read_hold(batch, job.source.id)) and before.version != version:
            note.unlink()  # one that was approved since is its load's to settle
    return trial


def read_hold(batch: Batch, source_id: str) -> Hold | None:
    """Read what a trial wrote down to hold a source of a batch; None where no trial does."""
    note = batch.status("trial", source_id)
    return _HOLD.validate_json(note.read_bytes()) if note.is_file() else None


def settle_hold(batch: Batch, source_id: str) -> Hold | None:
    """Read the same of a batch that is about to be loaded: who was approved is held no more.

    Only for who holds the writer's lease, and of no batch that is loaded: a rebuild must hold
    again what a load held.
    """
    held = read_hold(batch, source_id)
    if held is None:
        return None
    now = read_trial(batch.home, source_id)
    if now is None or now.version != held.version or now.is_held:
        return held
    batch.status("trial", source_id).unlink()
    return None


def approve_extractor(home: Path, source_id: str, version: str, why: str) -> None:
    """Let a version be loaded from now on; nothing where it is not the one that was tried last."""
    trial = read_trial(home, source_id)
    if trial is not None and trial.version == version and trial.is_held:
        write_trial(home, replace(trial, approved_at=datetime.now(UTC), why=why))


def _try(guard: Guard, batch: Batch, job: CrawlJob, version: str) -> Trial | None:
    began, cut = time.monotonic(), ""
    tally = ChangeTally()
    for extractor, page in _stored_pages(batch.home, job, version):
        tally.add(reread_page(guard, batch.home, extractor, page))
        if time.monotonic() - began > SECONDS:
            cut = f"; no more were tried, for that took {SECONDS:.0f} s"
            break
    looked_at, changed = tally.looked_at.total(), tally.changed.total()
    if looked_at < LEAST:
        return None
    is_over = changed > MOST_CHANGED * looked_at
    line = f"{BECAUSE}{changed} of {looked_at} archived pages come out otherwise"
    if is_over:
        line += f", more than the {MOST_CHANGED:.0%} that may without anybody's word"
    trial = Trial(
        source_id=job.source.id, version=version, tried_at=datetime.now(UTC), batch_id=batch.id,
        comparison=report_changes(tally, {job.source.id: looked_at + len(tally.unread)}),
        is_over=is_over, line=line + cut,
    )  # fmt: skip
    meanwhile = read_trial(batch.home, trial.source_id)
    if meanwhile is not None and meanwhile.version == version:  # by another batch; approved, maybe
        return meanwhile
    write_trial(batch.home, trial)
    return trial


def _stored_pages(
    home: Path, job: CrawlJob, version: str
) -> Iterator[tuple[Extractor, StoredPage]]:
    """Read what is stored of pages that another version has read, each with what reads it again.

    That is freed of the lines that were known then: those learnt since are no change of it.
    """
    wanted: dict[str, set[str]] = {}
    for page in job.tried_on:
        if page.record is None or page.extractor_version is None:
            continue
        made_in = BATCH_ID.match(Path(page.record.file).name)
        if made_in and not is_made_by(page.extractor_version, version):
            wanted.setdefault(made_in[0], set()).add(page.record.record_id)
    for batch_id, record_ids in wanted.items():
        batch = Batch(id=batch_id, home=home)
        if batch.job(job.source.id).is_file():
            extractor = extractor_of(job.source, batch_lines(batch, job.source.id))
            for stored in captured_pages(batch, job.source.id, record_ids):
                yield extractor, stored
