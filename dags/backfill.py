"""The DAG `backfill`: an outlet's past, fetched in slices between which ingests go first."""

# mypy: disallow-untyped-decorators=False
# (Airflow is not followed by mypy: its decorators are Any.)

from datetime import UTC, datetime, timedelta

from airflow.sdk import Param, dag, get_current_context, task

from dags.command import run_khabar, tell_loads
from dags.running import DEFAULTS, SNAPSHOT, SOURCE_IDS

ABOUT = """
Fetches what one outlet published between two days, as its archives list it, in slices of about
five minutes, each loaded and published by itself. What is in the warehouse is not asked again. An
ingest that wants the outlet, or waits to write, gets in between two slices.

* **To begin**: *Trigger*, choose source, from and to. The log says after each slice how far it is.
* **To stop it**: mark the run as failed. Nothing is lost: *Clear* it, or trigger the same source
  and days again, and it goes on where it was.
* **Yellow, waits for another try**: the outlet rests, or other crawls keep it busy. Nothing to do.
* **Red**: the last line of the log says what could not be had, or which word of the form is wrong.
"""

PARAMS = {
    "source": Param(
        type="string",
        pattern=r"^[a-z0-9][a-z0-9_.:-]*$",
        examples=SOURCE_IDS,
        title="Source",
        description="Retired ones too; where its past lies is said in its source file",
    ),
    "from": Param(type="string", format="date", title="From", description="First day"),
    "to": Param(type="string", format="date", title="To", description="Last day, today at most"),
}


@task(
    task_display_name="Fill the past",
    outlets=[SNAPSHOT],
    execution_timeout=timedelta(days=7),
    # An outlet that rests asks for up to a day; waiting holds no slot.
    retries=30,
    retry_delay=timedelta(minutes=5),
    max_retry_delay=timedelta(hours=3),
)
def fill() -> str:
    """Do slices until nothing is left, as `khabar backfill` does.

    **Failed?** The last line of the log says why: no such source, days that lie ahead, a source
    file without a way into its past, or documents that could not be had. What was fetched is
    loaded. Mend it, then *Clear* this task: it goes on where it was.
    """
    params = get_current_context()["params"]
    days = ("--from", params["from"], "--to", params["to"])
    line = run_khabar("backfill", *days, "--", params["source"])
    tell_loads("backfill", params["source"])
    return line


@dag(
    dag_id="backfill",
    dag_display_name="Fill an outlet's past",
    description="Source, from, to: archives of the outlet → slices → warehouse → snapshot",
    doc_md=ABOUT,
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=2,
    default_args=DEFAULTS,
    params=PARAMS,
    tags=["khabar", "by hand"],
)
def backfill() -> None:
    """Lay out the task."""
    fill()


backfill()
