"""Templates of the page, and what they may ask for."""

from dataclasses import fields
from pathlib import Path
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dags.health.charts import say_days, sparkline, volume_chart
from warehouse.health_files import BatchHealth, Funnel

FOLDER = Path(__file__).parent
SHIELD = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""Nothing is loaded from elsewhere, and nothing of an outlet can run."""
LOGGED = {
    "ingest": ("plan", "dedup", "load", "publish", "summary"),
    "reprocess": ("plan", "judge", "load", "publish"),
}
"""Tasks of the DAGs whose batches a run's tab shows."""
DONE = {
    "acknowledged": "Noted: your colleagues see that you know of it.",
    "muted": "Muted for a day: it stays on this page, and raises no alert.",
    "unmuted": "It speaks again.",
    "asked": "A run of this outlet alone was started; it waits where another run is under way.",
    "replayed": "The archive's rejected pages of this outlet are read again: see the runs of "
    "Extract the archive again, which asks you where much would change.",
    "accepted": "It is let in as soon as nobody else writes: see the runs of Let a held outlet in.",
    "cleared": "The failed tasks run again.",
}


def render(
    request: Request, template: str, status: int = 200, *, done: str = "", **values: object
) -> HTMLResponse:
    """Fill a template; everything in it is escaped unless it is a chart of ours."""
    root = str(request.scope.get("root_path", ""))
    text = _TEMPLATES.get_template(template).render(
        root=root, airflow=root.rpartition("/")[0], done=DONE.get(done, ""), **values
    )
    return HTMLResponse(text, status, SHIELD)


def say_funnel(funnel: Funnel) -> str:
    """Say in a line what became of all that was listed; what nobody counted yet is left out."""
    parts = [
        f"{count:,} {word}"
        for word in ("listed", "fetched", "extracted", "new", "updated", "rejected", "failed")
        if (count := getattr(funnel, word)) is not None
        and (count or word in ("listed", "fetched", "new"))
    ]
    return " → ".join(parts[:2]) + (" → " + ", ".join(parts[2:]) if parts[2:] else "")


def log_of(batch: BatchHealth, source_id: str) -> str | None:
    """Give the path of the log of a source's crawl in Airflow's UI; None where Airflow ran none."""
    if batch.dag != "ingest":
        return None
    # The cells of a run are numbered as its plan named the sources.
    number = [one.source_id for one in batch.sources].index(source_id)
    return f"{run_path(batch)}/tasks/source.crawl/mapped/{number}"


def held_in(batch: BatchHealth | None, source_id: str) -> str | None:
    """Name the batch in which a source is held back; None where it is not."""
    for one in batch.sources if batch is not None else ():
        if one.source_id == source_id and one.state.startswith("held: "):
            return batch.batch_id if batch is not None else None
    return None


def logs_after(batch: BatchHealth) -> list[tuple[str, str]]:
    """List the tasks that a batch goes through as a whole, each with the path of its log."""
    tasks = LOGGED.get(batch.dag, ())
    return [(task, f"{run_path(batch)}/tasks/{task}") for task in tasks]


def uncounted(batch: BatchHealth) -> list[str]:
    """List what the funnel of no source of a batch has counted."""
    words = [one.name for one in fields(Funnel)]
    return [w for w in words if all(getattr(one.funnel, w) is None for one in batch.sources)]


def run_path(batch: BatchHealth) -> str:
    """Give the path of a batch's run in Airflow's UI."""
    return f"/dags/{quote(batch.dag)}/runs/{quote(batch.run_id, safe='')}"


_TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.globals |= {
    "held_in": held_in,
    "log_of": log_of,
    "logs_after": logs_after,
    "run_path": run_path,
    "say_days": say_days,
    "say_funnel": say_funnel,
    "uncounted": uncounted,
    "sparkline": sparkline,
    "volume_chart": volume_chart,
}
