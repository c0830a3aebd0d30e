"""An entrance's answers from memory, and the documents that tests look at."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from crawlers.answers import Reply, Trouble
from crawlers.catalogue import Entrance
from crawlers.job import CrawlJob
from crawlers.journal import Look
from crawlers.looks import Looker
from crawlers.page import Poll
from crawlers.records import Exchange
from crawlers.urls import key_hash, url_key
from tests.crawlers.outlet import Outlet, source

BASE = "https://valley.example"


NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)


FEED = Entrance(kind="feed", url=f"{BASE}/feed")


INDEX = Entrance(kind="sitemap", url=f"{BASE}/index.xml")


class Desk:
    """Answers with documents by their address; `asked` tells which, with the headers sent."""

    def __init__(self, outlet: Outlet, documents: Mapping[str, bytes | int]) -> None:
        self.source = source(outlet, home=f"{BASE}/", hosts=("valley.example",))
        self.documents = documents
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.kept: list[Look] = []

    def look(self, entrance: Entrance, **memory: object) -> list[Look]:
        values: dict[str, object] = {
            "batch_id": "20261122T070000Z-ingest-00000000", "home": str(Path()), "contact": "x",
            "source": replace(self.source, entrances=(entrance,)),
        }  # fmt: skip
        job = CrawlJob(**{**values, **memory})  # type: ignore[arg-type]
        looker = Looker(job, self._ask, keep=self.kept.append)
        return asyncio.run(looker.look(entrance))

    def poll(self, entrance: Entrance, **memory: object) -> Poll:
        return self.look(entrance, **memory)[-1].poll

    async def _ask(self, url: str, validators: Mapping[str, str]) -> Reply | Trouble:
        self.asked.append((url, validators))
        found = self.documents.get(url)
        if found is None:
            return Trouble(reason="timeout", detail="no answer")
        answer = Exchange(
            url=url,
            requested_headers=(),
            status=found if isinstance(found, int) else 200,
            headers=(("ETag", '"v2"'),),
            raw=b"" if isinstance(found, int) else found,
            ip=None,
            fetched_at=NOW,
        )
        return Reply(exchanges=(answer,), body=answer.raw)


def hashes(*paths: str) -> tuple[int, ...]:
    return tuple(key_hash(url_key(f"{BASE}{path}")) for path in paths)


def index(*parts: str, lastmod: str = "") -> bytes:
    changed = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    named = "".join(f"<sitemap><loc>{part}</loc>{changed}</sitemap>" for part in parts)
    return f"<sitemapindex>{named}</sitemapindex>".encode()


def urlset(*paths: str) -> bytes:
    return f"<urlset>{''.join(f'<url><loc>{BASE}{p}</loc></url>' for p in paths)}</urlset>".encode()
