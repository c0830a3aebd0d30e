"""The DAG `ingest`: every hour, from the outlets that are due to the analysts' snapshot."""

# mypy: disallow-untyped-decorators=False
# (Airflow is not followed by mypy: its decorators are Any.)

import logging
from datetime import UTC, datetime, timedelta

from airflow.sdk import Param, TriggerRule, chain, dag, get_current_context, task

from dags.late import deadline
from dags.one_source import one_source
from dags.running import (
    DEFAULTS,
    ONE_WRITER,
    SNAPSHOT,
    SOURCE_IDS,
    fail,
    in_words,
    not_green,
    say,
    this_batch,
    worth_another_try,
)
from khabar.settings import read_settings

log = logging.getLogger("khabar.ingest")

ABOUT = """
Fetches what is new at every outlet that is due, extracts the articles, finds copies of one story,
loads them and publishes the snapshot that analysts read: `published/news.duckdb`.

* **Green with a red cell**: one outlet failed; the others are published. It is asked again at the
  next run; look at its *Crawl* log if it stays red for a day.
* **Green, all skipped**: nothing was due.
* **Red**: a promise was broken, or more than 20 % of the due outlets failed, a source file that
  cannot be used being one of them. The log of *Summary* says which in its last line. Nothing is
  lost: raw pages are archived before they are parsed.
* **Late**: a run that has not ended three hours after it was due is marked so, here and on its
  page; look which cell is still at work, and at its log.
* **To run it now**: *Trigger*, choose sources (none = all that are due); *force* asks outlets that
  are not due yet, and their known articles again.
"""

PARAMS = {
    "sources": Param(
        [],
        type="array",
        items={"type": "string"},
        examples=SOURCE_IDS,
        title="Sources",
        description="Only these outlets; empty: all that are due",
    ),
    "force": Param(
        False,
        type="boolean",
        title="Force",
        description="Ask outlets that are not due yet, and their known articles again",
    ),
}


@task.short_circuit(task_display_name="Plan")
def plan() -> list[str]:
    """Decide which outlets are due and what is known of each.

    **Skips everything after it** when nothing is due: that is in order.

    A published snapshot that is missing, damaged or of an older Khabar is published anew first.

    **Failed?** The warehouse cannot be read, no source file can be used, KHABAR_CONTACT is not set,
    or the disk is nearly full (KHABAR_DISK_FLOOR_MB); the last line of the log says which. Nothing
    was fetched. Mend it (a setting needs `khabar up` again), then trigger a new run.
    """
    from crawlers.batch import Batch, new_batch_id
    from warehouse.connection import WriterBusy
    from warehouse.plan import plan_batch

    context = get_current_context()
    run, params, settings = context["dag_run"], context["params"], read_settings()
    opened_at = run.start_date or datetime.now(UTC)  # the run's, so that a second try is the same
    batch = Batch(id=new_batch_id(opened_at, "ingest", run.run_id), home=settings.home)
    with worth_another_try(WriterBusy):
        report = plan_batch(
            batch,
            folders=settings.folders,
            run_id=run.run_id,
            dag="ingest",
            now=opened_at,
            only=tuple(params["sources"]),
            force=bool(params["force"]),
            contact=settings.contact,
            loopback=settings.loopback_pairs,
            disk_floor_mb=settings.disk_floor_mb,
        )
    for problem in report.errors:
        log.error("%s", problem)
    context["ti"].xcom_push("batch_id", batch.id)
    line = report.line if report.due else f"nothing due: {report.line}"
    context["ti"].xcom_push("planned", line)
    if report.due:  # Summary says what came of it
        log.info("%s", line)
    else:
        say(line)
    return list(report.due)


@task(
    task_display_name="Find copies",
    pool=ONE_WRITER,
    trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,
)
def dedup() -> str:
    """Decide which articles are new, which are known, and which tell one story.

    **Failed?** Nothing was written. Usual causes: the disk is full, or somebody opened
    `warehouse.duckdb` (the log names the process). Mend it, then *Clear* this task with all
    tasks after it.
    """
    from warehouse.connection import WriterBusy
    from warehouse.dedup import dedup_batch

    with worth_another_try(WriterBusy):
        report = dedup_batch(this_batch())
    log.info("%s", report.line)
    return report.line


@task(task_display_name="Load", pool=ONE_WRITER)
def load() -> str:
    """Write the batch into the warehouse, in one transaction, if every check holds.

    **Failed?** Nothing was written: the transaction was rolled back. The log names the check that
    did not hold and its numbers. Mend the cause, then *Clear* this task with all tasks after it.
    A single *held* outlet does not fail it: see the log for the `khabar load` line that lets it in.
    """
    from warehouse.connection import WriterBusy
    from warehouse.load import load_batch

    with worth_another_try(WriterBusy):
        report = load_batch(this_batch())
    log.info("%s", report.line)
    return report.line


@task(task_display_name="Publish", pool=ONE_WRITER, outlets=[SNAPSHOT])
def publish() -> str:
    """Put the new snapshot in the place of the old one, in one move.

    **Failed?** Analysts still read the last good snapshot; the new rows are safe in the warehouse.
    The log names the check or the file. Mend it, then *Clear* this task with all tasks after it.
    """
    from warehouse.connection import WriterBusy
    from warehouse.publish import publish_snapshot
    from warehouse.summary import describe_publish

    batch = this_batch()
    with worth_another_try(WriterBusy):
        report = publish_snapshot(batch.home, batch.id)
    get_current_context()["outlet_events"][SNAPSHOT].extra = describe_publish(batch)
    log.info("%s", report.line)  # Summary says it
    return report.line


@task(
    task_display_name="Summary",
    trigger_rule=TriggerRule.ALL_DONE,
    execution_timeout=timedelta(minutes=5),
)
def summary() -> str:
    """Say in one line a source what became of it, and make the run red only where that is true.

    **Failed?** That is the red light itself: the last line of the log says which promise was
    broken, or that more than 20 % of the due outlets failed (then look at our own network first).
    """
    from warehouse.summary import summarise_batch

    with in_words():
        result = summarise_batch(this_batch())
    for source in result.sources:
        log.info(
            "%s: %s, %d articles, %d stories, %d rejections, %d failures",
            source.source_id,
            source.state,
            source.articles,
            source.stories,
            source.rejections,
            source.failures,
        )
    say(result.line)
    if result.is_red:
        fail(f"red: {result.why}. {result.line}")
    if broken := not_green("dedup", "load", "publish"):
        fail(f"red: {', '.join(broken)} did not succeed; see the log there. {result.line}")
    return result.line


@dag(
    dag_id="ingest",
    dag_display_name="Ingest the news",
    description="Every hour: due outlets → articles → stories → warehouse → snapshot",
    doc_md=ABOUT,
    schedule="0 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    params=PARAMS,
    deadline=deadline(hours=3),
    tags=["khabar", "live"],
)
def ingest() -> None:
    """Lay out the tasks."""
    chain(one_source.expand(source_id=plan()), dedup(), load(), publish(), summary())


ingest()
