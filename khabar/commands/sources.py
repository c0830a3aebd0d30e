"""`khabar sources`: the catalogue, a check of its entrances, and a first try of a new outlet."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawlers.counted import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawlers.catalogue import CatalogueError, Source
    from khabar.judging import Check

LAST = "SELECT source_id, max(dated_at), count(*) FROM articles GROUP BY source_id"
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line")]

app = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode="rich",
    help="""List the outlets of the catalogue, check them, or try a new one.

    [cyan]khabar sources[/]                          all of them, and each file that cannot be used

    [cyan]khabar sources check[/]                    do their entrances keep their promise now?

    [cyan]khabar sources try https://dawn.com[/]     find an outlet's feeds, and draft its file

    Your own outlets go into $KHABAR_HOME/sources/NAME.yml; a file of the same name as a bundled
    one takes its place, from the next run on. Exits with 1 where a file cannot be used.
    """,
)


@app.callback()
def sources(context: typer.Context, json: AsJson = False) -> None:
    """List the catalogue, where no command is named."""
    if context.invoked_subcommand is not None:
        if json:
            raise typer.BadParameter("goes behind the command, as in `khabar sources check --json`")
        return
    from khabar.settings import read_settings
    from khabar.shown import as_json

    settings = read_settings()
    good, errors = _catalogue()
    seen = _last_articles(settings.home)
    rows = [_row(source, seen) for source in good]
    columns = (
        "id", "name", "languages", "entrances", "verified", "articles", "last article", "retired",
    )  # fmt: skip
    if json:
        for row in rows:
            typer.echo(as_json(dict(zip(columns, row, strict=True))))
    elif rows:
        _print(columns, rows, whole="id", spare=("languages", "verified", "name", "articles"))
    _complain(errors)
    if not json:
        folders = " and ".join(str(folder) for folder in settings.folders)
        retired = sum(source.retired is not None for source in good)
        typer.echo(
            f"{counted(len(good) - retired, 'source')} in {folders}, {retired} retired; "
            f"{counted(len(errors), 'file')} cannot be used"
        )
    if errors or not good:
        raise typer.Exit(1)


@app.command("check")
def check(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Only these sources")
    ] = None,
    json: AsJson = False,
) -> None:
    """Ask every entrance now, and hold it against its source's promise; no article is fetched.

    [cyan]khabar sources check[/]                  all that are not retired

    [cyan]khabar sources check dawn mashriq[/]     these two

    Below its promise is an entrance that cannot be reached, that lists no article, whose newest
    item is older than expect.max_age_hours, or whose outlet publishes less than
    expect.articles_per_day. One of these makes the exit code 1, but not for a source that is marked
    `verified: false`: such a one is shown, and alarms only where you name it. An outlet that a
    crawl is asking just now, or that is left alone for a while, is passed over.
    """
    from khabar.checking import check_sources, choose
    from khabar.progress import Progress
    from khabar.settings import read_settings

    good, errors = _catalogue()
    _complain(errors)
    chosen = choose(good, ids or ())
    with Progress(is_quiet=json) as progress:
        progress.expect([source.id for source in chosen])
        rows = check_sources(
            chosen,
            read_settings(),
            are_named=bool(ids),
            hear=lambda name, state, is_done: progress.source(name, state, is_done=is_done),
        )
    _show_checks(rows, json=json)
    if errors or any(row.is_alarming for row in rows):
        raise typer.Exit(1)


@app.command("try")
def try_(
    url: Annotated[str, typer.Argument(metavar="URL", help="An outlet's home page, or a section")],
    save: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Keep the file as $KHABAR_HOME/sources/NAME.yml"),
    ] = None,
) -> None:
    """Find an outlet's feeds and sitemaps, draft its source file, and try it on five articles.

    [cyan]khabar sources try https://valleyherald.example[/]                      look first

    [cyan]khabar sources try valleyherald.example --save valley_herald[/]         keep the file

    The file goes to standard output; what was found, and what the five articles would look like in
    the warehouse, to standard error. Nothing is stored but the file, where you save it; one that
    brought no article is not saved, and no file is ever overwritten. Look at the warnings before
    you trust it, then crawl it with [cyan]khabar run NAME[/].
    """
    from khabar.keeping import free_place, keep_draft
    from khabar.onboarding import try_outlet
    from khabar.progress import Progress
    from khabar.settings import read_settings
    from khabar.trial_shown import show_trial

    settings = read_settings()
    place = free_place(save, settings) if save is not None else None
    with Progress() as progress:
        trial = try_outlet(url, settings, lambda words: progress.stage("try", words))
    show_trial(trial)
    typer.echo(trial.text, nl=False)
    if place is not None:
        trouble = keep_draft(trial, place, settings)
        typer.echo(f"not saved: {trouble}" if trouble else f"saved as {place}", err=True)
    if not trial.articles or (place is not None and trouble):
        raise typer.Exit(1)


def _catalogue() -> "tuple[list[Source], list[CatalogueError]]":
    from crawlers.catalogue import load_catalogue
    from khabar.settings import read_settings

    return load_catalogue(read_settings().folders)


def _print(
    columns: "Sequence[str]",
    rows: "Sequence[Sequence[object]]",
    *,
    whole: str,
    spare: "Sequence[str]",
) -> None:
    """Print a table; on a narrow terminal without its spare columns, so that ids stay whole."""
    from khabar.shown import console, drop_columns, table

    out = console()
    names, kept, dropped = drop_columns(columns, rows, out.width, whole=(whole,), spare=spare)
    out.print(table(names, kept, whole=(whole,)))
    if dropped:
        out.print(f"left out, the terminal is narrow: {', '.join(dropped)}; --json has all")


def _complain(errors: "Sequence[CatalogueError]") -> None:
    from khabar.shown import plain

    for error in errors:
        typer.echo(f"khabar: {plain(str(error))}", err=True)


def _row(source: "Source", seen: dict[str, tuple[str, int]]) -> tuple[object, ...]:
    last, articles = seen.get(source.id, (None, 0))
    kinds = [entrance.kind for entrance in source.entrances]
    return (
        source.id,
        source.name,
        " ".join(source.languages),
        " ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)),
        "yes" if source.verified else "no",
        articles,
        last,
        source.retired,
    )


def _last_articles(home: Path) -> dict[str, tuple[str, int]]:
    """Ask the snapshot for each source's last article; nothing where none is published."""
    from warehouse.connection import NoSnapshot
    from warehouse.query import sql_rows

    try:
        _, rows = sql_rows(home, LAST)
    except NoSnapshot:
        return {}
    return {str(row[0]): (str(row[1])[:16], int(str(row[2]))) for row in rows}


def _show_checks(rows: "Sequence[Check]", *, json: bool) -> None:
    from khabar.judging import UNASKED
    from khabar.shown import as_json

    if json:
        for row in rows:
            typer.echo(as_json(row))
        return
    columns = (
        "source", "entrance", "state", "items", "matched", "newest, h", "a day", "robots", "why",
    )  # fmt: skip
    shown = [
        (
            row.source,
            f"{row.kind} {row.entrance}",
            row.state if row.is_verified else f"{row.state} (not verified)",
            row.items,
            row.matched,
            row.age_hours,
            row.per_day,
            row.robots,
            row.why,
        )
        for row in rows
    ]
    spare = ("robots", "a day", "matched", "newest, h", "items", "entrance")
    _print(columns, shown, whole="source", spare=spare)
    below = [row for row in rows if row.promise_kept is False]
    line = f"{counted(len(rows), 'entrance')}: {sum(row.state == 'fine' for row in rows)} fine"
    line += f", {len(below)} below their promise" if below else ""
    quiet = sum(not row.is_alarming for row in below)
    line += f" ({quiet} of them not verified, and so no alarm)" if quiet else ""
    unasked = sum(row.state in UNASKED for row in rows)
    line += f", {unasked} could not be asked now" if unasked else ""
    typer.echo(line)
