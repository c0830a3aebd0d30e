"""The DAG `cells`: columns of two tasks, laid out as an ingest's, that do nothing."""

# mypy: disallow-untyped-decorators=False
# (Airflow is not followed by mypy: its decorators are Any.)

from datetime import UTC, datetime

from airflow.sdk import Param, chain, dag, get_current_context, task, task_group


@task
def plan() -> list[int]:
    """Name the columns."""
    return list(range(get_current_context()["params"]["columns"]))


@task
def crawl(column: int) -> int:
    """Do nothing."""
    return column


@task
def extract(column: int) -> int:
    """Do nothing."""
    return column


@task_group
def column(number: int) -> None:
    """Do nothing twice."""
    chain(crawl(number), extract(number))


@dag(
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    params={"columns": Param(1, type="integer")},
)
def cells() -> None:
    """Lay out the tasks."""
    column.expand(number=plan())


cells()
