import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from khabar.airflow.home import PROJECT

PARSE = """
import sys
import dags.accept
import dags.backfill
import dags.import_archive
import dags.ingest
import dags.lake
import dags.maintain
import dags.reprocess
import dags.watch
rooms = ("crawlers", "transforms", "warehouse", "scrapy", "duckdb", "trafilatura")
print(sorted(name for name in sys.modules if name.partition(".")[0] in rooms))
print(dags.ingest.SOURCE_IDS)
"""


def parse_in_a_fresh_process(airflow_home: Path, catalogue: Path) -> list[str]:
    env = os.environ | {
        "AIRFLOW_HOME": str(airflow_home),
        "KHABAR_CATALOGUE": str(catalogue),
        "KHABAR_HOME": str(catalogue),
        "KHABAR_PUBLISH": "ducklake:postgres:dbname=lake",
    }
    done = subprocess.run(
        [sys.executable, "-c", PARSE],
        cwd=PROJECT, env=env, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout.splitlines()[-2:]


def test_these_dags_are_there(dags: Mapping[str, Any]) -> None:
    names = {"accept", "backfill", "import_archive", "ingest", "maintain", "reprocess", "watch"}
    assert set(dags) >= names


def test_airflow_reads_no_file_for_dags_in_vain(airflow_home: Path) -> None:
    from airflow.dag_processing.dagbag import DagBag

    stats = DagBag(str(PROJECT / "dags")).dagbag_stats
    # Without a lake there is no DAG of it.
    assert [one.file for one in stats if not one.dag_num and not one.file.endswith("lake.py")] == []
    assert len(stats) >= 8


def test_every_task_tells_the_operator_what_its_failure_means(dags: Mapping[str, Any]) -> None:
    assert "Green with a red cell" in dags["ingest"].doc_md
    for dag in dags.values():
        assert "**Red**" in dag.doc_md
        for task in dag.tasks:
            assert "**Failed?**" in task.doc_md, task.task_id
            assert task.task_display_name != task.task_id
            assert task.owner == "newsroom-desk"


def test_ingest_runs_hourly_one_at_a_time_without_catching_up(dags: Mapping[str, Any]) -> None:
    dag = dags["ingest"]
    assert dag.schedule == "0 * * * *"
    assert dag.max_active_runs == 1
    assert not dag.catchup
    assert {"khabar", "live"} == set(dag.tags)


def test_writers_of_the_warehouse_share_its_one_slot(dags: Mapping[str, Any]) -> None:
    pools = {task.task_id: task.pool for task in dags["ingest"].tasks}
    assert {name for name, pool in pools.items() if pool == "warehouse"} == {
        "dedup", "load", "publish",
    }  # fmt: skip


def test_every_task_has_a_time_out_and_tries_a_dead_process_again(
    dags: Mapping[str, Any],
) -> None:
    for task in (task for dag in dags.values() for task in dag.tasks):
        assert task.execution_timeout is not None, task.task_id
        assert task.retries >= 2
        assert task.retry_exponential_backoff == 2.0


def test_only_a_dead_process_is_worth_another_try(dags: Mapping[str, Any]) -> None:
    policy = dags["ingest"].get_task("load").retry_policy
    decide = {
        error: policy.evaluate(error("x"), 1, 2).action.value
        for error in (ChildProcessError, ValueError, TimeoutError, OSError)
    }
    assert decide.pop(ChildProcessError) == "retry"
    assert set(decide.values()) == {"fail"}


def test_task_whose_api_server_died_is_tried_again(dags: Mapping[str, Any]) -> None:
    from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
    from airflow.sdk.execution_time.comms import ErrorResponse

    died = AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR))
    policy = dags["ingest"].get_task("load").retry_policy
    assert policy.evaluate(died, 1, 2).action.value == "retry"


def test_tasks_stand_in_one_line(dags: Mapping[str, Any]) -> None:
    below = {task.task_id: task.downstream_task_ids for task in dags["ingest"].tasks}
    assert below == {
        "plan": {"source.crawl", "source.extract"},
        "source.crawl": {"source.extract"},
        "source.extract": {"dedup"},
        "dedup": {"load"},
        "load": {"publish"},
        "publish": {"summary"},
        "summary": set(),
    }


def test_form_offers_the_sources_by_id(dags: Mapping[str, Any]) -> None:
    params = dags["ingest"].params
    files = (PROJECT / "crawlers" / "sources").glob("*.yml")
    assert set(params.get_param("sources").schema["examples"]) >= {file.stem for file in files}
    assert params["sources"] == []
    assert params["force"] is False


def test_parsing_imports_no_room_and_opens_no_source_file(
    airflow_home: Path, tmp_path: Path
) -> None:
    (tmp_path / "good.yml").write_text("name: Good")
    (tmp_path / "bad.yml").write_bytes(b"\xff: [not YAML")
    assert parse_in_a_fresh_process(airflow_home, tmp_path) == ["[]", "['bad', 'good']"]
