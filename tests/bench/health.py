"""How long the Health page takes at a million articles: `... health` for it alone."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import TYPE_CHECKING

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
from tests.bench.figure import RUNS, WALL
from warehouse.connection import open_writer, snapshot_file
from warehouse.health_files import MAX_BATCHES
from warehouse.health_kept import keep_facts
from warehouse.publish import publish_snapshot

if TYPE_CHECKING:
    from starlette.testclient import TestClient

BOUND = 0.3
"""Seconds that a page may take (issue 7)."""
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
        for page, path in {"all outlets": "/", "one outlet": "/sources/outlet07"}.items():
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
    for hour in range(MAX_BATCHES):
        _write_batch(home, _NOW - timedelta(hours=hour))


def _write_batch(home: Path, at: datetime) -> None:
    batch = Batch(id=new_batch_id(at, "ingest", f"run{at}"), home=home)
    manifest = BatchManifest(
        batch_id=batch.id, dag="ingest", run_id=f"run{at}", found_by="live",
        sources=tuple(_OUTLETS[:-1]), code_version="0",
    )  # fmt: skip
    write_whole(batch.manifest, MANIFEST_JSON.dump_json(manifest))
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

    from dags.health.access import has_buttons, may_read
    from dags.health.app import app

    app.dependency_overrides = {may_read: lambda: None, has_buttons: lambda: True}
    return TestClient(app)


if __name__ == "__main__":
    print_health(Console())
