"""Loads drawn at random: whatever outlets serve and claim, every promise of the checks holds."""

import random
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.batches import (
    HOST,
    BatchMaker,
    Line,
    again,
    failed,
    page,
    rejected,
    rows,
    same,
    skipped,
    text,
)
from tests.warehouse.test_replay import replayed
from transforms.article import KeyHow
from warehouse.checks import prove_warehouse
from warehouse.connection import warehouse_file
from warehouse.load import load_batch
from warehouse.rebuild import rebuild_warehouse

STORIES = {
    name: tuple(form.format(name) for form in ("/{}", "/amp/{}", "/print/{}", "/m/{}"))
    for name in "abc"
}
NUMBERS = {name: f"/?p={number}" for number, name in enumerate("abc")}
PATHS = tuple(path for paths in STORIES.values() for path in paths)
HOWS: tuple[KeyHow, ...] = ("final", "redirect", "shortlink", "amp", "og")


class _Outlet:
    """An outlet that moves, copies, confuses and takes back its pages."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)  # noqa: S311 (no secret)
        self._shown: dict[str, Line] = {}
        self._bodies: dict[str, str] = {}
        self._rejected: dict[str, Line] = {}

    def batch(self, home: Path, hour: int) -> BatchMaker:
        """Draw the lines of one hour."""
        paths = self._draw.sample(PATHS, self._draw.randint(2, 7))
        extractor = "x1" if hour < 4 else "x2"
        lines: list[Line] = []
        for path in paths:
            lines += self._lines(path, hour + 0.01 * len(lines), extractor)
        return BatchMaker(home, hour).source(*lines, max_rejected_share=1.0)

    def _lines(self, path: str, hour: float, extractor: str) -> list[Line]:
        fate = self._draw.random()
        if fate < 0.06:
            return [failed(path, feed=self._draw.choice((None, text("fed"))))]
        if fate < 0.1:
            return [skipped(path, feed=self._draw.choice((None, text("fed"))))]
        if fate < 0.15:
            self._rejected[path] = rejected(path, hour=hour)
            return [self._rejected[path]]
        if fate < 0.35 and path in self._bodies:
            return [same(path, self._bodies[path], hour=hour)]
        old = self._shown.get(path)
        line = self._page(path, hour, extractor)
        return [line, *self._read_again(path, old, extractor)]

    def _read_again(self, path: str, old: Line | None, extractor: str) -> Iterator[Line]:
        """Read what was captured before by a newer extractor, to which it is an article."""
        if extractor == "x2" and path in self._rejected:
            yield replayed(self._rejected.pop(path), text(f"{path[-1]}better"))
        if old and old.article and old.article.extractor_version != extractor:
            body = self._draw.choice((old.article.body or "", text("cleaner")))
            yield again(path, body, record_of=old, extractor=extractor)

    def _page(self, path: str, hour: float, extractor: str) -> Line:
        draw = self._draw
        name = path[-1] if draw.random() < 0.9 else draw.choice("abc")
        body = text(name, but=draw.choice(("", "", "changed", "again")))
        also = [
            (HOST + self._twin(path), draw.choice(HOWS)) for _ in range(draw.choice((0, 0, 0, 1)))
        ]
        if draw.random() < 0.3:
            also.append((HOST + NUMBERS[path[-1]], "shortlink"))
        canonical = HOST + self._twin(path) if draw.random() < 0.2 else None
        late = draw.random() < 0.1
        at = hour - draw.uniform(1, 3) if late else hour
        line = page(path, body, hour=at, also=also, canonical=canonical, extractor=extractor)
        self._shown[path], self._bodies[path] = line, body
        return line

    def _twin(self, path: str) -> str:
        """Another address of the same story, or, by the outlet's mistake, of any."""
        if self._draw.random() < 0.15:
            return self._draw.choice((*PATHS, *NUMBERS.values()))
        return self._draw.choice((*STORIES[path[-1]], NUMBERS[path[-1]]))


def _ingest(home: Path, seed: int, hours: int) -> None:
    outlet = _Outlet(seed)
    for hour in range(1, hours + 1):
        report = load_batch(outlet.batch(home, hour).write())
        assert [one.status for one in report.sources] == ["loaded"], f"seed {seed}, hour {hour}"
        with duckdb.connect(str(warehouse_file(home)), read_only=True) as con:
            prove_warehouse(con)


# Seeds that broke a promise once.
@pytest.mark.parametrize("seed", [0, 3, 5, 8, 9])
def test_random_loads_keep_every_promise(tmp_path: Path, seed: int) -> None:
    _ingest(tmp_path, seed, 5)
    assert rows(tmp_path, "SELECT count(*) FROM batches") == [(5,)]


def test_random_loads_are_rebuilt_with_equal_stories(tmp_path: Path) -> None:
    _ingest(tmp_path, 0, 5)
    tables = ("stories", "story_articles", "article_matches", "article_merges")
    before = [rows(tmp_path, f"FROM {table} ORDER BY ALL") for table in tables]
    assert all(before)
    rebuild_warehouse(tmp_path)
    assert [rows(tmp_path, f"FROM {table} ORDER BY ALL") for table in tables] == before


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 160))
def test_many_random_loads_keep_every_promise(tmp_path: Path, seed: int) -> None:
    _ingest(tmp_path, seed, 8)
    assert rows(tmp_path, "SELECT count(*) FROM batches") == [(8,)]
