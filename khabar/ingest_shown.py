"""Ingests that `khabar up` follows on the screen, and what it prints of them."""

from dataclasses import dataclass
from pathlib import Path

from khabar.airflow.api import AirflowApi, Run
from khabar.airflow.crew import Crew
from khabar.closing import read_closing, show_closing
from khabar.demo_town import DemoTown
from khabar.ingest_run import DAG, follow, start_ingest, trigger_ingest
from khabar.screen import Screen


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A running Airflow, and where what it does is shown."""

    crew: Crew
    api: AirflowApi
    home: Path
    screen: Screen


def show_live(desk: Desk) -> bool:
    """Ingest once and show it; return whether it was green and published."""
    is_good = _tell(desk, _follow(desk, start_ingest(desk.api, force=False)))
    if is_good:
        show_closing(read_closing(desk.home))
    return is_good


def show_demo(desk: Desk, town: DemoTown) -> bool:
    """Ingest twice, hours apart by the town's clock, since in one look nothing can change.

    Once is enough where an earlier start looked twice. Return whether all was green, and an
    article that changed and a story that several outlets carried could be shown.
    """
    is_known = _missing(desk.home) is None
    if is_known:
        town.catch_up()
    run = _follow(desk, start_ingest(desk.api, force=True))
    if _plan_line(desk, run).startswith("nothing due"):
        run = _follow(desk, trigger_ingest(desk.api, force=True))
    is_good = _tell(desk, run)
    if is_good and not is_known:
        desk.screen.say(f"{town.catch_up()}; now the second look")
        is_good = _tell(desk, _follow(desk, trigger_ingest(desk.api, force=True)))
    if not is_good:
        return False
    closing = read_closing(desk.home)
    show_closing(closing)
    if closing.missing:
        desk.screen.complain(f"the demo is not whole: {closing.missing}")
    return closing.missing is None


def _missing(home: Path) -> str | None:
    from warehouse.connection import WarehouseError

    try:
        return read_closing(home).missing
    except WarehouseError as error:
        return str(error)


def _follow(desk: Desk, run_id: str) -> Run:
    return follow(desk.crew, desk.api, run_id, lambda text: desk.screen.doing(f"ingest: {text}"))


def _plan_line(desk: Desk, run: Run) -> str:
    said = (desk.api.xcom(DAG, run.id, "plan", key) for key in ("planned", "line"))
    return next((line for line in said if line), "")


def _tell(desk: Desk, run: Run) -> bool:
    """Print what an ingest brought; return whether it was green and published."""
    if run.state == "failed":
        failed = [task.label for task in desk.api.tasks(DAG, run.id) if task.state == "failed"]
        logs = desk.home / "airflow" / "logs" / f"dag_id={DAG}" / f"run_id={run.id}"
        desk.screen.complain(f"failed: {', '.join(failed)}; why is in the logs under {logs}")
    line = f"ingest: {run.state} after {run.seconds or 0:.0f} s; {_plan_line(desk, run)}"
    desk.screen.say(line)
    batch_id = desk.api.xcom(DAG, run.id, "plan", "batch_id")
    is_published = batch_id is not None and _show_batch(desk.home, batch_id)
    return run.state == "success" and is_published


def _show_batch(home: Path, batch_id: str) -> bool:
    """Print a batch's table; return whether it was published, and rows with it."""
    from crawlers.batch import Batch
    from khabar.commands.run import show
    from warehouse.connection import open_snapshot
    from warehouse.summary import summarise_batch

    batch = Batch(id=batch_id, home=home)
    if not batch.manifest.exists():
        return False
    summary = summarise_batch(batch)
    show(summary, json=False)
    if not summary.published:
        return False
    with open_snapshot(home) as snapshot:
        return snapshot.execute("SELECT 1 FROM articles LIMIT 1").fetchone() is not None
