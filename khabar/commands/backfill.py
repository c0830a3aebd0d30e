"""`khabar backfill`: an outlet's past, slice by slice, between its regular crawls."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from crawlers.counted import counted

if TYPE_CHECKING:
    from crawlers.catalogue import Source
    from khabar.backfill_state import BackfillState
    from khabar.settings import Settings

MAX_TROUBLES = 20
"""Documents that could not be had, with a line each."""


def backfill(
    source_id: Annotated[str, typer.Argument(metavar="SOURCE", help="See `khabar sources`")],
    first: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], metavar="DATE", help="First day")
    ],
    last: Annotated[
        datetime, typer.Option("--to", formats=["%Y-%m-%d"], metavar="DATE", help="Last day")
    ],
    json: Annotated[bool, typer.Option("--json", help="Print the account as JSON")] = False,
) -> None:
    """Fetch what an outlet published between two days, as its archives list it.

    It reads the `backfill` entries of the source file, or else its sitemaps and paged listings,
    in slices of about five minutes; regular crawls of the outlet go first. What is in the
    warehouse is not asked again. Ctrl-C stops it at any moment; the same command goes on.

    [cyan]khabar backfill dawn --from 2026-05-01 --to 2026-05-31[/]
    """
    from crawlers.contact import require_contact
    from khabar.backfill import begin, recall_left_over, run_backfill
    from khabar.backfill_progress import BackfillProgress
    from khabar.backfill_state import alone
    from khabar.interrupt import as_interrupt, end
    from khabar.settings import read_settings

    settings = read_settings()
    source = _find(settings, source_id)
    window = _check_days(source, first.date(), last.date())
    require_contact((source,), settings.contact, settings.loopback_pairs)
    with alone(settings.home, source.id), BackfillProgress(source, is_quiet=json) as progress:
        state = begin(settings.home, source, *window)
        was_done = state.is_done
        try:
            with as_interrupt():
                if not state.is_done:
                    progress.begins(state, len(recall_left_over(settings.home, state).pages))
                    state = run_backfill(settings, source, state, progress)
        except KeyboardInterrupt:
            end(progress, "run the same command again to go on")
    _tell(settings, state, was_done=was_done, json=json)
    raise typer.Exit(1 if state.troubles or state.over_bound or _has_nothing(state) else 0)


def _find(settings: "Settings", source_id: str) -> "Source":
    """Find a source, retired ones too: archives of dead outlets are what a backfill is for."""
    from crawlers.catalogue import CatalogueError, load_catalogue

    sources, errors = load_catalogue(settings.folders)
    known = {source.id: source for source in sources}
    if source_id in known:
        return known[source_id]
    spoilt = [str(error) for error in errors if str(error).startswith(f"{source_id}.yml")]
    raise CatalogueError(
        spoilt[0] if spoilt else f"no source {source_id!r}; `khabar sources` lists those there are"
    )


def _check_days(source: "Source", first: date, last: date) -> tuple[date, date]:
    from crawlers.entrances.dates import FIRST_YEAR
    from khabar.backfill_slice import today_of
    from khabar.backfill_state import BackfillError

    today = today_of(source)
    if first.year < FIRST_YEAR:
        raise BackfillError(
            f"--from {first} is before the first news site; begin {FIRST_YEAR}-01-01"
        )
    if first > last:
        raise BackfillError(f"--from {first} is later than --to {last}; swap them")
    if last > today:
        raise BackfillError(f"--to {last} lies ahead; the latest day there is, is {today}")
    return first, last


def _has_nothing(state: "BackfillState") -> bool:
    """Tell whether no archive was there at all: then its address is wrong, not the day empty."""
    return bool(state.gone) and len(state.gone) == state.read


def _tell(settings: "Settings", state: "BackfillState", *, was_done: bool, json: bool) -> None:
    from dataclasses import asdict

    from crawlers.archive_documents import MAX_DOCUMENTS
    from khabar.backfill_state import state_file
    from khabar.shown import as_json, plain

    if json:
        told = asdict(state)
        left_out = ("documents", "running", "run_id", "entries", "keys_read", "keys_closed")
        typer.echo(as_json({name: told[name] for name in told if name not in left_out}))
        return
    done = f"was done on {state.done_on}, nothing was asked" if was_done else "is done"
    typer.echo(
        f"{state.source_id} from {state.first} to {state.last} {done}: "
        f"{counted(state.read, 'archive document')} read, {counted(state.listed, 'article')} "
        f"listed, {counted(state.fetched, 'page')} fetched, "
        f"{counted(state.new, 'new article')} (batches: {len(state.slices)})"
    )
    if state.gone:
        typer.echo(
            f"not there: {len(state.gone):,} dated archives, such as {plain(state.gone[0])}"
            + (f"; mend `backfill:` of {state.source_id}.yml" if _has_nothing(state) else "")
        )
    if state.over_bound:
        typer.echo(
            f"not read: {state.over_bound:,} or more documents beyond the bound of "
            f"{MAX_DOCUMENTS:,}; take fewer days at a time"
        )
    for trouble in state.troubles[:MAX_TROUBLES]:
        typer.echo(f"could not be had: {plain(trouble)}")
    if len(state.troubles) > MAX_TROUBLES:
        typer.echo(f"and {len(state.troubles) - MAX_TROUBLES:,} more; --json names them")
    if state.troubles:
        path = state_file(settings.home, state.source_id, state.first, state.last)
        typer.echo(
            f"to try these again, delete {path}: what is in the warehouse is not asked twice"
        )
