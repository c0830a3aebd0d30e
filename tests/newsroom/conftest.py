"""One running town for tests that only read, a fresh one for tests that disturb it."""

import http.client
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from khabar.newsroom.running import RunningTown, running_town

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    status: int
    headers: dict[str, str]
    body: bytes


def get(url: str, **headers: str) -> Got:
    """Ask once, follow nothing."""
    host, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        wanted = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", f"/{path}", headers=wanted)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Got(status=answer.status, headers=found, body=answer.read())
    finally:
        connection.close()


@pytest.fixture(scope="module")
def town() -> Iterator[RunningTown]:
    with running_town(now=NOW) as running:
        yield running


@pytest.fixture
def own_town() -> Iterator[RunningTown]:
    with running_town(now=NOW, articles=36) as running:
        yield running
