"""`khabar export`: articles as files, to keep, send or cite."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from crawlers.counted import counted


class Format(StrEnum):
    """What articles are written as."""

    PARQUET = "parquet"
    JSONL = "jsonl"
    CSV = "csv"


Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new or empty")]
Where = Annotated[str, typer.Option("--where", metavar="SQL", help="Which articles: a condition")]
Form = Annotated[Format, typer.Option("--format", help="Form of the files")]
Release = Annotated[
    str | None, typer.Option("--release", metavar="NAME", help="Of one of `khabar release`")
]


def export(
    folder: Folder, where: Where = "true", form: Form = Format.PARQUET, release: Release = None
) -> None:
    """Write articles to a folder, a file a month of dated_on, with what proves them.

    Beside them lie the data dictionary (README.md), the query, the snapshot's id and counts
    (snapshot.json) and SHA256SUMS. The folder appears when it is whole. In CSV, text that a
    spreadsheet would run as a formula gets a ' before it.

    [cyan]khabar export august --where "dated_on >= '2026-08-01'"[/]

    [cyan]khabar export floods --format csv --where "contains(title, 'flood')"[/]
    """
    from khabar.export import export_articles
    from khabar.settings import read_settings
    from khabar.shown import plain

    done = export_articles(
        read_settings().home, folder, where=where, kind=form.value, release=release
    )
    typer.echo(plain(
        f"{counted(done.articles, 'article')} of snapshot {done.snapshot_id} in {done.folder}, "
        f"in {counted(done.files, 'file')} of a month each; "
        "sha256sum -c SHA256SUMS proves them"
    ))  # fmt: skip
