"""What came of trying an outlet, as an operator reads it: on standard error, in narrow lines."""

import re
from textwrap import shorten
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from rich.text import Text

from khabar.shown import console, plain, table
from khabar.trial import Trial, find_warnings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawlers.ways import Way
    from transforms.article import Article

BODY_LETTERS = 160
_LETTERS = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")


def show_trial(trial: Trial) -> None:
    """Report on standard error, so that standard output holds the file alone."""
    out = console(on_stderr=True)
    home, ways = trial.found.url, trial.found.ways
    there = [way for way in ways if way.poll.reason != "gone"]
    out.print(_ways(trial, there))
    if gone := [_short(way.entrance.url, home) for way in ways if way not in there]:
        out.print(Text(plain(f"Not there: {', '.join(gone)}")))
    for article in trial.articles:
        out.print()
        out.print(Text(plain(article.title or "(no title)"), style="bold"))
        out.print(Text(plain(_account(article, trial))))
        out.print(Text(plain(readable(article.url))))
        out.print(Text(plain(shorten(article.body or "", BODY_LETTERS, placeholder=" …"))))
    out.print()
    for warning in find_warnings(trial):
        out.print(Text(f"warning: {plain(warning)}", style="bold"))


def _ways(trial: Trial, ways: "Sequence[Way]") -> object:
    columns = ["way in", "", "", "items", "dated", "newest", "trouble"]
    rows: list[tuple[object, ...]] = [
        (
            way.entrance.kind,
            _short(way.entrance.url, trial.found.url),
            "chosen" if way in trial.found.chosen else "",
            way.count,
            way.dated,
            f"{way.poll.newest_at:%d %b %Y %H:%M}" if way.poll.newest_at else None,
            way.poll.reason and f"{way.poll.reason}: {way.poll.detail}",
        )
        for way in ways
    ]
    if not any(row[-1] for row in rows):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    return table(columns, rows)


def _account(article: "Article", trial: Trial) -> str:
    """Say what the warehouse would know of an article, its time by the outlet's own clock."""
    published = article.published
    when = "no date"
    if published and published.at:
        zone = ZoneInfo(trial.draft.zone.name if trial.draft.zone else "UTC")
        when = f"{published.at.astimezone(zone):%d %b %Y %H:%M %z}"
    elif published:
        when = f"{published.on:%d %b %Y}"
    origin = f" (from {published.origin})" if published else ""
    authors = ", ".join(article.authors) or article.byline or "no author"
    return f"{when}{origin} | {authors} | {article.language} | {article.word_count} words"


def _short(url: str, home: str) -> str:
    """Leave out of an address the host that the outlet's home page is on."""
    parts = urlsplit(home)
    root = f"{parts.scheme}://{parts.netloc}"
    return readable(url.removeprefix(root) or "/" if f"{url}/".startswith(f"{root}/") else url)


def readable(url: str) -> str:
    """Write the letters of an address that are not ASCII as such; it still leads there."""
    return _LETTERS.sub(_unquoted, url)


def _unquoted(found: re.Match[str]) -> str:
    letters = unquote(found[0])
    return letters if letters.isprintable() and "\ufffd" not in letters else found[0]
