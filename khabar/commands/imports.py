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
    is_red, capture, left = False, 1, 1
    with Progress(is_quiet=json) as progress:
        for error in errors:
            progress.complain(str(error))
        while left:
            left, was_red = _take(settings, sources, paths, capture, progress, json=json)
            is_red, capture = is_red or was_red, capture + 1
    raise typer.Exit(1 if is_red else 0)


def _take(
    settings: "Settings",
    sources: "Sequence[Source]",
    paths: "Sequence[Path]",
    capture: int,
    progress: "Progress",
    *,
    json: bool,
) -> tuple[int, bool]:
    """Import one batch; return how many later captures are left, and whether it is red."""
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
            capture=capture,
            known=_known_records(batch.home),
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
