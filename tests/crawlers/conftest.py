from collections.abc import Iterator

import pytest

from tests.crawlers.outlet import Outlet


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    server = Outlet()
    yield server
    server.close()
