"""The last tables of `khabar up`: what was changed after publication, and what several carried."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

_TOTALS = """
SELECT (SELECT count(*) FROM articles), count(*) FILTER (merged_into IS NULL),
       (SELECT count(DISTINCT source_id) FROM articles),
       (SELECT count(DISTINCT article_id) FROM article_changes),
       count(*) FILTER (merged_into IS NULL AND source_count > 1)
FROM stories
"""
# The newest change of a headline in each language.
_CHANGES = """
SELECT c.source_id, c.last_seen_before, c.changed_by, c.old_title, c.title
FROM article_changes c JOIN articles a USING (article_id)
WHERE c.is_title_changed AND c.old_title IS NOT NULL AND c.title IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY a.language ORDER BY c.changed_by DESC, c.article_id, c.version_number DESC) = 1
ORDER BY a.language NULLS LAST LIMIT 3
"""
# The story that most outlets carried; of several one whose order can be told, the newest.
_STORY = """
WITH members AS (
    SELECT t.*, a.published_precision IS NOT DISTINCT FROM 'second' AS is_exact
    FROM story_timeline t JOIN articles a USING (article_id) WHERE t.source_count > 1
), chosen AS (
    SELECT story_id FROM members GROUP BY story_id, source_count
    ORDER BY source_count DESC, bool_and(is_exact) DESC, count(*) DESC, max(dated_at) DESC, story_id
    LIMIT 1
)
SELECT source_id, relation, similarity, dated_on, CASE WHEN is_exact THEN dated_at END,
       CASE WHEN is_exact AND first_value(is_exact) OVER in_order
            THEN dated_at - first_value(dated_at) OVER in_order END, title
FROM members WHERE story_id IN (FROM chosen)
WINDOW in_order AS (ORDER BY dated_at, article_id) ORDER BY dated_at, article_id LIMIT 10
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A headline before and after, and the two looks between which it was changed."""

    source_id: str
    last_seen_before: datetime
    changed_by: datetime
    old_title: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """One article of a story."""

    source_id: str
    relation: str
    similarity: float | None
    """With the text it was matched to; None for the earliest known."""
    dated_on: date
    published_at: datetime | None
    """None where only the day is known."""
    delay: timedelta | None
    """After the earliest known; None where the order cannot be told."""
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
    from khabar.shown import console, table

    out = console()
    if closing.changes:
        out.print(f"Changed after publication: {_count(closing.changed, 'article')}, among them")
        rows = [row for change in closing.changes for row in _before_and_after(change)]
        out.print(table(("outlet", "seen (UTC)", "headline"), rows, whole=("seen (UTC)",)))
    if closing.story:
        out.print(f"Carried by several outlets: {_count(closing.carried, 'story')}, one of them")
        columns = ("outlet", "published (UTC)", "later by", "relation", "similarity", "headline")
        rows = [_carrier(one, is_first=one is closing.story[0]) for one in closing.story]
        out.print(table(columns, rows, whole=("published (UTC)",)))
    told = [_count(closing.articles, "article"), _count(closing.stories, "story"),
            _count(closing.outlets, "outlet")]  # fmt: skip
    out.print("In the warehouse: " + ", ".join(told))


def _before_and_after(change: Change) -> tuple[tuple[object, ...], tuple[object, ...]]:
    before = (change.source_id, f"{change.last_seen_before:%H:%M:%S}", change.old_title)
    return before, ("", f"{change.changed_by:%H:%M:%S}", change.title)


def _carrier(one: Carrier, *, is_first: bool) -> tuple[object, ...]:
    at = f"{one.published_at:%Y-%m-%d %H:%M}" if one.published_at else f"{one.dated_on}, the day"
    later = "" if is_first else "undecidable" if one.delay is None else _span(one.delay)
    similarity = None if one.similarity is None else round(one.similarity, 2)
    return one.source_id, at, later, one.relation.replace("_", " "), similarity, one.title


def _span(delay: timedelta) -> str:
    hours, minutes = divmod(round(delay.total_seconds() / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _count(number: int, thing: str) -> str:
    plural = thing.removesuffix("y") + "ies" if thing.endswith("y") else f"{thing}s"
    return f"{number:,} {thing if number == 1 else plural}"
