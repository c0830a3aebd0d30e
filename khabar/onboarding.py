"""try_outlet(): from an outlet's address to a source file, tried on five of its articles."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from crawlers.catalogue import Entrance, Politeness, Source, load_source
from crawlers.contact import require_contact_at
from crawlers.discovery import (
    HomePage,
    NoEntranceError,
    find_entrances,
    read_home_page,
    written,
)
from crawlers.ledger import read_fetches
from crawlers.polling import is_of_the_host
from crawlers.probe import Probe, ask_entrances, crawl_away, throw_away_home
from crawlers.urls import host_of, url_key
from crawlers.ways import Way, choose_ways, rule_of, ways_of
from khabar.drafting import Finding, draft_source
from khabar.settings import Settings
from khabar.source_draft import Draft, refusal, write_draft
from khabar.trial import Trial
from transforms.article import OF_PAGE, Article
from transforms.batch_files import read_articles, read_rejections
from transforms.extract import extract_source

SAMPLES = 5
SURE_OF = 3
"""Sampled articles with a date, from which on a draft counts as checked live."""
WAIT_SECONDS = 30.0
DELAY_SECONDS = 2.0
LOOK_MINUTES, SEARCH_MINUTES, SAMPLE_MINUTES = 1.0, 4.0, 2.0
_HOPELESS = ("robots", "blocked", "bad_url", "timeout", "reset")
"""Troubles at the home page, beside those of its host, after which nothing else is asked."""
_REFUSED = ("robots", "off_site")

Say = Callable[[str], None]


def try_outlet(url: str, settings: Settings, say: Say) -> Trial:
    """Find an outlet's ways in, draft its source file, and crawl five articles with it.

    Raises:
        NoEntranceError: where the outlet cannot be asked, or nothing in it lists articles.
        ContactError: where the outlet is live, and the contact leads nowhere.
        HostBusyError: where a crawl is asking the outlet.
        CrawlDiedError: where a crawl's process ended early.
    """
    url = _complete(url)
    require_contact_at((url,), settings.contact, settings.loopback_pairs)
    with throw_away_home(settings.home) as scratch:
        first = _look(scratch, settings, url, say)
        page, url = _home_page(first, url)
        candidates = find_entrances(url, page, first.rules(url).sitemaps)
        say(f"asking {len(candidates)} likely feeds, sitemaps and pages of {host_of(url)}")
        probe = _ask(scratch, settings, url, candidates, SEARCH_MINUTES)
        ways = ways_of(candidates, probe)
        chosen = choose_ways([way for way in ways if refusal(way.entrance) is None])
        if not chosen:
            raise NoEntranceError(_nothing(url, ways))
        found = Finding(
            url=url,
            page=page,
            rules=first.rules(url),
            ways=ways,
            chosen=chosen,
            rule=rule_of(chosen),
        )
        say(f"crawling {SAMPLES} articles by way of {chosen[0].entrance.url}")
        return _sample(scratch, settings, found)


def _complete(url: str) -> str:
    """Take an address as people write it, with or without `https://`."""
    full = url if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*://", url) else f"https://{url}"
    try:
        url_key(full)
    except ValueError as error:
        raise NoEntranceError(f"{url}: cannot be asked: {error}") from None
    return written(full)


def _look(scratch: Path, settings: Settings, url: str, say: Say) -> Probe:
    say(f"looking at {url}")
    probe = _ask(scratch, settings, url, (Entrance(kind="listing", url=url),), LOOK_MINUTES)
    poll = probe.polls[0]
    if is_of_the_host(poll.reason) or poll.reason in _HOPELESS:
        raise NoEntranceError(f"{url} cannot be asked: {poll.reason}: {poll.detail}")
    return probe


def _home_page(probe: Probe, url: str) -> tuple[HomePage, str]:
    """Read the page that an address leads to; gives its own address, past all redirects."""
    pages = [a for a in probe.answers if not a.url.endswith("/robots.txt") and a.body]
    if not pages:
        return read_home_page(b"", url, None), url
    last = pages[-1]
    page = read_home_page(last.body, last.url, last.content_type)
    return page, written(last.url) if last.status < 300 else url


def _ask(
    scratch: Path, settings: Settings, url: str, entrances: Sequence[Entrance], minutes: float
) -> Probe:
    # Our own simulated outlets need no rest between two requests.
    delay = 0.0 if host_of(url) in settings.loopback_pairs else DELAY_SECONDS
    source = Source(
        id="tried",
        name="tried",
        home=url,
        languages=("en",),
        timezone=None,
        entrances=tuple(entrances),
        hosts=(host_of(url),),
        politeness=Politeness(delay_seconds=delay, max_minutes=minutes),
    )
    return ask_entrances(
        scratch,
        source,
        contact=settings.contact,
        loopback=settings.loopback_pairs,
        now=datetime.now(UTC),
        wait=WAIT_SECONDS,
    )


def _nothing(url: str, ways: Sequence[Way]) -> str:
    said = "; ".join(
        f"{way.entrance.url}: {way.poll.reason or 'no articles'}"
        for way in ways
        if way.poll.reason not in ("gone", "not_a_feed", "broken_feed")
    )
    return f"{url}: no feed, sitemap or page that lists articles was found" + (
        f" ({said[:400]})" if said else ""
    )


def _sample(scratch: Path, settings: Settings, found: Finding) -> Trial:
    """Crawl and extract a few articles with the very file that is printed."""
    is_ours = host_of(found.url) in settings.loopback_pairs
    draft = replace(draft_source(found), delay_seconds=0.0 if is_ours else None)
    source = _load(scratch, draft)
    polite = replace(source.politeness, max_pages=SAMPLES, max_minutes=SAMPLE_MINUTES)
    batch, _ = crawl_away(
        scratch,
        replace(source, politeness=polite),
        contact=settings.contact,
        loopback=settings.loopback_pairs,
        now=datetime.now(UTC),
        wait=WAIT_SECONDS,
    )
    extract_source(batch, source.id)
    folder = batch.extract_folder(source.id)
    extracted = read_articles(folder / "articles.parquet")
    articles = tuple(article for article in extracted if article.body_from in OF_PAGE)
    draft = _learn(draft, articles)
    _load(scratch, draft)
    fetches = read_fetches(batch, source.id)
    return Trial(
        found=found,
        draft=draft,
        text=write_draft(draft),
        articles=articles,
        rejections=tuple(read_rejections(folder / "rejections.parquet")),
        failures=tuple(f for f in fetches if f.disposition == "failed" or f.reason in _REFUSED),
    )


def _learn(draft: Draft, articles: Sequence[Article]) -> Draft:
    """Take the languages from the texts, and trust a draft that brought dated articles."""
    said = Counter(article.language for article in articles if article.language)
    languages = tuple(language for language, _ in said.most_common(3)) or draft.languages
    is_sure = len(articles) >= SURE_OF and all(article.published for article in articles)
    return replace(draft, languages=languages, verified=is_sure)


def _load(scratch: Path, draft: Draft) -> Source:
    """Read the draft as `khabar run` will read it."""
    path = scratch / "tried.yml"
    path.write_text(write_draft(draft), "utf-8")
    return load_source(path)
