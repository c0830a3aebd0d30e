"""`khabar release`: snapshots that are kept for good."""

from pathlib import Path
from typing import Annotated

import typer

Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="2026-10, q3_final …")]
Check = Annotated[bool, typer.Option("--check", help="Prove the bytes of every release")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON")]


def release(name: Name = None, check: Check = False, json: AsJson = False) -> None:
    """Freeze the published snapshot under a name, so that its numbers stay reproducible.

    A release is a file of its own, published/releases/NAME.duckdb, beside NAME.json, which has the
    snapshot's id, its counts and SHA-256. Khabar never changes, overwrites or deletes one.

    [cyan]khabar release 2026-10[/]   freezes what is published now

    [cyan]khabar release[/]           lists the releases

    [cyan]khabar release --check[/]   proves that each still has its bytes

    Ask one: [cyan]khabar sql --release 2026-10 "SELECT count(*) FROM articles"[/]

    Why it counts other than today: [cyan]khabar since 2026-10[/]
    """
    from khabar.settings import read_settings
    from khabar.shown import as_json, plain
    from warehouse.releases import release_snapshot

    if name is not None and check:
        raise typer.BadParameter(
            "NAME freezes a release, --check proves all there are: one of both"
        )
    home = read_settings().home
    if name is None:
        (_check if check else _list)(home, json=json)
        return
    report = release_snapshot(home, name)
    typer.echo(as_json(report) if json else plain(report.line))


def _list(home: Path, *, json: bool) -> None:
    from khabar.shown import as_json, console, table
    from warehouse.releases import list_releases

    releases = list_releases(home)
    if json:
        for one in releases:
            typer.echo(as_json(one))
        return
    if not releases:
        typer.echo("no release yet: `khabar release 2026-10` freezes what is published now")
        return
    rows = [
        (one.name, f"{one.published_at:%Y-%m-%d %H:%M}", one.counts["articles"], one.snapshot_id,
         one.schema_version, one.sha256)
        for one in releases
    ]  # fmt: skip
    columns = ("release", "published, UTC", "articles", "snapshot", "schema", "SHA-256")
    console().print(table(columns, rows, whole=("release", "snapshot")))


def _check(home: Path, *, json: bool) -> None:
    from khabar.shown import as_json, plain
    from warehouse.releases import check_releases

    checked = check_releases(home)
    for name, fault in checked:
        if json:
            typer.echo(as_json({"name": name, "fault": fault}))
        else:
            typer.echo(plain(fault or f"{name}: its bytes are those that were released"))
    if any(fault for _, fault in checked):
        raise typer.Exit(1)
