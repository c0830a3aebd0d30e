"""What is told of an outlet's last week, against its own four weeks before."""
# ruff: noqa: S608 (no words but our own)

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from warehouse.connection import open_writer
from warehouse.views import create_views

NOW = "timestamptz '2026-10-10 12:00:00Z'"
_SOURCE = """
insert into sources values ($source, 'Name', 'https://v.example', ['en'], [], 'UTC', true, false,
                            $definition, 'b')
"""
_LOOKS = f"""
insert into polls by name
select 'b' as batch_id, $source as source_id, 'feed' as entrance, 'feed' as kind,
       {NOW} - to_hours(hours) as polled_at, case when hours < $dead then 'http_5xx' end as reason,
       9 as items, 9 as matched, hours >= $dead as overlapped, 720.0 as next_interval_minutes
from (select unnest(generate_series($until, $since, 12)) as hours)
"""
_ARTICLES = f"""
insert into articles by name
select (hash($source, seen, n) // 2)::bigint as article_id, $source as source_id,
       'u' as url, case when $whole then 'T' end as title, 'page' as body_from,
       case when $whole then ['A'] else [] end as authors, case when $whole then 'S' end as section,
       case when $whole then 'i' end as image_url, [] as tags,
       case when $whole then 'published' else 'first_seen' end as date_basis,
       seen as dated_at, seen::date as dated_on, seen as first_seen_at,
       case when $whole then 400 else 40 end as word_count, false as is_paywalled,
       false as is_truncated, 1 as version_count, seen as seen_from, seen as seen_to,
       n as content_hash, n as text_hash, 'x' as extractor_version, $found_by as found_by,
       'b' as batch_id
from (select {NOW} - to_days(d::int) - interval 6 hours as seen from range($first, $last) t(d)),
     range($count) u(n)
"""


class Outlets:
    """Outlets with the looks at them and what they published, told by days before now."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        self.con.execute(
            "insert into batches select 'b', 0, 'run', 'r', 'live', "
            f"{NOW} - interval 90 days, {NOW}, 'd', '0', '{{}}' "
            "where 'b' not in (select batch_id from batches)"
        )

    def add(self, source: str, *, since: int = 40, until: int = 0, dead: int = 0) -> None:
        self.con.execute(_SOURCE, {"source": source, "definition": "{}"})
        hours = {"since": 24 * since, "until": 24 * until, "dead": 24 * dead}
        self.con.execute(_LOOKS, {"source": source} | hours)

    def publish(self, source: str, first: int, last: int, count: int, **facts: object) -> None:
        told = {"whole": True, "found_by": "live"} | facts
        days = {"first": first, "last": last, "count": count}
        self.con.execute(_ARTICLES, {"source": source} | days | told)

    def batch(self, number: int, days: float, source: str, **facts: object) -> None:
        self.con.execute(
            "insert into batches select $batch, $number, 'run', 'r', 'live', "
            f"{NOW} - to_seconds(86400 * $days), {NOW}, 'd', '0', '{{}}' "
            "where $batch not in (select batch_id from batches)",
            {"batch": f"b{number}", "number": number, "days": days},
        )
        row = {"status": "loaded", "reason": None, "fetched": 0, "failed": 0, "rejected": 0} | facts
        self.con.execute(
            "insert into batch_sources by name select $batch as batch_id, $source as source_id, "
            "$status as status, $reason as reason, 9 as listed, 0 as known_not_due, "
            "$fetched as fetched, 0 as new, 0 as updated, 0 as unchanged, $rejected as rejected, "
            "$failed as failed, 0 as skipped, 0 as kept_from_feed, 9 as archived, "
            "'d' as input_digest",
            {"batch": f"b{number}", "source": source} | row,
        )

    def told(self, source: str, columns: str) -> tuple[object, ...]:
        asked = f"select {columns} from source_health where source_id = ?"
        (row,) = self.con.execute(asked, [source]).fetchall()
        return row


@pytest.fixture(scope="module")
def outlets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outlets]:
    with open_writer(tmp_path_factory.mktemp("health")) as con:
        con.execute("set timezone = 'UTC'")
        made = Outlets(con)
        made.add("waning")
        made.publish("waning", 8, 40, 4)
        made.publish("waning", 0, 8, 1, whole=False)
        made.add("silent")
        made.publish("silent", 8, 40, 2)
        made.add("young", since=20)
        made.publish("young", 0, 20, 3)
        made.add("down", dead=9)
        made.publish("down", 9, 40, 2)
        made.add("paused")
        con.execute(
            f"delete from polls where source_id = 'paused' and polled_at > {NOW} - "
            f"interval 99 hours and polled_at < {NOW} - interval 30 hours"
        )
        made.publish("paused", 4, 40, 4)
        made.publish("paused", 1, 2, 4)
        made.add("backfilled")
        made.publish("backfilled", 0, 40, 3)
        made.publish("backfilled", 1, 7, 500, found_by="backfill")
        con.execute(_SOURCE, {"source": "never", "definition": '{"retired": "it is dead"}'})
        for number, days in enumerate((20, 10, 3, 0.1), 1):
            is_late = days < 7
            made.batch(number, days, "waning", fetched=10, failed=5 * is_late, rejected=2)
        made.batch(5, 0.05, "stranger", status="held", reason="too many are no articles")
        made.batch(5, 0.05, "down", status="failed", reason="http_5xx")
        con.execute("update polls set batch_id = 'b5', reason = 'host_resting' "
                    f"where source_id = 'down' and polled_at = {NOW}")  # fmt: skip
        create_views(con)
        yield made


@pytest.mark.parametrize(
    ("source", "volume", "now", "before"),
    [
        ("waning", "low", 1, 4),
        ("silent", "silent", 0, 2),
        ("young", "learning", 3, None),
        ("down", "blind", None, 2),
        ("paused", "usual", 4, 4),
        ("backfilled", "usual", 3, 3),
        ("never", "learning", None, None),
        ("stranger", "learning", None, None),
    ],
)
def test_articles_per_day_are_held_against_the_outlets_own_four_weeks(
    outlets: Outlets, source: str, volume: str, now: float | None, before: float | None
) -> None:
    columns = "volume, articles_per_day, articles_per_day_before"
    assert outlets.told(source, columns) == (volume, now, before)


def test_days_that_nobody_looked_at_are_no_zeros(outlets: Outlets) -> None:
    assert outlets.told("paused", "days_observed, days_observed_before") == (5, 28)
    assert outlets.told("down", "days_observed, days_observed_before") == (0, 27)


def test_fields_are_held_against_the_four_weeks_before(outlets: Outlets) -> None:
    for field in ("title", "author", "date", "section", "image"):
        now, before = outlets.told("waning", f"{field}_share, {field}_share_before")
        assert (now, before) == (0, pytest.approx(108 / 109))
    assert outlets.told("waning", "median_words, median_words_before") == (40, 400)
    assert outlets.told("young", "author_share, author_share_before") == (1, None)


def test_failures_and_rejections_are_held_against_the_four_weeks_before(outlets: Outlets) -> None:
    shares = "failed_share, failed_share_before, rejected_share, rejected_share_before"
    assert outlets.told("waning", shares) == (pytest.approx(1 / 3), 0, 0.2, 0.2)
    assert outlets.told("waning", "last_batch_id, last_failed, last_rejected") == ("b4", 5, 2)
    counts = "batches, batches_failed, batches_held, is_host_resting"
    assert outlets.told("waning", counts) == (2, 0, 0, False)
    assert outlets.told("down", counts) == (1, 1, 0, True)
    assert outlets.told("stranger", counts) == (1, 0, 1, False)


def test_an_outlet_that_never_brought_anything_has_a_row(outlets: Outlets) -> None:
    columns = "name, retired, articles, hours_since_article, last_status"
    assert outlets.told("never", columns) == ("Name", "it is dead", 0, None, None)
    assert outlets.told("stranger", columns) == (None, None, 0, None, "held")
    (rows,) = outlets.con.execute("select count(*) from source_health").fetchall()
    assert rows == (8,)


def test_staleness_counts_from_the_newest_article(outlets: Outlets) -> None:
    assert outlets.told("waning", "hours_since_article") == (6,)
    assert outlets.told("silent", "hours_since_article") == (8 * 24 + 6,)


def test_an_article_newer_than_the_last_look_is_none_of_the_future(tmp_path: Path) -> None:
    with open_writer(tmp_path) as con:
        create_views(con)
        told = Outlets(con)
        told.add("early")
        told.publish("early", 0, 1, 1)
        told.add("empty")
        con.execute("update polls set polled_at = polled_at - interval 9 days")
        assert told.told("early", "hours_since_article") == (0,)
        assert told.told("empty", "hours_since_article") == (None,)


def test_days_reckoned_from_the_last_looks_are_those_of_all_looks(outlets: Outlets) -> None:
    asked = f"from {{}} where day > ({NOW} - interval 20 days)::date order by all"
    whole = outlets.con.execute(asked.format("covered_days")).fetchall()
    since = f"covered_since({NOW} - interval 20 days)"
    assert outlets.con.execute(asked.format(since)).fetchall() == whole
    assert {row[-1] for row in whole} == {"full", "partial", "blind"}
