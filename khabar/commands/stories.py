"""`khabar stories`: which of a file's texts are one text and its copies."""

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from pydantic import BaseModel, ConfigDict, StrictInt, StrictStr, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warehouse.grouping import LooseText


class TextLine(BaseModel):
    """One line of the file; what it has besides is ignored."""

    model_config = ConfigDict(frozen=True)

    id: StrictInt | StrictStr
    text: str
    title: str | None = None
    published_at: datetime | date | None = None


def stories(file: Path) -> None:
    """Print one JSON line a text: its story, and what it is to the story's first."""
    from khabar.shown import as_json
    from warehouse.grouping import group_texts

    try:
        grouped = group_texts(_read(file))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=str(file)) from None
    for one in grouped:
        typer.echo(as_json(one))


def _read(file: Path) -> "Iterator[LooseText]":
    from warehouse.grouping import LooseText

    with file.open("rb") as lines:
        for number, raw in enumerate(lines, start=1):
            if not raw.strip():
                continue
            try:
                line = TextLine.model_validate_json(raw)
            except ValidationError as error:
                problem = error.errors()[0]
                field = ".".join(str(part) for part in problem["loc"][:1]) or "the line"
                raise ValueError(f"line {number}: {field}: {problem['msg']}") from None
            yield LooseText(
                id=line.id,
                text=line.text,
                title=line.title,
                published_at=_instant(line.published_at),
            )


def _instant(moment: datetime | date | None) -> datetime | None:
    """Order by day where only a day is known, and by UTC where no zone is."""
    if moment is None:
        return None
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(), UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
