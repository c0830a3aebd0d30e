"""Rows of an answer as CSV, JSON lines or Parquet."""

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, TextIO

from crawlers.unfinished import new_file
from khabar.shown import as_json, plain
from khabar.unfinished import when_whole
from warehouse.query import Answer, Session, open_session

FORMATS: Final = ("csv", "jsonl", "parquet")
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Spreadsheets run a cell that begins so as a formula (OWASP: CSV injection)."""


def json_line(columns: Sequence[str], row: Sequence[object]) -> str:
    """Write a row as one JSON object, on one line."""
    return as_json(dict(zip(columns, map(_json_value, row), strict=True)))


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[object]], out: TextIO) -> int:
    """Write CSV that neither a terminal nor a spreadsheet takes for commands; count the rows."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_csv_cell(name) for name in columns])
    count = 0
    for row in rows:
        writer.writerow([_csv_cell(value) for value in row])
        count += 1
    return count


def write_answer(
    home: Path, query: str, file: Path, kind: str, *, release: str | None = None
) -> int:
    """Write what a query gives to a file, which appears when it is whole; count the rows."""
    with open_session(home, release=release) as session, when_whole(file, new_file) as part:
        return write_rows(session, query, part, kind)


def write_rows(session: Session, query: str, file: Path, kind: str) -> int:
    """Write what a query gives to a new file of a kind; count the rows."""
    if kind == "parquet":
        return session.write_parquet(query, file)
    return _write_text(session.ask(query), file, kind)


def _write_text(answer: Answer, file: Path, kind: str) -> int:
    """Write CSV, with the mark that spreadsheets look for, or JSON lines; count the rows."""
    encoding = "utf-8-sig" if kind == "csv" else "utf-8"
    with file.open("w", encoding=encoding, newline="") as out:
        if kind == "csv":
            return write_csv(answer.columns, answer.rows, out)
        count = 0
        for row in answer.rows:
            out.write(json_line(answer.columns, row) + "\n")
            count += 1
        return count


def _json_value(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no such numbers
    return value


def _csv_cell(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if not isinstance(value, str):
        return value
    text = "\n".join(plain(line) for line in value.split("\n"))
    return f"'{text}" if text.startswith(FORMULA) else text
