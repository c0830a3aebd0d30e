import logging
import socket
import time

import pytest

from tests.post import open_web
from warehouse.heartbeat import ping


def test_the_address_is_asked_once() -> None:
    with open_web() as (address, asked):
        assert ping(f"{address}/ping/secret")
        assert [path for path, _ in asked] == ["/ping/secret"]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_fails_is_a_line_without_the_secret(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with open_web() as (other, followed), open_web(status, (("location", other),)) as (address, _):
        assert not ping(f"{address}/ping/secret")
        assert followed == []
    assert f"(HTTP {status})" in caplog.text
    assert "secret" not in caplog.text


def test_a_server_that_never_answers_costs_seconds_and_raises_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("warehouse.heartbeat.SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as deaf, caplog.at_level(logging.WARNING):
        began = time.monotonic()
        assert not ping(f"http://127.0.0.1:{deaf.getsockname()[1]}/")
        assert time.monotonic() - began < 5
    assert "failed (" in caplog.text


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1/x", "nonsense", ""])
def test_nothing_but_http_is_asked(address: str) -> None:
    assert not ping(address)


def test_a_port_where_nobody_listens_is_a_line(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert not ping(f"http://127.0.0.1:{port}/")
    assert "the heartbeat at 127.0.0.1 failed" in caplog.text
