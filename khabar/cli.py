"""The `khabar` command: its parts, and one clear line for what a user can mend."""

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from khabar.commands import backfill, diff, imports, page, query, run, sources, stages, status, up

app = typer.Typer(
    name="khabar",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Regional news into a warehouse that can prove every row.

    The way of an article: plan → crawl → archive → extract → dedup → load → publish.
    Everything lies under $KHABAR_HOME (default ./data).
    """,
    epilog="""[bold]To begin with:[/] [cyan]khabar up --demo[/] (a town of simulated outlets, and
    Airflow), [cyan]khabar run[/] (one batch of the live outlets, without Airflow), then
    [cyan]khabar sql "SELECT dated_on, title FROM articles LIMIT 5"[/].""",
)

COMPARE = "to compare what is stored of a batch or a source: khabar parse --compare NAME"
WHOLE, ONE_STAGE, PAGES = "The whole way", "One stage of it", "Saved pages and texts"

app.command("up", rich_help_panel=WHOLE)(up.up)
app.command("run", rich_help_panel=WHOLE)(run.run)
app.command("backfill", rich_help_panel=WHOLE)(backfill.backfill)
app.command("status", rich_help_panel=WHOLE)(status.status)
app.command("sql", rich_help_panel=WHOLE)(query.sql)
app.command("diff", rich_help_panel=WHOLE)(diff.diff)
app.add_typer(sources.app, name="sources", rich_help_panel=WHOLE)
app.command("plan", rich_help_panel=ONE_STAGE)(stages.plan)
app.command("crawl", rich_help_panel=ONE_STAGE)(stages.crawl)
app.command("extract", rich_help_panel=ONE_STAGE)(stages.extract)
app.command("dedup", rich_help_panel=ONE_STAGE)(stages.dedup)
app.command("load", rich_help_panel=ONE_STAGE)(stages.load)
app.command("publish", rich_help_panel=ONE_STAGE)(stages.publish)
app.command("rebuild", rich_help_panel=ONE_STAGE)(stages.rebuild)
app.command("import", rich_help_panel=PAGES)(imports.import_pages)
app.command("page", rich_help_panel=PAGES)(page.page)


@app.command("parse", rich_help_panel=PAGES)
def parse(
    names: Annotated[
        list[str],
        typer.Argument(metavar="MANIFEST", help="JSON lines; with --compare, ids: BATCH|SOURCE..."),
    ],
    compare: Annotated[
        bool, typer.Option("--compare", help="Show what today's extractor would change")
    ] = False,
    pages: Annotated[
        int | None,
        typer.Option(min=1, help="With --compare: pages of a source, at most (200)"),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="With --compare: print it all as one JSON object")
    ] = False,
) -> None:
    """Print what is extracted of saved pages: one JSON line each, in the manifest's order.

    Each line of MANIFEST is a JSON object: id, file (relative to it, gzipped or not), url. A
    rejected page prints what was read of it, and why it is no article. Lines that cannot be used
    are named on standard error, and make the exit code 1.

    With --compare, archived pages are extracted again, with today's code and source files, and
    compared with what is stored: which fields change, on what share of the rows, which pages would
    be rejected or no longer are, which gain or lose text, and samples of each. It writes nothing.

    [cyan]khabar parse --compare dawn mashriq[/]     the newest capture of each article

    [cyan]khabar parse --compare BATCH[/]            what that batch's extraction stored

    Of a source's pages 200 are looked at, spread over its articles' days: --pages 5000 takes more.
    """
    if compare:
        from khabar.commands.compare import compare as compare_pages

        compare_pages(names, pages or 200, json=json)
        return
    if pages is not None or json:
        raise typer.BadParameter("--pages and --json go with --compare")
    from khabar.commands.parse import parse as parse_pages  # brings trafilatura: a second to load

    parse_pages(_manifest(names))


def _manifest(names: list[str]) -> Path:
    if len(names) > 1:
        raise typer.BadParameter(f"one MANIFEST at a time; or {COMPARE}")
    path = Path(names[0])
    if not path.is_file():
        raise typer.BadParameter(f"{names[0]} does not exist, or is no file; {COMPARE}")
    return path


@app.command("stories", rich_help_panel=PAGES)
def stories(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="JSON lines, gzipped or not; `-` reads stdin"),
    ],
) -> None:
    """Group texts into stories: copies, excerpts and updates of one text.

    Each line of FILE is a JSON object: id, text, and if known title, published_at, url.
    Prints one JSON line each, in the same order: id, story (the id of its first text), relation
    (earliest_known, copy, excerpt, update), matched_to (the text it was found to be like),
    similarity and containment (0 to 1) and method (first, exact, minhash).
    """
    from khabar.commands.stories import stories as group_stories

    group_stories(file)


def main() -> None:
    """Run the command line; exit 0, or non-zero with one line, without a traceback."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        app()
    except BrokenPipeError:
        # The reader (`| head`) has gone: nothing to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if _is_interrupt(error):
            sys.exit(130)
        line = _mend(error)
        if line is None:
            raise
        sys.exit(f"khabar: {line}")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _is_interrupt(error: Exception) -> bool:
    """Tell whether it is Ctrl-C, of which DuckDB made an error of its own."""
    from warehouse.connection import is_interrupt

    return is_interrupt(error)


def _mend(error: Exception) -> str | None:
    """Say in one line what went wrong and what to do; None where the fault is Khabar's."""
    from khabar.mend import mend

    return mend(error)


if __name__ == "__main__":
    main()
