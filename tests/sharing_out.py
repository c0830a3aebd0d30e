"""How workers share the tests: what is built once stays together, and the longest go first."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

TESTS = Path(__file__).parent
TOGETHER = ("tests/dags/", "tests/whole_way/")
"""Folders whose files share something dear: one real Airflow, one town's life."""
ORDER = ("dags", "whole_way", "khabar", "warehouse", "crawlers", "newsroom")
"""Rooms from the longest files on; the others' are short, and fill what is left at the end."""


class SharingOut(LoadFileScheduling):  # type: ignore[misc]
    """Gives a worker a file at a time, or a folder whose files go together."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return next((folder for folder in TOGETHER if file.startswith(folder)), file)


def pytest_xdist_auto_num_workers() -> int:
    """Take two workers more than processors: crawls and Airflow wait as often as they work."""
    return (os.cpu_count() or 1) + 2


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SharingOut:
    """Let xdist share out so."""
    return SharingOut(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest."""
    items.sort(key=lambda item: _rank(item.path.relative_to(TESTS).parts))


def _rank(parts: Sequence[str]) -> int:
    return ORDER.index(parts[0]) if parts[0] in ORDER else len(ORDER)
