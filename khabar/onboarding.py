"""try_outlet(): from an outlet's address to a source file, tried on five of its articles."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from crawlers.article_rule import ANYTHING, Rule
from crawlers.catalogue import Entrance, Politeness, Source, load_source
from crawlers.discovery import HomePage, NoEntranceError, find_entrances, read_home_page
from crawlers.ledger import read_fetches
from crawlers.page import Fetch
from crawlers.polling import is_of_the_host
from crawlers.probe import Probe, Rules, ask_entrances, crawl_away, throw_away_home
from crawlers.urls import host_of, url_key
from crawlers.ways import HUGE, Way, article_urls, choose_ways, is_stale, rule_of, ways_of
from khabar.settings import Settings
from khabar.source_draft import Draft, guess_zone, write_draft
from transforms.article import Article
from transforms.batch_files import read_articles, read_rejections
from transforms.extract import extract_source
from transforms.language import detect_language
from transforms.rejection import Rejection

SAMPLES = 5
WAIT_SECONDS = 30.0
DELAY_SECONDS = 2.0
LOOK_MINUTES, SEARCH_MINUTES, SAMPLE_MINUTES = 1.0, 4.0, 2.0
THIN_WORDS = 80
_HOPELESS = ("robots", "bad_url", "timeout", "reset")
"""Troubles at the home page, beside those of its host, after which nothing else is asked."""
_REFUSED = ("robots", "off_site")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What was found of an outlet, and the source file that came of it."""

    draft: Draft
    text: str
    """The source file."""
    page: HomePage
    rules: Rules
    ways: tuple[Way, ...]
    chosen: tuple[Way, ...]
    rule: Rule
    articles: tuple[Article, ...]
    rejections: tuple[Rejection, ...]
    failures: tuple[Fetch, ...]
    """Pages that could not be had, or may not be asked."""
    warnings: tuple[str, ...]


def try_outlet(url: str, settings: Settings, say: Say) -> Trial:
    """Find an outlet's ways in, draft its source file, and crawl five articles with it.

    Raises:
        NoEntranceError: where the outlet cannot be asked, or nothing in it lists articles.
        HostBusyError: where a crawl is asking the outlet.
        CrawlDiedError: where a crawl's process ended early.
    """
    url = _complete(url)
    with throw_away_home(settings.home) as scratch:
        first = _look(scratch, settings, url, say)
        page, url = _home_page(first, url)
        candidates = find_entrances(url, page, first.rules(url).sitemaps)
        say(f"asking {len(candidates)} likely feeds, sitemaps and pages of {host_of(url)}")
        probe = _ask(scratch, settings, url, candidates, SEARCH_MINUTES)
        ways = ways_of(candidates, probe)
        chosen = choose_ways(ways)
        if not chosen:
            raise NoEntranceError(_nothing(url, ways))
        rule = rule_of(chosen)
        draft = _draft(url, page, first.rules(url), ways, chosen, rule)
        say(f"crawling {SAMPLES} articles by way of {chosen[0].entrance.url}")
        return _sample(scratch, settings, draft, page, first.rules(url), ways, chosen, rule)


def _complete(url: str) -> str:
    """Take an address as people write it, with or without `https://`."""
    full = url if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*://", url) else f"https://{url}"
    try:
        url_key(full)
    except ValueError as error:
        raise NoEntranceError(f"{url}: cannot be asked: {error}") from None
    return full.partition("#")[0]


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
    return page, last.url if last.status < 300 else url


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


def _draft(
    url: str,
    page: HomePage,
    rules: Rules,
    ways: Sequence[Way],
    chosen: Sequence[Way],
    rule: Rule,
) -> Draft:
    best = chosen[0]
    texts = " ".join(filter(None, (one.item.title for _, one in best.items)))
    language = detect_language(texts) or page.declared_language or "en"
    offsets = Counter(
        one.item.published_at.utcoffset()
        for way in chosen
        for _, one in way.items
        if one.item.published_at is not None
    )
    listed = Counter(host_of(one) for way in chosen for one in article_urls(way))
    hosts = [host for host, _ in listed.most_common(3)]
    huge = [
        way.entrance for way in ways if way.entrance.kind == "sitemap" and len(way.items) > HUGE
    ]
    return Draft(
        name=page.name or host_of(url),
        home=url,
        languages=(language,),
        zone=guess_zone(host_of(url), offsets.most_common(1)[0][0] if offsets else None),
        entrances=tuple(way.entrance for way in chosen),
        article=rule.pattern,
        hosts=tuple(dict.fromkeys((host_of(url), *hosts))),
        backfill=_backfill(page, chosen, huge),
        notes=_notes(page, rules, chosen, rule),
        max_age_hours=_max_age_hours(best),
    )


def _backfill(
    page: HomePage, chosen: Sequence[Way], huge: Sequence[Entrance]
) -> tuple[Entrance, ...]:
    feeds = [way.entrance for way in chosen if way.entrance.kind == "feed"]
    if page.platform and "wordpress" in page.platform.lower() and feeds and "?" not in feeds[0].url:
        return (replace(feeds[0], url=f"{feeds[0].url}?paged={{page}}"),)
    return tuple(huge[:1])


def _max_age_hours(way: Way) -> float | None:
    """Let a slow outlet be silent for longer than the three days that are the rule."""
    if way.poll.newest_at is None or way.poll.oldest_at is None or len(way.items) < 2:
        return None
    days = (way.poll.newest_at - way.poll.oldest_at).total_seconds() / 86_400
    gap = days * 24 / len(way.items)
    return float(min(8_760, round(gap * 10))) if gap > 8 else None


def _notes(page: HomePage, rules: Rules, chosen: Sequence[Way], rule: Rule) -> tuple[str, ...]:
    asks = f"asks for {rules.crawl_delay:g} s between requests" if rules.crawl_delay else "read"
    said = {"none": "none", "unread": "could not be read", "read": asks}[rules.state]
    listed = ", ".join(f"{way.entrance.kind}: {len(way.items)} items" for way in chosen)
    return (
        f"Written by `khabar sources try` on {datetime.now(UTC):%d %b %Y}: {listed}.",
        f"Platform: {page.platform or 'not told'}; robots.txt: {said}.",
        f"The article rule is a GUESS: it matches {rule.matched} of {rule.of} addresses listed.",
    )


def _sample(
    scratch: Path,
    settings: Settings,
    draft: Draft,
    page: HomePage,
    rules: Rules,
    ways: tuple[Way, ...],
    chosen: tuple[Way, ...],
    rule: Rule,
) -> Trial:
    """Crawl and extract a few articles with the very file that is printed."""
    is_ours = host_of(draft.home) in settings.loopback_pairs
    draft = replace(draft, delay_seconds=0.0 if is_ours else None)
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
    articles = tuple(a for a in read_articles(folder / "articles.parquet") if a.body_from == "page")
    found = [article.language for article in articles if article.language]
    if found:
        languages = tuple(language for language, _ in Counter(found).most_common(3))
        draft = replace(draft, languages=languages)
    fetches = read_fetches(batch, source.id)
    failures = tuple(f for f in fetches if f.disposition == "failed" or f.reason in _REFUSED)
    trial = Trial(
        draft=draft,
        text="",
        page=page,
        rules=rules,
        ways=ways,
        chosen=chosen,
        rule=rule,
        articles=articles,
        rejections=tuple(read_rejections(folder / "rejections.parquet")),
        failures=failures,
        warnings=(),
    )
    warnings = find_warnings(trial)
    sure = replace(draft, verified=len(articles) >= 3 and all(a.published for a in articles))
    _load(scratch, sure)
    return replace(trial, draft=sure, text=write_draft(sure), warnings=warnings)


def _load(scratch: Path, draft: Draft) -> Source:
    """Read the draft as `khabar run` will read it."""
    path = scratch / "tried.yml"
    path.write_text(write_draft(draft), "utf-8")
    return load_source(path)


def _failed(failures: Sequence[Fetch]) -> list[str]:
    """Name what could not be had: each reason once, with one address."""
    by_reason: dict[str, list[Fetch]] = {}
    for fetch in failures:
        by_reason.setdefault(str(fetch.reason), []).append(fetch)
    return [
        f"{len(found)} pages not had ({reason}: {found[0].detail}), such as {found[0].url}"
        for reason, found in by_reason.items()
    ]


def find_warnings(trial: Trial) -> tuple[str, ...]:
    """Say what an operator should look at before trusting the file."""
    best, articles = trial.chosen[0], trial.articles
    found: list[str] = []
    if trial.page.is_challenge:
        found.append(
            "the home page is a challenge page (Cloudflare or its like): we may be blocked"
        )
    if is_stale(best.poll):
        found.append(f"stale: the newest item is of {best.poll.newest_at:%d %b %Y}")
    if best.entrance.kind == "listing":
        found.append("no feed and no sitemap that works: articles are found on the page only")
    if trial.rule.pattern == ANYTHING:
        found.append("no article rule could be guessed: write one, or every link is taken")
    if not articles:
        found.append("no article could be read: do not use this file before you have mended it")
    found += [f"no article ({one.reason}): {one.url}" for one in trial.rejections]
    found += _failed(trial.failures)
    counts = (
        ("have no date", sum(article.published is None for article in articles)),
        ("are thin", sum(article.word_count < THIN_WORDS for article in articles)),
        ("are behind a paywall", sum(article.is_paywalled for article in articles)),
        ("are cut short", sum(article.is_truncated for article in articles)),
    )
    found += [f"{n} of {len(articles)} sampled articles {what}" for what, n in counts if n]
    if trial.draft.zone is None:
        found.append("the time zone is not known: UTC is written, set the outlet's own")
    return tuple(found)
