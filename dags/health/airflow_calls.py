"""What buttons ask of Airflow: its own API, as the user who pressed; it decides, and logs it."""

import httpx
from airflow.api_fastapi.app import cached_app
from fastapi import HTTPException, Request

_MINE = ("authorization", "cookie")
"""What says who the user is, handed on as it came."""


async def ask_again(request: Request, source_id: str) -> str:
    """Start a run of one source, due or not; return the run's id."""
    conf = {"sources": [source_id], "force": True}
    note = f"{source_id} asked again from the Health page"
    return await _trigger(request, "ingest", conf, note)


async def replay_rejected(request: Request, source_id: str, user: str) -> None:
    """Start a reprocess of the pages of one source that were rejected."""
    conf = {
        "reason": f"{user} has rejected pages read again from the Health page",
        "sources": [source_id],
        "only_rejected": True,
    }
    await _trigger(request, "reprocess", conf, f"rejected pages of {source_id} read again")


async def let_in(request: Request, batch_id: str, source_id: str, why: str) -> None:
    """Start the acceptance of a source that is held."""
    conf: dict[str, object] = {"batch": batch_id, "source": source_id, "why": why}
    await _trigger(request, "accept", conf, f"{source_id} let in from the Health page: {why}")


async def clear_failed(request: Request, run_id: str) -> int:
    """Clear the failed tasks of a run with those after them; return how many run again."""
    body: dict[str, object] = {
        "dry_run": False,
        "dag_run_id": run_id,
        "only_failed": True,
        "include_downstream": True,
        "reset_dag_runs": True,
    }
    answer = await _post(request, "/api/v2/dags/ingest/clearTaskInstances", body)
    return int(str(answer["total_entries"]))


async def _trigger(request: Request, dag: str, conf: dict[str, object], note: str) -> str:
    body: dict[str, object] = {"logical_date": None, "conf": conf, "note": note}
    answer = await _post(request, f"/api/v2/dags/{dag}/dagRuns", body)
    return str(answer["dag_run_id"])


async def _post(request: Request, path: str, body: dict[str, object]) -> dict[str, object]:
    headers = {name: request.headers[name] for name in _MINE if name in request.headers}
    transport = httpx.ASGITransport(cached_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://airflow") as client:
        reply = await client.post(path, json=body, headers=headers)
    if not reply.is_success:
        raise HTTPException(reply.status_code, f"Airflow refused: {_refusal(reply)}")
    return dict(reply.json())


def _refusal(reply: httpx.Response) -> str:
    """Read why, of whatever came: FastAPI's JSON, another's, or the text of a server that fell."""
    try:
        told = reply.json()
    except ValueError:
        told = reply.text
    detail = told.get("detail", told) if isinstance(told, dict) else told
    return str(detail)[:500] or reply.reason_phrase
