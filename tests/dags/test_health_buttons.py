"""The page's buttons: which are there, what a browser sends for each, and what comes of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crawlers.batch import Batch
from dags.health.mends import list_failed
from tests.dags.health_client import find_form, finish, name_run, read_forms, read_links, read_words
from tests.warehouse.batches import START, BatchMaker, page, rejected, text
from warehouse.connection import snapshot_file
from warehouse.dedup import dedup_batch
from warehouse.health_files import read_batch
from warehouse.incidents import list_incidents, mute, open_incident
from warehouse.load import load_batch
from warehouse.refused_plan import keep_refusal
from warehouse.room import DiskLow
from warehouse.summary import summarise_batch

if TYPE_CHECKING:
    from starlette.testclient import TestClient

pytestmark = pytest.mark.usefixtures("health_home")
Asked = list[tuple[str, dict[str, object]]]
RIVER, MOUNTAIN, TAB = "/sources/river", "/sources/mountain", "/run?dag=ingest&run=run7"
INGEST, CLEAR = "/api/v2/dags/ingest/dagRuns", "/api/v2/dags/{}/clearTaskInstances"


def labels(client: "TestClient", path: str) -> list[str]:
    return sorted(one.label for one in read_forms(client.get(path).text))


def conf(asked: Asked, path: str) -> object:
    """Take what the one call asked for."""
    [(called, body)] = asked
    assert called == path
    return body["conf"]


def broken(home: Path, *stages: Callable[[Batch], object]) -> Batch:
    """Leave a batch of a run as one that broke after these stages."""
    made = BatchMaker(home, 7).source(page("/b", text("b"), hour=7))
    batch = made.source(id="river", failed="http_5xx: HTTP 503").write()
    name_run(batch, "run7")
    for stage in stages:
        stage(batch)
    summarise_batch(batch)
    return batch


def test_pages_have_these_buttons_and_no_others(client: "TestClient", health_home: Path) -> None:
    assert labels(client, "/") == ["Ask again", "Ask again"]
    for path in (RIVER, MOUNTAIN):
        assert labels(client, path) == ["Ask again", "Read rejected pages again"]
    made = open_incident(health_home, "river", "failing", "HTTP 503", START)
    open_incident(health_home, None, "disk_low", "full", START)
    assert labels(client, RIVER) == [
        "Acknowledge", "Ask again", "Mute a day", "Read rejected pages again",
    ]  # fmt: skip
    assert labels(client, "/") == [
        "Acknowledge", "Acknowledge", "Ask again", "Ask again", "Mute a day", "Mute a day",
    ]  # fmt: skip
    mute(health_home, made.incident_id, datetime.now(UTC) + timedelta(days=1), "Asma")
    assert "Unmute" in labels(client, RIVER)
    assert "Mute a day" not in labels(client, RIVER)


@pytest.mark.parametrize(("path", "back"), [("/", "/"), (RIVER, RIVER)])
def test_an_incident_is_acknowledged_muted_and_heard_again(
    client: "TestClient", health_home: Path, path: str, back: str
) -> None:
    open_incident(health_home, "river", "failing", "HTTP 503", START)
    for label, done in (
        ("Acknowledge", "acknowledged"), ("Mute a day", "muted"), ("Unmute", "unmuted"),
    ):  # fmt: skip
        reply = find_form(client.get(path).text, label, "river, failing").press(client)
        began = datetime.now(UTC)
        assert (reply.status_code, reply.headers["location"]) == (303, f"{back}?done={done}")
        assert 'class="done" role="status"' in client.get(reply.headers["location"]).text
        (now,) = list_incidents(health_home)
        assert now.acknowledged_by == "Amina"
        if label != "Mute a day":
            assert now.muted_until is None
            continue
        assert now.muted_by == "Amina"
        assert now.muted_until is not None
        assert abs(now.muted_until - began - timedelta(days=1)) < timedelta(minutes=1)
    assert labels(client, RIVER) == ["Ask again", "Mute a day", "Read rejected pages again"]


@pytest.mark.parametrize("path", ["/", RIVER])
def test_an_outlet_is_asked_again_alone_due_or_not(
    client: "TestClient", asked: Asked, path: str
) -> None:
    reply = find_form(client.get(path).text, "Ask again", "River").press(client)
    assert reply.headers["location"] == f"{path}?done=asked"
    assert conf(asked, INGEST) == {"sources": ["river"], "force": True}


def test_rejected_pages_are_read_again(
    client: "TestClient", asked: Asked, health_home: Path
) -> None:
    finish(BatchMaker(health_home, 7).source(rejected("/t", hour=7)).write())
    form = find_form(client.get(MOUNTAIN).text, "Read rejected pages again")
    assert form.press(client).headers["location"] == f"{MOUNTAIN}?done=replayed"
    assert conf(asked, "/api/v2/dags/reprocess/dagRuns") == {
        "reason": "Amina has rejected pages read again from the Health page",
        "sources": ["mountain"],
        "only_rejected": True,
    }


@pytest.mark.parametrize("path", [MOUNTAIN, TAB])
def test_what_is_held_is_let_in_with_the_reason_that_was_written(
    client: "TestClient", asked: Asked, health_home: Path, path: str
) -> None:
    batch = BatchMaker(health_home, 7).source(page("/b", text("b")), miscount=1).write()
    name_run(batch, "run7")
    finish(batch)
    form = find_form(client.get(path).text, "Let it in")
    assert form.fields == {"why": ""}
    assert form.press(client, why=" ").status_code == 422
    assert asked == []
    reply = form.press(client, why="a twin")
    assert reply.headers["location"] == f"{MOUNTAIN}?done=accepted"
    assert conf(asked, "/api/v2/dags/accept/dagRuns") == {
        "batch": batch.id, "source": "mountain", "why": "a twin",
    }  # fmt: skip
    assert read_links(client.get("/").text)["Look, and let it in"] == MOUNTAIN


@pytest.mark.parametrize("path", ["/", TAB])
@pytest.mark.parametrize(
    ("stages", "task", "again"),
    [
        ((), "dedup", None),
        ((dedup_batch,), "load", None),
        ((dedup_batch, load_batch), "publish", ["load", "publish", "summary"]),
    ],
)
def test_a_run_that_broke_has_the_button_that_runs_it_again(
    client: "TestClient", asked: Asked, health_home: Path, path: str,
    stages: tuple[Callable[[Batch], object], ...], task: str, again: list[str] | None,
) -> None:  # fmt: skip
    broken(health_home, *stages)
    shown = client.get(path).text
    assert f"{task} did not end" in shown
    reply = find_form(shown, "Run failed tasks again").press(client)
    assert reply.headers["location"] == f"{TAB}&done=cleared"
    [(called, body)] = asked
    assert called == CLEAR.format("ingest")
    assert (body["dag_run_id"], body["only_failed"], body["include_downstream"]) == (
        "run7", True, True,
    )  # fmt: skip
    # A batch that is loaded takes no other input: its crawls are left as they are.
    assert body.get("task_ids") == again
    log = f"/dags/ingest/runs/run7/tasks/{task}"
    assert read_links(client.get("/").text)[f"Log of {task}"] == log
    assert read_links(client.get(TAB).text)[task] == log


@pytest.mark.parametrize("path", ["/", TAB])
def test_a_run_that_is_red_by_its_outlets_asks_all_that_failed_again(
    client: "TestClient", asked: Asked, health_home: Path, path: str
) -> None:
    batch = broken(health_home, finish)
    shown = client.get(path).text
    assert "more than 20%: river" in shown
    assert "Run failed tasks again" not in shown
    reply = find_form(shown, "Ask all that failed again").press(client)
    assert reply.headers["location"] == "/?done=asked"
    assert conf(asked, INGEST) == {"sources": ["river"], "force": True}
    assert list_failed(read_batch(health_home, batch.id), {"mountain"}) == []


def test_a_plan_that_was_refused_is_made_again(
    client: "TestClient", asked: Asked, health_home: Path
) -> None:
    with pytest.raises(DiskLow), keep_refusal(health_home, START, is_of_all=True):
        raise DiskLow("the disk is full")
    reply = find_form(client.get("/").text, "Start a new run").press(client)
    assert reply.headers["location"] == "/?done=begun"
    assert conf(asked, INGEST) == {"sources": [], "force": False}
    assert "was started" in client.get("/?done=begun").text


def test_a_snapshot_that_is_lost_comes_back_with_a_new_run(
    client: "TestClient", health_home: Path
) -> None:
    snapshot_file(health_home).unlink()
    assert find_form(client.get("/").text, "Start a new run").action == "/ingest"


def say(monkeypatch: pytest.MonkeyPatch, state: str, note: str = "▸ no contact is set") -> None:
    """Let Airflow say this of any run."""
    from dags.health.airflow_calls import RunTold

    async def find(*_: object) -> RunTold:
        return RunTold(state=state, note=note)

    monkeypatch.setattr("dags.health.app.find_run", find)


@pytest.mark.parametrize("dag", ["ingest", "reprocess"])
def test_the_tab_of_a_run_without_a_batch_says_why_and_runs_it_again(
    client: "TestClient", asked: Asked, monkeypatch: pytest.MonkeyPatch, dag: str
) -> None:
    say(monkeypatch, "failed")
    shown = client.get("/run", params={"dag": dag, "run": "run9"}).text
    assert "▸ no contact is set" in shown
    find_form(shown, "Run failed tasks again").press(client)
    assert [called for called, _ in asked] == [CLEAR.format(dag)]
    assert (asked[0][1]["dag_run_id"], asked[0][1].get("task_ids")) == ("run9", None)
    say(monkeypatch, "success")
    assert labels(client, f"/run?dag={dag}&run=run9") == []


def test_a_run_that_goes_on_or_is_green_has_no_button(
    client: "TestClient", health_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(health_home, dedup_batch)
    for state in ("running", "queued", "success"):
        say(monkeypatch, state)
        assert labels(client, TAB) == []
    say(monkeypatch, "failed")
    assert labels(client, TAB) == ["Run failed tasks again"]
    assert "▸ no contact is set" in client.get(TAB).text
    line = read_words(client.get("/").text, "//p[contains(., 'As of')]/bdi")[0]
    say(monkeypatch, "failed", f"▸ {line}")
    assert f"▸ {line}" not in client.get(TAB).text  # Airflow says it above, and once is enough


def test_a_retired_outlet_says_so_and_is_not_asked_again(
    client: "TestClient", asked: Asked, health_home: Path
) -> None:
    form = find_form(client.get(RIVER).text, "Ask again")
    with (health_home / "sources" / "river.yml").open("a") as file:
        file.write("retired: closed in <2026>\n")
    shown = client.get(RIVER).text
    assert 'River</bdi>: <bdi dir="auto">retired: closed in &lt;2026&gt;</bdi></h1>' in shown
    assert labels(client, RIVER) == ["Read rejected pages again"]
    refused = form.press(client)
    assert (refused.status_code, "is retired: closed" in refused.text) == (409, True)
    assert asked == []


def test_whoever_has_no_page_leads_to_that_of_all(
    client: "TestClient", asked: Asked, health_home: Path
) -> None:
    made = BatchMaker(health_home, 7).source(page("/w", text("w")), id="web:dawn.com", miscount=1)
    batch = made.write()
    name_run(batch, "run7")
    finish(batch)
    shown = client.get(TAB).text
    assert "web:dawn.com" in shown
    assert "/sources/web:dawn.com" not in read_links(shown).values()
    form = find_form(shown, "Let it in")
    assert form.press(client, why="a twin").headers["location"] == "/?done=accepted"


@pytest.mark.usefixtures("as_viewer")
def test_a_viewer_reads_what_broke_and_sees_no_button(
    client: "TestClient", health_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_incident(health_home, "river", "failing", "HTTP 503", START)
    broken(health_home, dedup_batch, load_batch)
    say(monkeypatch, "failed")
    for path in ("/", RIVER, TAB, "/run?dag=ingest&run=none", "/run?dag=reprocess&run=none"):
        shown = client.get(path).text
        assert "<form" not in shown
        assert "<button" not in shown
        assert "Mend</th>" not in shown
    assert "Log of publish" in read_links(client.get("/").text)
