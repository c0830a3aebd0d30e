"""Which parts of a sitemap index are worth asking: not those that are dead, nor those unchanged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawlers.catalogue import Source
from crawlers.entrances import Part
from crawlers.entrances.sitemap import MAX_PARTS, is_robots
from crawlers.job import KnownEntrance
from crawlers.urls import host_of, registered_domain

SKEW = timedelta(minutes=5)
"""How far an outlet's clock may be ahead of ours."""
BELIEVED = timedelta(days=1)
"""How long a part is taken for unchanged on the word of its `lastmod` alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What becomes of the parts that an index names."""

    asked: tuple[Part, ...] = ()
    unchanged: int = 0
    resting: int = 0
    """Parts that failed and whose time has not come."""
    off_site: int = 0
    over_bound: int = 0


def choose_parts(
    parts: Sequence[Part],
    known: Mapping[str, KnownEntrance],
    source: Source,
    now: datetime,
    *,
    index: str,
) -> Choice:
    """Choose among the parts of an index, the one changed last first.

    Those of other sites go (sitemaps.org, "Sitemaps & Cross Submits"), unless robots.txt names
    them; of the others the newest are looked at, within the bound, and asked where they may have
    changed since they were read.
    """
    once = list({part.url: part for part in parts}.values())
    near = own_parts(once, source, index)
    awake = [part for part in near if not _rests(known.get(part.url))]
    within = awake[:MAX_PARTS]
    asked = tuple(part for part in within if not _is_unchanged(part, known.get(part.url), now))
    return Choice(
        asked=asked,
        unchanged=len(within) - len(asked),
        resting=len(near) - len(awake),
        off_site=len(once) - len(near),
        over_bound=len(awake) - len(within),
    )


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


def _is_unchanged(part: Part, known: KnownEntrance | None, now: datetime) -> bool:
    if known is None or not known.is_well or known.answered_at is None or part.changed_at is None:
        return False
    since = now - known.answered_at
    return part.changed_at < known.answered_at - SKEW and since < BELIEVED
