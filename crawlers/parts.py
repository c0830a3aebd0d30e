"""Which parts of a sitemap index are worth asking, and in which order."""

import re
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from crawlers.catalogue import Source
from crawlers.entrances import Part
from crawlers.entrances.sitemap import MAX_PARTS, is_robots
from crawlers.job import KnownEntrance
from crawlers.urls import host_of, registered_domain

SKEW = timedelta(minutes=5)
"""How far an outlet's clock may be ahead of ours."""
BELIEVED = timedelta(days=1)
"""How long a part is taken for unchanged on the word of its `lastmod` alone."""
RECENT = timedelta(days=3)
"""Age of a part's last change, or of its newest item, up to which it is where the news are."""
MAX_NEWS = 3
"""More parts than these with "news" in their names, and the name tells nothing."""
PAST_PARTS = 2
"""Parts of the past that a look reads: the rest of it waits, or is for a backfill."""
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_NEWS = re.compile(r"(?:google|(?<![a-z]))news(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What becomes of the parts that an index names."""

    asked: tuple[Part, ...] = ()
    """Those worth asking, the most urgent first; some may be past a look's bound."""
    unchanged: int = 0
    resting: int = 0
    """Parts that failed and whose time has not come."""
    off_site: int = 0
    past: int = 0
    """Parts of the past that are not this look's turn."""


def choose_parts(
    parts: Sequence[Part],
    known: Mapping[str, KnownEntrance],
    source: Source,
    now: datetime,
    *,
    index: str,
) -> Choice:
    """Choose among the parts of an index, and put them in order.

    Those of other sites go (sitemaps.org, "Sitemaps & Cross Submits"), unless robots.txt names
    them, and so do those that cannot have changed since they were read.
    """
    once = list({part.url: part for part in parts}.values())
    near = own_parts(once, source, index)
    awake = [part for part in near if not _rests(known.get(part.url))]
    past = _past(awake, known, now)
    worth = [part for part in awake if not _is_unchanged(part, known.get(part.url), now, past)]
    asked = _in_order(worth, past, known, now)
    return Choice(
        asked=tuple(asked),
        unchanged=len(awake) - len(worth),
        resting=len(near) - len(awake),
        off_site=len(once) - len(near),
        past=len(worth) - len(asked),
    )


def _past(
    parts: Sequence[Part], known: Mapping[str, KnownEntrance], now: datetime
) -> frozenset[str]:
    """Find the parts whose `lastmod` is neither recent nor among the newest of the index."""
    told = [part for part in parts if part.changed_at is not None]
    told.sort(key=lambda part: _read_at(part, known))
    told.sort(key=lambda part: part.changed_at or _LONG_AGO, reverse=True)
    return frozenset(part.url for part in told[MAX_PARTS:] if not _is_recent(part, known, now))


def _in_order(
    parts: Sequence[Part],
    past: Collection[str],
    known: Mapping[str, KnownEntrance],
    now: datetime,
) -> list[Part]:
    """Order parts so that the news come first, and that none is never read.

    Whoever writes no `lastmod` has the newest part at one of the ends.
    """
    undated = [part.url for part in parts if part.changed_at is None]
    ends = {url: min(n, len(undated) - 1 - n) for n, url in enumerate(undated)}
    parts = sorted(parts, key=lambda part: (_read_at(part, known), ends.get(part.url, 0)))
    named = [part.url for part in parts if _NEWS.search(urlsplit(part.url).path)]
    news = set(named if len(named) <= MAX_NEWS else ())
    first = [
        part
        for part in parts
        if part.url in news or ends.get(part.url) == 0 or _is_recent(part, known, now)
    ]
    first.sort(key=lambda part: part.url not in news)
    taken = {part.url for part in first}
    old = [part.url for part in parts if part.url in past and part.url not in taken][PAST_PARTS:]
    taken.update(old)
    return _mixed(first, [part for part in parts if part.url not in taken])


def _mixed(first: Sequence[Part], others: Sequence[Part]) -> list[Part]:
    """Let one of the others in after each three of the first, so that these keep no other out."""
    mixed: list[Part] = []
    waiting = deque(others)
    for number, part in enumerate(first, 1):
        mixed.append(part)
        if number % 3 == 0 and waiting:
            mixed.append(waiting.popleft())
    return [*mixed, *waiting]


def _read_at(part: Part, known: Mapping[str, KnownEntrance]) -> datetime:
    state = known.get(part.url)
    return (state.answered_at if state else None) or _LONG_AGO


def _is_recent(part: Part, known: Mapping[str, KnownEntrance], now: datetime) -> bool:
    state = known.get(part.url)
    newest_at = part.changed_at or (state.newest_at if state else None)
    return newest_at is not None and now - newest_at <= RECENT


def own_parts(parts: Sequence[Part], source: Source, index: str) -> list[Part]:
    """Drop the parts of other sites; robots.txt may name any."""
    own = {_site(url) for url in (index, source.home, *(f"https://{h}/" for h in source.hosts))}
    return [
        part for part in parts if _site(part.url) in own or (is_robots(index) and _site(part.url))
    ]


def _site(url: str) -> str | None:
    """Name the registered domain of an address; None where it cannot be asked."""
    try:
        return registered_domain(host_of(url))
    except ValueError:
        return None


def _rests(known: KnownEntrance | None) -> bool:
    return known is not None and known.failure_weight > 0 and not known.is_due


def _is_unchanged(
    part: Part, known: KnownEntrance | None, now: datetime, past: Collection[str]
) -> bool:
    if known is None or not known.is_well or known.is_cut_short:
        return False
    if known.answered_at is None or part.changed_at is None:
        return False
    is_believed = part.url in past or now - known.answered_at < BELIEVED
    return part.changed_at < known.answered_at - SKEW and is_believed
