"""`khabar import`: WARC files and saved pages, the whole way into the snapshot."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawlers.counted import counted

if TYPE_CHECKING:
    from typing import Protocol

    from crawlers.batch import Batch
    from crawlers.import_account import ImportReport
    from crawlers.imports import Lines, Recall
    from crawlers.later import Later
    from khabar.progress import Progress
    from khabar.settings import Settings
    from warehouse.summary import BatchSummary

    class TakeIn(Protocol):
        """Takes pages into a batch, and puts off what must wait for the next."""

        def __call__(
            self, batch: Batch, *, run_id: str, later: Later, lines: Lines, recall: Recall
        ) -> ImportReport:
            """Import one batch."""


MAX_CAPTURES = 50
"""Batches of one import: each holds one capture of an address."""
NAMED = 3
TOO_MANY = (
    f"{{left}} left, of addresses with more than {MAX_CAPTURES} captures; to go on, "
    "import the same WARC files again, or a manifest without the pages that are in"
)
OUTCOMES = """
    SELECT outcome, reason, count(*)::INTEGER FROM fetches WHERE batch_id = '{batch_id}'
    GROUP BY ALL ORDER BY outcome, 3 DESC"""


def import_pages(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH...", help="WARC files, manifests, or folders of them"),
    ] = None,
    is_inbox: Annotated[
        bool,
        typer.Option("--inbox", help="Names in KHABAR_HOME/inbox, none: all that lies there"),
    ] = False,
    is_all: Annotated[
        bool, typer.Option("--all", help="Take pages of all hosts out of WARC files")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the account as JSON")] = False,
) -> None:
    """Take WARC files or saved pages into a batch of their own, and publish it.

    Of a WARC file (.warc, .warc.gz; gigabytes are fine) only pages of the catalogue's hosts are
    taken, records of others are counted; with --all every page is, and those of a host that is no
    source go to an implicit source, `web:<domain>`. What is kept is copied as it stands; what is
    damaged is named and skipped, and what lists articles (a page of an entrance) is passed over.

    Saved pages are all taken, since somebody chose them. Their manifest has JSON lines with `file`
    (relative to it, gzipped or not) and, where known, `url` and `id`.

    Every page taken or unreadable is accounted for in batches/BATCH/import.jsonl. The exit code is
    1 where a WARC file is damaged or ends in mid-record, though all that could be read of it is in:
    get the file again, and import it again; what is in is not taken twice.

    With --inbox nothing but what lies in that folder is taken, and goes to inbox/done when it is
    in, or to inbox/failed where a file is damaged, with a note of why; there, saved pages lie in a
    folder of their own, with their manifest.

    [cyan]khabar import CC-NEWS-20261120-00042.warc.gz[/]

    [cyan]khabar import saved/manifest.jsonl[/]
    """
    from crawlers.inbox import put_away
    from khabar.progress import Progress
    from khabar.settings import read_settings
    from warehouse.snapshot_age import renew_snapshot

    settings = read_settings()
    chosen, refused = _choose(settings.home, paths or [], is_inbox=is_inbox)
    renew_snapshot(settings.home)
    with Progress(is_quiet=json) as progress:
        left, is_red, damaged = _import_all(settings, chosen, progress, is_all=is_all, json=json)
        if left:
            progress.complain(TOO_MANY.format(left=counted(left, "page is", "pages are")))
        elif is_inbox:
            typer.echo(put_away(settings.home, chosen, damaged), err=json)
        for complaint in refused:
            progress.complain(complaint)
        if damaged:  # again, since a DAG's run is told the last line alone
            progress.complain(_in_one_line([*refused, *damaged.values()]))
    raise typer.Exit(1 if is_red or left or refused else 0)


def _in_one_line(troubles: list[str]) -> str:
    more = f"; and {len(troubles) - NAMED:,} more" if len(troubles) > NAMED else ""
    return f"not all is in: {'; '.join(troubles[:NAMED])}{more}"


def _import_all(
    settings: "Settings", chosen: list[Path], progress: "Progress", *, is_all: bool, json: bool
) -> tuple[int, bool, dict[str, str]]:
    """Import batch after batch while later captures are left; return what _import_batch does."""
    from functools import partial

    from crawlers.catalogue import load_catalogue
    from crawlers.imports import import_later, import_paths
    from crawlers.later import Later

    sources, errors = load_catalogue(settings.folders)
    for error in errors:
        progress.complain(str(error))
    left, is_red, damaged = 0, False, dict[str, str]()
    take: TakeIn = partial(
        import_paths, paths=chosen, sources=sources, is_all=is_all,
        known=_known_records(settings.home),
        tell=lambda now: progress.read(now.read_bytes, now.total_bytes, now.records),
    )  # fmt: skip
    for _ in range(MAX_CAPTURES if chosen else 0):
        later = Later(settings.home)
        left, was_red, harmed = _import_batch(settings, take, later, progress, json=json)
        is_red = is_red or was_red
        damaged |= harmed
        take = partial(import_later, waiting=later, sources=sources)
        if not left:
            break
    return left, is_red, damaged


def _choose(home: Path, paths: list[Path], *, is_inbox: bool) -> tuple[list[Path], tuple[str, ...]]:
    """Tell which paths to import, and what of the inbox cannot be."""
    from crawlers.captures import ImportRefusedError
    from crawlers.inbox import list_inbox, take_from_inbox

    if not is_inbox:
        if not paths:
            raise ImportRefusedError("name a WARC file, a manifest or a folder of them; or --inbox")
        return paths, ()
    if paths:
        return take_from_inbox(home, map(str, paths)), ()
    return list_inbox(home)


def _import_batch(
    settings: "Settings", take: "TakeIn", later: "Later", progress: "Progress", *, json: bool
) -> tuple[int, bool, dict[str, str]]:
    """Import one batch; return how many later captures are left, whether it was red, and why.

    That is each damaged file by its name, with what is wrong with it.
    """
    from functools import partial

    from crawlers.foreign_warcs import OTHER_HOSTS
    from khabar.interrupt import stoppable
    from khabar.mend import explain
    from khabar.run import finish, gather, open_batch
    from warehouse.capture_memory import recall_captures
    from warehouse.line_memory import recall_all_lines

    batch, run_id = open_batch(settings.home, "import", datetime.now(UTC))
    with stoppable(batch, progress):
        lines = recall_all_lines(settings.home)
        recall = partial(recall_captures, settings.home)
        report = take(batch, run_id=run_id, later=later, lines=lines, recall=recall)
        progress.close()
        line = report.line.replace(OTHER_HOSTS, f"{OTHER_HOSTS}; --all takes them")
        progress.stage("import", line)
        for place in report.damaged:
            progress.complain(f"damaged file: {place}")
        if not report.sources:
            return report.later, bool(report.damaged), dict(report.damaged_files)
        outcomes = gather(batch, report.sources, progress)
        summary = finish(batch, progress)
    _account(batch, report, summary, json=json)
    for outcome in outcomes:
        if outcome.error is not None:
            progress.complain(f"{outcome.source_id} broke: {explain(outcome.error)}")
    broke = any(outcome.error for outcome in outcomes)
    is_red = summary.is_red or broke or bool(report.damaged)
    return report.later, is_red, dict(report.damaged_files)


def _known_records(home: Path) -> set[int]:
    """Hash the id of every record that the published archive has."""
    from crawlers.urls import key_hash
    from warehouse.connection import NoSnapshot
    from warehouse.query import sql_rows

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
    from warehouse.query import sql_rows

    _, rows = sql_rows(batch.home, OUTCOMES.format(batch_id=batch.id))
    if json:
        outcomes = [dict(zip(("outcome", "reason", "pages"), row, strict=True)) for row in rows]
        account = {"batch_id": batch.id, "import": asdict(report), "outcomes": outcomes}
        typer.echo(as_json(account))
        return
    out = console()
    out.print(summary.line, markup=False)
    out.print(table(("outcome", "reason", "pages"), rows))
    for source in summary.sources:
        if source.state.startswith("held"):
            out.print(f"{source.name} is {source.state}; see `khabar load --help`", markup=False)
    out.print(f"every page: {batch.folder / 'import.jsonl'}", markup=False)
