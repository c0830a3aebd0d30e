"""`khabar extractors`: what a changed extractor would change, and whether it may be loaded."""

from typing import TYPE_CHECKING, Annotated

import typer

from crawlers.counted import counted
from khabar.commands.stages import SourceId, tell

if TYPE_CHECKING:
    from transforms.extractor_trial import Trial

app = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode="rich",
    help="""List the changed extractors that were tried on archived pages, and let them in.

    [cyan]khabar extractors[/]              what was tried, and what is held

    [cyan]khabar extractors show dawn[/]    which fields change, with samples

    [cyan]khabar extractors accept dawn --why "tags at last"[/]

    Where the code, trafilatura or a source file's hints change, an ingest first reads the outlet's
    newest 20 archived pages with both. Where more than a fifth of them come out otherwise, what it
    brings is kept, and not loaded until somebody accepts that version.
    """,
)


@app.callback()
def extractors(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line")] = False,
) -> None:
    """List the trials, where no command is named."""
    if context.invoked_subcommand is not None:
        if json:
            raise typer.BadParameter("that option lists; it goes with no command")
        return
    from khabar.settings import begun_home
    from khabar.shown import as_json, console, table
    from transforms.extractor_trial import list_trials

    trials = list_trials(begun_home(is_enough=("airflow", "incidents")))
    if json:
        for one in trials:
            typer.echo(as_json(one))
    elif trials:
        columns = ("source", "tried", "pages", "changed", "state", "extractor")
        console().print(table(columns, map(_row, trials), whole=("source", "state")))
    else:
        typer.echo("no extractor has changed since its first article")


@app.command("show")
def show(source: SourceId) -> None:
    """Show what the trial found: fields that change with samples, and words won and lost."""
    from khabar.commands.compare import show_comparison
    from khabar.shown import plain

    trial = _the_trial(source)
    typer.echo(plain(f"{source}: {_state(trial)}; {trial.line}"))
    show_comparison(trial.comparison)


@app.command("accept")
def accept(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE...", help="As listed")],
    why: Annotated[str, typer.Option("--why", help="Why it may go in; kept with the batches")],
) -> None:
    """Approve the changed extractors of sources, and load all that waited for it.

    It holds for this version: what comes next is loaded as ever. [cyan]khabar publish[/], or the
    next ingest, shows it to analysts.
    """
    from khabar.settings import read_settings
    from khabar.shown import plain
    from warehouse.accept import accept_extractor

    for source in sources:
        reports = accept_extractor(read_settings().home, source, why)
        held = counted(len(reports), "batch was", "batches were")
        typer.echo(plain(f"{source}: its extractor is approved; {held} held"))
        for report in reports:
            tell(report, json=False)


def _the_trial(source_id: str) -> "Trial":
    from crawlers.catalogue import CatalogueError
    from khabar.settings import read_settings
    from transforms.extractor_trial import read_trial

    trial = read_trial(read_settings().home, source_id)
    if trial is None:
        raise CatalogueError(f"{source_id}: its extractor was never tried; see `khabar extractors`")
    return trial


def _state(trial: "Trial") -> str:
    if trial.is_held:
        return "held"
    return f"approved: {trial.why}" if trial.approved_at else "passed"


def _row(trial: "Trial") -> tuple[object, ...]:
    found = trial.comparison
    tried = f"{trial.tried_at:%Y-%m-%d %H:%M} UTC"
    state = _state(trial)
    return (trial.source_id, tried, found.looked_at, found.changed, state, trial.version)
