"""`khabar status`: what the last batches did, and what is published."""

import json as json_lines
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from crawlers.counted import counted


def status(
    last: Annotated[int, typer.Option("--last", min=1, help="How many batches to list")] = 10,
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON")] = False,
) -> None:
    """Say what is published, and how far the last batches have come."""
    from khabar.batches import list_batches
    from khabar.settings import read_settings
    from khabar.shown import as_json, console, table

    home = read_settings().home
    batches, published = list_batches(home, last), _published(home)
    if json:
        rows = [asdict(batch) for batch in batches]
        typer.echo(as_json({"home": str(home), "published": published, "batches": rows}))
        return
    out = console()
    out.print(_headline(home, published), markup=False)
    if batches:
        columns = ("batch", "found by", "sources", "state", "last word")
        out.print(table(columns, [tuple(asdict(batch).values()) for batch in batches]))
    else:
        out.print("no batch yet: `khabar run` or `make demo` makes the first", markup=False)


def _published(home: Path) -> dict[str, object] | None:
    """Read what the last `publish` said of its snapshot."""
    try:
        note = json_lines.loads((home / "published" / "news.json").read_bytes())
    except (OSError, ValueError):
        return None
    return note if isinstance(note, dict) else None


def _headline(home: Path, published: dict[str, object] | None) -> str:
    from warehouse.connection import NoSnapshot, published_file

    try:
        file = published_file(home)
    except NoSnapshot as error:
        return str(error)
    if published is None:
        return f"{file}: has no card beside it; `khabar publish` writes it"
    counts = published.get("counts")
    articles = counts.get("articles", 0) if isinstance(counts, dict) else 0
    at = str(published.get("published_at"))[:16].replace("T", " ")
    return f"{file}: {counted(articles, 'article')}, published {at} UTC"
