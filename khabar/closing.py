"""The last tables of `khabar up`: what was changed after publication, and what several carried."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from crawlers.counted import counted

_TOTALS = """
SELECT (SELECT count(*) FROM articles), count(*) FILTER (merged_into IS NULL),
       (SELECT count(DISTINCT source_id) FROM articles),
       (SELECT count(*) FROM articles WHERE version_count > 1),
       count(*) FILTER (merged_into IS NULL AND source_count > 1)
FROM stories
"""
# The newest change of a headline in each language, best one of a number.
_CHANGES = """
SELECT source_id, last_seen_before, changed_by, title_before, title_after,
       numbers_before[1], numbers_after[1]
FROM article_changes
WHERE is_title_changed AND is_same_extractor AND title_before IS NOT NULL
  AND title_after IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY language ORDER BY len(numbers_before) = 0, changed_by DESC,
                           article_id, version_number DESC) = 1
ORDER BY language NULLS LAST LIMIT 3
"""
# The story that most outlets carried; of several one whose order can be told, the newest. Rather
# not one with a changed headline: the later words would stand beside the first ones' time.
_STORY = """
WITH chosen AS (
    SELECT story_id FROM story_timeline WHERE source_count > 1 GROUP BY story_id, source_count
    ORDER BY source_count DESC, bool_or(against_earliest = 'undecidable'),
             bool_or(version_count > 1), count(*) DESC, max(dated_to) DESC, story_id
    LIMIT 1
)
SELECT source_id, relation, similarity, dated_on,
       CASE WHEN dated_to - dated_from <= INTERVAL 1 MINUTE THEN dated_from END,
       against_earliest, delay_seconds, title
FROM story_timeline WHERE story_id IN (FROM chosen)
ORDER BY dated_to, dated_from NULLS FIRST, first_seen_at, article_id LIMIT 10
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A headline before and after, and the two looks between which it was changed."""

    source_id: str
    last_seen_before: datetime
    changed_by: datetime
    title_before: str
    title_after: str
    number_before: float | None
    """The first number that the newer version has no more; None where none changed."""
    number_after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """One article of a story."""

    source_id: str
    relation: str
    similarity: float | None
    """With the text it was matched to; None for the story's first."""
    dated_on: date
    published_at: datetime | None
    """None where only the day is known."""
    against_earliest: str | None
    """Whether it came out before or after the earliest known, or undecidable; None for that."""
    delay_seconds: int | None
    """After the earliest known; None where it cannot be told."""
    title: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What the snapshot shows of stories and versions."""

    articles: int
    stories: int
    outlets: int
    changed: int
    """Articles with more than one version."""
    carried: int
    """Stories of more than one outlet."""
    changes: tuple[Change, ...]
    """Some, the newest of each language."""
    story: tuple[Carrier, ...]
    """One of those carried, in order; empty where there is none."""

    @property
    def missing(self) -> str | None:
        """Say which of the two there is none of; None where both can be shown."""
        if not self.changes:
            return "no article was seen to change its headline after publication"
        return None if self.story else "no story was seen at more than one outlet"


def read_closing(home: Path) -> Closing:
    """Read the published snapshot.

    Raises:
        WarehouseError: where there is none, or it cannot be read.
    """
    from warehouse.connection import open_snapshot

    with open_snapshot(home) as snapshot:
        totals = snapshot.execute(_TOTALS).fetchall()[0]
        changes = snapshot.execute(_CHANGES).fetchall()
        story = snapshot.execute(_STORY).fetchall()
    return Closing(
        **dict(zip(("articles", "stories", "outlets", "changed", "carried"), totals, strict=True)),
        changes=tuple(Change(**dict(zip(Change.__slots__, row, strict=True))) for row in changes),
        story=tuple(Carrier(**dict(zip(Carrier.__slots__, row, strict=True))) for row in story),
    )


def show_closing(closing: Closing) -> None:
    """Print what there is; a headline ends its line, so that a right-to-left one reads right."""
    from khabar.shown import console

    if closing.changes:
        _show_changes(closing)
    if closing.story:
        _show_story(closing)
    told = [
        counted(closing.articles, "article"),
        counted(closing.stories, "story", "stories"),
        counted(closing.outlets, "outlet"),
    ]
    console().print("In the warehouse: " + ", ".join(told))


def _show_changes(closing: Closing) -> None:
    from khabar.shown import console, table

    columns = ("outlet", "seen (UTC)", "number", "headline")
    rows = [row for change in closing.changes for row in _before_and_after(change)]
    out = console()
    out.print(f"Changed after publication: {counted(closing.changed, 'article')}, among them")
    out.print(table(columns, rows, whole=columns[:3]))


def _show_story(closing: Closing) -> None:
    from khabar.shown import console, table

    columns = ("outlet", "published (UTC)", "later by", "relation", "similarity", "headline")
    rows = [_carrier(one) for one in closing.story]
    out = console()
    carried = counted(closing.carried, "story", "stories")
    out.print(f"Carried by several outlets: {carried}, one of them")
    out.print(table(columns, rows, whole=columns[:2]))


def _before_and_after(change: Change) -> tuple[tuple[object, ...], tuple[object, ...]]:
    seen = f"{change.last_seen_before:%m-%d %H:%M:%S}", f"{change.changed_by:%m-%d %H:%M:%S}"
    return (
        (change.source_id, seen[0], _figure(change.number_before), change.title_before),
        ("", seen[1], _figure(change.number_after), change.title_after),
    )


def _carrier(one: Carrier) -> tuple[object, ...]:
    at = f"{one.published_at:%Y-%m-%d %H:%M}" if one.published_at else f"{one.dated_on}, the day"
    order = one.against_earliest if one.delay_seconds is None else _span(one.delay_seconds)
    similarity = None if one.similarity is None else round(one.similarity, 2)
    return one.source_id, at, order, one.relation.replace("_", " "), similarity, one.title


def _span(seconds: int) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _figure(number: float | None) -> str:
    return "" if number is None else f"{number:,.15g}"
