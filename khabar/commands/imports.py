"""`khabar import`: WARC files and saved pages, the whole way into the snapshot."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawlers.batch import Batch
    from crawlers.catalogue import Source
    from crawlers.imports import ImportReport
    from khabar.progress import Progress
    from khabar.settings import Settings
    from warehouse.summary import BatchSummary

MAX_CAPTURES = 50
"""Batches of one import: each holds one capture of an address, and costs a whole pass."""
TOO_MANY = (
    f"{{left:,}} pages are left, of addresses with more than {MAX_CAPTURES} captures; to go on, "
    "import the same WARC files again, or a manifest without the pages that are in"
)
OUTCOMES = """
    SELECT outcome, reason, count(*)::INTEGER FROM fetches WHERE batch_id = '{batch_id}'
    GROUP BY ALL ORDER BY outcome, 3 DESC"""


def import_pages(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="WARC files, manifests, or folders of them"),
    ],
    json: Annotated[bool, typer.Option("--json", help="Print the account as JSON")] = False,
) -> None:
    """Take WARC files or saved pages into a batch of their own, and publish it.

    A manifest has JSON lines with `file` (relative to it, gzipped or not) and, where known, `url`
    and `id`. Pages of a host that is no source go to an implicit source, `web:<domain>`. Every
    page is accounted for in batches/BATCH/import.jsonl.

    [cyan]khabar import crawl-2024.warc.gz[/]

    [cyan]khabar import saved/manifest.jsonl[/]
    """
    from crawlers.catalogue import load_catalogue
    from khabar.progress import Progress
    from khabar.settings import read_settings

    settings = read_settings()
    sources, errors = load_catalogue(settings.folders)
    known = _known_records(settings.home)
    is_red, left = False, 0
    with Progress(is_quiet=json) as progress:
        for error in errors:
            progress.complain(str(error))
        for capture in range(1, MAX_CAPTURES + 1):
            left, was_red = _take(settings, sources, paths, (capture, known), progress, json=json)
            is_red = is_red or was_red
            if not left:
                break
        if left:
            progress.complain(TOO_MANY.format(left=left))
    raise typer.Exit(1 if is_red or left else 0)


def _take(
    settings: "Settings",
    sources: "Sequence[Source]",
    paths: "Sequence[Path]",
    turn: "tuple[int, set[int]]",
    progress: "Progress",
    *,
    json: bool,
) -> tuple[int, bool]:
    """Import one batch, of the turn's captures; return how many later ones are left, and if red.

    The turn is the number of the capture of each address, and the records known before the first.
    """
    from crawlers.imports import import_paths
    from khabar.interrupt import stoppable
    from khabar.mend import explain
    from khabar.run import finish, gather, open_batch

    batch, run_id = open_batch(settings.home, "import", datetime.now(UTC))
    with stoppable(batch, progress):
        report = import_paths(
            batch,
            paths,
            sources=sources,
            run_id=run_id,
            capture=turn[0],
            known=turn[1],
            tell=lambda count: progress.count(f"reading, {count:,} pages and records"),
        )
        progress.close()
        progress.stage("import", report.line)
        if not report.sources:
            return report.later, False
        outcomes = gather(batch, report.sources, progress)
        summary = finish(batch, progress)
    _account(batch, report, summary, json=json)
    for outcome in outcomes:
        if outcome.error is not None:
            progress.complain(f"{outcome.source_id} broke: {explain(outcome.error)}")
    return report.later, summary.is_red or any(outcome.error for outcome in outcomes)


def _known_records(home: Path) -> set[int]:
    """Hash the id of every record that the published archive has."""
    from crawlers.urls import key_hash
    from warehouse.connection import NoSnapshot, sql_rows

    try:
        _, rows = sql_rows(home, "SELECT archive_record_id FROM archive_records")
    except NoSnapshot:
        return set()
    return {key_hash(str(row[0])) for row in rows}


def _account(
    batch: "Batch", report: "ImportReport", summary: "BatchSummary", *, json: bool
) -> None:
    """Print what became of every page."""
    from khabar.shown import as_json, console, table
    from warehouse.connection import sql_rows

    _, rows = sql_rows(batch.home, OUTCOMES.format(batch_id=batch.id))
    if json:
        outcomes = [dict(zip(("outcome", "reason", "pages"), row, strict=True)) for row in rows]
        account = {"batch_id": batch.id, "import": asdict(report), "outcomes": outcomes}
        typer.echo(as_json(account))
        return
    out = console()
    out.print(table(("outcome", "reason", "pages"), rows))
    out.print(summary.line, markup=False)
    for source in summary.sources:
        if source.state.startswith("held"):
            out.print(f"{source.name} is {source.state}; see `khabar load --help`", markup=False)
    out.print(f"every page: {batch.folder / 'import.jsonl'}", markup=False)
