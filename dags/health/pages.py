"""Templates of the page, and what they may ask for."""

from dataclasses import fields
from pathlib import Path
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dags.health.charts import say_days, sparkline, volume_chart
from dags.health.mends import find_broken_task, find_mend
from warehouse.health_files import BatchHealth, Funnel, SourceInBatch

FOLDER = Path(__file__).parent
ENDS = (
    "extracted", "new", "updated", "unchanged", "rejected", "failed", "gone", "skipped",
    "known_not_due",
)  # fmt: skip
"""What becomes of all that is listed or asked again: each comes to one of these."""
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
    "asked": "A run of what failed alone was started; it waits where another run is under way.",
    "begun": "A run of all outlets that are due was started.",
    "replayed": "The archive's rejected pages of this outlet are read again: see the runs of "
    "Extract the archive again, which asks you where much would change.",
    "accepted": "It is let in as soon as nobody else writes: see the runs of Let a held outlet in.",
    "read": "Nothing to read again: today's extractor has read all of its rejected pages. Mend its "
    "source file first.",
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


def say_funnel(one: SourceInBatch) -> str:
    """Say in a line what became of all that was listed or asked again, so that it adds up.

    What nobody counted yet is left out, and so is what is none, but for the new.
    """
    funnel = one.funnel
    begun = [_count(funnel.listed, "listed", is_told=True)]
    begun += [_count(funnel.asked_again, "asked again")]
    ended = [
        _count(getattr(funnel, word), word.replace("_", " "), is_told=word == "new")
        for word in ENDS
    ]
    if funnel.asked_again is not None and funnel.asked_again < 0:
        ended.append(f"{-funnel.asked_again:,} lost from the ledger")
    steps = [
        " + ".join(filter(None, begun)),
        _count(funnel.fetched, "fetched", is_told=True),
        ", ".join(filter(None, ended)),
    ]
    said = " → ".join(filter(None, steps))
    return f"{said}; waits to be let in" if one.is_held else said


def _count(number: int | None, word: str, *, is_told: bool = False) -> str:
    is_said = number is not None and (number > 0 or (is_told and not number))
    return f"{number:,} {word}" if is_said else ""


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
        if one.source_id == source_id and one.is_held:
            return batch.batch_id if batch is not None else None
    return None


def is_web(url: str) -> bool:
    """Tell whether an outlet's address may be a link: what it asks a browser to run may not."""
    return url.lower().startswith(("http://", "https://"))


def logs_after(batch: BatchHealth) -> list[tuple[str, str]]:
    """List the tasks that a batch goes through as a whole, each with the path of its log."""
    tasks = LOGGED.get(batch.dag, ())
    return [(task, f"{run_path(batch)}/tasks/{task}") for task in tasks]


def broken_log(batch: BatchHealth) -> tuple[str, str] | None:
    """Name the task that did not end, and the path of its log; None where Airflow ran none."""
    task = find_broken_task(batch)
    return (task, f"{run_path(batch)}/tasks/{task}") if task in LOGGED.get(batch.dag, ()) else None


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
    "broken_log": broken_log,
    "find_mend": find_mend,
    "held_in": held_in,
    "is_web": is_web,
    "log_of": log_of,
    "logs_after": logs_after,
    "run_path": run_path,
    "say_days": say_days,
    "say_funnel": say_funnel,
    "uncounted": uncounted,
    "sparkline": sparkline,
    "volume_chart": volume_chart,
}
