import asyncio
from datetime import UTC, datetime

import pytest

from crawlers.answers import Reply
from crawlers.records import Exchange
from crawlers.robots import MAX_DELAY_SECONDS, Robots


def robots(text: str) -> Robots:
    async def ask(url: str) -> Reply:
        answer = Exchange(
            url=url,
            requested_headers=(),
            status=200,
            headers=(),
            raw=text.encode(),
            ip=None,
            fetched_at=datetime(2026, 11, 22, tzinfo=UTC),
        )
        return Reply(exchanges=(answer,), body=text.encode())

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
