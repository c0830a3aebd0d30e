"""`khabar sources`: the catalogue."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from crawlers.catalogue import Source

LAST = "SELECT source_id, max(dated_at), count(*) FROM articles GROUP BY source_id"


def sources(
    json: Annotated[bool, typer.Option("--json", help="One JSON object a source")] = False,
) -> None:
    """List the outlets of the catalogue, and each source file that cannot be used.

    Your own outlets go into $KHABAR_HOME/sources/NAME.yml; a file of the same name as a bundled
    one takes its place. Exits with 1 where a file cannot be used.
    """
    from crawlers.catalogue import load_catalogue
    from khabar.settings import read_settings
    from khabar.shown import as_json, console, plain, table

    settings = read_settings()
    good, errors = load_catalogue(settings.folders)
    seen = _last_articles(settings.home)
    rows = [_row(source, seen) for source in good]
    columns = ("id", "name", "languages", "entrances", "verified", "articles", "last article")
    if json:
        for row in rows:
            typer.echo(as_json(dict(zip(columns, row, strict=True))))
    elif rows:
        console().print(table(columns, rows))
    for error in errors:
        typer.echo(f"khabar: {plain(str(error))}", err=True)
    if not json:
        folders = " and ".join(str(folder) for folder in settings.folders)
        typer.echo(f"{len(good)} sources in {folders}; {len(errors)} files cannot be used")
    if errors or not good:
        raise typer.Exit(1)


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
    )


def _last_articles(home: Path) -> dict[str, tuple[str, int]]:
    """Ask the snapshot for each source's last article; nothing where none is published."""
    from warehouse.connection import NoSnapshot, sql_rows

    try:
        _, rows = sql_rows(home, LAST)
    except NoSnapshot:
        return {}
    return {str(row[0]): (str(row[1])[:16], int(str(row[2]))) for row in rows}
