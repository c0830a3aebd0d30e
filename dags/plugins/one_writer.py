"""One writing request at a time, where Airflow's database is SQLite: it has but one writer."""

# mypy: disallow-subclassing-any=False
# (Airflow is not followed by mypy: its classes are Any.)

from asyncio import Lock, timeout
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

from dags.plugins.health_page import PREFIX

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

READS = frozenset({"GET", "HEAD", "OPTIONS"})
TURN_SECONDS = 20.0
"""How long a turn is waited for: one request that hangs shall not silence all tasks."""


class OneWriter:
    """Lets one writing request after the other into the API server.

    Airflow's audit log writes on the event loop. Had another request written and not committed, it
    could not: its commit needs the loop, which waits for its lock. Airflow would give up after the
    database's timeout, with 500, and all tasks' heartbeats would have waited as long. (What is left
    is that Airflow forgets revoked logins on the loop, once in two days.)
    """

    def __init__(self, app: "ASGIApp", seconds: float = TURN_SECONDS) -> None:
        self._app = app
        self._seconds = seconds
        self._lock = Lock()

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Handle a request: at once where it reads, else when it is its turn."""
        # Health's forms write nothing, but ask Airflow through here in their turn.
        if scope["type"] != "http" or scope["method"] in READS or PREFIX in scope["path"]:
            await self._app(scope, receive, send)
            return
        # Read before the turn begins, or who sends a body slowly would hold up all the others.
        body = await _read_body(receive)

        async def replay() -> "Message":
            return body.pop(0) if body else await receive()

        turn = _Turn(self._lock)
        with suppress(TimeoutError):
            async with timeout(self._seconds):
                await turn.begin()

        async def pass_on(message: "Message") -> None:
            turn.end()  # its transaction ended before the first byte of the answer
            await send(message)

        try:
            await self._app(scope, replay, pass_on)
        finally:
            turn.end()


class _Turn:
    """Somebody's turn, that ends once."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock
        self._is_ours = False

    async def begin(self) -> None:
        self._is_ours = await self._lock.acquire()

    def end(self) -> None:
        if self._is_ours:
            self._is_ours = False
            self._lock.release()


async def _read_body(receive: "Receive") -> "list[Message]":
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    return messages


def guards(database: str) -> list[dict[str, Any]]:
    """Give what is put before the API server, for the URL of Airflow's database."""
    if not database.startswith("sqlite"):
        return []
    return [{"middleware": OneWriter, "name": "One writer"}]


class OneWriterPlugin(AirflowPlugin):
    """Puts it before the API server, where the metadata database is SQLite."""

    name = "khabar_one_writer"
    fastapi_root_middlewares = guards(conf.get("database", "sql_alchemy_conn"))
