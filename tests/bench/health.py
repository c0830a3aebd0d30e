"""How long the Health page takes at a million articles: `... health` for it alone."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import duckdb
from rich.console import Console
from rich.table import Table

from crawlers.batch import (
    MANIFEST_JSON,
    Batch,
    BatchManifest,
    new_batch_id,
    write_json,
    write_whole,
)
from crawlers.page import POLL_JSON, Poll
from tests.bench.figure import RUNS, WALL
from warehouse.connection import open_writer, snapshot_file
from warehouse.health_files import MAX_BATCHES
from warehouse.health_kept import keep_facts
from warehouse.incidents import close_incident, open_incident
from warehouse.publish import publish_snapshot

if TYPE_CHECKING:
    from starlette.testclient import TestClient

PAGES = {
    "all outlets": "/", "one outlet": "/sources/outlet07",
    "a run": f"/run?{urlencode({'dag': 'ingest', 'run': 'run4'})}",
}  # fmt: skip
BOUND = 0.3
"""Seconds that a page may take (issue 7)."""
CLOSED = 5
"""Closed incidents of an outlet."""
ARTICLES, OUTLETS, BATCHES = 1_000_000, 40, 12_000
_NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
_OUTLETS = [f"outlet{number:02}" for number in range(OUTLETS)]
_SOURCE = """
name: {0}
home: https://{0}.example/
languages: [en]
timezone: Asia/Karachi
entrances:
  - feed: https://{0}.example/feed/
article: /
"""
_STOCK = """
insert into sources select s, s, 'https://s.example', ['en'], [], 'Asia/Karachi', true, false, '{}',
    'b' from unnest($outlets) t(s);
insert into batches select strftime($now - to_hours(h::int), '%Y%m%dT%H%M%SZ') || '-ingest-'
    || left(md5(h::varchar), 8), $batches - h, 'ingest', 'r' || h, 'live', $now - to_hours(h::int),
    $now - to_hours(h::int), 'd', '0', '{}' from range($batches) t(h);
insert into polls by name select b.batch_id, s.source_id, 'feed' as entrance, 'feed' as kind,
    started_at as polled_at, if(hash(b.batch_id, s.source_id) % 97 = 0, 'timeout', null) as reason,
    60 as items, 60 as matched, true as overlapped, 60.0 as next_interval_minutes
    from batches b, sources s order by polled_at;
insert into articles by name select n as article_id, 'outlet' || lpad((n % $count)::varchar, 2, '0')
    as source_id, 'https://s.example/' || n as url, 'A headline of usual length, ' || n as title,
    'page' as body_from, ['A'] as authors, [] as tags, 'published' as date_basis, seen as dated_at,
    seen::date as dated_on, seen as first_seen_at, 400 as word_count, false as is_paywalled,
    false as is_truncated, 1 as version_count, seen as seen_from, seen as seen_to,
    n as content_hash, n as text_hash, 'x' as extractor_version, 'live' as found_by,
    'b' as batch_id, n as story_id from (select n, $now - to_seconds(43.2 * ($articles - n)) as seen
    from range($articles) t(n));
insert into fetches by name select b.batch_id, s.source_id, 'k' || n as url_key, 'u' || n as url,
    true as is_listed, ['rejected', 'failed', 'new', 'skipped'][1 + n % 4] as outcome,
    ['listing', 'timeout', null, 'deferred'][1 + n % 4] as reason, started_at as fetched_at,
    false as is_kept_from_feed from batches b, sources s, range(12) t(n)
    where started_at > $now - interval 100 days order by started_at;
"""


def print_health(console: Console) -> None:
    """Stock a home, then take the times of the pages: first after a publish, and again."""
    with TemporaryDirectory() as name:
        home = Path(name)
        with console.status(f"stocking a home with {ARTICLES:,} articles of {OUTLETS} outlets"):
            stock_home(home)
        title = f"Health, <= {BOUND:g} s; of all processors in brackets"
        table = Table("page", "first after a publish", "again", title=title)
        client = _visit(home)
        for page, path in PAGES.items():
            table.add_row(page, *_take(home, client, path))
        console.print(table)


def stock_home(home: Path) -> None:
    """Make a snapshot by SQL, and the reports of the last hours' batches."""
    given = {
        "outlets": _OUTLETS, "now": _NOW, "batches": BATCHES, "count": OUTLETS,
        "articles": ARTICLES,
    }  # fmt: skip
    with open_writer(home) as con:
        for statement in duckdb.extract_statements(_STOCK):
            names = statement.named_parameters
            con.execute(statement, {name: given[name] for name in names})
    publish_snapshot(home)
    for hour in range(BATCHES):
        batch, manifest = _open_batch(home, hour)
        if hour < MAX_BATCHES:
            _write_reports(batch, manifest)
            for source_id in manifest.sources:
                _write_crawl(batch, source_id)
    _open_incidents(home)


def _open_batch(home: Path, hour: int) -> tuple[Batch, BatchManifest]:
    """Write what every batch leaves: old ones are looked at by their names alone."""
    batch = Batch(id=new_batch_id(_NOW - timedelta(hours=hour), "ingest", f"run{hour}"), home=home)
    manifest = BatchManifest(
        batch_id=batch.id, dag="ingest", run_id=f"run{hour}", found_by="live",
        sources=tuple(_OUTLETS[:-1]), code_version="0",
    )  # fmt: skip
    batch.folder.mkdir(parents=True)
    batch.manifest.write_bytes(MANIFEST_JSON.dump_json(manifest))
    return batch, manifest


def _write_crawl(batch: Batch, source_id: str) -> None:
    """Write what the crawl and the extraction of one outlet leave, but for the articles."""
    look = Poll(
        source_id=source_id, entrance="https://s.example/feed", kind="feed", items=60, matched=60,
        polled_at=batch.started_at, status=200, overlapped=True, next_interval_minutes=60,
    )  # fmt: skip
    folder = batch.crawl_folder(source_id)
    folder.mkdir(parents=True)
    (folder / "1.polls.jsonl").write_bytes(POLL_JSON.dump_json(look) + b"\n")
    (folder / "1.fetches.jsonl").write_bytes(b"")
    batch.extract_folder(source_id).mkdir(parents=True)
    crawl = {
        "source_id": source_id, "attempt": 1, "listed": 60, "known_not_due": 50, "fetched": 10,
        "not_modified": 0, "failed_pages": 0, "gone_pages": 0, "skipped": 0, "failed": False,
        "reason": None,
    }  # fmt: skip
    extract = {"articles": 9, "rejections": [["listing", 1]]}
    batch.status("crawl", source_id).write_text(json.dumps(crawl))
    batch.status("extract", source_id).write_text(json.dumps(extract))


def _open_incidents(home: Path) -> None:
    """Open one of every fourth outlet, and close several of each in the months before."""
    for number, source_id in enumerate(_OUTLETS):
        for month in range(1, 1 + CLOSED):
            at = _NOW - timedelta(days=30 * month)
            made = open_incident(home, source_id, "failing", "HTTP 503 since nine batches", at)
            close_incident(home, made.incident_id, at + timedelta(hours=number))
        if not number % 4:
            open_incident(home, source_id, "silent", "0 of 12 articles a day", _NOW)


def _write_reports(batch: Batch, manifest: BatchManifest) -> None:
    said = [{"source_id": one, "state": "fine"} for one in manifest.sources]
    counts = dict.fromkeys(
        ("listed", "known_not_due", "fetched", "new", "updated", "unchanged", "rejected", "failed",
         "skipped", "kept_from_feed", "archived"), 7,
    )  # fmt: skip
    told = counts | {"status": "loaded", "reason": None}
    loaded = [told | {"source_id": one} for one in manifest.sources]
    load = {
        "batch_id": batch.id, "load_number": 1, "sources": loaded, "new": 1, "updated": 1,
        "kept_from_feed": 0, "held": [], "failed": [], "merged": 0, "doubted": 0,
        "used_decisions": True, "was_loaded_before": False, "seconds": 1.0, "line": "",
    }  # fmt: skip
    write_json(batch.status("load"), load)
    write_json(batch.status("publish"), {})
    write_json(batch.status("summary"), {"line": "all fine", "why": None, "sources": said})


def _take(home: Path, client: "TestClient", path: str) -> tuple[str, str]:
    """Take the medians of a page after each of some publishes, and of the same page again."""
    first: list[tuple[float, float]] = []
    again: list[tuple[float, float]] = []
    for _ in range(RUNS):
        os.utime(snapshot_file(home))  # to the page it is another one
        keep_facts(home)  # as each publish does
        for taken in (first, again):
            began, spent = WALL(), process_time()
            assert client.get(path).status_code == 200
            taken.append((WALL() - began, process_time() - spent))
    return _say(first), _say(again)


def _say(taken: list[tuple[float, float]]) -> str:
    wall, cpu = (median(one) for one in zip(*taken, strict=True))
    return f"{wall:.3f} s ({cpu:.3f} s)"


def _visit(home: Path) -> "TestClient":
    """Open the page's app behind its guard, with the outlets of the home as its catalogue."""
    for source_id in _OUTLETS:
        write_whole(home / "sources" / f"{source_id}.yml", _SOURCE.format(source_id).encode())
    (home / "none").mkdir()
    os.environ |= {
        "AIRFLOW_HOME": str(home / "airflow"),
        "KHABAR_HOME": str(home),
        "KHABAR_CATALOGUE": str(home / "none"),
    }
    from starlette.testclient import TestClient

    from dags.health import app as health
    from dags.health.access import has_buttons, may_read
    from dags.health.app import app

    app.dependency_overrides = {may_read: lambda: None, has_buttons: lambda: True}
    health.find_run = _find_run  # type: ignore[assignment, attr-defined]
    return TestClient(app)


async def _find_run(*_: object) -> None:
    """Ask no Airflow how a run ended: there is none here."""


if __name__ == "__main__":
    print_health(Console())
