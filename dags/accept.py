"""The DAG `accept`: a source that a load held back, let in by an operator's word."""

# mypy: disallow-untyped-decorators=False
# (Airflow is not followed by mypy: its decorators are Any.)

from datetime import UTC, datetime, timedelta

from airflow.sdk import Param, chain, dag, get_current_context, task

from dags.running import (
    DEFAULTS,
    ONE_WRITER,
    SNAPSHOT,
    SOURCE_IDS,
    fail,
    say,
    worth_another_try,
)
from khabar.settings import read_settings

LET_IN = "let_in"
"""Under which the batches go that an acceptance let in."""
ABOUT = """
Lets an outlet in that was held back from a batch, as `khabar load BATCH --source X --accept --why
…` does, and publishes it. The button *Let it in* of the Health page triggers it.

* **Before**: look at the outlet's pages; what it was held for is said on the Health page.
* **Red**: the last line of the log says what cannot be accepted, and why. What was let in before
  stays in; the same word goes on with the rest.
"""

PARAMS = {
    "batch": Param(type="string", minLength=1, title="Batch", description="It is held in this one"),
    "source": Param(
        type="string", minLength=1, examples=SOURCE_IDS, title="Source", description="Its id"
    ),
    "why": Param(
        type="string", minLength=1, maxLength=500, title="Why",
        description="What you found; kept with the rows, for analysts to read",
    ),
}  # fmt: skip


@task(task_display_name="Let in", pool=ONE_WRITER, execution_timeout=timedelta(hours=2))
def accept() -> str:
    """Load the held source; if its changed extractor holds it, all that waits for the same word.

    **Failed?** It is not held in this batch (any more), or files are not whole; the last line of
    the log says which. Batches let in before it stay in: mend it, then *Clear* this task.
    """
    from crawlers.batch import Batch
    from crawlers.ledger import LedgerError
    from warehouse.accept import accept_held
    from warehouse.connection import WriterBusy
    from warehouse.errors import WarehouseError

    context, home = get_current_context(), read_settings().home
    params = context["params"]
    try:
        with worth_another_try(WriterBusy):
            batch = Batch(id=params["batch"], home=home)
            reports = accept_held(batch, params["source"], params["why"])
    except (LedgerError, WarehouseError, ValueError) as error:
        fail(str(error))
    context["ti"].xcom_push(LET_IN, [report.batch_id for report in reports])
    return say("; ".join(report.line for report in reports))


@task(task_display_name="Publish", pool=ONE_WRITER, outlets=[SNAPSHOT])
def publish() -> str:
    """Put the new snapshot in the place of the old one, in one move.

    **Failed?** Analysts still read the last good snapshot; the rows are safe in the warehouse. The
    log names the check or the file. Mend it, then *Clear* this task.
    """
    from crawlers.batch import Batch
    from warehouse.connection import WriterBusy
    from warehouse.publish import publish_snapshot
    from warehouse.summary import describe_acceptance

    context = get_current_context()
    batch = Batch(id=context["params"]["batch"], home=read_settings().home)
    loaded = context["ti"].xcom_pull(task_ids="accept", key=LET_IN) or [batch.id]
    with worth_another_try(WriterBusy):
        report = publish_snapshot(batch.home, batch.id)
    context["outlet_events"][SNAPSHOT].extra = describe_acceptance(
        batch, context["params"]["source"], loaded
    )
    return report.line


@dag(
    dag_id="accept",
    dag_display_name="Let a held outlet in",
    description="Batch, source, why → loaded → snapshot",
    doc_md=ABOUT,
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    params=PARAMS,
    tags=["khabar", "by hand"],
)
def let_in() -> None:
    """Lay out the tasks."""
    chain(accept(), publish())


let_in()
