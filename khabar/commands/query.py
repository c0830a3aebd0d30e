"""`khabar sql`: a question to the published snapshot."""

import csv
import sys
from typing import Annotated

import typer

CELL_LENGTH = 240


def sql(
    query: Annotated[str, typer.Argument(help="DuckDB SQL; `-` reads it from stdin")],
    json: Annotated[bool, typer.Option("--json", help="One JSON object a row")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated, with a header")] = False,
) -> None:
    """Ask the published snapshot; nothing can be changed by it.

    [cyan]khabar sql "SELECT source_id, count(*) FROM articles GROUP BY ALL"[/]

    [cyan]khabar sql "SELECT table_name, comment FROM duckdb_tables()"[/]   what there is
    """
    from khabar.settings import read_settings
    from warehouse.query import sql_rows

    if json and as_csv:
        raise typer.BadParameter("--json or --csv, not both")
    text = sys.stdin.read() if query == "-" else query
    columns, rows = sql_rows(read_settings().home, text)
    if json:
        print_json(columns, rows)
    elif as_csv:
        print_csv(columns, rows)
    else:
        print_table(columns, rows)


def print_table(columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    """Print rows for people; long values are cut, and that is said."""
    from khabar.shown import console, table

    cut = [tuple(_cut(value) for value in row) for row in rows]
    out = console()
    if columns:
        out.print(table(columns, cut))
    is_cut = any(new is not old for row, before in zip(cut, rows, strict=True)
                 for new, old in zip(row, before, strict=True))  # fmt: skip
    said = f"; values are cut at {CELL_LENGTH} characters, --json and --csv give them whole"
    out.print(f"{len(rows):,} row{'' if len(rows) == 1 else 's'}{said if is_cut else ''}")


def print_json(columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    """Print one JSON object a row."""
    from khabar.shown import as_json

    for row in rows:
        typer.echo(as_json(dict(zip(columns, row, strict=True))))


def print_csv(columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    """Print CSV that neither a terminal nor a spreadsheet takes for commands."""
    from khabar.shown import plain

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([plain(name) for name in columns])
    writer.writerows([[_csv_cell(value) for value in row] for row in rows])


def _cut(value: object) -> object:
    if not isinstance(value, str | bytes | list | tuple | dict):
        return value
    text = str(value)
    return text[: CELL_LENGTH - 1] + "…" if len(text) > CELL_LENGTH else value


def _csv_cell(value: object) -> object:
    from khabar.shown import plain

    if not isinstance(value, str):
        return value
    lines = "\n".join(plain(line) for line in value.split("\n"))
    # Spreadsheets run a cell that begins so as a formula (OWASP: CSV injection).
    return f"'{lines}" if lines.startswith(("=", "+", "-", "@", "\t", "\r")) else lines
