"""Charts as SVG: marks carry classes, so that the page's style colours them, also in the dark.

drawsvg: 40 sparklines take it 11 ms; pygal 160 ms, with a style sheet and a script in each; altair
with vl-convert 430 ms after a second of start and 200 MB, with fixed colours.
"""

from collections.abc import Sequence
from statistics import median

import drawsvg
from markupsafe import Markup

from crawlers.counted import counted
from warehouse.health import Band
from warehouse.health_rows import DAYS, Day

SPARK = (140, 28)
CHART = (720, 220)
LEFT, RIGHT, BOTTOM, TOP = 36, 12, 24, 8
"""Room for the axes of the large chart."""


def sparkline(days: Sequence[Day]) -> Markup:
    """Draw a bar a day; a day on which nobody looked is a grey column, not a gap."""
    width, height = SPARK
    drawing = _drawing(width, height, "spark", say_days(days))
    step, most = width / max(len(days), DAYS), _most(days)
    begin = width - step * len(days)
    for number, day in enumerate(days):
        _bar(drawing, day, begin + number * step, step - 1, most, (0, height))
    return _svg(drawing)


def volume_chart(days: Sequence[Day], band: Band | None) -> Markup:
    """Draw the days with their axes, and behind them what is usual."""
    width, height = CHART
    right, floor = width - RIGHT, height - BOTTOM
    most = max(_most(days), band.high if band else 0)
    drawing = _drawing(width, height, "chart", say_days(days, band))

    def level(articles: float) -> float:
        return floor - articles / most * (floor - TOP)

    if band:
        tall = level(band.low) - level(band.high)
        drawing.append(
            drawsvg.Rectangle(LEFT, level(band.high), right - LEFT, max(tall, 2), class_="band")
        )
    step = (right - LEFT) / max(len(days), DAYS)
    begin = right - step * len(days)
    for number, day in enumerate(days):
        _bar(drawing, day, begin + number * step + 1, step - 2, most, (TOP, floor))
        if number % 7 == (len(days) - 1) % 7:
            middle = begin + (number + 0.5) * step
            drawing.append(_text(f"{day.day:%-d %b}", middle, height - 6, "middle"))
    if band:
        at = level(band.middle)
        drawing.append(drawsvg.Line(LEFT, at, right, at, class_="middle"))
    for articles in sorted({0, round(most / 2), round(most)}):
        drawing.append(_text(f"{articles}", LEFT - 6, level(articles) + 4, "end"))
    return _svg(drawing)


def say_days(days: Sequence[Day], band: Band | None = None) -> str:
    """Say in words what a chart shows, for who cannot see it."""
    if not days:
        return "No day was looked at yet"
    seen = [one.articles for one in days if one.observed != "blind"]
    blind = len(days) - len(seen)
    said = f"{counted(len(days), 'day')} to {days[-1].day:%-d %b}"
    if seen:
        said += f": {min(seen)} to {max(seen)} articles a day, median {median(seen):.0f}"
        said += f", {days[-1].articles} on the last day"
    if blind:
        said += f"; {counted(blind, 'day')} nobody looked"
    if band:
        said += f"; usual are {band.low:.0f} to {band.high:.0f}"
    return said


def _most(days: Sequence[Day]) -> int:
    return max([1, *(one.articles for one in days)])


def _drawing(width: int, height: int, kind: str, said: str) -> drawsvg.Drawing:
    return drawsvg.Drawing(
        width, height, context=_PLAIN, class_=f"plot {kind}", role="img", aria_label=said
    )


_PLAIN = drawsvg.Context(invert_y=False)


def _bar(
    drawing: drawsvg.Drawing,
    day: Day,
    x: float,
    wide: float,
    most: float,
    room: tuple[float, float],
) -> None:
    top, floor = room
    if day.observed == "blind":
        drawing.append(drawsvg.Rectangle(_cut(x), top, _cut(wide), floor - top, class_="blind"))
    tall = day.articles / most * (floor - top)
    if day.articles:
        drawing.append(
            drawsvg.Rectangle(
                _cut(x), _cut(floor - max(tall, 1)), _cut(wide), _cut(max(tall, 1)), class_="bar"
            )
        )
    elif day.observed != "blind":
        drawing.append(drawsvg.Rectangle(_cut(x), floor - 1, _cut(wide), 1, class_="zero"))


def _text(said: str, x: float, y: float, anchor: str) -> drawsvg.Text:
    return drawsvg.Text(said, 11, _cut(x), _cut(y), text_anchor=anchor, class_="tick")


def _cut(number: float) -> float:
    return round(number, 1)


def _svg(drawing: drawsvg.Drawing) -> Markup:
    # Safe: numbers, days and words of ours; no text of an outlet gets into a chart.
    return Markup(drawing.as_svg(header=""))  # noqa: S704
