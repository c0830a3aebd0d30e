"""How long Airflow keeps runs in its database, and its own command that removes older ones."""

from datetime import datetime, timedelta

RECORDS_KEPT_FOR = timedelta(days=90)
OLD_RECORDS = "dag_run,task_instance,task_instance_history,xcom,log,job,asset_event,import_error"
"""Not dag_version: a queued run whose version is gone is never started (apache/airflow#70056)."""


def clean_arguments(now: datetime) -> tuple[str, ...]:
    """Give the arguments of `airflow` that remove what is older than RECORDS_KEPT_FOR.

    This is no work for a task: Airflow keeps tasks from its database.
    """
    before = (now - RECORDS_KEPT_FOR).isoformat()
    tables = ("--tables", OLD_RECORDS, "--clean-before-timestamp", before)
    return ("db", "clean", *tables, "--skip-archive", "--yes")
