from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crawlers.ask import Ask, leaves_line
from crawlers.catalogue import Politeness, Revisit, Source, TwinRule
from crawlers.entrances import Listed
from crawlers.frontier import Frontier, plan_walk
from crawlers.job import CrawlJob, DeferredPage, KnownEntrance, KnownPage
from crawlers.journal import Look, Unaskable
from crawlers.page import Fetch, ListedItem, Poll
from crawlers.queue import Queue
from crawlers.sites import is_on_site
from crawlers.urls import key_hash, unaskable_key, url_key

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


def look_at_urls(*urls: str) -> Look:
    poll = Poll(source_id="v", entrance="a", kind="feed", polled_at=NOW)
    pages = tuple((url_key(one), Listed(url=one, item=ListedItem())) for one in urls)
    return Look(poll=poll, pages=pages)


def line(number: int) -> Fetch:
    return Fetch(
        source_id="v", url=url(number), url_key=url(number), entrance=None, listed=False,
        disposition="fetched",
    )  # fmt: skip


def job(
    most: int = 200,
    revisit: Revisit = Revisit(),  # noqa: B008 (frozen)
    twins: tuple[TwinRule, ...] = (),
    **memory: object,
) -> CrawlJob:
    source = Source(
        id="v", name="V", home="https://v.example/", languages=("en",), timezone=None,
        hosts=("v.example",), politeness=Politeness(max_pages=most), revisit=revisit, twins=twins,
    )  # fmt: skip
    values: dict[str, object] = {"batch_id": "b", "home": "/", "source": source, "contact": "c"}
    return CrawlJob(**{**values, **memory})  # type: ignore[arg-type]


def walk(plan: Frontier, of: CrawlJob | None = None) -> tuple[list[Ask], dict[str, str]]:
    queue, taken = Queue(plan, of or job()), []
    while ask := queue.take():
        taken.append(ask)
    return taken, {ask.url: bound for ask, bound in queue.drain()}


def asked(plan: Frontier) -> list[str]:
    return [ask.url for ask in walk(plan)[0]]


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
    taken, over = walk(plan)
    assert len(taken) + len(over) == len(plan.new) + len(plan.due)
    asks = (*plan.new, *plan.due)
    keys = [ask.url_key for ask in asks] + [fetch.url_key for fetch in plan.lines]
    assert len(keys) == len(set(keys))
    assert plan.listed == len(one | two)
    listed = [ask for ask in asks if ask.listed] + [f for f in plan.lines if f.listed]
    assert len(listed) + plan.known_not_due == plan.listed
    assert not {ask.url_key for ask in asks} & {url(n) for n in done}
    assert len(taken) <= most
    forgotten = {url(n) for n in late - fresh - stale - done} - set(keys)
    assert forgotten <= {url(n) for n in old & (one | two)}


def test_newest_come_first_and_the_oldest_are_deferred() -> None:
    plan = plan_walk(job(2), [look({1, 2, 3, 4}, "a")], [], NOW)
    taken, left = walk(plan, job(2))
    assert [ask.url for ask in taken] == [url(1), url(2)]
    assert left == {url(3): "over 2 pages", url(4): "over 2 pages"}


def test_a_forced_crawl_asks_known_pages_again_however_short_ago() -> None:
    pages = (known(1, 0), known(2, 0))
    resting = plan_walk(job(known=pages), [look({1}, "feed")], [], NOW)
    forced = plan_walk(job(known=pages, is_forced=True), [look({1}, "feed")], [], NOW)
    assert (asked(resting), resting.known_not_due) == ([], 1)
    assert [(ask.url, ask.listed) for ask in walk(forced)[0]] == [(url(1), True), (url(2), False)]
    assert forced.known_not_due == 0


def test_page_of_an_earlier_batch_has_a_new_line_only_where_it_is_listed_or_refused() -> None:
    left = tuple(DeferredPage(url=url(n), url_key=url(n), entrance=None, item=None) for n in (6, 7))
    late = job(deferred=left)
    live = plan_walk(late, [look({7}, "a")], [], NOW)
    lines = {ask.url: leaves_line(ask, "deferred") for ask in live.new}
    assert lines == {url(7): True, url(6): False}
    (carried,) = [ask for ask in live.new if not ask.listed]
    reasons = ("deferred", "host_resting", "robots", "off_site")
    assert [leaves_line(carried, reason) for reason in reasons] == [False, False, True, True]
    past = plan_walk(replace(late, window=(NOW.date(), NOW.date())), [], [], NOW)
    assert all(leaves_line(ask, "deferred") for ask in past.new)


def test_what_was_left_over_is_not_taken_for_new_however_many_there_are() -> None:
    looked = KnownEntrance(url="a", item_hashes=(), answered_at=NOW)
    late = (key_hash(url(1)),)
    looks = [look_at_urls(url(1), url(2))]
    plan = plan_walk(job(entrances=(looked,), deferred_hashes=late), looks, [], NOW)
    assert asked(plan) == [url(2), url(1)]


def test_most_overdue_are_asked_again_first_and_within_the_budget() -> None:
    pages = tuple(known(n, hours=4 * n) for n in (1, 2, 3, 4))
    late = replace(pages[2], dated_at=NOW - timedelta(hours=13))
    bounded = job(known=(*pages[:2], late, pages[3]), revisit=Revisit(max_pages=2))
    plan = plan_walk(bounded, [look({1, 9}, "a")], [], NOW)
    taken, left = walk(plan, bounded)
    assert [ask.url for ask in taken] == [url(9), url(1), url(2)]
    assert left == {url(3): "over 2 known pages", url(4): "over 2 known pages"}


def test_budget_of_an_attempt_is_what_the_one_before_left() -> None:
    pages = tuple(known(n, hours=4 * n) for n in (1, 2, 3))
    plan = plan_walk(job(known=pages, revisit=Revisit(max_pages=2)), [], [line(1)], NOW)
    assert asked(plan) == [url(2)]


def test_a_backlog_leaves_known_pages_a_quarter_and_gets_what_they_do_not_need() -> None:
    pages = tuple(known(n, hours=4 * n) for n in (1, 2, 3, 4, 6))
    fresh = set(range(11, 60)) - {15, 20, 25, 30, 35, 40, 45, 50, 55}
    plan = plan_walk(job(8, known=pages), [look(fresh, "a")], [], NOW)
    assert asked(plan) == [url(n) for n in (11, 12, 13, 1, 14, 16, 17, 2)]
    few = plan_walk(job(8, known=pages[:1]), [look(fresh, "a")], [], NOW)
    assert asked(few) == [url(n) for n in (11, 12, 13, 1, 14, 16, 17, 18)]
    idle = plan_walk(job(8, known=pages), [look({11}, "a")], [], NOW)
    assert asked(idle) == [url(n) for n in (11, 1, 2, 3, 4, 6)]


def test_what_needed_no_request_takes_no_place() -> None:
    pages = tuple(known(n, hours=4 * n) for n in (1, 2, 3))
    of = job(3, known=pages, revisit=Revisit(max_pages=1))
    queue = Queue(plan_walk(of, [look({11, 12, 13, 14}, "a")], [], NOW), of)
    taken = []
    while ask := queue.take():
        taken.append(ask.url)
        if ask.url in (url(11), url(1)):
            queue.give_back(ask)
    assert taken == [url(n) for n in (11, 12, 13, 14)]
    assert [ask.url for ask, _ in queue.drain()] == [url(1), url(2), url(3)]


def test_known_pages_that_needed_no_request_leave_their_budget_to_the_next() -> None:
    pages = tuple(known(n, hours=4 * n) for n in (1, 2, 3))
    of = job(known=pages, revisit=Revisit(max_pages=1))
    queue = Queue(plan_walk(of, [], [], NOW), of)
    while (ask := queue.take()) and ask.url == url(1):
        queue.give_back(ask)
    assert ask is not None
    assert (ask.url, queue.take()) == (url(2), None)


def undated(*numbers: int) -> Look:
    return look_at_urls(*(url(n) for n in numbers))


def test_undated_pages_listed_first_now_go_before_those_that_wait() -> None:
    waiting = tuple(
        DeferredPage(url=url(n), url_key=url(n), entrance="a", item=None) for n in (1, 2, 3)
    )
    plan = plan_walk(job(deferred=waiting), [undated(1, 2, 3, 4)], [], NOW)
    assert asked(plan)[0] == url(4)
    before = KnownEntrance(url="a", item_hashes=(), answered_at=NOW - timedelta(hours=8))
    dated = look({6, 9}, "b")  # six and nine hours old
    again = job(deferred=waiting, entrances=(before,))
    plan = plan_walk(again, [undated(1, 2, 3, 4), dated], [], NOW)
    assert asked(plan)[:3] == [url(6), url(4), url(9)]


def test_variants_of_one_address_wait_for_the_next_batches() -> None:
    urls = [f"https://v.example/read?q={n % 2}&s={n}&t={n % 3}" for n in range(40)]
    urls += [f"https://v.example/read?z={n}" for n in range(35)]
    plan = plan_walk(job(), [look_at_urls(*urls)], [], NOW)
    assert [line.reason for line in plan.lines] == ["deferred"] * 10
    left = tuple(
        DeferredPage(url=f.url, url_key=f.url_key, entrance="a", item=f.item) for f in plan.lines
    )
    assert len(asked(plan_walk(job(deferred=left), [], [], NOW))) == 10


def test_what_cannot_be_asked_has_its_line_once() -> None:
    text = "https://[bad/news/1\x1b[31m" + "x" * 300
    listed = Listed(url="https://[bad/news/1", item=ListedItem(title="T"))
    odd = Unaskable(url_key=unaskable_key(text), listed=listed, reason="bad_url", detail="no")
    looks = [replace(look({1}, "a"), unaskable=(odd,)), replace(look({1}, "b"), unaskable=(odd,))]
    plan = plan_walk(job(), looks, [], NOW)
    assert plan.listed == 2
    [refused] = plan.lines
    assert (refused.reason, refused.disposition, refused.listed) == ("bad_url", "skipped", True)
    assert refused.item == listed.item
    assert refused.url_key.isprintable()
    assert len(refused.url_key) < 300


AMP = TwinRule(match=r"/amp/?$", becomes="")
PRINT = TwinRule(match=r"/print/(\d+)", becomes=r"/news/\1")


def test_a_twin_is_passed_over_for_the_page_that_it_stands_for() -> None:
    urls = ("https://v.example/news/1/amp/", "https://v.example/print/1?utm_source=x", url(1))
    plan = plan_walk(job(twins=(AMP, PRINT)), [look_at_urls(*urls)], [], NOW)
    assert [(ask.url, ask.listed) for ask in plan.new] == [(url(1), True)]
    assert [(f.url, f.reason, f.final_url) for f in plan.lines] == [
        (urls[0], "twin", url(1)),
        (urls[1], "twin", url(1)),
    ]
    assert plan.listed == 3


def test_the_page_of_an_unknown_twin_is_asked_in_its_place_once() -> None:
    urls = ("https://v.example/news/1/amp/", "https://v.example/print/1")
    plan = plan_walk(job(twins=(AMP, PRINT)), [look_at_urls(*urls)], [], NOW)
    assert [(ask.url_key, ask.listed, ask.entrance) for ask in plan.new] == [(url(1), False, "a")]
    assert [f.reason for f in plan.lines] == ["twin", "twin"]
    done = plan_walk(job(twins=(AMP, PRINT)), [look_at_urls(*urls)], [line(1)], NOW)
    assert asked(done) == []
    assert [f.reason for f in done.lines] == ["twin", "twin"]


def test_a_feed_that_a_rule_names_a_twin_is_one_and_another_feed_a_trap() -> None:
    rule = TwinRule(match=r"(/news/\d+)/feed/?$", becomes=r"\1")
    urls = ("https://v.example/news/1/feed/", "https://v.example/khyber/feed/")
    plan = plan_walk(job(twins=(rule,)), [look_at_urls(*urls)], [], NOW)
    assert asked(plan) == [url(1)]
    assert [(f.url, f.reason) for f in plan.lines] == [
        (urls[0], "twin"),
        (urls[1], "over_bound"),
    ]


def test_a_twin_of_what_is_known_asks_nothing() -> None:
    look_ = look_at_urls("https://v.example/news/1/amp")
    for memory in (
        {"known": (known(1, 0),)},
        {"known_hashes": (key_hash(url(1)),)},
        {"known_hashes": (key_hash("https://v.example/news/1/amp"),)},
    ):
        plan = plan_walk(job(twins=(AMP,), **memory), [look_], [], NOW)
        assert asked(plan) == []
        assert len(plan.lines) + plan.known_not_due == plan.listed == 1


def test_rules_that_go_in_a_circle_or_off_the_host_are_not_followed() -> None:
    circle = (TwinRule(match="/a/", becomes="/b/"), TwinRule(match="/b/", becomes="/a/"))
    away = TwinRule(match=r"v\.example", becomes="evil.example")
    for rules in (circle, (away,), (TwinRule(match="^https://", becomes="mailto:"),)):
        urls = ("https://v.example/a/1", "https://v.example/b/1")
        plan = plan_walk(job(twins=rules), [look_at_urls(*urls)], [], NOW)
        assert asked(plan) == list(urls)


def test_hosts_match_with_and_without_www_but_not_by_suffix() -> None:
    source = job().source
    assert is_on_site("http://www.v.example/x", source)
    assert is_on_site("https://V.example:443/x", source)
    for stranger in ("https://evilv.example/x", "https://v.example.evil/", "https://v.example:81/"):
        assert not is_on_site(stranger, source)
