"""`khabar stories`: which of a file's texts are one text and its copies."""

import sys
import zlib
from datetime import date, datetime
from gzip import GzipFile
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import typer
from pydantic import BaseModel, ConfigDict, StrictInt, StrictStr, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.status import Status

    from warehouse.grouping import LooseText

MAX_LINE = 32 * 1024 * 1024
"""Bytes; a gzipped file may unpack to more than any memory."""
TOLD_EVERY = 500


class TextLine(BaseModel):
    """One line of the file; what it has besides is ignored."""

    model_config = ConfigDict(frozen=True)

    id: StrictInt | StrictStr
    text: str
    title: str | None = None
    published_at: datetime | date | None = None


def stories(file: Path) -> None:
    """Print one JSON line a text: its story, and what it is to the story's first."""
    from rich.console import Console

    from khabar.shown import as_json
    from warehouse.grouping import group_texts

    with Console(stderr=True).status("reading texts") as status:
        try:
            grouped = group_texts(_told(_read(file), status))
        except (ValueError, OSError, EOFError, zlib.error) as error:
            problem = getattr(error, "strerror", None) or str(error)
            raise typer.BadParameter(problem, param_hint=str(file)) from None
    for one in grouped:
        typer.echo(as_json(one))


def _told(texts: "Iterator[LooseText]", status: "Status") -> "Iterator[LooseText]":
    number = 0
    for number, text in enumerate(texts, start=1):
        if number % TOLD_EVERY == 0:
            status.update(f"reading texts: {number:,}")
        yield text
    status.update(f"comparing {number:,} texts")


def _read(file: Path) -> "Iterator[LooseText]":
    if str(file) == "-":
        yield from _texts(sys.stdin.buffer)
        return
    with file.open("rb") as raw:
        yield from _texts(raw)


def _texts(raw: BinaryIO) -> "Iterator[LooseText]":
    from warehouse.grouping import LooseText

    for number, line in enumerate(_lines(raw), start=1):
        if not line.strip():
            continue
        try:
            one = TextLine.model_validate_json(line)
        except ValidationError as error:
            problem = error.errors()[0]
            field = ".".join(str(part) for part in problem["loc"][:1]) or "the line"
            raise ValueError(f"line {number}: {field}: {problem['msg']}") from None
        yield LooseText(
            id=one.id, text=one.text, title=one.title, published_at=_dated(one.published_at)
        )


def _lines(raw: BinaryIO) -> "Iterator[bytes]":
    """Read lines of a stream, gzipped or not, none longer than memory can hold."""
    buffered = BufferedReader(cast("RawIOBase", raw))
    is_gzipped = buffered.peek(2)[:2] == b"\x1f\x8b"
    lines = GzipFile(fileobj=buffered) if is_gzipped else buffered
    number = 0
    while line := lines.readline(MAX_LINE):
        number += 1
        if len(line) == MAX_LINE:
            raise ValueError(f"line {number}: longer than {MAX_LINE // 1024**2} MB")
        yield line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line


def _dated(moment: datetime | date | None) -> datetime | date | None:
    """Know no more than the day of a time without a zone."""
    return moment.date() if isinstance(moment, datetime) and moment.tzinfo is None else moment
