"""`khabar verify` and `khabar prune`: what the DAG `maintain` does each night, by hand."""

from datetime import UTC, datetime
from typing import Annotated

import typer


def verify(
    minutes: Annotated[
        float, typer.Option("--minutes", min=0, help="Stop after so long; the next call goes on")
    ] = 20.0,
) -> None:
    """Read the archive's raw pages, and prove every byte; exit 1 where one is damaged.

    It goes on where the last call ended, until all were read, and then begins anew.
    """
    from khabar.settings import begun_home
    from warehouse.verify import verify_archive

    report = verify_archive(begun_home(), now=datetime.now(UTC), seconds=minutes * 60)
    typer.echo(report.line)
    raise typer.Exit(1 if report.damaged else 0)


def prune() -> None:
    """Remove of old batches what nothing reads again; a rebuild needs none of it.

    Incidents closed 90 days ago are put away, a file a year; the table has them still. Airflow's
    logs of 30 days ago are removed, where `khabar up` was here.
    """
    from khabar.settings import begun_home
    from warehouse.old_logs import remove_logs
    from warehouse.prune import prune_home

    home, now = begun_home(), datetime.now(UTC)
    typer.echo(prune_home(home, now))
    logs = home / "airflow" / "logs"
    if logs.is_dir():
        typer.echo(remove_logs(logs, now))
