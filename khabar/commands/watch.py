"""`khabar watch`: what broke, held against what each outlet usually does and promises."""

from datetime import UTC, datetime
from typing import Annotated

import typer


def watch(
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON")] = False,
) -> None:
    """Look for what is wrong with outlets and pipeline; open and close incidents.

    It asks no outlet and writes no warehouse: it reads the batches' files and what is published.
    An outlet is held against its own four weeks, and, while these are not there yet, against the
    `articles_per_day` that its source file promises, if it does. Alerts are Airflow's to send.

    [cyan]khabar watch[/]       one line each for what began and what is over

    [cyan]khabar incidents[/]   all that is open, also what began earlier
    """
    from khabar.settings import begun_home, read_settings
    from khabar.shown import as_json, plain
    from warehouse.watch import watch as look

    settings = read_settings()
    report = look(
        begun_home(is_enough=("airflow", "incidents")),
        settings.folders,
        datetime.now(UTC),
        disk_floor_mb=settings.disk_floor_mb,
        has_lake=settings.has_lake,
    )
    if json:
        typer.echo(as_json(report))
        return
    for one in report.opened:
        typer.echo(plain(f"new: {one.source_id or 'the pipeline'}, {one.kind}: {one.note}"))
    for one in report.closed:
        opened = f"{one.opened_at:%Y-%m-%d %H:%M} UTC"
        typer.echo(
            plain(f"over: {one.source_id or 'the pipeline'}, {one.kind}, open since {opened}")
        )
    typer.echo(plain(report.line))
