import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from khabar.settings import read_settings
from tests.airflow_session import RealAirflow
from tests.warehouse.batches import BatchMaker, page, text
from warehouse.load import load_batch

SUNDAY, MONDAY = (datetime(2026, 11, day, 2, 40, tzinfo=UTC) for day in (22, 23))


def test_maintain_runs_nightly_one_at_a_time_without_catching_up(dags: Mapping[str, Any]) -> None:
    dag = dags["maintain"]
    assert dag.schedule == "40 2 * * *"
    assert (dag.max_active_runs, dag.catchup) == (1, False)
    assert {"khabar", "upkeep"} == set(dag.tags)


def test_it_compacts_then_publishes_in_the_writers_one_slot(dags: Mapping[str, Any]) -> None:
    tasks = {task.task_id: task for task in dags["maintain"].tasks}
    assert {name: task.downstream_task_ids for name, task in tasks.items()} == {
        "compact": {"publish"}, "publish": set(),
    }  # fmt: skip
    assert {task.pool for task in tasks.values()} == {"warehouse"}
    assert tasks["publish"].trigger_rule == "none_failed"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("KHABAR_HOME", str(tmp_path / "home"))
    read_settings.cache_clear()
    yield tmp_path / "home"
    read_settings.cache_clear()


def run(
    dags: Mapping[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    task: str,
    night: datetime | None = MONDAY,
    *,
    asked: bool = False,
) -> str:
    """Run a task's own function in a night; say `skipped` where it skips itself."""
    from airflow.sdk.exceptions import AirflowSkipException

    called = dags["maintain"].get_task(task).python_callable
    context = {
        "dag_run": SimpleNamespace(logical_date=night),
        "params": {"compact": asked},
        "ti": SimpleNamespace(xcom_push=lambda *_: None),
    }
    for module in ("dags.running", called.__module__):
        monkeypatch.setattr(f"{module}.get_current_context", lambda: context)
    try:
        return str(called())
    except AirflowSkipException:
        return "skipped"


def test_only_sundays_or_a_wish_compact(
    dags: Mapping[str, Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_batch(BatchMaker(home, 1).source(page("/a", text("سیلاب"))).write())
    assert run(dags, monkeypatch, "compact", MONDAY) == "skipped"
    assert run(dags, monkeypatch, "compact", None) == "skipped"
    assert run(dags, monkeypatch, "compact", SUNDAY).startswith("compacted the warehouse")
    assert run(dags, monkeypatch, "compact", None, asked=True).startswith("compacted")
    assert run(dags, monkeypatch, "publish").startswith("published 1 articles")
    card = json.loads((home / "published" / "news.json").read_bytes())
    assert card["was_scanned"] is True


def test_nothing_is_made_where_nothing_was_loaded(
    dags: Mapping[str, Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(dags, monkeypatch, "compact", SUNDAY) == "skipped"
    assert run(dags, monkeypatch, "publish") == "skipped"
    assert not home.exists() or list(home.iterdir()) == []


@pytest.mark.airflow
def test_night_in_a_real_airflow_is_green(real_airflow: RealAirflow) -> None:
    real_airflow.api.unpause("maintain")
    run = real_airflow.trigger("maintain", compact=True)
    assert run.state == "success", real_airflow.explain(run, "maintain")
    assert real_airflow.states(run, "maintain") == {"compact": "success", "publish": "success"}
    assert "compacted the warehouse from" in real_airflow.log(run, "compact", "maintain")
    assert "published " in real_airflow.log(run, "publish", "maintain")
