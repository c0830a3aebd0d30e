"""The Health page's addresses. Plugin apps are anonymous unless guarded: all of this one is."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import Depends, FastAPI, Form, HTTPException, Query, Request
from fastapi import Path as PathParam
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException as AnyHTTPException

from crawlers.batch import BATCH_ID
from crawlers.catalogue import CatalogueError
from dags.health.access import BUTTON, HasButtons, may_read
from dags.health.airflow_calls import (
    ask_again,
    clear_failed,
    find_run,
    let_in,
    replay_rejected,
)
from dags.health.catalogue import find_page, find_source, read_catalogue
from dags.health.mends import MENDED, list_failed, list_tasks
from dags.health.pages import FOLDER, SHIELD, render
from khabar.settings import read_settings
from warehouse.errors import WarehouseError
from warehouse.health import read_health, read_source, read_spoilt
from warehouse.health_files import Funnel, read_batch
from warehouse.health_runs import find_batches
from warehouse.health_sources import name_spoilt
from warehouse.health_words import Clock
from warehouse.incident_files import IncidentError
from warehouse.incidents import acknowledge, mute
from warehouse.reprocess import count_rejected

STATIC = {
    "health.css": "text/css",
    "health.js": "text/javascript",
    "icon.svg": "image/svg+xml",
    "icon-dark.svg": "image/svg+xml",
}

Back = Annotated[str, Query(max_length=300)]
"""The page to return to: `sources/` and an outlet; where that has none, the page of all."""
Cleared = Annotated[str, Query(pattern=f"^({'|'.join(MENDED)})$")]

app = FastAPI(
    title="Khabar's health",
    dependencies=[Depends(may_read)],
    docs_url=None,
    redoc_url=None,
    openapi_url=None,
)


@app.exception_handler(AnyHTTPException)
def say_refusal(request: Request, error: AnyHTTPException) -> HTMLResponse:
    """Say what went wrong on a page, and not as JSON."""
    return render(request, "refusal.html", error.status_code, why=str(error.detail))


@app.exception_handler(RequestValidationError)
def say_misread(request: Request, error: RequestValidationError) -> HTMLResponse:
    """Say on a page which word of an address or a form cannot be used."""
    told = [f"{one['loc'][-1]}: {one['msg']}" for one in error.errors()]
    return render(request, "refusal.html", 422, why="; ".join(told))


@app.exception_handler(IncidentError)
def say_conflict(request: Request, error: IncidentError) -> HTMLResponse:
    """Say why an incident cannot be changed: it may have been closed since the page was shown."""
    return render(request, "refusal.html", 409, why=str(error))


@app.get("/")
def show_health(request: Request, buttons: HasButtons, done: str = "") -> HTMLResponse:
    """Show how all is."""
    sources, spoilt = read_catalogue()
    health = read_health(read_settings().home, sources, spoilt, datetime.now(UTC))
    return render(request, "health.html", health=health, buttons=buttons, done=done)


@app.get("/sources/{source_id}")
def show_source(
    request: Request, source_id: str, buttons: HasButtons, done: str = ""
) -> HTMLResponse:
    """Show one outlet."""
    sources, spoilt = read_catalogue()
    found = next((one for one in sources if one.id == source_id), None)
    why = name_spoilt(spoilt, {one.id for one in sources}).get(source_id)
    home, now = read_settings().home, datetime.now(UTC)
    if found is not None:
        detail = read_source(home, found, now)
    elif why is not None:
        detail = read_spoilt(home, source_id, why, now)
    else:
        raise HTTPException(404, "No source file has this name")
    return render(request, "source.html", detail=detail, buttons=buttons, done=done)


@app.get("/run")
async def show_run(
    request: Request, buttons: HasButtons, dag: str = "", run: str = "", done: str = ""
) -> HTMLResponse:
    """Show what became of a run's batch: the tab on each run."""
    sources, spoilt = read_catalogue()
    batches = await run_in_threadpool(find_batches, read_settings().home, dag, run)
    return render(
        request,
        "run.html",
        batches=batches,
        names={one.id: one.name for one in sources},
        has_page={one.id for one in sources} | name_spoilt(spoilt, set()).keys(),
        clock=Clock.of(datetime.now(UTC), (one.timezone for one in sources)),
        words=[one.name for one in fields(Funnel)],
        told=await find_run(request, dag, run),
        dag=dag,
        run=run,
        buttons=buttons,
        done=done,
    )


@app.get("/static/{name}")
def show_static(name: str) -> Response:
    """Send the page's style, its script or its icon."""
    if name not in STATIC:
        raise HTTPException(404, "There is no such file")
    return FileResponse(FOLDER / "static" / name, media_type=STATIC[name], headers=SHIELD)


@app.post("/incidents/{incident_id}/acknowledge", dependencies=BUTTON)
def acknowledge_incident(
    request: Request, incident_id: str, user: GetUserDep, back: Back = ""
) -> Response:
    """Note that the user knows of it."""
    acknowledge(read_settings().home, incident_id, user.get_name(), datetime.now(UTC))
    return _back(request, back, "acknowledged")


@app.post("/incidents/{incident_id}/mute", dependencies=BUTTON)
def mute_incident(
    request: Request, incident_id: str, user: GetUserDep, back: Back = ""
) -> Response:
    """Let it raise no alert for a day."""
    until = datetime.now(UTC) + timedelta(days=1)
    mute(read_settings().home, incident_id, until, user.get_name())
    return _back(request, back, "muted")


@app.post("/incidents/{incident_id}/unmute", dependencies=BUTTON)
def unmute_incident(
    request: Request, incident_id: str, user: GetUserDep, back: Back = ""
) -> Response:
    """Let it speak again."""
    mute(read_settings().home, incident_id, None, user.get_name())
    return _back(request, back, "unmuted")


@app.post("/sources/{source_id}/retry", dependencies=BUTTON)
async def retry_source(request: Request, source_id: str, back: Back = "") -> Response:
    """Ask one outlet again, in a run of its own: a batch that is loaded takes no other input."""
    _find_asked(source_id)
    await ask_again(request, [source_id])
    return _back(request, back, "asked")


@app.post("/ingest", dependencies=BUTTON)
async def ingest_again(request: Request) -> Response:
    """Start a run of all that are due: the one before could not plan."""
    await ask_again(request, [])
    return _back(request, "", "begun")


@app.post("/batches/{batch_id}/retry", dependencies=BUTTON)
async def retry_failed(
    request: Request, batch_id: Annotated[str, PathParam(pattern=BATCH_ID.pattern)]
) -> Response:
    """Ask all outlets again that failed in a batch, in a run of their own."""
    usable = {one.id for one in read_catalogue()[0] if one.retired is None}
    failed = list_failed(read_batch(read_settings().home, batch_id), usable)
    if not failed:
        raise HTTPException(409, f"no outlet failed in {batch_id} that can be asked again")
    await ask_again(request, failed)
    return _back(request, "", "asked")


@app.post("/sources/{source_id}/replay", dependencies=BUTTON)
async def replay_source(
    request: Request, source_id: str, user: GetUserDep, back: Back = ""
) -> Response:
    """Read the pages of one outlet that were rejected again, from the archive."""
    find_source(source_id)
    try:
        count = await run_in_threadpool(_count_rejected, source_id)
    except (CatalogueError, WarehouseError) as error:
        raise HTTPException(409, str(error)) from None
    if not count:
        return _back(request, back, "read")
    await replay_rejected(request, source_id, user.get_name())
    return _back(request, back, "replayed")


@app.post("/sources/{source_id}/accept", dependencies=BUTTON)
async def accept_source(
    request: Request,
    source_id: Annotated[str, PathParam(pattern="^(web:)?[a-z0-9][a-z0-9_.-]*$")],
    batch: Annotated[str, Query(pattern=BATCH_ID.pattern)],
    why: Annotated[str, Form(max_length=500)] = "",
    back: Back = "",
) -> Response:
    """Let in what is held of an outlet, with the reason that is written beside the button."""
    if not why.strip():
        raise HTTPException(422, "Say why it is let in: what you found on its pages")
    await let_in(request, batch, source_id, why.strip())
    return _back(request, back, "accepted")


@app.post("/run/clear", dependencies=BUTTON)
async def clear_run(request: Request, run: str, dag: Cleared = "ingest") -> Response:
    """Run the failed tasks of a run again, with those after them."""
    batches = await run_in_threadpool(find_batches, read_settings().home, dag, run)
    await clear_failed(request, dag, run, list_tasks(batches))
    return _back(request, f"run?{urlencode({'dag': dag, 'run': run})}", "cleared")


def _find_asked(source_id: str) -> None:
    """Refuse one that no plan takes."""
    if (why := find_source(source_id).retired) is not None:
        raise HTTPException(409, f"{source_id} is retired: {why}")


def _count_rejected(source_id: str) -> int:
    settings = read_settings()
    return count_rejected(settings.home, settings.folders, source_id)


def _back(request: Request, page: str, done: str) -> Response:
    root = request.scope.get("root_path", "")
    if page.startswith("sources/"):
        page = find_page(page.removeprefix("sources/"))
    elif not page.startswith("run?"):
        page = ""
    mark = "&" if "?" in page else "?"
    return RedirectResponse(f"{root}/{page}{mark}done={done}", 303, SHIELD)
