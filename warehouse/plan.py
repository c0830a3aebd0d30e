"""plan_batch(): which sources are due, and what is known of each, as files that workers read."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
from pydantic import TypeAdapter

from crawlers.batch import MANIFEST_JSON, Batch, BatchManifest, write_json, write_whole
from crawlers.catalogue import CatalogueError, Source, load_catalogue
from crawlers.code_version import code_version
from crawlers.contact import require_contact
from crawlers.counted import counted
from crawlers.job import JOB_JSON, CrawlJob
from crawlers.revisit import is_due
from warehouse.chosen_sources import choose_sources, name_problems, tell_nothing_usable
from warehouse.connection import NoSnapshot, WarehouseBroken, open_snapshot, snapshot_file
from warehouse.entrance_memory import (
    has_rested,
    is_source_due,
    is_stand_in_due,
    recall_entrances,
)
from warehouse.errors import in_words
from warehouse.held_by_trial import leave_out, recall_held
from warehouse.memory import NOTHING, Memory, remember
from warehouse.refused_plan import keep_refusal
from warehouse.room import check_floor
from warehouse.snapshot_age import publish_anew, renew_snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReport:
    """What was planned."""

    batch_id: str
    due: tuple[str, ...]
    resting: tuple[str, ...]
    """Sources none of whose entrances is due, and that left nothing unasked."""
    errors: tuple[str, ...]
    """Source files that cannot be used; each fails one source. Empty where sources were named."""
    line: str
    renewed: str | None = None
    """What was found of the snapshot, and done, where it was missing or damaged."""


REPORT_JSON: TypeAdapter[PlanReport] = TypeAdapter(PlanReport)


def plan_batch(
    batch: Batch,
    *,
    folders: Iterable[Path],
    run_id: str,
    dag: str,
    now: datetime,
    only: Sequence[str] = (),
    force: bool = False,
    contact: str,
    loopback: Collection[str],
    disk_floor_mb: int,
) -> PlanReport:
    """Open a batch: write what it is, and for each due source all that its crawl must know.

    Sources named in `only` are due, and no others; with `force` all are; retired ones never are.
    With both, pages of four weeks are asked again that failed until they were given up.
    It reads nothing but the catalogue and the published snapshot, which is published again where it
    is missing, damaged or an older Khabar's. The same batch again returns the stored report.
    Of a plan of all that ends in an error, the error is kept for who watches: no batch tells it.

    Raises:
        CatalogueError: where `only` names a source that there is not or that is retired, or no file
            can be used.
        ContactError: where a due source is live, and the contact leads nowhere.
        DiskLow: where the disk is nearly full.
        WarehouseError: where neither snapshot nor warehouse can be read.
    """
    status = batch.status("plan")
    if status.is_file():
        return REPORT_JSON.validate_json(status.read_bytes())
    folders = tuple(folders)
    with keep_refusal(batch.home, now, is_of_all=dag == "ingest" and not only):
        check_floor(batch.home, disk_floor_mb)
        sources, problems = load_catalogue(folders)
        if not sources:
            raise CatalogueError(tell_nothing_usable(folders, problems))
        chosen = choose_sources(sources, problems, only)
        due, renewed = _recall_anew(
            batch.home, chosen, now, everything=bool(only) or force, insists=bool(only) and force
        )
        require_contact((source for source, _ in due.values()), contact, loopback)
    retired = [] if only else [source for source in sources if source.retired is not None]
    _write_manifest(batch, run_id, dag, list(due), retired)
    for source_id, (source, memory) in due.items():
        job = _job(batch, source, memory, contact, loopback)
        bounded = replace(job, is_forced=force, disk_floor_mb=disk_floor_mb)
        write_whole(batch.job(source_id), JOB_JSON.dump_json(bounded))
    report = _report(batch, tuple(due), chosen, () if only else problems, renewed)
    write_json(status, asdict(report))
    return report


def _recall_anew(
    home: Path, chosen: Sequence[Source], now: datetime, *, everything: bool, insists: bool
) -> tuple[dict[str, tuple[Source, Memory]], str | None]:
    """Recall from a snapshot that is whole; say what was found and done where it was not."""
    renewed = renew_snapshot(home)
    try:
        return _recall(home, chosen, now, everything=everything, insists=insists), renewed
    except WarehouseBroken as error:  # a block that nobody had read before
        renewed = publish_anew(home, f"could not be read ({error})")
    return _recall(home, chosen, now, everything=everything, insists=insists), renewed


def _recall(
    home: Path, chosen: Sequence[Source], now: datetime, *, everything: bool, insists: bool
) -> dict[str, tuple[Source, Memory]]:
    """Find the sources that are due, each with what is known of it."""
    try:
        snapshot = open_snapshot(home)
    except NoSnapshot:
        return {source.id: (source, NOTHING) for source in chosen}
    due = {}
    with in_words(snapshot_file(home)), closing(snapshot):
        for source in chosen:
            held = recall_held(snapshot, home, source)
            if everything:
                memory = _all_due(remember(snapshot, source, now, insists=insists))
            elif found := _memory_if_due(snapshot, source, now, is_held=held is not None):
                memory = found
            else:
                continue
            due[source.id] = (source, memory if held is None else leave_out(memory, held))
    return due


def _all_due(memory: Memory) -> Memory:
    """Have every entrance and part asked, whatever it says of itself."""
    asked = (replace(one, is_due=True, etag=None, last_modified=None) for one in memory.entrances)
    return replace(memory, entrances=tuple(asked))


def _memory_if_due(
    con: duckdb.DuckDBPyConnection, source: Source, now: datetime, *, is_held: bool
) -> Memory | None:
    """Read what is known of a source; None where there is nothing to ask of it now.

    What a crawl left, articles to be asked again, and an entrance that stands in for another wait
    no longer than the source's own interval, however long the entrances themselves are let be.
    Of a source that is held nobody knows when they were looked at: it waits that long, too.
    """
    has_waited = has_rested(con, source, now)
    entrances = recall_entrances(con, source, now)
    if is_source_due(source, entrances) and (has_waited or not is_held):
        return remember(con, source, now)
    if not has_waited:
        return None
    memory = remember(con, source, now)
    again = (is_due(page, now, source.revisit) for page in memory.known if not page.is_gone)
    is_wanted = memory.deferred or is_stand_in_due(source, entrances) or any(again)
    return memory if is_wanted else None


def _write_manifest(
    batch: Batch, run_id: str, dag: str, due: Sequence[str], retired: Sequence[Source]
) -> None:
    manifest = BatchManifest(
        batch_id=batch.id,
        dag=dag,
        run_id=run_id,
        found_by="live",
        sources=tuple(due),
        code_version=code_version(),
        retired=tuple(retired),
    )
    write_whole(batch.manifest, MANIFEST_JSON.dump_json(manifest, indent=1))


def _job(
    batch: Batch, source: Source, memory: Memory, contact: str, loopback: Collection[str]
) -> CrawlJob:
    return CrawlJob(
        batch_id=batch.id,
        home=str(batch.home),
        source=source,
        known=memory.known,
        known_hashes=memory.known_hashes,
        entrances=memory.entrances,
        deferred=memory.deferred,
        deferred_hashes=memory.deferred_hashes,
        site_lines=memory.lines.known,
        seen_lines=memory.lines.seen,
        seen_texts=memory.lines.texts,
        tried_on=memory.tried_on,
        contact=contact,
        loopback=tuple(sorted(loopback)),
    )


def _report(
    batch: Batch,
    due: tuple[str, ...],
    chosen: Sequence[Source],
    problems: Sequence[CatalogueError],
    renewed: str | None,
) -> PlanReport:
    resting = tuple(source.id for source in chosen if source.id not in due)
    parts = [f"planned {batch.id}: {counted(len(due), 'source')} due, {len(resting)} not due yet"]
    if problems:
        parts.append(
            f"{counted(len(problems), 'source file')} cannot be used: {name_problems(problems)}"
        )
    parts += [renewed] if renewed else []
    return PlanReport(
        batch_id=batch.id,
        due=due,
        resting=resting,
        errors=tuple(str(problem) for problem in problems),
        line="; ".join(parts),
        renewed=renewed,
    )
