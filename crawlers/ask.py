"""Ask: one page to ask, from what an entrance listed or a batch left over; its line where not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from crawlers.entrances import Listed
from crawlers.job import DeferredPage, KnownPage
from crawlers.journal import Look
from crawlers.page import FailReason, Fetch, ListedItem, SkipReason

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One page to ask."""

    url: str
    url_key: str
    entrance: str | None
    listed: bool
    is_carried: bool = False
    """Whether a line of an earlier batch says already that it is wanted."""
    item: ListedItem | None = None
    known: KnownPage | None = None
    newest_at: datetime = LONG_AGO


def leaves_line(ask: Ask, reason: str) -> bool:
    """Tell whether a page that is not asked has a line for that, or is merely no nearer."""
    if ask.is_carried and reason in ("deferred", "host_resting"):
        return False
    return ask.listed or ask.known is None


def skip(source_id: str, ask: Ask, reason: FailReason | SkipReason, detail: str) -> Fetch:
    """Write the line of a page that is not asked."""
    return Fetch(
        source_id=source_id,
        url=ask.url,
        url_key=ask.url_key,
        entrance=ask.entrance,
        listed=ask.listed,
        disposition="skipped",
        reason=reason,
        detail=detail,
        item=ask.item,
    )


def listed_asks(looks: Iterable[Look]) -> dict[str, Ask]:
    """Merge what the entrances list; a page listed twice is asked once, for the first."""
    merged: dict[str, Ask] = {}
    for look in looks:
        for key, page in look.pages:
            if key not in merged:
                merged[key] = _ask(key, page, look)
    return merged


def _ask(key: str, page: Listed, look: Look) -> Ask:
    return Ask(
        url=page.url,
        url_key=key,
        entrance=look.poll.entrance,
        listed=True,
        item=page.item,
        newest_at=_newest(page),
    )


def _newest(page: Listed) -> datetime:
    on = page.item.published_on
    day = datetime(on.year, on.month, on.day, tzinfo=UTC) if on else None
    return page.item.published_at or page.changed_at or day or LONG_AGO


def ask_deferred(page: DeferredPage, *, is_carried: bool) -> Ask:
    """Make of what an earlier batch left over what is to be asked."""
    return Ask(
        url=page.url,
        url_key=page.url_key,
        entrance=page.entrance,
        listed=False,
        is_carried=is_carried,
        item=page.item,
        newest_at=_newest(Listed(url=page.url, item=page.item)) if page.item else LONG_AGO,
    )


def unaskable_lines(source_id: str, looks: Iterable[Look]) -> Iterator[Fetch]:
    """Write the line of each listed item that has no address to ask, once."""
    seen: set[str] = set()
    for look in looks:
        for odd in look.unaskable:
            if odd.url_key not in seen:
                seen.add(odd.url_key)
                ask = _ask(odd.url_key, odd.listed, look)
                yield skip(source_id, ask, odd.reason, odd.detail)
