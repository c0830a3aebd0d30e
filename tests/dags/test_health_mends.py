"""The buttons that mend a run that broke, where it is seen that it did."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crawlers.batch import Batch
from dags.health.mends import list_failed
from tests.dags.health_client import find_form, finish, name_run, read_links, read_words
from tests.dags.test_health_buttons import CLEAR, INGEST, RIVER, TAB, Asked, conf, labels
from tests.warehouse.batches import START, BatchMaker, page, text
from warehouse.connection import snapshot_file
from warehouse.dedup import dedup_batch
from warehouse.health_files import read_batch
from warehouse.incidents import open_incident
from warehouse.load import load_batch
from warehouse.refused_plan import keep_refusal
from warehouse.room import DiskLow
from warehouse.summary import summarise_batch

if TYPE_CHECKING:
    from starlette.testclient import TestClient

pytestmark = pytest.mark.usefixtures("health_home")


def broken(home: Path, *stages: Callable[[Batch], object]) -> Batch:
    """Leave a batch of a run as one that broke after these stages."""
    made = BatchMaker(home, 7).source(page("/b", text("b"), hour=7))
    batch = made.source(id="river", failed="http_5xx: HTTP 503").write()
    name_run(batch, "run7")
    for stage in stages:
        stage(batch)
    summarise_batch(batch)
    return batch


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
