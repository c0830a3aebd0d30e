from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from khabar.airflow.api import Run
from khabar.airflow.home import USER
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


@pytest.mark.parametrize(
    ("chosen", "who", "words"),
    [
        ("Approve", {"id": "7", "name": "Asma"}, "approved by Asma"),
        ("Reject", {"id": "7", "name": ""}, "rejected by 7: nothing was loaded"),
        ("Reject", None, "nobody answered in 7 days: nothing was loaded"),
    ],
)
def test_note_says_who_answered_and_that_a_week_without_answer_loads_nothing(
    dags: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch, said: dict[str, str], chosen: str,
    who: object, words: str,
) -> None:  # fmt: skip
    approve = dags["reprocess"].get_task("approve")
    skipped: list[str] = []
    monkeypatch.setattr(
        approve, "skip", lambda *, tasks, **_: skipped.extend(task.task_id for task in tasks)
    )
    event = {
        "chosen_options": [chosen], "params_input": {}, "responded_by_user": who,
        "responded_at": datetime(2026, 11, 23, tzinfo=UTC), "timedout": who is None,
    }  # fmt: skip
    approve.execute_complete({"task": approve, "ti": None}, event)
    assert said == {"line": words}
    assert skipped == ([] if chosen == "Approve" else ["load"])


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


def batches(airflow: RealAirflow) -> int:
    """Count the batches that reprocesses have loaded."""
    return len(list((airflow.home.home / "batches").glob("*-reprocess-*/status/load.json")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A run that waits for somebody's word."""

    airflow: RealAirflow
    run_id: str

    @property
    def path(self) -> str:
        """Name where Airflow keeps what is asked, and takes the answer."""
        return f"dags/reprocess/dagRuns/{self.run_id}/taskInstances/approve/-1/hitlDetails"

    def answer(self, word: str) -> Run:
        """Answer, and wait for the run's end."""
        api = self.airflow.api
        said = {"chosen_options": [word], "params_input": {}}
        assert api.request("PATCH", self.path, said).is_success
        self.airflow.crew.wait_until(
            lambda: api.run("reprocess", self.run_id).has_ended, RUN_SECONDS, "it did not end"
        )
        return api.run("reprocess", self.run_id)


def ask(airflow: RealAirflow, conf: dict[str, object]) -> Asked:
    """Trigger a run, and wait until somebody is asked, and the scheduler has seen the task go.

    Airflow takes an answer that comes before this for a task that died (apache/airflow#67287): it
    tries it again, and asks anew.
    """
    api, log = airflow.api, airflow.home.log("scheduler")
    run_id = api.trigger("reprocess", conf, "a test")
    seen = f"TaskInstance Finished: dag_id=reprocess, task_id=approve, run_id={run_id},"

    def is_waiting() -> bool:
        return seen in log.read_text() or api.run("reprocess", run_id).has_ended

    airflow.crew.wait_until(is_waiting, RUN_SECONDS, "nobody was asked")
    states = {one.task: one.state for one in api.tasks("reprocess", run_id)}
    explained = airflow.explain(api.run("reprocess", run_id), "reprocess")
    assert states.get("approve") == "awaiting_input", explained
    return Asked(airflow=airflow, run_id=run_id)


@pytest.mark.airflow
def test_great_change_waits_in_no_slot_loads_only_if_approved_and_is_taken_back(
    real_airflow: RealAirflow,
) -> None:
    api, source_id = real_airflow.api, "valley_herald"
    bodies = "SELECT article_id, body, version_count FROM articles WHERE source_id = ? ORDER BY 1"
    before, loaded = read(real_airflow, bodies, source_id), batches(real_airflow)
    api.unpause("reprocess")
    with other_hints(real_airflow.town.sources_folder / f"{source_id}.yml"):
        conf: dict[str, object] = {
            "sources": [source_id], "reason": "a test", "most_changed": 0.01,
        }  # fmt: skip
        dry = real_airflow.trigger("reprocess", **conf, dry_run=True)
        assert dry.state == "success", real_airflow.explain(dry, "reprocess")
        assert real_airflow.states(dry, "reprocess")["load"] == "skipped"
        assert "rows would change" in real_airflow.log(dry, "judge", "reprocess")

        asked = ask(real_airflow, conf)
        told = api.request("GET", asked.path).json()
        assert "rows would change" in told["body"]
        assert f"{source_id}: " in told["body"]
        for pool in ("default_pool", "warehouse"):
            assert api.request("GET", f"pools/{pool}").json()["occupied_slots"] == 0
        refused = asked.answer("Reject")
        assert refused.state == "success", real_airflow.explain(refused, "reprocess")
        states = real_airflow.states(refused, "reprocess")
        assert (states["approve"], states["load"], states["publish"]) == (
            "success", "skipped", "skipped",
        )  # fmt: skip
        noted = real_airflow.note(refused, "reprocess")
        assert "rows would change" in noted
        assert noted.endswith(f" · rejected by {USER}: nothing was loaded")
        assert read(real_airflow, bodies, source_id) == before
        assert batches(real_airflow) == loaded

        run = ask(real_airflow, conf).answer("Approve")
    assert run.state == "success", real_airflow.explain(run, "reprocess")
    assert f"approved by {USER} · " in real_airflow.note(run, "reprocess")
    after = read(real_airflow, bodies, source_id)
    assert [row[0::2] for row in after] == [row[0::2] for row in before]
    assert after != before
    assert batches(real_airflow) == loaded + 1
    batch_id = api.xcom("reprocess", run.id, "plan", "batch_id")
    back = real_airflow.trigger("reprocess", revert=batch_id, reason="a test")
    assert back.state == "success", real_airflow.explain(back, "reprocess")
    assert read(real_airflow, bodies, source_id) == before
