"""The `khabar` command: its parts, and one clear line for what a user can mend."""

import os
import signal
import sys
from types import FrameType

import typer

from khabar.commands import (
    backfill,
    backup,
    cite,
    diff,
    doctor,
    evidence,
    export,
    extractors,
    held,
    imports,
    incidents,
    lake,
    page,
    query,
    release,
    reprocess,
    run,
    saved,
    schema,
    since,
    sources,
    stages,
    status,
    up,
    upkeep,
    watch,
)

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

STOPPED = "khabar: stopped; nothing is half done: run the same command again where you want it"
BY_CTRL_C = 130
KEEPING = "Keep it elsewhere"
WHOLE, ONE_STAGE, PAGES = "The whole way", "One stage of it", "Saved pages and texts"

app.command("up", rich_help_panel=WHOLE)(up.up)
app.command("run", rich_help_panel=WHOLE)(run.run)
app.command("backfill", rich_help_panel=WHOLE)(backfill.backfill)
app.command("reprocess", rich_help_panel=WHOLE)(reprocess.reprocess)
app.command("status", rich_help_panel=WHOLE)(status.status)
app.command("watch", rich_help_panel=WHOLE)(watch.watch)
app.command("doctor", rich_help_panel=WHOLE)(doctor.doctor)
app.command("sql", rich_help_panel=WHOLE)(query.sql)
app.command("export", rich_help_panel=WHOLE)(export.export)
app.command("schema", rich_help_panel=WHOLE)(schema.schema)
app.command("diff", rich_help_panel=WHOLE)(diff.diff)
app.command("cite", rich_help_panel=WHOLE)(cite.cite)
app.command("evidence", rich_help_panel=WHOLE)(evidence.evidence)
app.command("release", rich_help_panel=WHOLE)(release.release)
app.command("since", rich_help_panel=WHOLE)(since.since)
app.add_typer(sources.app, name="sources", rich_help_panel=WHOLE)
app.add_typer(incidents.app, name="incidents", rich_help_panel=WHOLE)
app.add_typer(extractors.app, name="extractors", rich_help_panel=WHOLE)
app.command("plan", rich_help_panel=ONE_STAGE)(stages.plan)
app.command("crawl", rich_help_panel=ONE_STAGE)(stages.crawl)
app.command("extract", rich_help_panel=ONE_STAGE)(stages.extract)
app.command("dedup", rich_help_panel=ONE_STAGE)(stages.dedup)
app.command("load", rich_help_panel=ONE_STAGE)(stages.load)
app.command("publish", rich_help_panel=ONE_STAGE)(stages.publish)
app.command("rebuild", rich_help_panel=ONE_STAGE)(stages.rebuild)
app.command("compact", rich_help_panel=ONE_STAGE)(stages.compact)
app.command("backup", rich_help_panel=KEEPING)(backup.backup)
app.command("restore", rich_help_panel=KEEPING)(backup.restore)
app.command("verify", rich_help_panel=KEEPING)(upkeep.verify)
app.command("prune", rich_help_panel=KEEPING)(upkeep.prune)
app.add_typer(lake.app, name="lake", rich_help_panel=KEEPING)
app.command("import", rich_help_panel=PAGES)(imports.import_pages)
app.command("held", rich_help_panel=PAGES)(held.held)
app.command("page", rich_help_panel=PAGES)(page.page)
app.command("parse", rich_help_panel=PAGES)(saved.parse)
app.command("stories", rich_help_panel=PAGES)(saved.stories)


def main() -> None:
    """Run the command line; exit 0, or non-zero with one line, without a traceback."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        app()
    except SystemExit as end:
        if end.code == BY_CTRL_C:
            typer.echo(STOPPED, err=True)
        raise
    except BrokenPipeError:
        # The reader (`| head`) has gone: nothing to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if _is_interrupt(error):
            typer.echo(STOPPED, err=True)
            sys.exit(BY_CTRL_C)
        line = _mend(error)
        if line is None:
            raise
        typer.echo(f"khabar: {line}", err=True)
        sys.exit(_exit_code(error))


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _is_interrupt(error: Exception) -> bool:
    """Tell whether it is Ctrl-C, of which DuckDB made an error of its own."""
    from warehouse.errors import is_interrupt

    return is_interrupt(error)


def _mend(error: Exception) -> str | None:
    """Say in one line what went wrong and what to do; None where the fault is Khabar's."""
    from khabar.mend import mend

    return mend(error)


def _exit_code(error: Exception) -> int:
    from khabar.mend import exit_code

    return exit_code(error)


if __name__ == "__main__":
    main()
