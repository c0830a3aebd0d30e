"""Two versions of an article, read from the snapshot and compared."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from khabar.article_ids import resolve_id
from transforms.paragraph_diff import Changed, Kept, count_words, diff_line, diff_paragraphs
from warehouse.query import open_session, sql_rows

ARTICLE = """
    SELECT a.article_id, a.source_id, a.url, a.version_count, s.timezone
    FROM articles a LEFT JOIN sources s USING (source_id) WHERE a.article_id = {article_id}"""
VERSIONS = """
    SELECT version_number, seen_from, seen_to, title, body, modified_at, extractor_version,
      numbers_in(concat_ws(' . ', title, body)) AS numbers
    FROM (SELECT article_id, version_number, seen_from, seen_to, title, body, modified_at,
            extractor_version FROM article_versions
          UNION ALL
          SELECT article_id, version_count, seen_from, seen_to, title, body, modified_at,
            extractor_version FROM articles)
    WHERE article_id = {article_id} AND version_number IN ({before}, {after})
    ORDER BY version_number"""

MINUTE = timedelta(minutes=1)
"""Many pages tell an instant to the minute, which it may come after."""


class NoVersionError(Exception):
    """Versions that are not there to be compared; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """The article that versions are of."""

    article_id: int
    source_id: str
    url: str
    version_count: int
    timezone: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What the outlet served from one capture to another."""

    version_number: int
    seen_from: datetime
    seen_to: datetime
    title: str | None
    modified_at: datetime | None
    """Last change as the page itself said; None where it said none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDiff:
    """What two versions do not share."""

    article: Article
    before: Version
    after: Version
    within_hours: float
    """Between the last capture of the one and the first of the other."""
    is_said_outside: bool
    """Whether the page's own instant of the change lies outside of these looks."""
    is_same_extractor: bool
    title: Changed | None
    """None where the headline has the same words."""
    numbers_before: tuple[float, ...]
    numbers_after: tuple[float, ...]
    removed_word_count: int
    added_word_count: int
    text: tuple[Kept | Changed, ...]


def read_article(home: Path, asked: int) -> Article:
    """Read what is compared, under its own id or one that was merged into it.

    Raises:
        NoVersionError: no article has or had the id.
    """
    with open_session(home) as session:
        answer = session.ask(ARTICLE.format(article_id=resolve_id(session, asked)))
        rows = list(answer.rows)
    if not rows:
        raise NoVersionError(f"no article has the id {asked}; `khabar sql` finds ids in articles")
    row: dict[str, Any] = dict(zip(answer.columns, rows[0], strict=True))
    return Article(**row)


def choose(article: Article, before: int | None, after: int | None) -> tuple[int, int] | None:
    """Choose two versions: those named, else neighbours; None where there is but one.

    Raises:
        NoVersionError: one is not there, or they are not in order.
    """
    newest = article.version_count
    if newest == 1 and before in (None, 1) and after in (None, 1):
        return None
    last = after or newest
    first = before or last - 1
    if not 1 <= first < last <= newest:
        why = _why_none(newest, before, after)
        raise NoVersionError(f"article {article.article_id} has {why}")
    return first, last


def _why_none(newest: int, before: int | None, after: int | None) -> str:
    """Say of the versions that were named, and only of them, why no change lies between them."""
    those = "one version" if newest == 1 else f"versions 1 to {newest}"
    missing = [number for number in (before, after) if number is not None and number > newest]
    if missing:
        return f"{those}, no version {missing[0]}"
    if before is None:
        return f"{those}, none before {after}; --to 2 shows the first change"
    if after is None:
        return f"{those}, none after {before}; --from {newest - 1} shows the last change"
    return f"{those}: --from takes the older one, --to the newer, not {before} and {after}"


def compare_versions(home: Path, article: Article, before: int, after: int) -> VersionDiff:
    """Compare two versions word by word."""
    query = VERSIONS.format(article_id=article.article_id, before=before, after=after)
    columns, rows = sql_rows(home, query)
    if len(rows) != 2:
        raise NoVersionError(f"article {article.article_id} has not both versions; publish again")
    found: list[dict[str, Any]] = [dict(zip(columns, row, strict=True)) for row in rows]
    old, new = found
    titles = [str(one["title"] or "") for one in (old, new)]
    texts = [str(one["body"] or "") for one in (old, new)]
    title = diff_line(*titles)
    removed, added = count_words(*texts)
    first, second = _version(old), _version(new)
    return VersionDiff(
        article=article,
        before=first,
        after=second,
        within_hours=(second.seen_from - first.seen_to).total_seconds() / 3600,
        is_said_outside=is_said_outside(first, second),
        is_same_extractor=old["extractor_version"] == new["extractor_version"],
        title=title if any(piece.is_changed for piece in title.before + title.after) else None,
        numbers_before=_beyond(old["numbers"], new["numbers"]),
        numbers_after=_beyond(new["numbers"], old["numbers"]),
        removed_word_count=removed,
        added_word_count=added,
        text=tuple(diff_paragraphs(*texts)),
    )


def _version(row: dict[str, Any]) -> Version:
    return Version(**{name: row[name] for name in Version.__slots__})


def is_said_outside(before: Version, after: Version) -> bool:
    """Tell whether a change is said to lie before the last look at the old, or after the new."""
    said = after.modified_at
    if said is None or said == before.modified_at:
        return False
    return said + MINUTE <= before.seen_to or said > after.seen_from


def _beyond(these: list[float], those: list[float]) -> tuple[float, ...]:
    """Give the numbers that one text has more often than the other, each once."""
    return tuple(Counter(these) - Counter(those))
