"""`khabar sql`: a question to the published snapshot."""

import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawlers.counted import counted

if TYPE_CHECKING:
    from warehouse.query import Answer

CELL_LENGTH = 240
TABLE_ROWS = 1_000


def sql(
    query: Annotated[str, typer.Argument(help="DuckDB SQL; `-` reads it from stdin")],
    json: Annotated[bool, typer.Option("--json", help="One JSON object a row")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated, with a header")] = False,
    output: Annotated[
        Path | None,
        typer.Option("-o", metavar="FILE", help="Write FILE.csv, FILE.jsonl or FILE.parquet"),
    ] = None,
    release: Annotated[
        str | None, typer.Option("--release", metavar="NAME", help="Ask one of `khabar release`")
    ] = None,
) -> None:
    """Ask the published snapshot, or a release; nothing can be changed by it.

    [cyan]khabar sql "SELECT source_id, count(*) FROM articles GROUP BY ALL"[/]

    [cyan]khabar sql "SELECT table_name, comment FROM duckdb_tables()"[/]   what there is

    [cyan]khabar sql "FROM source_health" -o health.csv[/]   for a spreadsheet

    A file appears when it is whole, and replaces one of that name. CSV files begin with the mark
    (BOM) by which a spreadsheet knows the letters of Urdu; text that it would run as a formula
    gets a ' before it. Open ids as text: a spreadsheet rounds numbers of more than 15 digits.
    """
    from khabar.settings import read_settings
    from warehouse.query import ask

    if json + as_csv + (output is not None) > 1:
        raise typer.BadParameter("one of --json, --csv and -o FILE")
    text = sys.stdin.read() if query == "-" else query
    home = read_settings().home
    if output is not None:
        _write(home, text, output, release)
        return
    with ask(home, text, release=release) as answer:
        if json:
            print_json(answer)
        elif as_csv:
            print_csv(answer)
        else:
            print_table(answer)


def print_table(answer: "Answer") -> None:
    """Print rows for people; long values and long answers are cut, and that is said."""
    from khabar.shown import console, table

    rows = list(islice(answer.rows, TABLE_ROWS))
    is_more = next(answer.rows, None) is not None
    cut = [tuple(_cut(value) for value in row) for row in rows]
    out = console()
    if answer.columns:
        out.print(table(answer.columns, cut))
    is_cut = any(new is not old for row, before in zip(cut, rows, strict=True)
                 for new, old in zip(row, before, strict=True))  # fmt: skip
    first = "the first " if is_more else ""
    said = "; there are more, --json, --csv and -o FILE give them all" if is_more else ""
    if is_cut:
        said += f"; values are cut at {CELL_LENGTH} characters, --json and --csv give them whole"
    out.print(f"{first}{counted(len(rows), 'row')}{said}")


def print_json(answer: "Answer") -> None:
    """Print one JSON object a row."""
    from khabar.row_files import json_line

    for row in answer.rows:
        typer.echo(json_line(answer.columns, row))


def print_csv(answer: "Answer") -> None:
    """Print CSV that neither a terminal nor a spreadsheet takes for commands."""
    from khabar.row_files import write_csv

    write_csv(answer.columns, answer.rows, sys.stdout)


def _write(home: Path, query: str, file: Path, release: str | None) -> None:
    from khabar.row_files import FORMATS, write_answer
    from khabar.shown import plain

    kind = file.suffix.removeprefix(".").lower()
    if kind not in FORMATS:
        raise typer.BadParameter(f"{file}: name it .csv, .jsonl or .parquet, for that is its form")
    count = write_answer(home, query, file, kind, release=release)
    typer.echo(plain(f"{counted(count, 'row')} in {file}"))


def _cut(value: object) -> object:
    if not isinstance(value, str | bytes | list | tuple | dict):
        return value
    text = str(value)
    return text[: CELL_LENGTH - 1] + "…" if len(text) > CELL_LENGTH else value
