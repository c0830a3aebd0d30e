"""`khabar run`: one batch without Airflow, with progress."""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawlers.batch import Batch
    from khabar.progress import Progress
    from khabar.settings import Settings
    from warehouse.summary import BatchSummary


def run(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Only these sources")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="All of them, due or not")] = False,
    batch_id: Annotated[
        str | None, typer.Option("--batch", metavar="ID", help="Go on with a batch that stopped")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON")] = False,
) -> None:
    """Run one batch, from the outlets that are due to the published snapshot.

    [cyan]khabar run[/]                      all that are due

    [cyan]khabar run dawn mashriq[/]         these two, due or not

    Ctrl-C stops it at any moment; nothing that was fetched is lost.
    """
    from khabar.progress import Progress
    from khabar.settings import read_settings

    if batch_id and (sources or force):
        raise typer.BadParameter("--batch goes on with what was planned; give it alone")
    settings, started = read_settings(), time.monotonic()
    with Progress(is_quiet=json) as progress:
        batch, due = _open(settings, tuple(sources or ()), batch_id, progress, force=force)
        if not due:
            progress.stage("run", "nothing due, nothing to do")
            return
        is_red = _go(batch, due, progress, json=json)
    if settings.heartbeat and batch.status("publish").is_file():
        _beat(settings.heartbeat)
    if not json:
        typer.echo(f"{batch.id}: {time.monotonic() - started:.0f} s")
    raise typer.Exit(1 if is_red else 0)


def _open(
    settings: "Settings",
    only: "Sequence[str]",
    batch_id: str | None,
    progress: "Progress",
    *,
    force: bool,
) -> "tuple[Batch, tuple[str, ...]]":
    from crawlers.ledger import read_manifest
    from khabar.commands.stages import the_batch
    from khabar.run import open_batch, plan_by_hand

    if batch_id is not None:
        batch = the_batch(batch_id)
        return batch, read_manifest(batch).sources
    batch, run_id = open_batch(settings.home, "run", datetime.now(UTC))
    plan = plan_by_hand(settings, batch, run_id, only, force=force)
    for error in plan.errors:
        progress.complain(str(error))
    progress.stage("plan", plan.line)
    return batch, plan.due


def _go(batch: "Batch", due: "Sequence[str]", progress: "Progress", *, json: bool) -> bool:
    """Run what was planned; return whether the run is red."""
    from khabar.interrupt import stoppable
    from khabar.mend import explain
    from khabar.run import finish, gather

    with stoppable(batch, progress):
        progress.expect(due)
        outcomes = gather(batch, due, progress)
        summary = finish(batch, progress)
    progress.close()
    show(summary, json=json)
    for outcome in outcomes:
        if outcome.error is not None:
            progress.complain(f"{outcome.source_id} broke: {explain(outcome.error)}")
    return summary.is_red or any(outcome.error is not None for outcome in outcomes)


def _beat(address: str) -> None:
    from warehouse.heartbeat import ping

    ping(address)


def show(summary: "BatchSummary", *, json: bool) -> None:
    """Print what a batch brought, a line a source."""
    from khabar.shown import as_json, console, table

    if json:
        typer.echo(as_json(summary))
        return
    columns = ("source", "state", "articles", "stories", "rejections", "failures")
    rows = [
        (one.name, one.state, one.articles, one.stories, one.rejections, one.failures)
        for one in summary.sources
    ]
    out = console()
    out.print(table(columns, rows))
    out.print(summary.line, markup=False)
    if summary.is_red:
        out.print(f"red: {summary.why}", markup=False)
