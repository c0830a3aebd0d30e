import os

import pytest

from tests.warehouse.lake.served import lake, server

__all__ = ["lake", "server"]


@pytest.fixture(autouse=True)
def no_password_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("PG"):
            monkeypatch.delenv(name)
