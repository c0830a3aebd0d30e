import os
import signal
import time

import pytest

from khabar.airflow.machine import wait_healthy
from khabar.newsroom.faults import Fault
from tests.airflow_session import RealAirflow

pytestmark = pytest.mark.airflow

ONCE = ("plan", "dedup", "load", "publish", "summary")


def names(airflow: RealAirflow) -> list[str]:
    return [outlet.name for outlet in airflow.town.outlets.values()]


def test_ingest_turns_green_and_publishes_every_outlet(real_airflow: RealAirflow) -> None:
    real_airflow.town.advance(2)
    run = real_airflow.ingest(force=True)
    states = real_airflow.states(run)
    assert run.state == "success", states
    for task in ONCE:
        assert states.pop(task) == "success"
    assert states == {
        f"source.{step} of {name}": "success"
        for name in names(real_airflow)
        for step in ("crawl", "extract")
    }
    assert run.seconds is not None
    assert run.seconds <= 90
    assert published_sources(real_airflow) == set(real_airflow.town.outlets)


def test_summary_says_in_words_what_became_of_each_source(real_airflow: RealAirflow) -> None:
    run = real_airflow.ingest(force=True)
    text = real_airflow.log(run, "summary")
    for source_id in real_airflow.town.outlets:
        assert f"{source_id}: " in text
    assert "7 of 7 sources fine" in text


def test_log_of_a_crawl_has_at_most_a_line_a_page(real_airflow: RealAirflow) -> None:
    run = real_airflow.ingest(force=True)
    folder = real_airflow.home.folder / "logs" / "dag_id=ingest" / f"run_id={run.id}"
    logs = list(folder.glob("task_id=source.crawl/**/attempt=1.log"))
    assert len(logs) == len(real_airflow.town.outlets)
    for log in logs:
        assert len(log.read_text().splitlines()) < 60, log


def test_nothing_due_is_green_and_skips_the_rest(real_airflow: RealAirflow) -> None:
    real_airflow.ingest(force=True)
    run = real_airflow.ingest()
    states = real_airflow.states(run)
    assert run.state == "success"
    assert states.pop("plan") == "success"
    assert set(states.values()) == {"skipped"}
    line = real_airflow.api.xcom("ingest", run.id, "plan", "line")
    assert (line or "").startswith("nothing due")


def test_only_the_chosen_source_is_asked(real_airflow: RealAirflow) -> None:
    chosen = next(iter(real_airflow.town.outlets.values()))
    run = real_airflow.ingest(sources=[chosen.id], force=True)
    states = real_airflow.states(run)
    assert run.state == "success"
    assert {name for name in states if name not in ONCE} == {
        f"source.crawl of {chosen.name}", f"source.extract of {chosen.name}",
    }  # fmt: skip


def test_unknown_source_turns_the_run_red_and_is_named(real_airflow: RealAirflow) -> None:
    run = real_airflow.ingest(sources=["no_such_outlet"], force=True)
    assert run.state == "failed"
    assert "no_such_outlet" in real_airflow.log(run, "plan")


def test_one_dead_outlet_is_a_red_cell_in_a_green_run(real_airflow: RealAirflow) -> None:
    dead = next(iter(real_airflow.town.outlets.values()))
    real_airflow.town.misbehave(dead.id, Fault(kind="status", status=500, paths="/*"))
    try:
        run = real_airflow.ingest(force=True)
    finally:
        real_airflow.town.heal(dead.id)
    states = real_airflow.states(run)
    assert run.state == "success", states
    assert states.pop(f"source.crawl of {dead.name}") == "failed"
    assert set(states.values()) == {"success"}


def test_two_dead_outlets_of_seven_turn_the_run_red_but_the_rest_is_published(
    real_airflow: RealAirflow,
) -> None:
    dead = list(real_airflow.town.outlets.values())[:2]
    for outlet in dead:
        real_airflow.town.misbehave(outlet.id, Fault(kind="status", status=500, paths="/*"))
    try:
        run = real_airflow.ingest(force=True)
    finally:
        real_airflow.town.heal(None)
    states = real_airflow.states(run)
    assert run.state == "failed"
    assert states["publish"] == "success"
    assert states["summary"] == "failed"
    assert "2 of 7 due sources failed" in real_airflow.log(run, "summary")


def test_killed_scheduler_is_started_again_and_the_run_goes_on(real_airflow: RealAirflow) -> None:
    run_id = real_airflow.api.trigger("ingest", {"force": True}, "a test")
    while real_airflow.states(real_airflow.api.run("ingest", run_id)).get("plan") != "success":
        time.sleep(0.5)
    os.kill(real_airflow.crew.pids()["scheduler"], signal.SIGKILL)
    real_airflow.crew.wait_until(
        lambda: real_airflow.api.run("ingest", run_id).has_ended, 240, "the run did not end"
    )
    wait_healthy(real_airflow.crew, real_airflow.home, lambda _: None)
    assert real_airflow.api.run("ingest", run_id).state == "success"
    assert "scheduler died (SIGKILL) and was started again" in real_airflow.crew.restarted


def published_sources(airflow: RealAirflow) -> set[str]:
    from warehouse.connection import open_snapshot

    with open_snapshot(airflow.home.home) as con:
        return {
            str(row[0]) for row in con.execute("SELECT DISTINCT source_id FROM articles").fetchall()
        }
