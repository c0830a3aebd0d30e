"""Signatures of an older algorithm are made anew; nothing of one version is called another's."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crawlers.batch import Batch
from tests.warehouse.batches import BatchMaker, again, page, rows, text
from tests.warehouse.test_rebuild import everything, load
from tests.warehouse.texts import Text, prose, put, story_of
from transforms.fingerprint import ALGORITHM_VERSION, Fingerprint, fingerprint
from warehouse import signing
from warehouse.checks import CheckFailed
from warehouse.connection import open_writer, warehouse_file
from warehouse.load import load_batch
from warehouse.rebuild import rebuild_warehouse

TODAY = str(ALGORITHM_VERSION)


def signed_of_old(batch: Batch) -> Batch:
    """Let a batch's articles have the hashes of an older Khabar, which did not name its version."""
    path = batch.extract_folder("mountain") / "articles.parquet"
    table = pq.read_table(path).drop_columns(["algorithm_version"])
    for name in ("text_hash", "minhash"):
        place = table.schema.get_field_index(name)
        old = pa.array(map(_other, table[name].to_pylist()), table.schema.field(name).type)
        table = table.set_column(place, name, old)
    pq.write_table(table, path)
    return batch


def _other(value: object) -> object:
    if isinstance(value, bytes):
        return bytes(byte ^ 0x55 for byte in value)
    assert isinstance(value, int)
    return value ^ 1


def age(home: Path) -> None:
    """Let a warehouse be as an older Khabar has left it."""
    with duckdb.connect(str(warehouse_file(home))) as con:
        con.execute("update signatures set algorithm_version = '1', minhash = repeat('x', 512)")
        con.execute("update articles set text_hash = xor(text_hash, 1)")
        con.execute("update story_articles set algorithm_version = '1'")


def signatures(home: Path) -> list[tuple[object, ...]]:
    return rows(home, "select article_id, algorithm_version, minhash from signatures order by 1")


def true_signatures(home: Path) -> list[tuple[object, ...]]:
    held = rows(home, "select article_id, title, body from articles order by 1")
    return [(id_, TODAY, fingerprint(str(title), str(body)).minhash) for id_, title, body in held]


@pytest.mark.parametrize("copy", [text("a"), f"agency {text('a')}"], ids=["exact", "near"])
def test_a_copy_of_what_an_older_version_signed_joins_its_story(tmp_path: Path, copy: str) -> None:
    first, other = page("/a", text("a"), hour=0), page("/n", text("n"), hour=0)
    load(signed_of_old(BatchMaker(tmp_path, 0).source(first, other).write()))
    age(tmp_path)
    unchanged = again("/n", text("n"), record_of=other, extractor="x2")
    two = BatchMaker(tmp_path, 24).source(page("/a-copy", copy, hour=24), unchanged)
    load(two.write())
    assert rows(tmp_path, "select count(distinct story_id) from articles") == [(2,)]
    assert signatures(tmp_path) == true_signatures(tmp_path)
    later = page("/n-copy", text("n"), hour=48)
    load(BatchMaker(tmp_path, 48).source(later).write())
    assert rows(tmp_path, "select count(distinct story_id) from articles") == [(2,)]


def test_a_batch_held_since_an_older_version_is_signed_anew(tmp_path: Path) -> None:
    old = BatchMaker(tmp_path, 0).source(page("/a", text("a"), hour=0), miscount=1).write()
    load(signed_of_old(old))
    load(BatchMaker(tmp_path, 5).source(page("/b", f"agency {text('a')}", hour=5)).write())
    load_batch(old, accept_source="mountain", why="looked at")
    assert signatures(tmp_path) == true_signatures(tmp_path)
    assert rows(tmp_path, "select count(distinct story_id) from articles") == [(1,)]


def test_a_warehouse_rebuilt_by_a_newer_version_is_equal(tmp_path: Path) -> None:
    load(signed_of_old(BatchMaker(tmp_path, 0).source(page("/a", text("a"), hour=0)).write()))
    age(tmp_path)
    load(BatchMaker(tmp_path, 5).source(page("/b", f"agency {text('a')}", hour=5)).write())
    before = everything(tmp_path)
    rebuild_warehouse(tmp_path)
    after = everything(tmp_path)
    # Who decided is told as it was: a rebuild decides anew.
    decided = before.pop("story_articles"), after.pop("story_articles")
    assert len(decided[0]) == len(decided[1]) == 2
    assert after == before


def test_signing_anew_that_was_killed_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [page(f"/{name}", text(name), hour=0) for name in "abcdefg"]
    load(BatchMaker(tmp_path, 0).source(*pages).write())
    with duckdb.connect(str(warehouse_file(tmp_path)), read_only=True) as con:
        hashes = con.execute("select article_id, text_hash from articles order by 1").fetchall()
    age(tmp_path)
    monkeypatch.setattr(signing, "ARTICLES_A_SLICE", 2)
    asked: list[str] = []

    def killed_in_the_third(title: str | None, body: str | None) -> Fingerprint:
        asked.append(str(body))
        if len(asked) == 5:
            raise KeyboardInterrupt
        return fingerprint(title, body)

    with open_writer(tmp_path) as con:
        con.execute("create temp table staged_articles (algorithm_version int)")
        monkeypatch.setattr(signing, "fingerprint", killed_in_the_third)
        with pytest.raises(KeyboardInterrupt):
            signing.renew_signatures(con)
    versions = [str(version) for _, version, _ in signatures(tmp_path)]
    assert sorted(versions) == ["1", "1", "1", TODAY, TODAY, TODAY, TODAY]
    with open_writer(tmp_path) as con:
        con.execute("create temp table staged_articles (algorithm_version int)")
        signing.renew_signatures(con)
        now = con.execute("select article_id, text_hash from articles order by 1").fetchall()
    assert now == hashes
    assert signatures(tmp_path) == true_signatures(tmp_path)
    assert len(asked) == 5 + 3, "what was done before it was killed was done again"


def test_stories_made_anew_are_proven_before_the_last_are_written(tmp_path: Path) -> None:
    load(BatchMaker(tmp_path, 0).source(page("/a", text("a"), hour=0)).write())
    age(tmp_path)
    with open_writer(tmp_path) as con:
        con.execute("insert into stories by name select * replace (9 as story_id, 0 as "
                    "article_count, null as earliest_article_id) from stories")  # fmt: skip
        con.execute("create temp table staged_articles (algorithm_version int)")
        with pytest.raises(CheckFailed, match=r"a story that stands without an article \(9\)"):
            signing.renew_signatures(con)
    assert rows(tmp_path, "select algorithm_version from story_articles") == [("1",)]


def test_a_signature_of_an_older_version_is_never_compared(tmp_path: Path) -> None:
    with open_writer(tmp_path) as con:
        put(con, [Text(id=1, body=prose(1)), Text(id=2, body=prose(2))])
        # As long as the older one had been, and with today's bands at its start.
        con.execute("update signatures set algorithm_version = '4', minhash = minhash || minhash")
        lengths = con.execute("select distinct octet_length(minhash) from signatures").fetchall()
        assert lengths == [(384,)]
        put(con, [Text(id=3, body=f"x {prose(1)}"), Text(id=4, body=f"y {prose(1)}")], batch="b2")
        assert story_of(con) == {1: 1, 2: 2, 3: 3, 4: 3}
