"""What buttons ask of Airflow: its own API, as the user who pressed; it decides, and logs it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import httpx
from airflow.api_fastapi.app import cached_app
from fastapi import HTTPException, Request

_MINE = ("authorization", "cookie")
"""What says who the user is, handed on as it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTold:
    """What Airflow says of a run."""

    state: str
    note: str
    """What happened, in words; empty before it ended."""


async def find_run(request: Request, dag: str, run_id: str) -> RunTold | None:
    """Ask how a run ended; None where Airflow knows none, or does not say."""
    headers = {name: request.headers[name] for name in _MINE if name in request.headers}
    path = f"/api/v2/dags/{quote(dag, safe='')}/dagRuns/{quote(run_id, safe='')}"
    async with _open_airflow() as client:
        reply = await client.get(path, headers=headers)
    told = reply.json() if reply.is_success else None
    return RunTold(state=str(told["state"]), note=str(told["note"] or "")) if told else None


async def ask_again(request: Request, source_ids: Sequence[str]) -> str:
    """Start a run of some sources, due or not, or of all that are due; return the run's id."""
    conf: dict[str, object] = {"sources": list(source_ids), "force": bool(source_ids)}
    what = ", ".join(source_ids) or "all that are due"
    return await _trigger(request, "ingest", conf, f"{what} asked again from the Health page")


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


async def clear_failed(request: Request, dag: str, run_id: str, tasks: Sequence[str] | None) -> int:
    """Clear the failed tasks of a run, of these alone where some are named, with those after them.

    Returns:
        How many run again.
    """
    body: dict[str, object] = {
        "dry_run": False,
        "dag_run_id": run_id,
        "only_failed": True,
        "include_downstream": True,
        "reset_dag_runs": True,
    }
    if tasks is not None:
        body["task_ids"] = list(tasks)
    answer = await _post(request, f"/api/v2/dags/{dag}/clearTaskInstances", body)
    return int(str(answer["total_entries"]))


async def _trigger(request: Request, dag: str, conf: dict[str, object], note: str) -> str:
    body: dict[str, object] = {"logical_date": None, "conf": conf, "note": note}
    answer = await _post(request, f"/api/v2/dags/{dag}/dagRuns", body)
    return str(answer["dag_run_id"])


async def _post(request: Request, path: str, body: dict[str, object]) -> dict[str, object]:
    headers = {name: request.headers[name] for name in _MINE if name in request.headers}
    async with _open_airflow() as client:
        reply = await client.post(path, json=body, headers=headers)
    if not reply.is_success:
        raise HTTPException(reply.status_code, f"Airflow refused: {_refusal(reply)}")
    return dict(reply.json())


def _open_airflow() -> httpx.AsyncClient:
    # By the very words of Airflow's own main.py: by others, a second app would be made and kept.
    app = cached_app(apps=os.environ.get("AIRFLOW_API_APPS", "all"))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://airflow")


def _refusal(reply: httpx.Response) -> str:
    """Read why, of whatever came: FastAPI's JSON, another's, or the text of a server that fell."""
    try:
        told = reply.json()
    except ValueError:
        told = reply.text
    detail = told.get("detail", told) if isinstance(told, dict) else told
    return str(detail)[:500] or reply.reason_phrase
