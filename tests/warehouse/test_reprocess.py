"""Rows that are extracted again, put in the place of those that are there, and back."""

import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from crawlers.batch import MANIFEST_JSON, Batch, Reprocess, write_whole
from crawlers.ledger import read_manifest
from tests.warehouse.batches import BatchMaker, Line, again, page, rejected, rows, same, text
from tests.warehouse.test_rebuild import everything
from warehouse.checks import prove_warehouse
from warehouse.connection import WarehouseError, open_writer, warehouse_file
from warehouse.dedup import dedup_batch
from warehouse.load import LoadRefused, load_batch
from warehouse.load_again import load_again
from warehouse.load_report import LoadReport
from warehouse.rebuild import rebuild_warehouse
from warehouse.reprocess import ReprocessRefused, plan_revert

VERSIONS = (
    "SELECT version_number, title, regexp_extract(body, '^[a-z]+'), word_count, extractor_version "
    "FROM (SELECT version_number, title, body, word_count, extractor_version FROM article_versions "
    "UNION ALL SELECT version_count, title, body, word_count, extractor_version FROM articles) "
    "ORDER BY ALL"
)
NOT_RESTORED = {"batch_id", "story_id"}
"""What tells of batches, and the names of stories, which are decided anew."""
STORIES = """
SELECT list(article_id ORDER BY article_id), s.first_seen_at, s.earliest_article_id,
       s.article_count, s.languages
FROM stories s JOIN story_articles USING (story_id) GROUP BY ALL ORDER BY ALL
"""


def ingest(home: Path, hour: int, *lines: Line) -> Batch:
    batch = BatchMaker(home, hour).source(*lines).write()
    dedup_batch(batch)
    load_batch(batch)
    return batch


def prepare(home: Path, hour: int, *lines: Line) -> Batch:
    """Lay out what extract_again() leaves."""
    maker = BatchMaker(home, hour, dag="reprocess", found_by="reprocess")
    batch = maker.source(*lines, crawl=False).write()
    manifest = replace(read_manifest(batch), reprocess=Reprocess(reason="cleaner texts"))
    write_whole(batch.manifest, MANIFEST_JSON.dump_json(manifest))
    return batch


def reprocess(home: Path, hour: int, *lines: Line) -> LoadReport:
    return load_again(prepare(home, hour, *lines))


def revert(home: Path, hour: int, of: str) -> LoadReport:
    batch = BatchMaker(home, hour, dag="reprocess", found_by="reprocess").batch
    plan_revert(batch, Batch(id=of, home=home), "it was worse", run_id="run")
    return load_again(batch)


def news(home: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that the warehouse says of articles, whichever batch wrote it."""
    tables = ("articles", "article_versions", "archive_records", "article_urls", "signatures",
              "story_articles", "article_matches", "search_texts", "fetches")  # fmt: skip
    with open_writer(home) as con:
        prove_warehouse(con)
        found = {"stories": con.execute(STORIES).fetchall()}
        for table in tables:
            described = con.execute(f"DESCRIBE {table}").fetchall()
            kept = ", ".join(str(one[0]) for one in described if one[0] not in NOT_RESTORED)
            sql = f"SELECT {kept} FROM {table} ORDER BY ALL"  # noqa: S608
            found[table] = con.execute(sql).fetchall()
    return found


def two_versions(home: Path) -> tuple[Line, Line]:
    first, second = page("/x", text("a"), hour=1), page("/x", text("b"), hour=2)
    ingest(home, 1, first, page("/copy", text("b", but="end"), hour=1))
    ingest(home, 2, second)
    return first, second


def test_every_version_is_rewritten_in_place_and_none_is_made(tmp_path: Path) -> None:
    first, second = two_versions(tmp_path)
    ids = rows(tmp_path, "SELECT article_id, url FROM articles ORDER BY ALL")
    report = reprocess(
        tmp_path,
        3,
        again("/x", text("a", 70), record_of=first, extractor="x2", title="Cleaner"),
        again("/x", text("b", 60), record_of=second, extractor="x2", title="Cleaner"),
    )
    assert report.again is not None
    assert (report.again.staged, report.again.written, report.again.articles) == (2, 2, 1)
    assert rows(tmp_path, VERSIONS)[0] == (1, "A headline", "b", 80, "x1")  # the other article
    assert rows(tmp_path, VERSIONS)[1:] == [
        (1, "Cleaner", "a", 70, "x2"), (2, "Cleaner", "b", 60, "x2"),
    ]  # fmt: skip
    assert rows(tmp_path, "SELECT article_id, url FROM articles ORDER BY ALL") == ids
    found = "SELECT count(*) FROM search_texts WHERE quick_words LIKE '%cleaner%'"
    assert rows(tmp_path, found) == [(1,)]
    assert rows(tmp_path, "SELECT dag, found_by, load_number FROM batches ORDER BY 3")[-1] == (
        "reprocess", "reprocess", 3,
    )  # fmt: skip
    news(tmp_path)


def test_a_revert_puts_every_row_back(tmp_path: Path) -> None:
    first, second = two_versions(tmp_path)
    before = news(tmp_path)
    done = reprocess(
        tmp_path,
        3,
        again("/x", text("c", 70), record_of=first, extractor="x2"),
        again("/x", text("c", 70), record_of=second, extractor="x2"),
    )
    assert done.again is not None
    assert done.again.joined == 1, "two texts that one extractor reads alike are one version"
    assert rows(tmp_path, "SELECT count(*) FROM article_versions") == [(0,)]
    assert news(tmp_path) != before
    back = revert(tmp_path, 4, done.batch_id)
    assert back.again is not None
    assert (back.again.written, back.again.late, back.again.joined) == (2, 0, -1)
    assert news(tmp_path) == before
    again_there = revert(tmp_path, 5, back.batch_id)
    assert again_there.again is not None
    assert rows(tmp_path, "SELECT count(*) FROM article_versions") == [(0,)]


def test_what_a_later_batch_has_written_is_neither_replaced_nor_put_back(tmp_path: Path) -> None:
    first, second = two_versions(tmp_path)
    cleaner = again("/x", text("b", 60), record_of=second, extractor="x2")
    early = prepare(tmp_path, 3, cleaner)
    ingest(tmp_path, 4, page("/x", text("n"), hour=4))
    report = load_again(early)
    assert report.again is not None
    assert (report.again.staged, report.again.written, report.again.late) == (1, 0, 1)
    done = reprocess(tmp_path, 5, again("/x", text("a", 70), record_of=first, extractor="x2"))
    ingest(tmp_path, 6, page("/x", text("m"), hour=6))
    before = news(tmp_path)
    back = revert(tmp_path, 7, done.batch_id)
    assert back.again is not None
    assert (back.again.written, back.again.late) == (0, 3)
    assert news(tmp_path) == before


def test_a_text_that_came_back_unsent_is_read_again(tmp_path: Path) -> None:
    first, second = page("/x", text("a"), hour=1), page("/x", text("b"), hour=2)
    ingest(tmp_path, 1, first)
    ingest(tmp_path, 2, second)
    back = same("/x", text("a"), hour=3)
    ingest(tmp_path, 3, back)
    unsent = again("/x", text("a", 70), record_of=first, extractor="x2")
    assert unsent.article is not None
    assert back.fetch.record is not None
    own = replace(unsent.article, record_id=back.fetch.record.record_id)
    reprocess(
        tmp_path,
        4,
        unsent,
        again("/x", text("b", 60), record_of=second, extractor="x2"),
        replace(unsent, article=own),
    )
    assert [row[0::3] for row in rows(tmp_path, VERSIONS)] == [(1, 70), (2, 60), (3, 70)]


def test_other_fields_are_rewritten_though_a_later_look_saw_less(tmp_path: Path) -> None:
    whole = page("/x", text("a"), hour=1)
    ingest(tmp_path, 1, whole)
    cut = page("/x", " ".join(text("a").split()[:30]) + " …", hour=2)
    assert cut.article is not None
    ingest(tmp_path, 2, replace(cut, article=replace(cut.article, is_truncated=True)))
    line = again("/x", text("a"), record_of=whole, extractor="x2")
    assert line.article is not None
    named = replace(line, article=replace(line.article, authors=("Amina Gul",)))
    reprocess(tmp_path, 3, named)
    asked = "SELECT authors, word_count, extractor_version FROM articles"
    assert rows(tmp_path, asked) == [(["Amina Gul"], 80, "x2")]


def test_a_page_that_shows_only_a_beginning_leaves_its_row_alone(tmp_path: Path) -> None:
    told = page("/x", text("a"), hour=1)
    assert told.article is not None
    ingest(tmp_path, 1, replace(told, article=replace(told.article, body_from="feed")))
    begun = again("/x", " ".join(text("a").split()[:30]), record_of=told, extractor="x2")
    assert begun.article is not None
    before = news(tmp_path)
    report = reprocess(
        tmp_path, 2, replace(begun, article=replace(begun.article, is_truncated=True))
    )
    assert report.again is not None
    assert (report.again.staged, report.again.written, report.again.shorter) == (1, 0, 1)
    assert news(tmp_path) == before


def test_an_archived_page_that_names_another_address_moves_no_article(tmp_path: Path) -> None:
    first = page("/x", text("a"), hour=1)
    ingest(tmp_path, 1, first, page("/y", text("a", but="end"), hour=1))
    line = again("/x", text("a"), record_of=first, extractor="x2")
    assert line.article is not None
    claimed = page("/x", text("a"), canonical="https://mountain.example/y").article
    assert claimed is not None
    told = replace(line.article, canonical_url=claimed.canonical_url, keys=claimed.keys)
    before = rows(tmp_path, "SELECT * FROM article_urls ORDER BY ALL")
    reprocess(tmp_path, 2, replace(line, article=told))
    assert rows(tmp_path, "SELECT * FROM article_urls ORDER BY ALL") == before
    assert rows(tmp_path, "SELECT count(*) FROM articles") == [(2,)]


def test_the_same_reprocess_again_does_nothing_and_other_files_are_refused(tmp_path: Path) -> None:
    first, _ = two_versions(tmp_path)
    batch = prepare(tmp_path, 3, again("/x", text("a", 70), record_of=first, extractor="x2"))
    once = load_again(batch)
    kept = (batch.replaced / "articles.parquet").read_bytes()
    twice = load_again(batch)
    assert (twice.line, twice.was_loaded_before) == (once.line, True)
    assert (batch.replaced / "articles.parquet").read_bytes() == kept
    prepare(tmp_path, 3, again("/x", text("a", 71), record_of=first, extractor="x2"))
    with pytest.raises(LoadRefused, match="with other files"):
        load_again(batch)


def test_kinds_of_batches_are_told_apart(tmp_path: Path) -> None:
    first, _ = two_versions(tmp_path)
    batch = prepare(tmp_path, 3, again("/x", text("a", 70), record_of=first, extractor="x2"))
    with pytest.raises(WarehouseError, match="is a reprocess"):
        load_batch(batch)
    with pytest.raises(ReprocessRefused, match="was never loaded"):
        revert(tmp_path, 4, batch.id)
    plain = ingest(tmp_path, 5, page("/z", text("z"), hour=5))
    with pytest.raises(LoadRefused, match="is no reprocess"):
        load_again(plain)
    with pytest.raises(ReprocessRefused, match="is no reprocess"):
        revert(tmp_path, 6, plain.id)


def test_a_rebuild_replays_reprocesses_and_reverts(tmp_path: Path) -> None:
    first, second = two_versions(tmp_path)
    done = reprocess(
        tmp_path,
        3,
        again("/x", text("a", 70), record_of=first, extractor="x2"),
        again("/x", text("c", 60), record_of=second, extractor="x2"),
    )
    ingest(tmp_path, 4, page("/late", text("late"), hour=4), rejected("/tag"))
    revert(tmp_path, 5, done.batch_id)
    reprocess(tmp_path, 6, again("/x", text("b", 50), record_of=second, extractor="x3"))
    before = everything(tmp_path)
    assert rebuild_warehouse(tmp_path).batches == 6
    assert everything(tmp_path) == before


def test_a_reprocess_whose_files_changed_is_not_rebuilt_in_silence(tmp_path: Path) -> None:
    first, _ = two_versions(tmp_path)
    batch = prepare(tmp_path, 3, again("/x", text("a", 70), record_of=first, extractor="x2"))
    load_again(batch)
    prepare(tmp_path, 3, again("/x", text("a", 71), record_of=first, extractor="x2"))
    with pytest.raises(WarehouseError, match="are not those that were loaded"):
        rebuild_warehouse(tmp_path)
    shutil.rmtree(batch.extract_folder("mountain"))
    with pytest.raises(WarehouseError, match=batch.id):
        rebuild_warehouse(tmp_path)


def test_the_kept_rows_are_those_that_were_replaced(tmp_path: Path) -> None:
    first, second = two_versions(tmp_path)
    batch = prepare(
        tmp_path,
        3,
        again("/x", text("a", 70), record_of=first, extractor="x2"),
        again("/x", text("b", 60), record_of=second, extractor="x2"),
    )
    before = rows(tmp_path, "SELECT title, body FROM article_versions")
    load_again(batch)
    (kept,) = pq.read_table(batch.replaced / "article_versions.parquet").to_pylist()
    assert [(kept["title"], kept["body"])] == before
    assert len(pq.read_table(batch.replaced / "archive_records.parquet")) == 2


RUN = """
import sys
from pathlib import Path
from crawlers.batch import Batch
from warehouse.load_again import load_again
load_again(Batch(id=sys.argv[2], home=Path(sys.argv[1])))
"""


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.3, 0.6, 0.8, 0.9, 0.95])
def test_killed_at_any_moment_and_run_again_it_ends_alike(tmp_path: Path, share: float) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    first, second = two_versions(one)
    batch = prepare(
        one,
        3,
        again("/x", text("a", 70), record_of=first, extractor="x2"),
        again("/x", text("c", 60), record_of=second, extractor="x2"),
    )
    shutil.copytree(one, other)
    command = [sys.executable, "-c", RUN, str(one), batch.id]
    began = time.monotonic()
    subprocess.run(command, check=True)
    took = time.monotonic() - began
    killed = subprocess.Popen([*command[:3], str(other), batch.id])
    time.sleep(took * share)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    load_again(Batch(id=batch.id, home=other))
    assert everything(other) == everything(one)
    kept = (Batch(id=batch.id, home=home).replaced for home in (one, other))
    assert len({(folder / "articles.parquet").read_bytes() for folder in kept}) == 1
    assert warehouse_file(other).is_file()
