"""draft_source(): what a source file should say of an outlet, by what was found of it."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from crawlers.article_rule import Rule
from crawlers.catalogue import Entrance
from crawlers.discovery import HomePage
from crawlers.probe import Rules
from crawlers.source_file import ArchiveEntry
from crawlers.urls import host_of
from crawlers.ways import HUGE, Way, article_urls
from khabar.source_draft import Draft, Zone, guess_zone, refusal
from transforms.language import detect_languages

PROMISED_GAPS = 10
"""How many times its usual gap between two articles an outlet may be silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found of an outlet, before any article was asked."""

    url: str
    page: HomePage
    rules: Rules
    ways: tuple[Way, ...]
    """All that were asked."""
    chosen: tuple[Way, ...]
    """The best one first; never empty."""
    rule: Rule


def draft_source(found: Finding) -> Draft:
    """Draft a source file."""
    host = host_of(found.url)
    backfill = _backfill(found)
    refusals = {way.url: refusal(way, ArchiveEntry) for way in backfill}
    listed = Counter(host_of(one) for way in found.chosen for one in article_urls(way))
    return Draft(
        name=found.page.name or host,
        home=found.url,
        languages=(_language(found),),
        zone=_zone(found),
        entrances=tuple(way.entrance for way in found.chosen),
        article=found.rule.pattern,
        hosts=tuple(dict.fromkeys((host, *(name for name, _ in listed.most_common(3))))),
        backfill=tuple(way for way in backfill if refusals[way.url] is None),
        left_out=tuple(why for why in refusals.values() if why is not None),
        notes=_notes(found),
        max_age_hours=_max_age_hours(found.chosen[0]),
    )


def _language(found: Finding) -> str:
    """Name the language of the titles that are listed; what a page declares lies too often."""
    titles = " ".join(filter(None, (one.item.title for _, one in found.chosen[0].items)))
    return detect_languages(titles).main or found.page.declared_language or "en"


def _zone(found: Finding) -> Zone | None:
    offsets = Counter(
        one.item.published_at.utcoffset()
        for way in found.chosen
        for _, one in way.items
        if one.item.published_at is not None
    )
    return guess_zone(host_of(found.url), offsets.most_common(1)[0][0] if offsets else None)


def _backfill(found: Finding) -> tuple[Entrance, ...]:
    """Name a way into the past: WordPress pages its feeds, and a huge sitemap lists it."""
    feeds = [way.entrance for way in found.chosen if way.entrance.kind == "feed"]
    is_wordpress = "wordpress" in (found.page.platform or "").lower()
    if is_wordpress and feeds and "?" not in feeds[0].url:
        return (replace(feeds[0], url=f"{feeds[0].url}?paged={{page}}"),)
    maps = [way for way in found.ways if way.entrance.kind == "sitemap"]
    return tuple(way.entrance for way in maps if len(way.items) > HUGE)[:1]


def _max_age_hours(way: Way) -> float | None:
    """Let a slow outlet be silent for longer than the three days that are the rule."""
    if way.poll.newest_at is None or way.poll.oldest_at is None or len(way.items) < 2:
        return None
    days = (way.poll.newest_at - way.poll.oldest_at).total_seconds() / 86_400
    gap = days * 24 / len(way.items)
    return float(min(8_760, round(gap * PROMISED_GAPS))) if gap > 8 else None


def _notes(found: Finding) -> tuple[str, ...]:
    rules, rule = found.rules, found.rule
    asks = f"asks for {rules.crawl_delay:g} s between requests" if rules.crawl_delay else "read"
    said = {"none": "none", "unread": "could not be read", "read": asks}[rules.state]
    listed = ", ".join(f"{way.entrance.kind}: {way.count} items" for way in found.chosen)
    return (
        f"Written by `khabar sources try` on {datetime.now(UTC):%d %b %Y}: {listed}.",
        f"Platform: {found.page.platform or 'not told'}; robots.txt: {said}.",
        f"The article rule is a GUESS: it matches {rule.matched} of {rule.of} addresses listed.",
    )
