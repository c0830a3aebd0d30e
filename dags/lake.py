"""The DAG `lake`: what is published is merged into the lake, beside all else."""

# mypy: disallow-untyped-decorators=False
# (Airflow is not followed by mypy: its decorators are Any.)

from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task

from dags.running import DEFAULTS, SNAPSHOT, fail, put_off, say
from khabar.settings import read_settings

ABOUT = """
Merges what was published into the DuckLake that `KHABAR_PUBLISH` names, after each publish; without
that setting, there is no such DAG. Ingests do not wait for it, and it takes nothing from them: the
file is published before. Publishes that come while a run is at work have one run after it.

* **Green**: the lake holds what is published; its note says which version that is.
* **Green, skipped**: the lake is away, or somebody else was writing it; the note says which.
  Nothing is lost, and the next publish brings all of it. After three hours it is an incident.
* **Red**: the lake was never filled, or cannot be used; the last line of the log says which, and
  what to do.
* **To run it now**: *Trigger*, or `khabar publish`, which publishes the file as well.
"""


@task(
    task_display_name="Merge",
    execution_timeout=timedelta(hours=2),
    retry_delay=timedelta(minutes=1),
)
def merge() -> str:
    """Merge what has changed since the lake was reached last, in one transaction, and prove it.

    **Skipped** where the lake is away or busy, three times in some minutes: that mends itself.

    **Failed?** Readers of the lake still read its last good state. It was never filled (that is
    `khabar lake fill`), is another warehouse's, or its disk is bad: the last line of the log says
    which, and the mend. Then *Clear* this task.
    """
    from warehouse.errors import WarehouseError
    from warehouse.lake.publish import PASSING, publish_lake, tell_passing

    settings = read_settings()
    if settings.lake is None:
        fail("KHABAR_PUBLISH names no lake any more; start Airflow again")
    with put_off(*PASSING, say_of=tell_passing):
        try:
            return say(publish_lake(settings.home, settings.lake).line)
        except PASSING:
            raise
        except (WarehouseError, OSError) as error:
            fail(str(error))


@dag(
    dag_id="lake",
    dag_display_name="Bring the lake up",
    description="After each publish: what has changed → the lake",
    doc_md=ABOUT,
    # While a run is at work Airflow begins none: then one, for all that was published meanwhile.
    schedule=[SNAPSHOT],
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    tags=["khabar", "live"],
)
def lake() -> None:
    """Lay out the task."""
    merge()


if read_settings().has_lake:
    lake()
