from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.airflow_session import RUN_SECONDS, RealAirflow
from warehouse.connection import open_snapshot

NONE_FAILED = "none_failed_min_one_success"


def test_it_is_started_by_hand_one_at_a_time(dags: Mapping[str, Any]) -> None:
    dag = dags["reprocess"]
    assert (dag.schedule, dag.max_active_runs) == (None, 1)


def test_only_what_writes_takes_the_writers_slot(dags: Mapping[str, Any]) -> None:
    tasks = {task.task_id: task for task in dags["reprocess"].tasks}
    assert {name: task.downstream_task_ids for name, task in tasks.items()} == {
        "plan": {"extract"}, "extract": {"judge"}, "judge": {"approve", "load"},
        "approve": {"load"}, "load": {"publish"}, "publish": set(),
    }  # fmt: skip
    assert {name for name, task in tasks.items() if task.pool == "warehouse"} == {"load", "publish"}
    assert tasks["load"].trigger_rule == NONE_FAILED
    assert tasks["approve"].defaults == ["Reject"]


def test_form_wants_a_reason_and_refuses_what_is_no_day_and_no_share(
    dags: Mapping[str, Any],
) -> None:
    from airflow.sdk.exceptions import ParamValidationError

    params = dags["reprocess"].params
    assert "dawn" in params.get_param("sources").schema["examples"]
    for name, bad in (("reason", ""), ("from", "yesterday"), ("most_changed", 20)):
        with pytest.raises(ParamValidationError):
            params.get_param(name).resolve(bad)
    assert params.get_param("to").resolve(None) is None


@contextmanager
def other_hints(file: Path) -> Iterator[None]:
    """Let a source file say for a while that each body loses a paragraph."""
    before = file.read_text()
    said = yaml.safe_load(before)
    hint = {"prune": "p:nth-of-type(2)"}
    file.write_text(yaml.safe_dump(said | {"hints": [*said.get("hints", []), hint]}))
    try:
        yield
    finally:
        file.write_text(before)


def read(airflow: RealAirflow, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(open_snapshot(airflow.home.home)) as con:
        return con.execute(sql, list(values)).fetchall()


def is_waiting(airflow: RealAirflow, run_id: str) -> bool:
    """Tell whether somebody is asked, and the task has gone to wait.

    Airflow 3.3 on SQLite loses an answer that comes between the two.
    """
    states = {one.task: one.state for one in airflow.api.tasks("reprocess", run_id)}
    return states.get("approve") == "awaiting_input"


@pytest.mark.airflow
def test_great_change_waits_in_no_slot_is_approved_loaded_and_taken_back(
    real_airflow: RealAirflow,
) -> None:
    api, source_id = real_airflow.api, "valley_herald"
    bodies = "SELECT article_id, body, version_count FROM articles WHERE source_id = ? ORDER BY 1"
    before = read(real_airflow, bodies, source_id)
    api.unpause("reprocess")
    with other_hints(real_airflow.town.sources_folder / f"{source_id}.yml"):
        conf: dict[str, object] = {
            "sources": [source_id], "reason": "a test", "most_changed": 0.01,
        }  # fmt: skip
        dry = real_airflow.trigger("reprocess", **conf, dry_run=True)
        assert dry.state == "success", real_airflow.explain(dry, "reprocess")
        assert real_airflow.states(dry, "reprocess")["load"] == "skipped"
        assert "rows would change" in real_airflow.log(dry, "judge", "reprocess")
        run_id = api.trigger("reprocess", conf, "a test")
        asked = f"dags/reprocess/dagRuns/{run_id}/taskInstances/approve/-1/hitlDetails"
        real_airflow.crew.wait_until(
            lambda: is_waiting(real_airflow, run_id) or api.run("reprocess", run_id).has_ended,
            RUN_SECONDS,
            "nobody was asked",
        )
        run = api.run("reprocess", run_id)
        assert not run.has_ended, real_airflow.explain(run, "reprocess")
        told = api.request("GET", asked).json()
        assert "rows would change" in told["body"]
        assert f"{source_id}: " in told["body"]
        for pool in ("default_pool", "warehouse"):
            assert api.request("GET", f"pools/{pool}").json()["occupied_slots"] == 0
        assert read(real_airflow, bodies, source_id) == before
        answer = {"chosen_options": ["Approve"], "params_input": {}}
        assert api.request("PATCH", asked, answer).is_success
        real_airflow.crew.wait_until(
            lambda: api.run("reprocess", run_id).has_ended, RUN_SECONDS, f"{run_id} did not end"
        )
    run = api.run("reprocess", run_id)
    assert run.state == "success", real_airflow.explain(run, "reprocess")
    after = read(real_airflow, bodies, source_id)
    assert [row[0::2] for row in after] == [row[0::2] for row in before]
    assert after != before
    batch_id = api.xcom("reprocess", run_id, "plan", "batch_id")
    back = real_airflow.trigger("reprocess", revert=batch_id, reason="a test")
    assert back.state == "success", real_airflow.explain(back, "reprocess")
    assert read(real_airflow, bodies, source_id) == before
