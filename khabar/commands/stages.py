"""One command a stage: what an Airflow task does, done by hand."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

if TYPE_CHECKING:
    from crawlers.batch import Batch

BatchId = Annotated[str, typer.Argument(metavar="BATCH", help="Batch id, see `khabar status`")]
SourceId = Annotated[str, typer.Argument(metavar="SOURCE", help="Source id, see `khabar sources`")]
Json = Annotated[bool, typer.Option("--json", help="Print the whole report as JSON")]


class Report(Protocol):
    """What each stage returns."""

    @property
    def line(self) -> str:
        """One line for people."""


def plan(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Only these sources")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="All of them, due or not")] = False,
    json: Json = False,
) -> None:
    """Open a batch: which sources are due, and what is known of each.

    Prints the batch's id, which every other stage asks for.
    """
    from khabar.run import open_batch, plan_by_hand
    from khabar.settings import read_settings

    settings = read_settings()
    batch, run_id = open_batch(settings.home, "plan", datetime.now(UTC))
    report = plan_by_hand(settings, batch, run_id, tuple(sources or ()), force=force)
    tell(report, json=json)
    if not json:
        typer.echo(batch.id)


def crawl(batch: BatchId, source: SourceId, json: Json = False) -> None:
    """Fetch one source's pages into the archive; may be run again at any time."""
    from crawlers.crawl import crawl_source

    report = crawl_source(the_batch(batch), source)
    tell(report, json=json)
    if report.failed:
        raise typer.Exit(1)


def extract(batch: BatchId, source: SourceId, json: Json = False) -> None:
    """Turn one source's archived pages into articles and rejections."""
    from transforms.extract import extract_source

    tell(extract_source(the_batch(batch), source), json=json)


def dedup(batch: BatchId, json: Json = False) -> None:
    """Decide which article each page belongs to, and which are copies of one text."""
    from warehouse.dedup import dedup_batch

    tell(dedup_batch(the_batch(batch)), json=json)


def load(
    batch: BatchId,
    source: Annotated[
        str | None, typer.Option("--source", metavar="ID", help="A source that was held back")
    ] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Release the held source; needs --source and --why")
    ] = False,
    why: Annotated[
        str | None, typer.Option("--why", help="Why it may go in; kept with the batch")
    ] = None,
    json: Json = False,
) -> None:
    """Put a batch into the warehouse, in one transaction.

    A source that broke a hard promise is held back. To let it in, and with it all that is held
    because its extractor changed:

    [cyan]khabar load BATCH --source dawn --accept --why "a strike, few articles"[/]
    """
    if len({accept, source is not None, bool(why)}) != 1:
        raise typer.BadParameter("--source, --accept and --why go together")
    from crawlers.ledger import read_manifest
    from warehouse.accept import accept_held
    from warehouse.load import load_batch
    from warehouse.load_again import load_again

    the = the_batch(batch)
    if source is not None:
        for report in accept_held(the, source, why or ""):
            tell(report, json=json)
    elif read_manifest(the).reprocess is not None:
        tell(load_again(the), json=json)
    else:
        tell(load_batch(the), json=json)


def publish(
    batch: Annotated[
        str | None, typer.Argument(metavar="[BATCH]", help="A batch that waits to be published")
    ] = None,
    scan: Annotated[
        bool, typer.Option("--scan", help="Read and prove every row of it first; for the night")
    ] = False,
    json: Json = False,
) -> None:
    """Give analysts a new snapshot of the warehouse: published/news.duckdb, and the lake.

    It holds all that is loaded; a BATCH given is then known to be published. Each time its bytes
    and row counts are compared. Damage that came before, on the disk, is found each night:

    [cyan]khabar publish --scan[/]
    """
    from khabar.publish_all import publish_all
    from khabar.screen import Screen
    from khabar.settings import begun_home, read_settings
    from warehouse.heartbeat import ping

    if batch is not None:
        the_batch(batch).status("load").stat()
    home = begun_home()
    if json or not scan:
        report = publish_all(home, batch, scan=scan)
    else:
        with Screen() as screen:
            report = publish_all(home, batch, scan=True, tell=screen.doing)
    tell(report, json=json)
    if address := read_settings().heartbeat:
        ping(address)


def rebuild(json: Json = False) -> None:
    """Make the warehouse anew from the batches' files, and put it in place.

    The old file serves until the new one is whole, and is kept beside it as
    warehouse.before-rebuild.duckdb until the next rebuild puts the one before that there: move it
    elsewhere to keep it for longer, or delete it. Stopped at any moment, a rebuild leaves all as
    it was. A file that is missing is named before anything is begun.

    [cyan]khabar rebuild[/], then [cyan]khabar publish[/] for analysts to see it.
    """
    from khabar.replay_progress import ReplayProgress
    from khabar.settings import begun_home
    from warehouse.rebuild import rebuild_warehouse

    home = begun_home()
    with ReplayProgress(is_quiet=json) as progress:
        report = rebuild_warehouse(home, progress)
    tell(report, json=json)


def compact(json: Json = False) -> None:
    """Sort the warehouse, and give back the room of rows that were deleted.

    The DAG `maintain` does it on Sundays. The new file is proved against the old one, row by row
    and column by column, and takes its place in one step; the next publish shows it to analysts.
    """
    from khabar.screen import Screen
    from khabar.settings import begun_home
    from warehouse.compact import compact_warehouse

    home = begun_home()
    if json:
        tell(compact_warehouse(home, lambda _: None), json=True)
        return
    with Screen() as screen:
        report = compact_warehouse(home, screen.doing)
    tell(report, json=False)


def the_batch(batch_id: str) -> "Batch":
    """Find a batch under KHABAR_HOME.

    Raises:
        FileNotFoundError: where no such batch was opened.
    """
    from crawlers.batch import Batch
    from khabar.settings import read_settings

    batch = Batch(id=batch_id, home=read_settings().home)
    batch.manifest.stat()
    return batch


def tell(report: Report, *, json: bool) -> None:
    """Print a report: its line, or the whole of it as JSON."""
    from khabar.shown import as_json, plain

    typer.echo(as_json(report) if json else plain(report.line))
