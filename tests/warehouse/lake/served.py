"""Fixtures: a Postgres for the session, and in it an empty database for each test's lake."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.warehouse.lake.postgres import PASSWORD, Postgres, find_programs
from warehouse.lake.place import Lake


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    programs = find_programs()
    if programs is None:
        pytest.skip("no Postgres is installed here (Debian: apt-get install postgresql)")
    postgres = Postgres(programs)
    postgres.start()
    yield postgres
    postgres.remove()


@pytest.fixture
def lake(server: Postgres, tmp_path: Path) -> Lake:
    return Lake(address=server.make_database(), password=PASSWORD, data=tmp_path / "lake")
