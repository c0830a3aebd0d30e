from pathlib import Path

import pytest

from tests.warehouse.batches import HOST, BatchMaker, page, rows, text
from warehouse import identity, stories
from warehouse.dedup import dedup_batch
from warehouse.load import load_batch

TABLES = (
    "SELECT * EXCLUDE (batch_id) FROM articles ORDER BY ALL",
    "SELECT * EXCLUDE (batch_id) FROM article_urls ORDER BY ALL",
    "SELECT * EXCLUDE (batch_id) FROM story_articles ORDER BY ALL",
    "FROM signatures ORDER BY ALL",
)


def _dump(home: Path) -> list[object]:
    return [rows(home, sql) for sql in TABLES]


def _first(home: Path) -> BatchMaker:
    return BatchMaker(home, 1).source(
        page("/a", text("a"), hour=1, canonical=f"{HOST}/a"), page("/b", text("b"), hour=1)
    )


def _second(home: Path) -> BatchMaker:
    twin = page("/?p=1", text("a"), hour=2, canonical=f"{HOST}/a")
    return BatchMaker(home, 2).source(twin, page("/c", text("b"), hour=2), page("/d", text("d")))


def test_load_commits_what_dedup_decided(tmp_path: Path) -> None:
    with_dedup, without = tmp_path / "with", tmp_path / "without"
    for make in (_first, _second):
        batch = make(with_dedup).write()
        dedup_batch(batch)
        assert load_batch(batch).used_decisions
        assert not load_batch(make(without).write()).used_decisions
    assert _dump(with_dedup) == _dump(without)


def test_load_reads_the_decisions_instead_of_making_them_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = _first(tmp_path).write()
    report = dedup_batch(batch)
    assert (report.pages, report.new_articles, report.state_number) == (2, 2, 0)

    def refuse(*_: object) -> None:
        raise AssertionError("decided again")

    monkeypatch.setattr(identity, "decide_identity", refuse)
    monkeypatch.setattr(stories, "decide_stories", refuse)
    assert load_batch(batch).new == 2


def test_decisions_made_on_another_state_are_made_again(tmp_path: Path) -> None:
    """Both batches hold the same text: whichever loads second must see the first."""
    one = _first(tmp_path).write()
    other = BatchMaker(tmp_path, 2).source(page("/a", text("a"), hour=2)).write()
    dedup_batch(one)
    dedup_batch(other)
    assert load_batch(one).used_decisions
    report = load_batch(other)
    assert not report.used_decisions
    assert (report.new, report.updated) == (0, 0)
    assert rows(tmp_path, "SELECT count(*) FROM articles") == [(2,)]


def test_decisions_made_of_other_files_are_made_again(tmp_path: Path) -> None:
    dedup_batch(_first(tmp_path).write())
    batch = BatchMaker(tmp_path, 1).source(page("/z", text("z"), hour=1)).write()
    report = load_batch(batch)
    assert not report.used_decisions
    assert rows(tmp_path, "SELECT url FROM articles") == [(f"{HOST}/z",)]


def test_decisions_left_half_written_are_made_again(tmp_path: Path) -> None:
    batch = _first(tmp_path).write()
    dedup_batch(batch)
    (batch.decisions / "decisions.json").unlink()
    (batch.decisions / "decided_captures.parquet").write_bytes(b"half")
    assert load_batch(batch).new == 2


def test_dedup_writes_nothing_to_the_warehouse(tmp_path: Path) -> None:
    load_batch(_first(tmp_path).write())
    before = _dump(tmp_path)
    dedup_batch(_second(tmp_path).write())
    assert _dump(tmp_path) == before
    assert rows(tmp_path, "SELECT state_number FROM state") == [(1,)]


def test_dedup_of_a_loaded_batch_decides_nothing_new(tmp_path: Path) -> None:
    batch = _first(tmp_path).write()
    load_batch(batch)
    assert dedup_batch(batch).new_articles == 0
    assert load_batch(batch).was_loaded_before
