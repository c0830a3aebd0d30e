from collections.abc import Mapping
from typing import Any

import yaml

from khabar.airflow.home import PROJECT


def queues(dags: Mapping[str, Any]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for dag in dags.values():
        for task in dag.tasks:
            found.setdefault(task.queue, set()).add(f"{dag.dag_id}.{task.task_id}")
    return found


def test_only_what_opens_no_warehouse_may_run_on_any_worker(dags: Mapping[str, Any]) -> None:
    assert queues(dags).keys() == {"default", "warehouse"}
    assert queues(dags)["default"] == {"ingest.source.crawl", "ingest.source.extract"}


def test_whatever_has_the_writers_slot_runs_where_the_warehouse_lies(
    dags: Mapping[str, Any],
) -> None:
    tasks = [task for dag in dags.values() for task in dag.tasks if task.pool == "warehouse"]
    assert {task.queue for task in tasks} == {"warehouse"}


def test_no_task_may_take_as_long_as_a_broker_waits_to_hand_it_out_again(
    dags: Mapping[str, Any],
) -> None:
    told = yaml.safe_load((PROJECT / "docker-compose.yml").read_text("utf-8"))["x-env"]
    waits = int(told["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT"])
    tasks = [task for dag in dags.values() for task in dag.tasks if task.execution_timeout]
    assert max(task.execution_timeout.total_seconds() for task in tasks) < waits
