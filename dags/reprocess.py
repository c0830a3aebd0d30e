"""The DAG `reprocess`: archived pages extracted again, judged, and put in their rows' place."""

# mypy: disallow-untyped-decorators=False
# (Airflow is not followed by mypy: its decorators are Any.)

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from airflow.sdk import TriggerRule, chain, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from dags.approval import Approval
from dags.reprocess_form import PARAMS, read_form
from dags.running import (
    DEFAULTS,
    ONE_WRITER,
    SNAPSHOT,
    fail,
    in_words,
    name_cell,
    say,
    this_batch,
    worth_another_try,
)
from khabar.settings import read_settings

if TYPE_CHECKING:
    from crawlers.batch import Batch

log = logging.getLogger("khabar.reprocess")

ABOUT = """
Extracts archived pages again, with today's code and source files, and puts the new rows in the
place of the old ones, old versions too. Nothing is fetched, and no article goes; a page that was
rejected and is an article now becomes one, as of when it was captured.

* **To begin**: *Trigger*, say why, choose sources (none = all) and days; *dry run* only compares.
* **Waits for approval**: more of the stored rows would change, or more of the rejected pages become
  articles, than *most changed* allows. *Required Actions* shows what; the log of *Judge* too. For
  samples, run `khabar parse --compare SOURCE`.
  Without an answer for a week nothing is loaded, and later reprocesses wait till then.
* **To take one back**: trigger with its batch's id in *Revert*. Articles that have been asked again
  since stay as they are.
* **Red**: nothing was written; the last line of the red task's log says what to mend.
"""

EXTRACT = """
Reads one outlet's rows again from the archive, and compares; nothing is loaded yet.

**Failed?** A fault in the extraction code: send the log's last lines to the developers.
"""


@task(task_display_name="Plan", execution_timeout=timedelta(minutes=30))
def plan() -> list[str]:
    """Find the stored rows and the rejected pages that another extractor has read.

    **Skipped, with all after it**, where there are none: that is in order.

    **Failed?** The last line of the log says which word of the form is wrong, or which source file
    cannot be used. Mend it, then trigger a new run.
    """
    from crawlers.batch import Batch, new_batch_id
    from crawlers.catalogue import CatalogueError
    from crawlers.ledger import LedgerError
    from warehouse.errors import WarehouseError
    from warehouse.reprocess import plan_reprocess

    context, settings = get_current_context(), read_settings()
    run, params = context["dag_run"], context["params"]
    opened_at = run.start_date or datetime.now(UTC)  # the run's, so that a second try is the same
    batch = Batch(id=new_batch_id(opened_at, "reprocess", run.run_id), home=settings.home)
    try:
        if params["revert"]:
            return _plan_revert(batch, params["revert"], params["reason"], run.run_id)
        report = plan_reprocess(
            batch,
            read_form(params),
            folders=settings.folders,
            only=tuple(params["sources"]),
            run_id=run.run_id,
        )
    except (CatalogueError, LedgerError, WarehouseError, ValueError) as error:
        fail(str(error))
    say(report.line)
    if not report.rows:
        raise AirflowSkipException(report.line)
    context["ti"].xcom_push("batch_id", batch.id)
    return list(report.sources)


def _plan_revert(batch: "Batch", of: str, reason: str, run_id: str) -> list[str]:
    """Open a batch that takes another back: there is nothing to extract."""
    from crawlers.batch import Batch
    from warehouse.reprocess import plan_revert

    say(plan_revert(batch, Batch(id=of, home=batch.home), reason, run_id=run_id).line)
    get_current_context()["ti"].xcom_push("batch_id", batch.id)
    return []


@task(
    task_display_name="Extract again",
    map_index_template="{{ source_name }}",
    max_active_tis_per_dagrun=1,  # each works on both cores, and ingests want them, too
    execution_timeout=timedelta(hours=12),
    doc_md=EXTRACT,  # Airflow takes none from the function of a task that is mapped by itself
)
def extract(source_id: str) -> str:
    """Read one outlet's rows again from the archive, and compare."""
    from warehouse.extract_again import extract_again

    name_cell(source_id)
    with in_words():
        report = extract_again(this_batch(), source_id)
    log.info("%s", report.line)
    log.info("%s", report.comparison.line)
    return report.line


@task.branch(task_display_name="Judge", trigger_rule=TriggerRule.NONE_FAILED)
def judge() -> str | None:
    """Sum up what would change, and decide whether that wants somebody's word.

    **Failed?** An outlet's *Extract again* left nothing: see its log.
    """
    from crawlers.ledger import read_manifest
    from warehouse.extract_again import account, judge_reprocess

    context = get_current_context()
    if context["ti"].xcom_pull(task_ids="plan", key="batch_id") is None:
        raise AirflowSkipException("nothing to extract again")
    batch, params = this_batch(), context["params"]
    if params["revert"]:
        return "load"
    with in_words():
        judged = judge_reprocess(batch, params["most_changed"])
    lines = list(account(judged))
    for line in lines:
        log.info("%s", line)
    manifest = read_manifest(batch).reprocess
    reason = manifest.reason if manifest is not None else ""
    context["ti"].xcom_push("comparison", "\n".join(f"* {line}" for line in lines))
    if params["dry_run"]:
        say(f"dry run, {reason}: {judged.line}; `khabar load {batch.id}` loads just this")
        return None
    say(judged.line)
    return "approve" if judged.is_over else "load"


@task(
    task_display_name="Load",
    pool=ONE_WRITER,
    trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
    execution_timeout=timedelta(hours=2),
)
def load() -> str:
    """Put the rows in place, in one transaction, and keep what they replace.

    **Skipped** after a dry run, and where nobody approved: nothing was written.

    **Failed?** Nothing was written; the log names the check that did not hold. Mend the cause, then
    *Clear* this task with the one after it.
    """
    from warehouse.connection import WriterBusy
    from warehouse.load_again import load_again

    with worth_another_try(WriterBusy):
        report = load_again(this_batch())
    return say(report.line)


@task(task_display_name="Publish", pool=ONE_WRITER, outlets=[SNAPSHOT])
def publish() -> str:
    """Put the new snapshot in the place of the old one, in one move.

    **Failed?** Analysts still read the last good snapshot; the rows are safe in the warehouse. The
    log names the check or the file. Mend it, then *Clear* this task.
    """
    from warehouse.connection import WriterBusy
    from warehouse.publish import publish_snapshot
    from warehouse.summary import describe_reprocess

    batch = this_batch()
    with worth_another_try(WriterBusy):
        report = publish_snapshot(batch.home, batch.id)
    get_current_context()["outlet_events"][SNAPSHOT].extra = describe_reprocess(batch)
    log.info("%s", report.line)
    return report.line


@dag(
    dag_id="reprocess",
    dag_display_name="Extract the archive again",
    description="Archived pages → compared → approved → rows replaced in place → snapshot",
    doc_md=ABOUT,
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    params=PARAMS,
    tags=["khabar", "by hand"],
)
def reprocess() -> None:
    """Lay out the tasks."""
    approve = Approval(
        task_id="approve",
        subject="Load a reprocess that changes many rows? {{ params.reason }}",
        body="{{ ti.xcom_pull(task_ids='judge', key='line') }}\n\n"
        "{{ ti.xcom_pull(task_ids='judge', key='comparison') }}",
    )
    judged, loaded = judge(), load()
    chain(extract.expand(source_id=plan()), judged, approve, loaded, publish())
    judged >> loaded


reprocess()
