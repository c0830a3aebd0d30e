"""The few calls to Airflow's REST API that the front door needs."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

import httpx
from pydantic import BaseModel, ConfigDict

_PAUSE_SECONDS = 1.0
COMPONENTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One DAG run."""

    id: str
    state: str
    seconds: float | None
    """From start to end; None before it ended."""

    @property
    def has_ended(self) -> bool:
        """Tell whether nothing of it will run any more."""
        return self.state in ("success", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskState:
    """One task instance of a run."""

    task: str
    """Task id, with its group: `source.crawl`."""
    label: str
    """What the operator sees: the source's name, or the task id."""
    state: str | None
    """None: not scheduled yet."""
    try_number: int


class ApiError(Exception):
    """Airflow refused a call; the message says which, and why."""


class AirflowApi:
    """A logged-in client of one Airflow; what does not answer, or fails (5xx), is asked again.

    Before that it calls `meanwhile` with what is wrong and for how many seconds it has been; what
    this raises ends the call.

    Raises:
        ApiError: from each call that Airflow refuses.
    """

    def __init__(
        self, url: str, user: str, password: str, meanwhile: Callable[[str, float], None]
    ) -> None:
        self._login = {"username": user, "password": password}
        self._http = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self._meanwhile = meanwhile

    def __enter__(self) -> Self:
        self._http.headers["Authorization"] = f"Bearer {self._token()}"
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def _token(self) -> str:
        reply = _granted(self._insist("POST", "/auth/token", self._login))
        return str(reply.json()["access_token"])

    def request(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Send one call, which may come twice; log in again where the token has expired (a day)."""
        reply = self._insist(method, f"/api/v2/{path}", body)
        if reply.status_code == httpx.codes.UNAUTHORIZED:
            self._http.headers["Authorization"] = f"Bearer {self._token()}"
            reply = self._insist(method, f"/api/v2/{path}", body)
        return reply

    def _insist(self, method: str, path: str, body: object) -> httpx.Response:
        began = time.monotonic()
        while True:
            try:
                reply = self._http.request(method, path, json=body)
                if not reply.is_server_error:
                    return reply
                trouble = f"Airflow answered {reply.status_code} to {method} {path}"
            except httpx.TransportError as error:
                trouble = f"Airflow did not answer {method} {path} ({error})"
            self._meanwhile(trouble, time.monotonic() - began)
            time.sleep(_PAUSE_SECONDS)

    def has_dag(self, dag_id: str) -> bool:
        """Tell whether the DAG processor has registered the DAG."""
        return self.request("GET", f"dags/{dag_id}").is_success

    def import_errors(self) -> tuple[str, ...]:
        """Return what kept DAG files from being read, one text a file."""
        reply = _granted(self.request("GET", "importErrors"))
        return tuple(error["stack_trace"] for error in reply.json()["import_errors"])

    def next_run_at(self, dag_id: str) -> datetime | None:
        """Return when the schedule wants the next run; it may have passed."""
        reply = _granted(self.request("GET", f"dags/{dag_id}"))
        return _DagReply.model_validate(reply.json()).next_dagrun_run_after

    def runs(self, dag_id: str) -> tuple[Run, ...]:
        """Return the newest hundred runs, the newest first."""
        path = f"dags/{dag_id}/dagRuns?order_by=-run_after&limit=100"
        reply = _granted(self.request("GET", path))
        return tuple(_as_run(run) for run in reply.json()["dag_runs"])

    def create_pool(self, name: str, slots: int) -> None:
        """Create a pool, or leave the one that is there."""
        reply = self.request("POST", "pools", {"name": name, "slots": slots})
        if reply.status_code != httpx.codes.CONFLICT:
            _granted(reply)

    def unpause(self, dag_id: str) -> None:
        """Let the DAG's schedule begin."""
        _granted(self.request("PATCH", f"dags/{dag_id}", {"is_paused": False}))

    def trigger(self, dag_id: str, conf: dict[str, object], note: str) -> str:
        """Start a run by hand and return its id."""
        # An id of our own: where the answer was lost, the second call does not start a second run.
        run_id = f"manual__{datetime.now(UTC).isoformat()}"
        body = {"logical_date": None, "dag_run_id": run_id, "conf": conf, "note": note}
        reply = self.request("POST", f"dags/{dag_id}/dagRuns", body)
        if reply.status_code != httpx.codes.CONFLICT:
            _granted(reply)
        return run_id

    def run(self, dag_id: str, run_id: str) -> Run:
        """Return what a run is doing."""
        reply = _granted(self.request("GET", f"dags/{dag_id}/dagRuns/{run_id}"))
        return _as_run(reply.json())

    def tasks(self, dag_id: str, run_id: str) -> tuple[TaskState, ...]:
        """Return the state of each task instance of a run."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=1000"
        reply = _granted(self.request("GET", path))
        read = [_TaskReply.model_validate(task) for task in reply.json()["task_instances"]]
        return tuple(
            TaskState(
                task=task.task_id,
                label=task.rendered_map_index or task.task_id,
                state=task.state,
                try_number=task.try_number,
            )
            for task in read
        )

    def xcom(self, dag_id: str, run_id: str, task_id: str, key: str) -> str | None:
        """Return a task's note to the tasks after it; None where it left none."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        reply = self.request("GET", path)
        if reply.status_code == httpx.codes.NOT_FOUND:
            return None
        return str(_granted(reply).json()["value"])


def read_health(url: str) -> dict[str, bool]:
    """Ask, without a login, which parts are healthy; all are not where nobody answers."""
    try:
        reply = httpx.get(f"{url}/api/v2/monitor/health", timeout=5, trust_env=False)
        states = reply.raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        states = {}
    return {name: states.get(name, {}).get("status") == "healthy" for name in COMPONENTS}


def _granted(reply: httpx.Response) -> httpx.Response:
    if reply.is_success:
        return reply
    asked = f"{reply.request.method} {reply.url.path}"
    raise ApiError(
        f"Airflow refused {asked} ({reply.status_code}): {' '.join(reply.text.split())[:300]}"
    )


def _as_run(reply: object) -> Run:
    read = _RunReply.model_validate(reply)
    return Run(id=read.dag_run_id, state=read.state, seconds=read.duration)


class _Reply(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _DagReply(_Reply):
    next_dagrun_run_after: datetime | None = None


class _RunReply(_Reply):
    dag_run_id: str
    state: str
    duration: float | None = None


class _TaskReply(_Reply):
    task_id: str
    rendered_map_index: str | None = None
    state: str | None
    try_number: int
