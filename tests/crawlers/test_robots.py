import asyncio
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import pytest

from crawlers.answers import Reply
from crawlers.crawl import crawl_source
from crawlers.ledger import read_fetches
from crawlers.records import Exchange
from crawlers.robots import MAX_BYTES, MAX_DELAY_SECONDS, Robots
from tests.crawlers.outlet import Answer, Outlet, article, feed, plan, source

pytestmark = pytest.mark.usefixtures("warm_crawls")


def robots(text: str) -> Robots:
    async def ask(url: str) -> Reply:
        answer = Exchange(
            url=url,
            requested_headers=(),
            status=200,
            headers=(),
            raw=text.encode("utf-8", "surrogateescape"),
            ip=None,
            fetched_at=datetime(2026, 11, 22, tzinfo=UTC),
        )
        return Reply(exchanges=(answer,), body=text.encode("utf-8", "surrogateescape"))

    return Robots(ask)


@pytest.mark.parametrize(
    ("said", "delays"),
    [
        ("3.5", {"v.example": 3.5}),
        ("nan", {}),
        ("-7", {}),
        ("-inf", {}),
        ("inf", {}),
        ("0", {}),
        ("soon", {}),
        ("86400", {"v.example": MAX_DELAY_SECONDS}),
    ],
)
def test_crawl_delay_counts_only_where_it_is_a_time(said: str, delays: dict[str, float]) -> None:
    rules = robots(f"User-agent: *\nCrawl-delay: {said}\nDisallow: /private/")
    assert asyncio.run(rules.check("https://v.example/news/1")) is None
    assert rules.delays == delays
    trouble = asyncio.run(rules.check("https://v.example/private/1"))
    assert trouble is not None
    assert trouble.reason == "robots"


def allows(rules: Robots, path: str) -> bool:
    return asyncio.run(rules.check(f"https://v.example{path}")) is None


@pytest.mark.parametrize(
    ("text", "allowed", "forbidden"),
    [
        ("user-agent: *\ndisallow: /a\nallow: /a/b", ["/", "/a/b/c"], ["/a", "/a/c", "/abc"]),
        (
            "User-agent: *\nDisallow: /*.pdf$\nDisallow: /x*y",
            ["/a.pdf?x", "/x"],
            ["/a.pdf", "/x1y"],
        ),
        ("User-agent: *\nDisallow: /a\nUser-agent: khabar\nDisallow: /b", ["/a"], ["/b"]),
        ("User-agent: KHABAR/2.0 (x)\nDisallow: /b\nUser-agent: *\nDisallow: /", ["/a"], ["/b"]),
        ("User-agent: Kha\nUser-agent: khabar-bot\nDisallow: /", ["/a"], []),
        ("User-agent: GPTBot\nUser-agent: *\nDisallow: /a", ["/b"], ["/a"]),
        ("User-agent: GPTBot\nDisallow: /\n\nUser-agent: *\nAllow: /", ["/a"], []),
        ("\ufeffUser-agent: *\r\nDisallow: /a\r\n", ["/b"], ["/a"]),
        ("User-agent: *\rDisallow: /a", ["/b"], ["/a"]),
        ("User-agent: *  # all\nDisallow: /a # here", ["/b"], ["/a"]),
        ("User-agent: *\nDisallow: /خبر", ["/a"], ["/%D8%AE%D8%A8%D8%B1/1", "/خبر"]),
        ("<!DOCTYPE html><html><title>Not found</title>Disallow all bots", ["/a"], []),
        ("Disallow: /\nUser-agent: *\nAllow: /", ["/a"], []),
        ("User-agent: *\nDisallow:", ["/a"], []),
        ("", ["/a"], []),
    ],
)
def test_rules_are_read_as_rfc_9309_says(
    text: str, allowed: list[str], forbidden: list[str]
) -> None:
    rules = robots(text)
    assert [path for path in allowed if not allows(rules, path)] == []
    assert [path for path in forbidden if allows(rules, path)] == []


def test_rest_of_a_long_file_is_ignored() -> None:
    filler = "# a comment of a robots.txt that goes on\n" * 13_000
    assert len(filler) > MAX_BYTES
    rules = robots(f"User-agent: *\nDisallow: /a\n{filler}Disallow: /b\n")
    assert (allows(rules, "/a"), allows(rules, "/b")) == (False, True)


def test_many_groups_cost_neither_time_nor_memory() -> None:
    agents = "".join(f"User-agent: a{n}\n" for n in range(15_000))
    began = monotonic()
    rules = robots(agents + "User-agent: *\n" + "Disallow: /x\n" * 15_000)
    assert not allows(rules, "/x")
    assert monotonic() - began < 5


def test_request_rate_is_a_distance_too() -> None:
    rules = robots("User-agent: *\nRequest-rate: 1/20\nCrawl-delay: 3")
    asyncio.run(rules.check("https://www.v.example/"))
    assert rules.delays == {"v.example": 20.0}


def test_bytes_that_are_no_text_allow_everything() -> None:
    assert allows(robots("\udcff\udcfe"), "/a")


@pytest.mark.parametrize(
    ("hops", "paths"),
    [(5, ["/news/1"]), (30, ["/news/1", "/private/1"])],
)
def test_redirects_are_followed_and_too_many_mean_none(
    outlet: Outlet, tmp_path: Path, hops: int, paths: list[str]
) -> None:
    outlet.routes |= {f"/hop{n}": hop(f"/hop{n - 1}") for n in range(1, hops + 1)}
    outlet.routes |= {
        "/robots.txt": hop(f"/hop{hops}"),
        "/hop0": Answer(b"User-agent: *\nDisallow: /private/"),
        "/feed": feed(outlet.base, ["/news/1", "/private/1"]),
    }
    batch = plan(tmp_path, source(outlet, article="/"))
    crawl_source(batch, "valley")
    asked = {line.url.removeprefix(outlet.base) for line in read_fetches(batch, "valley")
             if line.reason != "robots"}  # fmt: skip
    assert asked == set(paths)


def test_robots_is_asked_once_a_host(outlet: Outlet, tmp_path: Path) -> None:
    names = [f"/news/{n}" for n in range(4)]
    outlet.routes |= {"/feed": feed(outlet.base, names), **{name: article(name) for name in names}}
    crawl_source(plan(tmp_path, source(outlet)), "valley")
    assert outlet.paths.count("/robots.txt") == 1


def hop(to: str) -> Answer:
    return Answer(status=301, headers={"Location": to})
