"""What buttons ask of Airflow: its own API, as the user who pressed; it decides, and logs it."""

import httpx
from airflow.api_fastapi.app import cached_app
from fastapi import HTTPException, Request

_MINE = ("authorization", "cookie")
"""What says who the user is, handed on as it came."""


async def ask_again(request: Request, source_id: str) -> str:
    """Start a run of one source, due or not; return the run's id."""
    body: dict[str, object] = {
        "logical_date": None,
        "conf": {"sources": [source_id], "force": True},
        "note": f"{source_id} asked again from the Health page",
    }
    answer = await _post(request, "/api/v2/dags/ingest/dagRuns", body)
    return str(answer["dag_run_id"])


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


async def _post(request: Request, path: str, body: dict[str, object]) -> dict[str, object]:
    headers = {name: request.headers[name] for name in _MINE if name in request.headers}
    transport = httpx.ASGITransport(cached_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://airflow") as client:
        reply = await client.post(path, json=body, headers=headers)
    if not reply.is_success:
        said = reply.json().get("detail", reply.text) if reply.text else reply.reason_phrase
        raise HTTPException(reply.status_code, f"Airflow refused: {said}")
    return dict(reply.json())
