"""Each way to misbehave, as a reader meets it."""

import http.client
import socket
import time

import pytest

from khabar.newsroom.faults import Fault
from khabar.newsroom.running import RunningTown
from tests.newsroom.conftest import get

OUTLET = "valley_herald"


@pytest.fixture
def url(own_town: RunningTown) -> str:
    return own_town.url(OUTLET, 9)


def test_a_slow_page_drips(own_town: RunningTown, url: str) -> None:
    whole = get(url)
    own_town.misbehave(OUTLET, Fault(kind="slow", seconds=0.6))
    start = time.monotonic()
    assert get(url).body == whole.body
    assert time.monotonic() - start >= 0.5


def test_a_status_comes_with_retry_after(own_town: RunningTown, url: str) -> None:
    own_town.misbehave(OUTLET, Fault(kind="status", status=429, retry_after=7))
    got = get(url)
    assert (got.status, got.headers["retry-after"]) == (429, "7")
    own_town.misbehave(OUTLET, Fault(kind="status"))
    assert get(url).status == 500
    assert "retry-after" not in get(url).headers


def test_a_reset_is_a_reset(own_town: RunningTown, url: str) -> None:
    own_town.misbehave(OUTLET, Fault(kind="reset"))
    with pytest.raises(ConnectionResetError):
        get(url)
    assert own_town.log[-1].status == 0


def test_an_endless_body_does_not_end(own_town: RunningTown, url: str) -> None:
    own_town.misbehave(OUTLET, Fault(kind="endless"))
    host, _, path = url.removeprefix("http://").partition("/")
    name, port = host.split(":")
    with socket.create_connection((name, int(port)), timeout=10) as line:
        line.sendall(f"GET /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        received = 0
        while received < 80 * 1024 * 1024:
            part = line.recv(1 << 20)
            assert part
            received += len(part)


def test_redirects_go_round(own_town: RunningTown, url: str) -> None:
    own_town.misbehave(OUTLET, Fault(kind="redirect_loop"))
    home = own_town.outlets[OUTLET].origin
    away = get(url).headers["location"]
    assert home + get(home + away).headers["location"] == url


def test_a_feed_turns_into_a_page(own_town: RunningTown) -> None:
    own_town.misbehave(OUTLET, Fault(kind="html", paths="/atom.xml"))
    got = get(f"{own_town.outlets[OUTLET].origin}/atom.xml")
    assert got.status == 200
    assert got.headers["content-type"].startswith("text/html")
    assert b"<feed" not in got.body


def test_a_page_is_empty(own_town: RunningTown, url: str) -> None:
    own_town.misbehave(OUTLET, Fault(kind="empty"))
    got = get(url)
    assert (got.status, got.body) == (200, b"")


def test_an_outlet_blocks_us(own_town: RunningTown, url: str) -> None:
    own_town.misbehave(OUTLET, Fault(kind="block"))
    got = get(url)
    assert (got.status, got.headers["cf-mitigated"]) == (403, "challenge")
    assert b"Just a moment" in got.body


def test_a_page_has_fifty_megabytes(own_town: RunningTown, url: str) -> None:
    own_town.misbehave(OUTLET, Fault(kind="huge"))
    assert len(get(url).body) == 50 * 1024 * 1024


def test_a_fault_strikes_its_paths_so_often_as_told(own_town: RunningTown, url: str) -> None:
    own_town.misbehave(OUTLET, Fault(kind="status", paths="/story/*", times=2))
    home = own_town.outlets[OUTLET].origin
    assert get(f"{home}/atom.xml").status == 200
    assert get(own_town.url("roznama_tirwal", 9)).status == 200
    assert [get(url).status for _ in range(3)] == [500, 500, 200]


def test_robots_is_spared_unless_named(own_town: RunningTown) -> None:
    robots = f"{own_town.outlets[OUTLET].origin}/robots.txt"
    own_town.misbehave(OUTLET, Fault(kind="status"))
    assert get(robots).status == 200
    own_town.misbehave(OUTLET, Fault(kind="status", paths="/robots.txt"))
    assert get(robots).status == 500


def test_healing_ends_it(own_town: RunningTown, url: str) -> None:
    own_town.misbehave(OUTLET, Fault(kind="status"))
    own_town.heal()
    assert get(url).status == 200


def test_an_unknown_outlet_is_refused(own_town: RunningTown) -> None:
    with pytest.raises(KeyError, match="valley_herald"):
        own_town.misbehave("nobody", Fault(kind="empty"))


def test_a_town_ends_while_an_endless_body_is_read(own_town: RunningTown, url: str) -> None:
    own_town.misbehave(OUTLET, Fault(kind="endless"))
    host, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=10)
    connection.request("GET", f"/{path}")
    connection.getresponse().read(10_000)
