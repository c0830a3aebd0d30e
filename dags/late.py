"""The deadline of a run, and what is said when it passes."""

# mypy: disallow-untyped-decorators=False

import logging
from datetime import timedelta
from typing import Any

from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

log = logging.getLogger("khabar.late")


def deadline(*, hours: int) -> DeadlineAlert:
    """Let a scheduled run be marked late that has not ended so many hours after it was due.

    Not after it was queued: of a run with such a deadline, Airflow 3.3.2 cannot clear a task. It
    reckons the deadline anew, takes its stored interval for a number, and answers 500.
    """
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_LOGICAL_DATE,
        interval=timedelta(hours=hours),
        callback=AsyncCallback("dags.late.tell_late", kwargs={"hours": hours}),
        name=f"Ends within {hours} hours",
    )


async def tell_late(hours: int, context: dict[str, Any]) -> None:
    """Say in the triggerer's log which run is late; Airflow's pages show it by themselves."""
    run = context["dag_run"]
    log.error("%s", describe_late(str(run["dag_id"]), str(run["dag_run_id"]), hours))


def describe_late(dag_id: str, run_id: str, hours: int) -> str:
    """Say of a run that it is late, and where to look."""
    return (
        f"{dag_id}: the run {run_id} was due {hours} hours ago and has not ended; its page "
        "shows which task is still at work, and the log of that task why"
    )
