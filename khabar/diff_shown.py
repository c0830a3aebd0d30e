"""A comparison of two versions as lines for a terminal, in either direction of writing."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from rich.text import Text

from crawlers.counted import counted
from khabar.shown import RIGHT_TO_LEFT, isolate, plain
from khabar.version_diff import Version, VersionDiff
from transforms.paragraph_diff import Changed, Kept, Piece

NEAR = 12
"""Unchanged words that are shown beside a change."""
MAX_WORDS = 400
"""Words of a paragraph that are shown."""
MAX_LETTERS = 200
"""Letters of a word that are shown."""
MAX_CHANGES = 40
MAX_NUMBERS = 30
CONTEXT = 160
"""Letters of an unchanged paragraph that are shown beside a changed one."""
GAP = "…"
_COLOURS = {"-": "red", "+": "green", " ": "dim"}
_MARKS = {"-": ("[-", "-]"), "+": ("{+", "+}")}
"""Around changed words where there are no colours."""


def show_diff(diff: VersionDiff, *, width: int, is_coloured: bool) -> Iterator[Text]:
    """Lay out a comparison: what and when, headline, numbers, changed paragraphs."""
    pen = _Pen(width, is_coloured=is_coloured)
    yield from _head(diff)
    if diff.title is None:
        yield from pen.write(" ", [Piece(text=diff.after.title or "", is_changed=False)], "bold")
    else:
        yield Text("headline", style="bold")
        yield from _change(pen, diff.title)
    if diff.numbers_before or diff.numbers_after:
        yield Text.assemble(
            ("numbers ", "bold"),
            (_numbers(diff.numbers_before), "red"),
            " → ",
            (_numbers(diff.numbers_after), "green"),
        )
    yield Text(_sum(diff), style="bold")
    yield from _text(pen, diff.text)


def tell_time(instant: datetime, zone: str | None) -> str:
    """Write an instant in UTC, and on the outlet's clock where that is known."""
    told = f"{instant:%Y-%m-%d %H:%M} UTC"
    if zone is None:
        return told
    local = instant.astimezone(ZoneInfo(zone))
    day = "" if local.date() == instant.date() else f"{local:%Y-%m-%d} "
    return f"{told} ({day}{local:%H:%M} {zone})"


def tell_span(hours: float) -> str:
    """Write a time between two looks; many come sooner than after an hour."""
    return f"{hours:,.1f} hours" if hours >= 1 else f"{hours * 60:.0f} minutes"


def _head(diff: VersionDiff) -> Iterator[Text]:
    article = diff.article
    yield Text(plain(f"article {article.article_id}  {article.source_id}  {article.url}"))
    for version, word, at in (
        (diff.before, "last seen", diff.before.seen_to),
        (diff.after, "first seen", diff.after.seen_from),
    ):
        told = f"version {version.version_number} of {article.version_count}"
        yield Text(f"{told}  {word} {tell_time(at, article.timezone)}{_said(version, diff)}")
    yield Text(f"changed within these {tell_span(diff.within_hours)}")
    if not diff.is_same_extractor:
        yield Text("read by two versions of Khabar: a difference may be ours, not the outlet's")


def _said(version: Version, diff: VersionDiff) -> str:
    if version is diff.before:
        return ""
    if version.modified_at is None or version.modified_at == diff.before.modified_at:
        return "; the page tells of no change"
    said = f"; the page says {tell_time(version.modified_at, diff.article.timezone)}"
    if not diff.is_said_outside:
        return said
    if version.modified_at > version.seen_from:
        return f"{said}, which lies after this look: the outlet's clock or date is wrong"
    return f"{said}, but the older one was seen after that: a cache, or the outlet is wrong"


def _sum(diff: VersionDiff) -> str:
    changed = sum(isinstance(part, Changed) for part in diff.text)
    if not changed:
        return "text: none of it changed"
    return (
        f"text: {counted(changed, 'paragraph')} changed, "
        f"{counted(diff.removed_word_count, 'word')} removed, {diff.added_word_count:,} added"
    )


def _numbers(numbers: Sequence[float]) -> str:
    told = [f"{number:.15g}" for number in numbers[:MAX_NUMBERS]]
    more = len(numbers) - len(told)
    return ", ".join(told + ([f"and {more:,} more"] if more else [])) or "none"


def _text(pen: "_Pen", parts: Sequence[Kept | Changed]) -> Iterator[Text]:
    if not any(isinstance(part, Changed) for part in parts):
        return
    shown = 0
    for place, part in enumerate(parts):
        if isinstance(part, Kept):
            yield from _context(pen, part, is_first=place == 0, is_last=place == len(parts) - 1)
            continue
        if shown == MAX_CHANGES:
            left = sum(isinstance(one, Changed) for one in parts[place:])
            yield Text(f"and {left:,} more; --json has them all")
            return
        yield from _change(pen, part)
        shown += 1


def _context(pen: "_Pen", kept: Kept, *, is_first: bool, is_last: bool) -> Iterator[Text]:
    """Show the unchanged paragraphs beside a change, and how many are between."""
    after, before = not is_first, not is_last and (is_first or kept.count > 1)
    if after:
        yield from pen.write(" ", [Piece(text=_cut(kept.first), is_changed=False)], "dim")
    between = kept.count - after - before
    if between:
        yield Text(f"  ⋮ {between:,} unchanged", style="dim")
    if before:
        yield from pen.write(" ", [Piece(text=_cut(kept.last), is_changed=False)], "dim")


def _change(pen: "_Pen", change: Changed) -> Iterator[Text]:
    sides = [(sign, side) for sign, side in (("-", change.before), ("+", change.after)) if side]
    edge = max(pen.edge(sign, side) for sign, side in sides)
    for sign, side in sides:
        yield from pen.write(sign, side, edge=edge)


def _cut(text: str) -> str:
    return text if len(text) <= CONTEXT else f"{text[:CONTEXT].rsplit(maxsplit=1)[0]} {GAP}"


class _Pen:
    """Writes paragraphs as lines of a width, each isolated in its own direction.

    A line is isolated for itself, as the end of a line ends an isolate (UAX #9, X8).
    """

    def __init__(self, width: int, *, is_coloured: bool) -> None:
        self._room = width - 2
        self._is_coloured = is_coloured

    def edge(self, sign: str, pieces: Sequence[Piece]) -> int:
        """Measure the longest line of a paragraph."""
        return max(
            (_cells(line) for line in _wrap(self._words(sign, pieces), self._room)), default=0
        )

    def write(
        self, sign: str, pieces: Sequence[Piece], style: str = "", edge: int = 0
    ) -> Iterator[Text]:
        """Lay out a paragraph behind its sign; from right to left its lines begin at one edge."""
        words = list(self._words(sign, pieces))
        begin, end = isolate(" ".join(word for word, _ in words))
        edge = max(edge, self.edge(sign, pieces)) if begin == RIGHT_TO_LEFT else 0
        for place, line in enumerate(_wrap(words, self._room)):
            indent = " " * (edge - _cells(line))
            told = Text(f"{sign if place == 0 else ' '} {indent}{begin}", style=style)
            told.stylize(_COLOURS[sign], 0, 1)
            for number, (word, is_changed) in enumerate(line):
                follows = number > 0 and is_changed and line[number - 1][1]
                told.append(" " if number else "", self._style(sign, is_changed=follows))
                told.append(word, self._style(sign, is_changed=is_changed))
            yield told.append(end)

    def _words(self, sign: str, pieces: Sequence[Piece]) -> Iterator[tuple[str, bool]]:
        """Give words and whether they are changed, without what is far from any change."""
        is_whole = all(piece.is_changed for piece in pieces)
        left = MAX_WORDS
        for place, piece in enumerate(pieces):
            words = [plain(word[:MAX_LETTERS]) for word in piece.text.split()]
            if not piece.is_changed and len(pieces) > 1:
                words = _near(words, is_first=place == 0, is_last=place == len(pieces) - 1)
            if len(words) > left:
                words = [*words[:left], GAP]
            if piece.is_changed and not is_whole and not self._is_coloured and words:
                begin, end = _MARKS[sign]
                words = [begin + words[0], *words[1:]]
                words[-1] += end
            yield from ((word, piece.is_changed) for word in words)
            left -= len(words)
            if left <= 0:
                return

    def _style(self, sign: str, *, is_changed: bool) -> str:
        return f"bold {_COLOURS[sign]}" if is_changed else ""


def _near(words: list[str], *, is_first: bool, is_last: bool) -> list[str]:
    before, after = 0 if is_first else NEAR, 0 if is_last else NEAR
    if len(words) <= before + after + 1:
        return words
    return [*words[:before], GAP, *(words[-after:] if after else [])]


def _cells(line: Sequence[tuple[str, bool]]) -> int:
    return cell_len(" ".join(word for word, _ in line))


def _wrap(words: Iterable[tuple[str, bool]], width: int) -> Iterator[list[tuple[str, bool]]]:
    line: list[tuple[str, bool]] = []
    used = 0
    for word, is_changed in words:
        room = cell_len(word) + 1
        if line and used + room > width:
            yield line
            line, used = [], 0
        line.append((word, is_changed))
        used += room
    if line:
        yield line
