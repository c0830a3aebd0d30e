"""`khabar lake`: the second place that is published to, for readers on many machines."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from warehouse.lake.place import Lake

Json = Annotated[bool, typer.Option("--json", help="Print the whole report as JSON")]

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="""Fill, prove or tidy the DuckLake that KHABAR_PUBLISH names.

    [cyan]khabar lake fill[/]      all that is published, each row counted, hashed and compared

    [cyan]khabar lake verify[/]    read all of it, and hold it against what was published

    [cyan]khabar lake tidy[/]      old versions go, small files become large ones

    What has changed is merged into it after each publish; Airflow does the rest each night.
    """,
)


@app.command()
def fill(
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Also where it holds batches that this warehouse has not"),
    ] = False,
    json: Json = False,
) -> None:
    """Bring the lake to what is published; every row of it is read, and proved or put right."""
    from khabar.commands.stages import tell
    from khabar.settings import begun_home
    from warehouse.lake.publish import fill_lake

    home, lake = begun_home(), _the_lake()
    with _shown(json) as doing:
        report = fill_lake(home, lake, doing, may_replace=replace)
    tell(report, json=json)


@app.command()
def verify(json: Json = False) -> None:
    """Read every row of the lake, and hold counts and hashes against what was published."""
    from khabar.commands.stages import tell
    from warehouse.lake.verify import verify_lake

    lake = _the_lake()
    with _shown(json) as doing:
        report = verify_lake(lake, doing)
    tell(report, json=json)


@app.command()
def tidy(json: Json = False) -> None:
    """Let versions older than 30 days go, and make of many small files a few large ones."""
    from khabar.commands.stages import tell
    from khabar.settings import read_settings
    from warehouse.lake.tidy import tidy_lake
    from warehouse.lease import hold_lease

    lake = _the_lake()
    with hold_lease(read_settings().home, of="lake", doing="tidying the lake"):
        report = tidy_lake(lake, datetime.now(UTC))
    tell(report, json=json)


@contextmanager
def _shown(is_quiet: bool) -> Iterator[Callable[[str], None]]:
    from khabar.screen import Screen

    if is_quiet:
        yield lambda _: None
        return
    with Screen() as screen:
        yield screen.doing


def _the_lake() -> "Lake":
    from khabar.settings import SettingsError, read_settings

    lake = read_settings().lake
    if lake is None:
        raise SettingsError(
            "KHABAR_PUBLISH names no lake; set it to ducklake:postgres:host=… dbname=… user=…"
        )
    return lake
