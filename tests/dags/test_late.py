"""What an operator sees of a run that is late: said by the triggerer, and marked on its page."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.airflow_session import RealAirflow


def trigger_due(airflow: RealAirflow, due_at: datetime) -> str:
    """Start an ingest of one outlet that was due at a time."""
    body = {
        "logical_date": due_at.isoformat(),
        "conf": {"sources": [next(iter(airflow.town.outlets))]},
        "note": "a test",
    }
    reply = airflow.api.request("POST", "dags/ingest/dagRuns", body).raise_for_status()
    return str(reply.json()["dag_run_id"])


def deadlines(airflow: RealAirflow, run_id: str) -> list[dict[str, Any]]:
    """Ask what a run's page asks."""
    reply = airflow.api._http.get(f"/ui/dags/ingest/dagRuns/{run_id}/deadlines")
    return list(reply.raise_for_status().json()["deadlines"])


def says(folder: Path, words: str) -> bool:
    return any(words in log.read_text(errors="replace") for log in folder.rglob("*.log"))


@pytest.mark.airflow
def test_run_that_is_late_is_marked_on_its_page_and_told_in_the_log(
    real_airflow: RealAirflow,
) -> None:
    wait = real_airflow.crew.wait_until
    run_id = trigger_due(real_airflow, datetime.now(UTC) - timedelta(hours=3, minutes=1))
    wait(lambda: any(one["missed"] for one in deadlines(real_airflow, run_id)), 120, "not late")
    [late] = deadlines(real_airflow, run_id)
    assert late["alert_name"] == "Ends within 3 hours"
    said = f"ingest: the run {run_id} was due 3 hours ago and has not ended"
    wait(lambda: says(real_airflow.home.folder / "logs", said), 120, "nothing was said")
    wait(lambda: real_airflow.api.run("ingest", run_id).has_ended, 300, "no end")
    assert real_airflow.api.run("ingest", run_id).state == "success"


@pytest.mark.airflow
def test_run_in_time_is_not_late(real_airflow: RealAirflow) -> None:
    run_id = trigger_due(real_airflow, datetime.now(UTC))
    real_airflow.crew.wait_until(
        lambda: real_airflow.api.run("ingest", run_id).has_ended, 300, "no end"
    )
    assert not any(one["missed"] for one in deadlines(real_airflow, run_id))
