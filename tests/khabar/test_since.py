import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.khabar.command import assert_one_line, khabar
from tests.warehouse.batches import (
    HOST,
    BatchMaker,
    Line,
    again,
    failed,
    on,
    page,
    rows,
    same,
    text,
)
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot
from warehouse.releases import release_snapshot
from warehouse.since import REASONS

OLD, NEW = "پرانی سرخی", "نئی سرخی"
VALLEY = "https://valley.example"


def load(home: Path, hour: int, *lines: Line, found_by: Any = "live") -> None:
    maker = BatchMaker(home, hour, dag="ingest", found_by=found_by)
    load_batch(maker.source(*lines, max_rejected_share=1).write())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("since") / "home"
    unclear = page("/unclear", text("خراب"), hour=1, title=OLD)
    load(
        home, 1, unclear,
        *(page(f"/{name}", text(name), hour=1, title=OLD)
          for name in ("kept", "amended", "gone", "back", "both", "one")),
        failed("/fed", feed="Only what the feed said of it"),
    )  # fmt: skip
    load(home, 2, page("/two", text("one"), hour=2, title=OLD), failed("/back", "gone"))
    held = BatchMaker(home, 3).source(failed("/back", "gone"))
    held.source(page("/held", text("held"), hour=3, host=VALLEY), id="valley", host=VALLEY,
                miscount=1)  # fmt: skip
    batch = held.write()
    load_batch(batch)
    publish_snapshot(home)
    release_snapshot(home, "then")
    load(
        home, 4, page("/new", text("new"), hour=4),
        page("/amended", text("amended", but="ترمیم"), hour=4, title=NEW),
        page("/both", text("both", but="ترمیم"), hour=4, title=NEW, extractor="x2"),
        again("/unclear", text("صاف"), record_of=unclear, extractor="x2", title=NEW),
        page("/two", text("one"), hour=4, title=OLD, also=[(f"{HOST}/one", "redirect")]),
        page("/back", text("back"), hour=4, title=OLD), failed("/gone", "gone"),
        page("/fed", text("fed"), hour=4), same("/kept", text("kept"), hour=4, title=OLD),
    )  # fmt: skip
    load(home, 5, failed("/gone", "gone"))
    load_batch(batch, accept_source="valley", why="the feed repeats itself")
    early = page("/early", text("early"), hour=0, published=on("2026-05-01"))
    load(home, 6, early, found_by="backfill")
    load(home, 7, page("/imported", text("imported"), hour=7),
         page("/kept", text("kept"), hour=0.5, title=OLD), found_by="import")  # fmt: skip
    publish_snapshot(home)
    return home


def since(home: Path, where: str, release: str = "then") -> dict[str, Any]:
    done = khabar(home, "since", release, "--where", where, "--json")
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    came, went = (sum(one["articles"] for one in told[side]) for side in ("came", "went"))
    assert told["release"]["articles"] + came - went == told["today"]["articles"]
    for side in ("came", "went"):
        assert all(one["articles"] >= len(one["sample_ids"]) > 0 for one in told[side])
    return told


def moves(told: dict[str, Any]) -> dict[str, int]:
    return {
        sign + one["reason"]: one["articles"]
        for sign, side in (("+", "came"), ("-", "went"))
        for one in told[side]
    }


def article_id(home: Path, path: str) -> int:
    found = rows(home, f"SELECT article_id FROM article_urls WHERE url_key LIKE '%/{path}'")  # noqa: S608
    return int(str(found[0][0]))


def test_all_articles_came_by_each_way_and_one_went_into_another(home: Path) -> None:
    told = since(home, "true")
    assert moves(told) == {
        "+new": 1, "+backfill": 1, "+import": 1, "+held_released": 1, "-merged": 1,
    }  # fmt: skip
    assert (told["release"]["articles"], told["today"]["articles"]) == (9, 12)
    ids = {one["reason"]: one["sample_ids"] for one in told["came"]}
    assert ids["held_released"] == [article_id(home, "held")]
    assert ids["backfill"] == [article_id(home, "early")]


@pytest.mark.parametrize(
    ("where", "expected", "fields"),
    [
        (f"title = '{NEW}'",
         {"+changed": 1, "+extracted_again": 1, "+changed_and_extracted": 1}, {"title"}),
        (f"title = '{OLD}'",
         {"-changed": 1, "-extracted_again": 1, "-changed_and_extracted": 1, "-merged": 1},
         {"title"}),
        ("body LIKE '%صاف%' -- Urdu", {"+extracted_again": 1}, {"body"}),
        ("contains(body, 'خراب')", {"-extracted_again": 1}, {"body"}),
        ("gone_at IS NOT NULL", {"+gone": 1, "-returned": 1}, {"gone_at"}),
        ("article_id IN (SELECT article_id FROM gone_articles)", {"+other": 1, "-other": 1}, set()),
        ("body_from = 'feed'", {"-page_had": 1}, {"body_from"}),
        ("first_seen_at < '2026-08-01 01:00:00+00'", {"+seen_earlier": 1, "+backfill": 1},
         {"first_seen_at"}),
        ("source_id = 'valley'", {"+held_released": 1}, set()),
        ("version_count > 1", {"+changed": 1, "+changed_and_extracted": 1}, {"version_count"}),
        ("date_basis = 'published'", {"+backfill": 1}, set()),
        ("false", {}, set()),
        ("(SELECT max(load_number) FROM batches) < 4", {"-other": 8, "-merged": 1}, set()),
    ],
)  # fmt: skip
def test_reason_and_columns_of_each_move(
    home: Path, where: str, expected: dict[str, int], fields: set[str]
) -> None:
    told = since(home, where)
    assert moves(told) == expected
    assert {field for side in ("came", "went") for one in told[side]
            for field in one["fields"]} == fields  # fmt: skip


def test_article_that_was_only_looked_at_again_says_so(home: Path) -> None:
    kept = article_id(home, "kept")
    told = since(home, f"article_id = {kept} AND fetched_at > '2026-08-01 03:00:00+00'")
    assert moves(told) == {"+seen_again": 1}
    assert told["came"][0]["fields"] == {"fetched_at": 1}


def test_article_that_was_placed_in_another_story_says_so(tmp_path: Path) -> None:
    home = tmp_path / "home"
    load(home, 1, page("/first", text("told"), hour=1), page("/copy", text("told"), hour=1))
    publish_snapshot(home)
    release_snapshot(home, "then")
    load(home, 4, page("/copy", text("something else"), hour=4))
    publish_snapshot(home)
    kept = "(SELECT story_id FROM articles WHERE url LIKE '%/first')"
    told = since(home, f"story_id = {kept}")
    assert moves(told) == {"-story": 1}
    assert told["went"][0] | {"sample_ids": ()} == {
        "reason": "story", "articles": 1, "fields": {"story_id": 1}, "sample_ids": (),
    }  # fmt: skip
    assert told["went"][0]["sample_ids"] == [article_id(home, "copy")]


def test_move_that_two_columns_make_alike_names_both(home: Path) -> None:
    told = since(home, f"source_id = 'mountain' AND (title = '{NEW}' OR contains(body, 'صاف'))")
    (again,) = (one for one in told["came"] if one["reason"] == "extracted_again")
    assert again["fields"] == {"body": 1, "title": 1}


def test_move_that_takes_two_of_three_columns_names_all_that_differ(home: Path) -> None:
    signs = (f"title = '{NEW}'", "contains(body, 'صاف')", "extractor_version = 'x2'")
    votes = " + ".join(f"({sign})::INT" for sign in signs)
    told = since(home, f"url LIKE '%/unclear' AND {votes} >= 2")
    assert moves(told) == {"+extracted_again": 1}
    fields = set(told["came"][0]["fields"])
    assert {"title", "body", "extractor_version", "content_hash"} <= fields
    assert "url" not in fields


def test_table_says_why_in_words_and_that_the_sums_balance(home: Path) -> None:
    done = khabar(home, "since", "then", "--where", f"title = '{NEW}'")
    assert done.returncode == 0, done.stderr
    assert "0 + 3 came - 0 went = 3: the sums balance" in done.stdout
    assert REASONS["extracted_again"] in done.stdout
    assert str(article_id(home, "amended")) in done.stdout
    assert f"where title = '{NEW}'" in done.stdout


def test_release_of_what_is_published_has_no_change(home: Path) -> None:
    release_snapshot(home, "now")
    told = since(home, "true", "now")
    assert (told["came"], told["went"]) == ([], [])


def make_older(home: Path, tmp_path: Path) -> None:
    """Lay a release beside the others as a schema without credited_source would have made it."""
    folder = home / "published" / "releases"
    file, card = tmp_path / "older.duckdb", json.loads((folder / "then.json").read_bytes())
    file.write_bytes((folder / "then.duckdb").read_bytes())
    with duckdb.connect(str(file)) as con:
        con.execute("ALTER TABLE articles DROP COLUMN credited_source")
        con.execute("UPDATE snapshot SET schema_version = 8")
    data = file.read_bytes()
    file.replace(folder / "older.duckdb")
    told = card | {"name": "older", "schema_version": 8, "bytes": len(data)}
    told["sha256"] = hashlib.sha256(data).hexdigest()
    (folder / "older.json").write_text(json.dumps(told))


def test_release_of_an_older_schema_is_compared_or_refused_in_one_line(
    home: Path, tmp_path: Path
) -> None:
    make_older(home, tmp_path)
    told = since(home, f"title = '{NEW}'", "older")
    assert told["release"]["schema_version"] == 8
    assert moves(told)["+changed"] == 1
    done = khabar(home, "since", "older", "--where", "credited_source IS NOT NULL")
    assert_one_line(done, "in release older, of schema 8", "credited_source")


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("nope = 1", "letter 1: nope = 1"),
        ("title =", "syntax error"),
        ("title IN (SELECT content FROM read_text('/etc/hostname'))", "disabled"),
        ("true); DROP TABLE articles; SELECT (1", "letter 5: ); DROP TABLE"),
        ("true) OR (true", "letter 5: ) OR (true"),
    ],
)
def test_condition_that_is_wrong_or_reaches_out_is_one_line(
    home: Path, where: str, said: str
) -> None:
    assert_one_line(khabar(home, "since", "then", "--where", where), said)


def test_release_that_is_not_there_is_one_line(home: Path, tmp_path: Path) -> None:
    assert_one_line(khabar(home, "since", "2020-01"), "no release 2020-01", "then")
    assert_one_line(khabar(tmp_path / "none", "since", "then"), "nothing is published yet")
