"""`khabar doctor`: is this machine fit, and what is to be mended?"""

from datetime import UTC, datetime
from typing import Annotated

import typer


def doctor(json: Annotated[bool, typer.Option("--json", help="Print it as JSON")] = False) -> None:
    """Check versions, catalogue, disk, clock, locks, snapshot, port and Airflow.

    Each line says that all is fine, or what to mend; the exit code is 1 when something is. It
    changes nothing and asks no outlet.
    """
    from dataclasses import asdict

    from khabar.doctor import examine
    from khabar.settings import read_settings
    from khabar.shown import as_json

    findings = list(examine(read_settings(), datetime.now(UTC)))
    if json:
        typer.echo(as_json([asdict(one) for one in findings]))
    else:
        for one in findings:
            typer.echo(f"{'fine' if one.is_fine else 'MEND'}  {one.what:<10} {one.words}")
    raise typer.Exit(0 if all(one.is_fine for one in findings) else 1)
