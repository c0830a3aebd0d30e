"""The client of Airflow's API, before servers that fail, fall silent, or have lost an answer."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from khabar.airflow import api as api_module
from khabar.airflow.api import AirflowApi, ApiError
from khabar.airflow.crew import Crew, CrewError, NotReadyError
from khabar.airflow.home import prepare_home
from khabar.airflow.machine import PATIENCE_SECONDS, Patience, wait_for_dags
from tests.airflow_session import free_port


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_module, "_PAUSE_SECONDS", 0.0)


@contextmanager
def answering(*statuses: int) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Serve a login, and then these answers, the last again and again; keep what was posted.

    0 is a connection that ends without an answer.
    """
    left, posted = list(statuses), list[dict[str, str]]()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if self.path == "/auth/token":
                self.say(201, {"access_token": "x"})
                return
            posted.append(body)
            if status := left.pop(0) if len(left) > 1 else left[0]:
                self.say(status, {})

        def say(self, status: int, body: dict[str, str]) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", posted
        server.shutdown()


def test_run_is_triggered_once_though_airflow_fails_twice_and_loses_an_answer() -> None:
    troubles: list[str] = []
    with (
        answering(500, 503, 0, 409) as (url, posted),
        AirflowApi(url, "admin", "x", lambda trouble, _: troubles.append(trouble)) as api,
    ):
        run_id = api.trigger("ingest", {"force": True}, "a test")
    assert [one["dag_run_id"] for one in posted] == [run_id] * 4
    path = "POST /api/v2/dags/ingest/dagRuns"
    assert troubles[:2] == [f"Airflow answered {code} to {path}" for code in (500, 503)]
    assert troubles[2].startswith(f"Airflow did not answer {path} (")
    assert len(troubles) == 3


def test_refusal_is_one_line_and_is_not_asked_again() -> None:
    troubles: list[str] = []
    with (
        answering(404) as (url, posted),
        AirflowApi(url, "admin", "x", lambda trouble, _: troubles.append(trouble)) as api,
        pytest.raises(ApiError) as caught,
    ):
        api.create_pool("warehouse", 1)
    assert str(caught.value) == "Airflow refused POST /api/v2/pools (404): {}"
    assert (len(posted), troubles) == (1, [])


def test_airflow_that_fails_for_too_long_is_one_line_that_names_the_log(tmp_path: Path) -> None:
    home, shown = prepare_home(tmp_path, free_port()), list[str]()
    with Crew(str(tmp_path)) as crew:
        patience = Patience(crew=crew, home=home, show=shown.append)
        patience("Airflow answered 500 to GET x", PATIENCE_SECONDS)
        with pytest.raises(CrewError) as caught:
            patience("Airflow answered 500 to GET x", PATIENCE_SECONDS + 1)
    assert shown == ["Airflow answered 500 to GET x"]
    log = home.log("api-server")
    assert str(caught.value) == f"Airflow answered 500 to GET x, for 181 s: see {log}"


@pytest.mark.parametrize(
    ("ended_by", "said"),
    [
        (NotReadyError("no DAG 'ingest'"), "no DAG 'ingest'; SyntaxError: invalid syntax"),
        (CrewError("Airflow answered 500 to GET x"), "Airflow answered 500 to GET x"),
    ],
)
def test_import_errors_are_told_where_a_dag_is_missing_and_not_asked_of_an_api_that_fails(
    ended_by: CrewError, said: str
) -> None:
    def wait_until(*_: object) -> None:
        raise ended_by

    asked = [0]

    def import_errors() -> tuple[str, ...]:
        asked[0] += 1
        return ("Traceback\n  File x\nSyntaxError: invalid syntax\n",)

    crew = cast("Crew", SimpleNamespace(wait_until=wait_until))
    api = cast("AirflowApi", SimpleNamespace(import_errors=import_errors))
    with pytest.raises(CrewError) as caught:
        wait_for_dags(crew, api, ["ingest"])
    assert str(caught.value) == said
    assert asked == [int(isinstance(ended_by, NotReadyError))]
