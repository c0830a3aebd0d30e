import inspect
import json
import socket
import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from khabar.airflow.machine import airflow_env, wait_healthy
from khabar.airflow.signals import StopRequest
from khabar.screen import Screen
from khabar.settings import read_settings
from khabar.up import stay_up
from tests.airflow_session import RealAirflow
from tests.warehouse.batches import BatchMaker, page, text
from tests.warehouse.lake.postgres import PASSWORD
from tests.warehouse.lake.served import lake, server
from warehouse.lake.connect import open_lake
from warehouse.lake.place import Lake
from warehouse.lake.publish import fill_lake
from warehouse.lease import hold_lease
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot

__all__ = ["lake", "server"]
SUNDAY, MONDAY = (datetime(2026, 11, day, 2, 40, tzinfo=UTC) for day in (22, 23))


def test_maintain_runs_nightly_one_at_a_time_without_catching_up(dags: Mapping[str, Any]) -> None:
    dag = dags["maintain"]
    assert dag.schedule == "40 2 * * *"
    assert (dag.max_active_runs, dag.catchup) == (1, False)
    assert {"khabar", "upkeep"} == set(dag.tags)


def test_it_compacts_then_publishes_in_the_writers_one_slot(dags: Mapping[str, Any]) -> None:
    tasks = {task.task_id: task for task in dags["maintain"].tasks}
    below = {name: task.downstream_task_ids for name, task in tasks.items()}
    assert below.pop("compact") == {"publish"}
    assert below.pop("publish") == {"lake"}
    assert set(below) == {"lake", "verify", "prune", "tidy"}
    assert set().union(*below.values()) == set()
    writers = {name for name, task in tasks.items() if task.pool == "warehouse"}
    assert writers == {"compact", "publish"}
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
    night: datetime = MONDAY,
    *,
    by: str = "scheduled",
    asked: bool = False,
) -> str:
    """Run a task's own function in a night; say `skipped` where it skips itself."""
    from airflow.sdk.exceptions import AirflowSkipException

    called = dags["maintain"].get_task(task).python_callable
    context = {
        "dag_run": SimpleNamespace(logical_date=night, run_type=by),
        "params": {"compact": asked},
        "ti": SimpleNamespace(xcom_push=lambda *_: None, try_number=3, max_tries=2),  # its last
        "outlet_events": defaultdict(SimpleNamespace),
    }
    monkeypatch.setattr("dags.running.get_current_context", lambda: context)
    # Not by its module's name: who reads the DAGs again puts another module there.
    monkeypatch.setitem(inspect.unwrap(called).__globals__, "get_current_context", lambda: context)
    try:
        return str(called())
    except AirflowSkipException:
        return "skipped"


def test_a_lake_that_is_away_at_night_is_said_and_turns_nothing_red(
    dags: Mapping[str, Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:  # nobody listens there
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        monkeypatch.setenv(
            "KHABAR_PUBLISH", f"ducklake:postgres:host=127.0.0.1 port={port} dbname=lake user=k"
        )
        read_settings.cache_clear()
        assert "is tidied and proved when it is there" in run(dags, monkeypatch, "lake")


def test_a_lake_unfilled_or_busy_is_left_to_the_next_night_and_one_that_lost_a_file_is_red(
    dags: Mapping[str, Any], home: Path, monkeypatch: pytest.MonkeyPatch, lake: Lake
) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    load_batch(BatchMaker(home, 1).source(page("/a", text("سیلاب"))).write())
    publish_snapshot(home)
    secret = PASSWORD.replace("'", "\\'")
    publish = f"ducklake:postgres:{lake.address} password='{secret}'"
    monkeypatch.setenv("KHABAR_PUBLISH", publish)
    monkeypatch.setenv("KHABAR_LAKE_DATA", str(lake.data))
    read_settings.cache_clear()
    with open_lake(lake, may_create=True):
        pass  # a first fill that was killed
    assert "run `khabar lake fill`" in run(dags, monkeypatch, "lake")
    fill_lake(home, lake, lambda _: None)
    task = dags["maintain"].get_task("lake").python_callable
    monkeypatch.setitem(task.__globals__, "TO_MERGE_SECONDS", 0.2)
    with hold_lease(home, of="lake", doing="publishing to the lake"):
        assert run(dags, monkeypatch, "lake") == "skipped"
    assert "are as they were published" in run(dags, monkeypatch, "lake")
    for table in ("articles", "snapshot"):
        [lost] = (lake.data / "main" / table).glob("*.parquet")
        lost.unlink()
        with pytest.raises(AirflowFailException, match=f"{lost.name}.*khabar lake fill"):
            run(dags, monkeypatch, "lake")


def test_only_sundays_or_a_wish_compact(
    dags: Mapping[str, Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_batch(BatchMaker(home, 1).source(page("/a", text("سیلاب"))).write())
    assert run(dags, monkeypatch, "compact", MONDAY) == "skipped"
    assert run(dags, monkeypatch, "compact", SUNDAY, by="manual") == "skipped"
    assert run(dags, monkeypatch, "compact", SUNDAY).startswith("compacted the warehouse")
    assert run(dags, monkeypatch, "compact", by="manual", asked=True).startswith("compacted")
    assert run(dags, monkeypatch, "publish").startswith("published 1 article ")
    card = json.loads((home / "published" / "news.json").read_bytes())
    assert card["was_scanned"] is True
    assert run(dags, monkeypatch, "lake") == "skipped"


def test_nothing_is_made_where_nothing_was_loaded(
    dags: Mapping[str, Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(dags, monkeypatch, "compact", SUNDAY) == "skipped"
    assert run(dags, monkeypatch, "publish") == "skipped"
    assert not home.exists() or list(home.iterdir()) == []


def test_damaged_archive_turns_the_night_red(
    dags: Mapping[str, Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    bad = home / "archive" / "dawn" / "x.warc.gz"
    bad.parent.mkdir(parents=True)
    bad.write_bytes(b"no gzip")
    with pytest.raises(AirflowFailException, match=r"dawn/x\.warc\.gz: is damaged"):
        run(dags, monkeypatch, "verify")


@pytest.mark.airflow
def test_night_in_a_real_airflow_is_green(real_airflow: RealAirflow) -> None:
    real_airflow.api.unpause("maintain")
    run = real_airflow.trigger("maintain", compact=True)
    assert run.state == "success", real_airflow.explain(run, "maintain")
    done = ("compact", "publish", "verify", "prune", "tidy")
    wanted = dict.fromkeys(done, "success") | {"lake": "skipped"}
    assert real_airflow.states(run, "maintain") == wanted
    assert "verified all " in real_airflow.log(run, "verify", "maintain")
    assert "removed 0 logs older" in real_airflow.log(run, "tidy", "maintain")
    assert "compacted the warehouse from" in real_airflow.log(run, "compact", "maintain")
    assert "published " in real_airflow.log(run, "publish", "maintain")
    note = real_airflow.note(run, "maintain")
    assert all(said in note for said in ("compacted the ", "published ", "verified all "))


def copy_run(airflow: RealAirflow, to: str, days_ago: int) -> None:
    """Let Airflow have had a run, with the tasks of its first one."""
    moved = ("start_date", "end_date", "logical_date", "run_after", "queued_at", "updated_at")
    with closing(sqlite3.connect(airflow.home.folder / "airflow.db", timeout=60)) as con, con:
        for table in ("dag_run", "task_instance"):
            columns = [str(row[1]) for row in con.execute(f"PRAGMA table_info({table})")]
            values = {name: name for name in columns}
            values |= {name: f"datetime({name}, '-{days_ago} days')" for name in moved}
            values |= {"run_id": "?"}
            if table == "dag_run":
                values["id"] = "(SELECT max(id) + 1 FROM dag_run)"
            else:
                values["id"] = "lower(hex(randomblob(16)))"
            told = ", ".join(values[name] for name in columns)
            con.execute(
                f"INSERT INTO {table} SELECT {told} FROM {table} WHERE run_id = ?",  # noqa: S608
                (to, airflow.first.id),
            )


def records(airflow: RealAirflow) -> dict[str, int]:
    """Count the tasks of each run of the DAG `ingest` that Airflow's database has."""
    with closing(sqlite3.connect(airflow.home.folder / "airflow.db", timeout=60)) as con:
        return dict(
            con.execute(
                "SELECT r.run_id, count(t.id) FROM dag_run r LEFT JOIN task_instance t "
                "ON t.dag_id = r.dag_id AND t.run_id = r.run_id "
                "WHERE r.dag_id = 'ingest' GROUP BY r.run_id"
            )
        )


@pytest.mark.airflow
def test_up_removes_old_records_at_its_start_while_airflow_runs_and_new_ones_stay(
    real_airflow: RealAirflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = real_airflow.home
    copy_run(real_airflow, "of last season", 91)
    copy_run(real_airflow, "of last month", 89)
    before = records(real_airflow)
    assert before["of last season"] == before["of last month"] == before[real_airflow.first.id] > 9

    def stop(_: float) -> None:
        raise StopRequest

    monkeypatch.setattr("khabar.up.time", SimpleNamespace(monotonic=time.monotonic, sleep=stop))
    with pytest.raises(StopRequest):
        stay_up(real_airflow.crew, home, airflow_env(home, {}), Screen())
    after = records(real_airflow)
    assert before.keys() - after.keys() == {"of last season"}
    assert after == {run: count for run, count in before.items() if run in after}
    wait_healthy(real_airflow.crew, home, lambda _: None)
    with closing(sqlite3.connect(home.folder / "airflow.db", timeout=60)) as con, con:
        for table in ("task_instance", "dag_run"):  # others share this Airflow
            con.execute(f"DELETE FROM {table} WHERE run_id = 'of last month'")  # noqa: S608
