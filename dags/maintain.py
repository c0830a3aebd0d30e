"""The DAG `maintain`: each night proves rows and raw pages, and removes what nobody needs."""

# mypy: disallow-untyped-decorators=False
# (Airflow is not followed by mypy: its decorators are Any.)

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.sdk import Param, TriggerRule, chain, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from dags.late import deadline
from dags.running import (
    DEFAULTS,
    ONE_WRITER,
    SNAPSHOT,
    fail,
    in_words,
    put_off,
    say,
    worth_another_try,
)
from khabar.settings import read_settings

log = logging.getLogger("khabar.maintain")

SUNDAY = 6
VERIFY_SECONDS = 1_800.0
TO_MERGE_SECONDS = 1_800.0

ABOUT = """
Keeps the warehouse fit: on Sundays it is written anew, sorted and without the room that deleted
rows left; every night each of its rows is read and proved, and it is published. Ingests wait for
it, a few minutes. Beside that, half an hour a night, the archive's raw pages are read and proved,
and what nobody needs is removed: old decisions, and Airflow's old logs.

* **Green, a task skipped**: it is no Sunday, or nothing was ever loaded.
* **Red**: nothing is lost, and analysts still read the last good snapshot. The log of the red task
  says in its last line what broke and what to do.
* **Late**: a night that has not ended six hours after it was due is marked so, here and on its
  page; the log of the task that is still at work says how far it is.
* **To compact now**: *Trigger* with *compact*, or `khabar compact` where nothing else runs.
"""

PARAMS = {
    "compact": Param(
        False,
        type="boolean",
        title="Compact",
        description="Compact the warehouse now, whatever the day",
    ),
}


@task(task_display_name="Compact", pool=ONE_WRITER, execution_timeout=timedelta(hours=2))
def compact() -> str:
    """Write the warehouse anew, sorted, on Sundays; prove it, and put it in place in one step.

    **Skipped** on other days: that is in order.

    **Failed?** The warehouse is as it was. Usual causes: the disk has no room for two copies of
    it (the log says how much is missing), or the new file differed from the old one, which speaks
    of a bad disk. Ingests go on meanwhile. Mend it, then *Clear* this task with the one after it.
    """
    from warehouse.compact import compact_warehouse
    from warehouse.connection import WriterBusy, warehouse_file

    context, home = get_current_context(), read_settings().home
    run = context["dag_run"]
    if not warehouse_file(home).exists():
        raise AirflowSkipException("nothing was ever loaded")
    # Airflow's form gives a run by hand a logical date, too: that is no wish to compact.
    is_sunday = run.run_type == "scheduled" and run.logical_date.weekday() == SUNDAY
    if not (is_sunday or context["params"]["compact"]):
        raise AirflowSkipException("no Sunday: nothing to compact")
    with worth_another_try(WriterBusy):
        report = compact_warehouse(home, log.info)
    return say(report.line)


@task(
    task_display_name="Publish",
    pool=ONE_WRITER,
    outlets=[SNAPSHOT],
    trigger_rule=TriggerRule.NONE_FAILED,  # on most days, there is nothing to compact
    execution_timeout=timedelta(hours=2),
)
def publish() -> str:
    """Read and prove every row, then put a new snapshot in the place of the old one, in one move.

    **Skipped** where nothing was ever loaded: that is in order.

    **Failed?** Analysts still read the last good snapshot. The log names the promise that is
    broken, or the file that cannot be read: a bad disk, mostly. Restore the warehouse from a
    backup, or `khabar rebuild` it, then *Clear* this task.
    """
    from warehouse.connection import WriterBusy, warehouse_file
    from warehouse.publish import publish_snapshot

    home = read_settings().home
    if not warehouse_file(home).exists():
        raise AirflowSkipException("nothing was ever loaded")
    with worth_another_try(WriterBusy):
        report = publish_snapshot(home, scan=True, tell=log.info)
    brought = {"batch": None, "snapshot": report.snapshot_id, "articles_new": 0}
    get_current_context()["outlet_events"][SNAPSHOT].extra = brought | {"articles_updated": 0}
    return say(report.line)


@task(task_display_name="Tidy and prove the lake", execution_timeout=timedelta(hours=2))
def lake() -> str:
    """Let versions of the lake older than 30 days go, make of small files large ones, prove rows.

    **Skipped** where no lake is published to (`KHABAR_PUBLISH`): that is in order. One that is
    away, busy for long, or was never filled, is left to the next night; the log says so.

    **Failed?** Nothing is lost: all that the lake has is in the warehouse. The log says what to do:
    mend Postgres or the lake's disk, or `khabar lake fill`, which puts right what differs, and
    makes anew a table of which a file is missing.
    """
    from warehouse.errors import WriterBusy
    from warehouse.lake.place import LakeAway, LakeEmpty
    from warehouse.lake.tidy import tidy_lake
    from warehouse.lake.verify import held_snapshot, verify_lake
    from warehouse.lease import hold_lease

    home, where = read_settings().home, read_settings().lake
    if where is None:
        raise AirflowSkipException("there is no lake")
    with in_words():
        try:
            held_snapshot(where)
        except (LakeAway, LakeEmpty) as error:
            return say(f"{error}; it is tidied and proved when it is there")
    with in_words(), put_off(LakeAway, WriterBusy):
        # The publish before has set off the DAG `lake`, which merges at the same time.
        doing = "tidying the lake"
        with hold_lease(home, of="lake", doing=doing, wait_seconds=TO_MERGE_SECONDS):
            log.info("%s", tidy_lake(where, datetime.now(UTC)).line)
        return say(verify_lake(where, log.info).line)


@task(task_display_name="Verify raw pages", execution_timeout=timedelta(hours=1))
def verify() -> str:
    """Read the archive's files on from where the last night ended, and prove every byte.

    **Failed?** The log names the files that are damaged or missing: a bad disk, mostly. The rows
    that were read from them are safe. Put the files back from a backup; the next round looks again.
    """
    from warehouse.verify import verify_archive

    home = read_settings().home
    with in_words():
        report = verify_archive(home, now=datetime.now(UTC), seconds=VERIFY_SECONDS)
    if report.damaged:
        fail(report.line)
    return say(report.line)


@task(task_display_name="Remove old batches' decisions")
def prune() -> str:
    """Remove of batches older than a month what neither a load nor a rebuild reads again.

    **Failed?** Nothing that anybody needs is gone; the log names the file that could not be
    removed. Give the user of Airflow the right to, then *Clear* this task.
    """
    from warehouse.prune import prune_home

    with in_words():
        return say(prune_home(read_settings().home, datetime.now(UTC)))


@task(task_display_name="Remove Airflow's old logs")
def tidy() -> str:
    """Remove logs of tasks and of DAG files that are older than 30 days.

    Airflow's records of old runs are removed by `khabar up`, or by the service `upkeep` of
    docker-compose.yml: no task may touch its database.

    **Failed?** Nothing is lost; the logs go on growing. The log names the file that could not be
    removed. Give the user of Airflow the right to, then *Clear* this task.
    """
    from airflow.configuration import conf

    from warehouse.old_logs import remove_logs

    with in_words():
        return say(remove_logs(Path(conf.get("logging", "base_log_folder")), datetime.now(UTC)))


@dag(
    dag_id="maintain",
    dag_display_name="Maintain the warehouse",
    description="Every night: compact on Sundays → prove rows → snapshot; raw pages; old logs",
    doc_md=ABOUT,
    schedule="40 2 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    params=PARAMS,
    deadline=deadline(hours=6),
    tags=["khabar", "upkeep"],
)
def maintain() -> None:
    """Lay out the tasks."""
    chain(compact(), publish(), lake())
    verify()
    prune()
    tidy()


maintain()
