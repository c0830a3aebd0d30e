"""Requests that write at once: on SQLite one after the other, and each of them answered."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from khabar.airflow.api import AirflowApi
from khabar.airflow.home import USER
from tests.airflow_session import RealAirflow

App = Callable[[dict[str, Any], Any, Any], Coroutine[Any, Any, None]]
AT_ONCE = 8


async def ask(
    app: App, method: str, *body: bytes, gate: asyncio.Event | None = None, path: str = "/api/v2/x"
) -> list[str]:
    """Send a request, the last part of its body when the gate opens; list what is sent back."""
    parts = list(body) or [b""]
    sent: list[str] = []

    async def receive() -> dict[str, Any]:
        if gate is not None and len(parts) == 1:
            await gate.wait()
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message["type"])

    await app({"type": "http", "method": method, "path": path}, receive, send)
    return sent


class Counted:
    """An app that notes how many are in it, and what bodies it reads."""

    def __init__(self) -> None:
        self.inside = self.most = 0
        self.bodies: list[bytes] = []
        self.pause: Callable[[], Coroutine[Any, Any, object]] = lambda: asyncio.sleep(0.01)

    async def __call__(self, _: dict[str, Any], receive: Any, send: Any) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        await self.pause()
        self.inside -= 1
        message = await receive()
        body = message["body"]
        while message["more_body"]:
            message = await receive()
            body += message["body"]
        self.bodies.append(body)
        await send({"type": "http.response.start"})
        await send({"type": "http.response.body"})


@pytest.fixture
def guarded(dags: Mapping[str, Any]) -> Callable[..., App]:
    """Give what puts the guard before an app."""
    from dags.plugins.one_writer import OneWriter

    return OneWriter


@pytest.mark.parametrize(("method", "most"), [("POST", 1), ("PATCH", 1), ("DELETE", 1), ("GET", 5)])
def test_writers_go_one_after_the_other_and_readers_as_they_come(
    guarded: Callable[..., App], method: str, most: int
) -> None:
    async def run() -> Counted:
        app = Counted()
        guard = guarded(app)
        whole = ["http.response.start", "http.response.body"]
        asked = (ask(guard, method, b"a", b"b") for _ in range(5))
        assert await asyncio.gather(*asked) == [whole] * 5
        return app

    app = asyncio.run(run())
    assert app.most == most
    assert app.bodies == [b"ab"] * 5


def test_who_sends_slowly_and_whose_handler_breaks_hold_nobody_up(
    guarded: Callable[..., App],
) -> None:
    async def run() -> None:
        app, gate = Counted(), asyncio.Event()
        guard = guarded(app)
        slow = asyncio.create_task(ask(guard, "POST", b"slow", b"ly", gate=gate))
        await asyncio.sleep(0)
        await ask(guard, "POST", b"quick")
        assert app.bodies == [b"quick"]

        async def break_down() -> None:
            raise ConnectionError

        app.pause, kept = break_down, app.pause
        with pytest.raises(ConnectionError):
            await ask(guard, "PUT")
        app.pause = kept
        gate.set()
        await slow
        assert app.bodies == [b"quick", b"slowly"]

    asyncio.run(asyncio.wait_for(run(), 10))


def test_turn_ends_with_the_first_byte_of_the_answer_though_a_reader_be_slow(
    guarded: Callable[..., App],
) -> None:
    async def run() -> None:
        is_read = asyncio.Event()

        async def app(scope: dict[str, Any], _: Any, send: Any) -> None:
            await send({"type": "http.response.start"})
            if scope["method"] == "POST":
                await is_read.wait()
            await send({"type": "http.response.body"})

        guard = guarded(app)
        slow = asyncio.create_task(ask(guard, "POST"))
        await asyncio.sleep(0)
        assert len(await ask(guard, "PATCH")) == 2
        is_read.set()
        assert len(await slow) == 2

    asyncio.run(asyncio.wait_for(run(), 10))


def test_form_that_asks_airflow_in_its_turn_does_not_wait_for_itself(
    guarded: Callable[..., App],
) -> None:
    async def run() -> list[str]:
        async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
            if scope["path"].startswith("/khabar-health/"):
                await guard(scope | {"path": "/api/v2/dags/x/dagRuns"}, receive, send)
            else:
                await send({"type": "http.response.start"})

        guard = guarded(app, 100)
        return await ask(guard, "POST", path="/khabar-health/again")

    assert asyncio.run(asyncio.wait_for(run(), 10)) == ["http.response.start"]


def test_who_gives_up_leaves_the_turn_to_the_next(guarded: Callable[..., App]) -> None:
    async def run() -> None:
        app, never = Counted(), asyncio.Event()
        guard = guarded(app, 100)
        app.pause, kept = never.wait, app.pause
        inside = asyncio.create_task(ask(guard, "POST"))
        await asyncio.sleep(0)
        waiting = asyncio.create_task(ask(guard, "POST"))
        await asyncio.sleep(0)
        app.pause = kept
        for gone in (waiting, inside):
            gone.cancel()
            with pytest.raises(asyncio.CancelledError):
                await gone
        await ask(guard, "POST", b"next")
        assert app.bodies == [b"next"]

    asyncio.run(asyncio.wait_for(run(), 10))


def test_request_that_hangs_holds_the_others_up_for_a_while_only(
    guarded: Callable[..., App],
) -> None:
    async def run() -> None:
        app, never = Counted(), asyncio.Event()
        guard = guarded(app, 0.05)
        app.pause, kept = never.wait, app.pause
        hung = asyncio.create_task(ask(guard, "POST"))
        await asyncio.sleep(0)
        app.pause = kept
        await asyncio.gather(ask(guard, "POST", b"a"), ask(guard, "POST", b"b"))
        assert sorted(app.bodies) == [b"a", b"b"]
        never.set()
        await hung

    asyncio.run(asyncio.wait_for(run(), 10))


def test_postgres_has_many_writers_and_needs_no_guard(dags: Mapping[str, Any]) -> None:
    from dags.plugins.one_writer import OneWriter, guards

    assert [one["middleware"] for one in guards("sqlite:////x/airflow.db?timeout=10")] == [
        OneWriter
    ]
    assert guards("postgresql+psycopg://airflow@postgres/airflow") == []


@pytest.mark.airflow
def test_all_who_write_at_once_are_answered_by_a_real_airflow(real_airflow: RealAirflow) -> None:
    def refuse(trouble: str, _: float) -> None:
        raise AssertionError(trouble)

    def create_and_delete(name: str) -> list[int]:
        home = real_airflow.home
        with AirflowApi(home.url, USER, home.password, refuse) as api:
            return [
                api.request(*call).status_code
                for _ in range(10)
                for call in (
                    ("POST", "pools", {"name": name, "slots": 1}),
                    ("DELETE", f"pools/{name}"),
                )
            ]

    with ThreadPoolExecutor(AT_ONCE) as threads:
        found = list(threads.map(create_and_delete, [f"pool{number}" for number in range(AT_ONCE)]))
    assert found == [[201, 204] * 10] * AT_ONCE
