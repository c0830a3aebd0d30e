"""The tab of a run: what it brought, outlet by outlet, with every count where it belongs."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crawlers.batch import Batch, write_json
from tests.dags.health_client import finish, name_run, read_links, read_table, read_words
from tests.warehouse.batches import BatchMaker, failed, page, rejected, same, skipped, text
from warehouse.dedup import dedup_batch
from warehouse.summary import summarise_batch

if TYPE_CHECKING:
    from starlette.testclient import TestClient

pytestmark = pytest.mark.usefixtures("health_home")
TAB = "/run?dag=ingest&run=run7"
COUNTED = [
    "listed", "asked again", "known not due", "fetched", "failed", "gone", "skipped", "rejected",
]  # fmt: skip


def make_run(home: Path) -> Batch:
    """One of each outcome, and of some more than one; another outlet is down."""
    lines = [page(f"/n{n}", text(f"n{n}"), hour=7) for n in range(3)]
    lines += [page("/a", text("other"), hour=7, title="Another headline")]
    lines += [rejected(f"/r{n}", hour=7) for n in range(2)]
    lines += [failed("/f"), failed("/g", "gone"), *(skipped(f"/s{n}") for n in range(5))]
    made = BatchMaker(home, 7).source(*lines, known_not_due=6)
    batch = made.source(id="river", failed="http_5xx: HTTP 503").write()
    name_run(batch, "run7")
    return batch


def test_every_count_of_a_loaded_run_stands_in_its_column(
    client: "TestClient", health_home: Path
) -> None:
    batch = make_run(health_home)
    finish(batch)
    summarise_batch(batch)
    head, river, mountain = read_table(client.get(TAB).text, "")
    assert head == ["Outlet", "State", *COUNTED, "new", "updated", "unchanged"]
    assert river == ["River", "failed: http_5xx: HTTP 503 log", *["0"] * 11]
    counts = dict(zip(head, mountain, strict=True))
    assert counts == {
        "Outlet": "Mountain <b>Post</b>", "State": "fine", "listed": "19", "asked again": "0",
        "known not due": "6", "fetched": "6", "failed": "1", "gone": "1", "skipped": "5",
        "rejected": "2", "new": "3", "updated": "1", "unchanged": "0",
    }  # fmt: skip
    assert "not over" not in client.get(TAB).text


def test_what_nobody_counted_yet_has_no_column_and_a_dash_where_others_have(
    client: "TestClient", health_home: Path
) -> None:
    batch = make_run(health_home)
    report = {"articles": 4, "rejections": [["listing", 2]]}
    write_json(batch.status("extract", "mountain"), report)
    head, mountain, river = read_table(client.get(TAB).text, "")
    assert head[-2:] == ["extracted", "unchanged"]
    assert not {"new", "updated"} & {*head}
    assert dict(zip(head, mountain, strict=True))["extracted"] in ("4", "–")
    assert {dict(zip(head, row, strict=True))["extracted"] for row in (mountain, river)} == {
        "4", "–",
    }  # fmt: skip
    assert f"{batch.id} is planned, and not over" in client.get(TAB).text


def test_the_tab_names_its_batch_and_leads_to_logs_and_outlets(
    client: "TestClient", health_home: Path
) -> None:
    batch = make_run(health_home)
    summarise_batch(batch)
    shown = client.get(TAB).text
    (heading,) = read_words(shown, "//h1")
    assert heading.startswith("Red: dedup did not end")
    assert read_words(shown, "//p")[0].startswith(f"Batch {batch.id}, begun ")
    links, run = read_links(shown), "/dags/ingest/runs/run7/tasks"
    assert {name: links[name] for name in ("plan", "dedup", "load", "publish", "summary")} == {
        name: f"{run}/{name}" for name in ("plan", "dedup", "load", "publish", "summary")
    }
    assert links["log"] == f"{run}/source.crawl/mapped/1"
    assert links["Mountain <b>Post</b>"] == "/sources/mountain"
    assert links["All outlets"] == "/"


def test_a_page_that_was_not_changed_is_counted_as_such(
    client: "TestClient", health_home: Path
) -> None:
    made = BatchMaker(health_home, 7).source(same("/a", text("a"), hour=7))
    batch = made.write()
    name_run(batch, "run7")
    dedup_batch(batch)
    head, row = read_table(client.get(TAB).text, "")
    assert dict(zip(head, row, strict=True))["unchanged"] == "1"


def test_a_run_without_a_batch_says_why_that_may_be(client: "TestClient") -> None:
    for dag, said in (
        ("maintain", "it is of a DAG that opens none"),
        ("ingest", "nothing was due"),
        ("backfill", "A backfill opens a batch for each of its slices, under a name of its own"),
        ("import_archive", "An import opens one batch, under a name of its own"),
    ):
        shown = client.get("/run", params={"dag": dag, "run": "run7"}).text
        assert "No batch of its own</h1>" in shown
        assert said in shown
        assert ("khabar status" in shown) == (dag in ("backfill", "import_archive"))
