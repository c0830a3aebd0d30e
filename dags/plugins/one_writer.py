"""One writing request at a time, where Airflow's database is SQLite: it has but one writer."""

# mypy: disallow-subclassing-any=False
# (Airflow is not followed by mypy: its classes are Any.)

from asyncio import Lock
from contextvars import ContextVar
from typing import TYPE_CHECKING

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

READS = frozenset({"GET", "HEAD", "OPTIONS"})
_is_inside: ContextVar[bool] = ContextVar("is_inside", default=False)
"""Whether this call comes from a request that has the turn: Health's forms ask Airflow in turn."""


class OneWriter:
    """Lets one writing request after the other into the API server.

    Airflow's audit log writes on the event loop. Had another request written and not committed, it
    could not: its commit needs the loop, which waits for its lock. Airflow would give up after the
    database's timeout, with 500, and all tasks' heartbeats would have waited as long.
    """

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app
        self._turn = Lock()

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Handle a request: at once where it reads, else when it is its turn."""
        if scope["type"] != "http" or scope["method"] in READS or _is_inside.get():
            await self._app(scope, receive, send)
            return
        # Read before the turn begins, or who sends a body slowly would hold up all the others.
        body = await _read_body(receive)

        async def replay() -> "Message":
            return body.pop(0) if body else await receive()

        await self._turn.acquire()
        leave = _Once(self._turn)

        async def pass_on(message: "Message") -> None:
            leave()  # its transaction ended before the first byte of the answer
            await send(message)

        inside = _is_inside.set(True)
        try:
            await self._app(scope, replay, pass_on)
        finally:
            _is_inside.reset(inside)
            leave()


class _Once:
    """Gives the turn up, once."""

    def __init__(self, turn: Lock) -> None:
        self._turn: Lock | None = turn

    def __call__(self) -> None:
        if self._turn is not None:
            self._turn.release()
            self._turn = None


async def _read_body(receive: "Receive") -> "list[Message]":
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    return messages


class OneWriterPlugin(AirflowPlugin):
    """Puts it before the API server, where the metadata database is SQLite."""

    name = "khabar_one_writer"
    fastapi_root_middlewares = (
        [{"middleware": OneWriter, "name": "One writer"}]
        if conf.get("database", "sql_alchemy_conn").startswith("sqlite")
        else []
    )  # fmt: skip
