import os
import signal
import time

import pytest

from khabar.airflow.machine import wait_healthy
from khabar.ingest_run import follow
from khabar.newsroom.faults import Fault
from tests.airflow_session import ARTICLES, RealAirflow

pytestmark = pytest.mark.airflow

COMPONENTS = ("scheduler", "api-server", "dag-processor", "triggerer")
ONCE = ("plan", "dedup", "load", "publish", "summary")


def names(airflow: RealAirflow) -> list[str]:
    return [outlet.name for outlet in airflow.town.outlets.values()]


def test_first_ingest_turns_green_and_publishes_every_outlet(real_airflow: RealAirflow) -> None:
    run = real_airflow.first
    states = real_airflow.states(run)
    assert run.state == "success", real_airflow.explain(run)
    for task in ONCE:
        assert states.pop(task) == "success"
    assert states == {
        f"source.{step} of {name}": "success"
        for name in names(real_airflow)
        for step in ("crawl", "extract")
    }
    assert published_sources(real_airflow) == set(real_airflow.town.outlets)


def test_summary_says_in_words_what_became_of_each_source(real_airflow: RealAirflow) -> None:
    text = real_airflow.log(real_airflow.first, "summary")
    for source_id in real_airflow.town.outlets:
        assert f"{source_id}: fine" in text
    assert "7 of 7 sources fine" in text


def test_log_of_a_crawl_has_at_most_a_line_a_page(real_airflow: RealAirflow) -> None:
    run_id = real_airflow.first.id
    folder = real_airflow.home.folder / "logs" / "dag_id=ingest" / f"run_id={run_id}"
    logs = list(folder.glob("task_id=source.crawl/**/attempt=1.log"))
    assert len(logs) == len(real_airflow.town.outlets)
    for log in logs:
        lines = [line for line in log.read_text().splitlines() if '"khabar.' in line]
        pages = sum("fetched http" in line for line in lines)
        assert pages == ARTICLES
        assert len(lines) <= pages + 5, log


def test_nothing_due_is_green_and_skips_the_rest(real_airflow: RealAirflow) -> None:
    run = real_airflow.ingest()
    states = real_airflow.states(run)
    assert run.state == "success", real_airflow.explain(run)
    assert states.pop("plan") == "success"
    assert set(states.values()) == {"skipped"}
    line = real_airflow.api.xcom("ingest", run.id, "plan", "line")
    assert (line or "").startswith("nothing due")


def test_only_the_chosen_source_is_asked(real_airflow: RealAirflow) -> None:
    chosen = next(iter(real_airflow.town.outlets.values()))
    run = real_airflow.ingest(sources=[chosen.id])
    states = real_airflow.states(run)
    assert run.state == "success", real_airflow.explain(run)
    assert set(states) - set(ONCE) == {
        f"source.crawl of {chosen.name}", f"source.extract of {chosen.name}",
    }  # fmt: skip


def test_unknown_source_turns_the_run_red_and_is_named(real_airflow: RealAirflow) -> None:
    run = real_airflow.ingest(sources=["no_such_outlet"])
    assert run.state == "failed"
    assert "no_such_outlet" in real_airflow.log(run, "plan")


@pytest.mark.parametrize(("asked", "colour"), [(5, "success"), (2, "failed")])
def test_one_dead_outlet_is_a_red_cell_and_the_others_are_published(
    real_airflow: RealAirflow, asked: int, colour: str
) -> None:
    dead, *good = list(real_airflow.town.outlets.values())[:asked]
    real_airflow.town.misbehave(dead.id, Fault(kind="status", status=404, paths="/*"))
    try:
        run = real_airflow.ingest(sources=[dead.id, *(outlet.id for outlet in good)])
    finally:
        real_airflow.town.heal(dead.id)
    states = real_airflow.states(run)
    assert run.state == colour, real_airflow.explain(run)
    assert states.pop(f"source.crawl of {dead.name}") == "failed"
    assert states.pop("summary") == colour
    assert set(states.values()) == {"success"}
    if colour == "failed":
        assert "1 of 2 due sources failed" in real_airflow.log(run, "summary")
        assert f"source.crawl failed for 1 of 2: {dead.name} (" in real_airflow.note(run)


@pytest.mark.slow
@pytest.mark.parametrize("component", COMPONENTS)
def test_killed_component_is_started_again_and_the_run_goes_on(
    real_airflow: RealAirflow, component: str
) -> None:
    crew, api = real_airflow.crew, real_airflow.api
    sources = list(real_airflow.town.outlets)[:2]
    run_id = api.trigger("ingest", {"sources": sources}, "a test")
    crew.wait_until(
        lambda: real_airflow.states(api.run("ingest", run_id)).get("plan") == "success", 60, "plan"
    )
    os.kill(crew.pids()[component], signal.SIGKILL)
    began = time.monotonic()
    run = follow(crew, api, run_id, lambda _: None)
    assert run.state == "success", real_airflow.explain(run)
    assert time.monotonic() - began < 240
    wait_healthy(crew, real_airflow.home, lambda _: None)
    assert f"{component} died (SIGKILL) and was started again" in crew.restarted


def published_sources(airflow: RealAirflow) -> set[str]:
    from warehouse.connection import open_snapshot

    with open_snapshot(airflow.home.home) as con:
        return {
            str(row[0]) for row in con.execute("SELECT DISTINCT source_id FROM articles").fetchall()
        }
