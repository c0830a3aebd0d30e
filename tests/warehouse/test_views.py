import re
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.texts import Text, prose, put
from warehouse.connection import connect, open_writer
from warehouse.publish import publish_snapshot
from warehouse.views import FOLDER

SCRIPTS = "".join(path.read_text("utf-8") for path in sorted(FOLDER.glob("*.sql")))
VIEWS = re.findall(r"^create view (\w+)", SCRIPTS, re.MULTILINE)
MACROS = re.findall(r"^create macro (\w+)", SCRIPTS, re.MULTILINE)
POLLS = """
insert into polls
    (batch_id, source_id, entrance, kind, polled_at, reason, items, matched, overlapped)
values ('b1', 'dawn', 'feed', 'feed', '2026-11-01 06:00:00Z', null, 9, 9, null),
       ('b2', 'dawn', 'feed', 'feed', '2026-11-01 07:00:00Z', null, 9, 9, true),
       ('b3', 'dawn', 'feed', 'feed', '2026-11-02 06:00:00Z', 'http_5xx', 0, 0, null),
       ('b4', 'dawn', 'feed', 'feed', '2026-11-03 06:00:00Z', null, 9, 9, false),
       ('b5', 'dawn', 'feed', 'feed', '2026-11-03 20:00:00Z', null, 9, 9, true)
"""
RETURNED = """
insert into fetches by name
select 'b' || n as batch_id, 'dawn' as source_id, 'k' as url_key, 'u' as url, false as is_listed,
       'failed' as outcome, 'gone' as reason, 3 as article_id, false as is_kept_from_feed,
       timestamptz '2026-11-05 00:00:00Z' + to_days(n::int) as fetched_at from range(1, 3) t(n);
insert into archive_records by name
select 'r3' as archive_record_id, 'dawn' as source_id, 'b2' as batch_id, 'k' as url_key,
       'u' as url, 'u' as final_url, timestamptz '2026-11-09 00:00:00Z' as fetched_at,
       'response' as kind, 's' as page_sha256, 'f' as file, 0 as offset_bytes,
       9 as length_bytes, 3 as article_id, 1 as content_hash
"""


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    with open_writer(home) as con:
        put(con, [Text(id=1, body=prose(1)), Text(id=2, body=f"x {prose(1)}", source="jang")])
        put(con, [Text(id=3, body=f"Flood at the old Bridge {prose(3)}", hours=48)], batch="b2")
        con.execute("update articles set gone_at = '2026-11-09 00:00:00Z' where article_id = 2")
        con.execute("update articles set date_basis = 'first_seen' where article_id = 3")
        con.execute("update articles set version_count = 2, title = 'New' where article_id = 1")
        con.execute(
            "insert into article_versions by name select article_id, 1 as version_number, "
            "seen_from - interval 1 day as seen_from, seen_from - interval 1 hour as seen_to, "
            "'Old' as title, body, authors, word_count, content_hash, extractor_version, "
            "'r' as archive_record_id, 's' as page_sha256, batch_id "
            "from articles where article_id = 1"
        )
        con.execute(
            "insert into sources values ('dawn', 'Dawn', 'https://dawn.example', ['en'], [], "
            "'Asia/Karachi', true, false, '{}', 'b2')"
        )
        con.execute(POLLS)
        con.execute(RETURNED)
        for number in (1, 2):
            con.execute(
                "insert into batches values ('b' || $1, $1, 'run', 'r', 'live', "
                "'2026-11-01 00:00:00Z', '2026-11-01 00:00:00Z', 'd', '0', '{}')",
                [number],
            )
        for batch, status, reason in (("b1", "loaded", None), ("b2", "held", "too_many_rejected")):
            con.execute(
                "insert into batch_sources by name select ? as batch_id, 'dawn' as source_id, "
                "? as status, ? as reason, 9 as listed, 0 as known_not_due, 9 as fetched, "
                "1 as new, 0 as updated, 0 as unchanged, 8 as rejected, 0 as failed, "
                "0 as skipped, 0 as kept_from_feed, 9 as archived, 'd' as input_digest",
                [batch, status, reason],
            )
    publish_snapshot(home)
    elsewhere = home / "another name, in another place.duckdb"
    shutil.copyfile(home / "published" / "news.duckdb", elsewhere)
    return elsewhere


@pytest.fixture
def con(snapshot: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(snapshot, read_only=True) as connection:
        yield connection


PROMISED = {
    "article_changes", "batch_funnel", "daily_coverage", "daily_fields", "daily_languages",
    "gone_articles", "source_health", "story_timeline", "syndication", "article_agencies",
    "local_day", "search", "credited_kind",
}  # fmt: skip


def test_every_view_and_macro_that_the_house_promises_is_there() -> None:
    assert set(VIEWS) | set(MACROS) >= PROMISED


def test_local_day_is_the_outlets_own(con: duckdb.DuckDBPyConnection) -> None:
    asked = "select local_day(timestamptz '2026-11-01 20:00:00Z', zone := 'Asia/Karachi')"
    assert con.sql(asked).fetchall() == [(date(2026, 11, 2),)]


def test_search_finds_letters_of_any_case_since_a_day(con: duckdb.DuckDBPyConnection) -> None:
    assert con.sql("select article_id from search('OLD bridge')").fetchall() == [(3,)]
    later = "from search('old bridge', since := date '2026-11-04')"
    assert con.sql(later).fetchall() == []


STATES = """
insert into sources select 'v1', 'V', 'https://v.example', ['en'], [], null, true, false, '{}', 'b'
"""


def test_health_tells_a_stale_source(tmp_path: Path) -> None:
    with open_writer(tmp_path) as con:
        con.execute(STATES)
        con.execute(
            "insert into entrances by name select 'v1' as source_id, 'feed' as entrance, "
            "'feed' as kind, '2026-11-01 06:00:00Z'::timestamptz as polled_at, true as is_stale, "
            "'2026-04-01 06:00:00Z'::timestamptz as newest_at, [] as item_hashes, 'b' as batch_id, "
            "0 as failure_weight"
        )
    publish_snapshot(tmp_path)
    with connect(tmp_path / "published" / "news.duckdb", read_only=True) as con:
        asked = "select entrances, entrances_failing, entrances_stale, newest_item_at from "
        sql = f"{asked} source_health where source_id = 'v1'"
        ((*counts, newest_at),) = con.sql(sql).fetchall()
    assert counts == [1, 0, 1]
    assert newest_at == datetime(2026, 4, 1, 6, tzinfo=UTC)


def test_health_tells_the_last_batch_of_a_source(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.sql(
        "select last_status, last_reason, articles, undated from source_health"
    ).fetchall()
    assert rows == [("held", "too_many_rejected", 2, 1)]


def test_changes_tell_between_which_looks_it_happened(con: duckdb.DuckDBPyConnection) -> None:
    ((before, by, old, new),) = con.sql(
        "select last_seen_before, changed_by, title_before, title_after from article_changes"
    ).fetchall()
    assert isinstance(before, datetime)
    assert before < by
    assert (old, new) == ("Old", "New")


def test_a_timeline_holds_each_article_once(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.sql("select article_id, relation from story_timeline order by 1").fetchall()
    assert rows == [(1, "earliest_known"), (2, "copy"), (3, "earliest_known")]
    assert con.sql("select article_id from gone_articles").fetchall() == [(2,)]
