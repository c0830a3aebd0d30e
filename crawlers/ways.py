"""Ways into an outlet that were asked: which are worth having, and how their articles look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from crawlers.article_rule import ANYTHING, Rule, guess_rule, pick_articles, rule_for
from crawlers.catalogue import Entrance
from crawlers.entrances import Listed
from crawlers.page import Poll
from crawlers.probe import Probe
from crawlers.urls import host_of, registered_domain

STALE_DAYS = 7
HUGE = 2_000
"""Items from which on a sitemap is the outlet's past, rather than its news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """An entrance that was asked, and what it lists."""

    entrance: Entrance
    poll: Poll
    items: tuple[tuple[str, Listed], ...]

    @property
    def is_usable(self) -> bool:
        """Whether it lists anything."""
        return self.poll.reason is None and bool(self.items)

    @property
    def count(self) -> int:
        """Articles that it lists; a page links much else."""
        return len(article_urls(self))

    @property
    def dated(self) -> int:
        """Items of which it says when they were published."""
        return sum(bool(one.item.published_at or one.item.published_on) for _, one in self.items)


def ways_of(candidates: Sequence[Entrance], probe: Probe) -> tuple[Way, ...]:
    """Pair each entrance that was asked with what it lists."""
    polls = {poll.entrance: poll for poll in probe.polls}
    return tuple(
        Way(entrance=one, poll=polls[one.url], items=_of_the_outlet(probe.items(one.url), one.url))
        for one in candidates
        if one.url in polls
    )


def _of_the_outlet(
    items: tuple[tuple[str, Listed], ...], entrance: str
) -> tuple[tuple[str, Listed], ...]:
    """Keep what lies on the domain of an entrance; a page links other sites too."""
    domain = registered_domain(host_of(entrance))
    return tuple(one for one in items if registered_domain(host_of(one[0])) == domain)


def choose_ways(ways: Sequence[Way]) -> tuple[Way, ...]:
    """Pick the best way in, and one of another kind to fall back upon."""
    ranked = sorted((way for way in ways if _rank(way)), key=_rank, reverse=True)
    if not ranked:
        return ()
    first = ranked[0]
    listed = {key for key, _ in first.items}
    for other in ranked[1:]:
        own = {key for key, _ in other.items}
        is_other_kind = other.entrance.kind != first.entrance.kind
        is_new = len(own - listed) > len(own) / 2
        if is_other_kind or (is_new and _rank(other)[0] == _rank(first)[0]):
            return (first, other)
    return (first,)


def _rank(way: Way) -> tuple[int, ...]:
    """Order ways in: a feed with dates, a news sitemap, a sitemap, a feed without, a listing.

    Stale ones come behind all that is fresh; what lists no article has no rank.
    """
    if not way.is_usable:
        return ()
    is_fresh = int(not is_stale(way.poll))
    if way.entrance.kind == "feed":
        return (is_fresh, 5 if way.dated else 2)
    if way.entrance.kind == "sitemap":
        if len(way.items) > HUGE:
            return (is_fresh, 0)
        return (is_fresh, 4 if way.dated else 3)
    return (1, 1) if len(article_urls(way)) >= 2 else ()


def is_stale(poll: Poll) -> bool:
    """Tell whether an entrance that answers lists nothing of the last week."""
    newest = poll.newest_at
    return newest is not None and (datetime.now(UTC) - newest).days >= STALE_DAYS


def article_urls(way: Way) -> list[str]:
    """List the addresses of a way that are articles', newest first where it has dates."""
    if way.entrance.kind == "listing":
        return pick_articles((one.url, one.item.title) for _, one in way.items)
    long_ago = datetime.min.replace(tzinfo=UTC)
    newest = sorted(
        (one for _, one in way.items),
        key=lambda one: one.item.published_at or one.changed_at or long_ago,
        reverse=True,
    )
    return [one.url for one in newest]


def rule_of(chosen: Sequence[Way]) -> Rule:
    """Make the article rule of the best way's articles, and count it on all that are listed."""
    best = article_urls(chosen[0])
    if chosen[0].entrance.kind == "sitemap":
        # A sitemap lists sections too; where the other way says what articles look like, ask it.
        best = next((article_urls(way) for way in chosen if way.entrance.kind == "feed"), best)
    rule = guess_rule(best, {host_of(url) for url in best})
    everything = [url for way in chosen for url in article_urls(way)]
    return rule_for(rule.pattern, everything) if rule.pattern != ANYTHING else rule
