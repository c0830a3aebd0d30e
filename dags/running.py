"""What every task of a DAG shares: its defaults, its batch, what it says, and how it fails."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.sdk import Asset, get_current_context
from airflow.sdk.definitions.retry_policy import ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from khabar.settings import read_settings

if TYPE_CHECKING:
    from crawlers.batch import Batch

log = logging.getLogger("khabar.run")

ONE_WRITER = "warehouse"
"""The pool of one slot, for a DuckDB file has one writer."""
ON_WAREHOUSE = "warehouse"
"""The queue of the one worker that has the warehouse's disk: of all that does not say otherwise."""
ANYWHERE = "default"
"""The queue of workers that have neither warehouse nor snapshot, only what crawling and extracting
touch; on one machine, LocalExecutor knows no queues."""
SNAPSHOT = Asset(name="snapshot", uri="khabar://published/news.duckdb", group="khabar")
"""What analysts read: a DAG of yours that is scheduled on it runs after each publish."""
LINE = "line"
"""XCom key of what a task says to the operator; dags/plugins/run_notes.py makes the note of it."""
MAX_FAULT = 300
"""Letters of a fault of ours that a note quotes; the log has all of it."""
SOURCE_IDS = sorted(
    {path.stem for folder in read_settings().folders for path in folder.glob("*.yml")}
)
"""What forms offer: file names only, so that one bad source file breaks no DAG."""

DEFAULTS: dict[str, Any] = {
    "owner": "newsroom-desk",
    "queue": ON_WAREHOUSE,
    # A process that died (killed, out of memory) raises nothing and is tried again; an error that
    # was raised would only be raised again.
    "retries": 2,
    "retry_delay": timedelta(seconds=10),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
    "retry_policy": ExceptionRetryPolicy(
        [
            RetryRule("builtins.ChildProcessError", RetryAction.RETRY),
            # Airflow's API server died below the task; it takes a minute to start again.
            RetryRule("airflow.sdk.exceptions.AirflowRuntimeError", RetryAction.RETRY),
        ],
        default=RetryAction.FAIL,
    ),
    "execution_timeout": timedelta(minutes=30),
    "show_return_value_in_logs": False,
}


def this_batch() -> "Batch":
    """Return the batch that this run's `plan` opened."""
    from crawlers.batch import Batch

    batch_id = get_current_context()["ti"].xcom_pull(task_ids="plan", key="batch_id")
    if batch_id is None:
        fail("no batch was opened: see the log of Plan")
    return Batch(id=batch_id, home=read_settings().home)


def name_cell(source_id: str) -> None:
    """Label this mapped task with its outlet's name."""
    from crawlers.ledger import read_job

    context: Any = get_current_context()
    context["source_name"] = read_job(this_batch(), source_id).source.name


def not_green(*task_ids: str) -> list[str]:
    """Return those of the tasks that did not succeed in this run."""
    context = get_current_context()
    ti, run = context["ti"], context["dag_run"]
    states = ti.get_task_states(dag_id=run.dag_id, task_ids=list(task_ids), run_ids=[run.run_id])
    return [name for name in task_ids if states.get(run.run_id, {}).get(name) != "success"]


def say(line: str) -> str:
    """Log what became of this task, keep it for the note of its run, and return it."""
    log.info("%s", line)
    get_current_context()["ti"].xcom_push(LINE, line)
    return line


def fail(why: str) -> NoReturn:
    """End this task red, without another try; the note of its run says why."""
    get_current_context()["ti"].xcom_push(LINE, why)
    raise AirflowFailException(why)


@contextmanager
def put_off(*errors: type[Exception], say_of: Callable[[Exception], str] = str) -> Iterator[None]:
    """Try again what may pass by itself; skip the task where it lasts, and say so in the note."""
    try:
        yield
    except errors as error:
        ti = get_current_context()["ti"]
        if ti.try_number <= ti.max_tries:
            raise ChildProcessError(str(error)) from None
        raise AirflowSkipException(say(say_of(error))) from None


@contextmanager
def in_words() -> Iterator[None]:
    """Let a task that breaks say why in the note of its run, and not in its log alone.

    What a user can mend ends it red at once, without a traceback; a fault of ours keeps its own.
    """
    try:
        yield
    except (AirflowException, ChildProcessError) as error:
        if isinstance(error, ChildProcessError):
            get_current_context()["ti"].xcom_push(LINE, str(error))
        raise
    except Exception as error:
        if isinstance(error, _mendable()):
            fail(str(error))
        fault = f"{type(error).__name__}: {' '.join(str(error).split())}"
        get_current_context()["ti"].xcom_push(LINE, fault[:MAX_FAULT])
        raise


@contextmanager
def worth_another_try(*errors: type[Exception]) -> Iterator[None]:
    """Turn errors of rooms, which DEFAULTS cannot name when parsed, into one that is retried."""
    with in_words():
        try:
            yield
        except errors as error:
            raise ChildProcessError(str(error)) from None


def _mendable() -> tuple[type[Exception], ...]:
    """Name the rooms' errors that are one line with the mend."""
    from crawlers.catalogue import CatalogueError
    from crawlers.contact import ContactError
    from crawlers.ledger import LedgerError
    from warehouse.errors import WarehouseError

    return CatalogueError, ContactError, LedgerError, WarehouseError
