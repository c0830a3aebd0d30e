from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crawlers.catalogue import Politeness, Source
from crawlers.entrances import Listed
from crawlers.frontier import is_on_site, plan_walk
from crawlers.job import CrawlJob, DeferredPage, KnownPage
from crawlers.journal import Look
from crawlers.page import Fetch, ListedItem, Poll
from crawlers.urls import key_hash

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NUMBERS = st.sets(st.integers(0, 12))


def url(number: int) -> str:
    return f"https://{'v' if number % 5 else 'other'}.example/news/{number}"


def known(number: int, hours: int) -> KnownPage:
    at = NOW - timedelta(hours=hours)
    return KnownPage(
        url=url(number), url_key=url(number), etag=None, last_modified=None, page_sha256=None,
        first_seen_at=at, dated_at=at, last_fetched_at=at, is_gone=number % 7 == 0,
    )  # fmt: skip


def look(numbers: set[int], entrance: str) -> Look:
    poll = Poll(source_id="v", entrance=entrance, kind="feed", polled_at=NOW)
    items = [
        (url(n), Listed(url=url(n), item=ListedItem(published_at=NOW - timedelta(hours=n))))
        for n in sorted(numbers)
    ]
    return Look(poll=poll, pages=tuple(items))


def line(number: int) -> Fetch:
    return Fetch(
        source_id="v", url=url(number), url_key=url(number), entrance=None, listed=False,
        disposition="fetched",
    )  # fmt: skip


def job(most: int = 200, **memory: object) -> CrawlJob:
    source = Source(
        id="v", name="V", home="https://v.example/", languages=("en",), timezone=None,
        hosts=("v.example",), politeness=Politeness(max_pages=most),
    )  # fmt: skip
    values: dict[str, object] = {"batch_id": "b", "home": "/", "source": source, "contact": "c"}
    return CrawlJob(**{**values, **memory})  # type: ignore[arg-type]


@given(
    one=NUMBERS, two=NUMBERS, fresh=NUMBERS, stale=NUMBERS, old=NUMBERS, late=NUMBERS, done=NUMBERS,
    most=st.integers(1, 8),
)  # fmt: skip
def test_every_listed_page_becomes_one_line_or_is_known(
    one: set[int], two: set[int], fresh: set[int], stale: set[int], old: set[int],
    late: set[int], done: set[int], most: int,
) -> None:  # fmt: skip
    pages = [known(n, 0) for n in fresh] + [known(n, 48) for n in stale - fresh]
    left = tuple(DeferredPage(url=url(n), url_key=url(n), entrance=None, item=None) for n in late)
    hashes = tuple(key_hash(url(n)) for n in old)
    plan = plan_walk(
        job(most, known=tuple(pages), known_hashes=hashes, deferred=left),
        [look(one, "a"), look(two, "b")],
        [line(n) for n in done],
        NOW,
    )
    keys = [ask.url_key for ask in plan.asks] + [fetch.url_key for fetch in plan.lines]
    assert len(keys) == len(set(keys))
    assert plan.listed == len(one | two)
    listed = [ask for ask in plan.asks if ask.listed] + [f for f in plan.lines if f.listed]
    assert len(listed) + plan.known_not_due == plan.listed
    assert not {ask.url_key for ask in plan.asks} & {url(n) for n in done}
    assert len(plan.asks) <= most
    forgotten = {url(n) for n in late - fresh - stale - done} - set(keys)
    assert forgotten <= {url(n) for n in old & (one | two)}


def test_newest_come_first_and_the_oldest_are_deferred() -> None:
    plan = plan_walk(job(2), [look({1, 2, 3, 4}, "a")], [], NOW)
    assert [ask.url for ask in plan.asks] == [url(1), url(2)]
    assert [(f.url, f.reason) for f in plan.lines] == [(url(3), "deferred"), (url(4), "deferred")]


def test_a_forced_crawl_asks_known_pages_again_however_short_ago() -> None:
    pages = (known(1, 0), known(2, 0))
    resting = plan_walk(job(known=pages), [look({1}, "feed")], [], NOW)
    forced = plan_walk(job(known=pages, is_forced=True), [look({1}, "feed")], [], NOW)
    assert (resting.asks, resting.known_not_due) == ((), 1)
    assert [(ask.url, ask.listed) for ask in forced.asks] == [(url(1), True), (url(2), False)]
    assert forced.known_not_due == 0


def test_hosts_match_with_and_without_www_but_not_by_suffix() -> None:
    source = job().source
    assert is_on_site("http://www.v.example/x", source)
    assert is_on_site("https://V.example:443/x", source)
    for stranger in ("https://evilv.example/x", "https://v.example.evil/", "https://v.example:81/"):
        assert not is_on_site(stranger, source)
