"""A warehouse that an older Khabar has filled: every row is kept, stories are as made today."""

import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from alembic import command
from sqlalchemy import URL, NullPool, create_engine

from tests.warehouse.batches import BatchMaker, page, rows, text
from tests.warehouse.texts import prose
from transforms.fingerprint import ALGORITHM_VERSION
from warehouse import migrate
from warehouse.connection import CONFIG, open_snapshot, open_writer, warehouse_file
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot
from warehouse.rebuild import rebuild_warehouse

TODAY = str(ALGORITHM_VERSION)
STORIES = (
    "select list(article_id order by article_id) from articles group by story_id order by 1",
    (
        "select earliest_article_id, first_seen_at, article_count, source_count from stories "
        "where merged_into is null order by all"
    ),
    (
        "select article_id, relation, matched_to, matched_as, similarity, containment, method, "
        "is_part from story_articles order by 1"
    ),
    "select article_id, like_article_id from article_series order by 1",
    "select article_id, algorithm_version, minhash from signatures order by 1",
)


def serve(home: Path, hour: int) -> None:
    """Load what an outlet has at an hour: copies, parts and changes of what it had before."""
    bodies = {
        "own": prose(hour),
        "copy": f"agency{hour} {text('a')}",
        "part": f"{prose(99)} {prose(100)}" if hour % 2 else prose(99, 150),
        "same": text("b"),
        "changes": text("c", but="" if hour < 3 else f"at {hour}"),
    }
    lines = [
        page("/changes" if name == "changes" else f"/{name}{hour}", body, hour=hour + n / 100)
        for n, (name, body) in enumerate(bodies.items())
    ]
    load_batch(BatchMaker(home, hour).source(*lines).write())


def make_old(home: Path, revision: str) -> None:
    """Fill a warehouse, and let it be of an older schema and algorithm."""
    for hour in (1, 2):
        serve(home, hour)
    url = URL.create("duckdb", database=str(warehouse_file(home)))
    settings = {"config": dict(CONFIG)}
    with create_engine(url, poolclass=NullPool, connect_args=settings).begin() as connection:
        command.downgrade(migrate.config(connection), revision)
    with duckdb.connect(str(warehouse_file(home))) as con:
        con.execute("update signatures set algorithm_version = '1', minhash = repeat('x', 512)")
        con.execute("update articles set text_hash = xor(text_hash, 1)")
        # An older Khabar had found no copy.
        con.execute("delete from stories")
        con.execute("insert into stories by name select article_id as story_id, first_seen_at, "
                    "article_id as earliest_article_id, 1 as article_count, 1 as source_count, "
                    "['en'] as languages, batch_id from articles")  # fmt: skip
        con.execute("update articles set story_id = article_id")
        con.execute("update story_articles set algorithm_version = '1', story_id = article_id, "
                    "relation = 'earliest_known', matched_to = null, method = 'first'")  # fmt: skip


def kept(home: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of what is no one's decision, in the columns that every schema has."""
    return {
        "articles": rows(home, "select article_id, source_id, url, title, body, authors, tags, "
                         "dated_at, first_seen_at, version_count, found_by, batch_id "
                         "from articles order by 1"),
        "versions": rows(home, "select article_id, version_number, title, body "
                         "from article_versions order by 1, 2"),
        "addresses": rows(home, "select url_key, article_id, how from article_urls order by 1"),
        "records": rows(home, "select archive_record_id, article_id, page_sha256 "
                        "from archive_records order by 1"),
        "lines": rows(home, "select batch_id, url_key, outcome from fetches order by all"),
        "batches": rows(home, "select batch_id, load_number, report from batches order by 1"),
        "stories": rows(home, "select story_id from stories order by 1"),
    }  # fmt: skip


def told(home: Path) -> list[list[tuple[object, ...]]]:
    return [rows(home, one) for one in STORIES]


@pytest.mark.parametrize("revision", ["0001", "0009"])
def test_a_filled_warehouse_of_an_older_schema_keeps_every_row(
    tmp_path: Path, revision: str
) -> None:
    make_old(tmp_path, revision)
    before = kept(tmp_path)
    assert len(before["articles"]) == 9
    with open_writer(tmp_path):
        pass
    assert kept(tmp_path) == before
    serve(tmp_path, 3)
    ids = [one for (one,) in rows(tmp_path, "select story_id from stories")]
    assert {one for (one,) in before["stories"]} <= set(ids)
    serve(tmp_path, 4)
    assert rows(tmp_path, "select distinct algorithm_version from story_articles") == [(TODAY,)]
    found = told(tmp_path)
    rebuild_warehouse(tmp_path)
    assert told(tmp_path) == found


def test_a_warehouse_that_was_published_is_upgraded_under_its_views(tmp_path: Path) -> None:
    serve(tmp_path, 1)
    publish_snapshot(tmp_path)
    make_old(tmp_path, "0009")
    before = kept(tmp_path)
    publish_snapshot(tmp_path)
    assert kept(tmp_path) == before
    with open_snapshot(tmp_path) as con:
        assert con.execute("select count(*) from story_timeline").fetchall() == [(9,)]


KILLED = """
import os, signal, sys
from pathlib import Path
from warehouse import signing
from warehouse.connection import open_writer

home, where, turn = sys.argv[1:]
real, calls = getattr(signing, where), []

def die(*given):
    calls.append(1)
    if len(calls) == int(turn):
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*given)

setattr(signing, where, die)
signing.ARTICLES_A_SLICE = 2
with open_writer(Path(home)) as con:
    con.execute("create temp table staged_articles (algorithm_version int)")
    signing.renew_signatures(con)
"""


def test_a_renewal_that_is_killed_again_and_again_ends_as_an_undisturbed_one(
    tmp_path: Path,
) -> None:
    make_old(tmp_path, "0009")
    before = kept(tmp_path)
    ends = (("write_compared", "2"), ("decide_places", "1"), ("apply_stories", "2"))
    for where, turn in ends:
        command = [sys.executable, "-c", KILLED, str(tmp_path), where, turn]
        child = subprocess.run(command, cwd=Path(__file__).parents[2], check=False)
        assert child.returncode == -signal.SIGKILL, where
    assert len(rows(tmp_path, "select distinct algorithm_version from story_articles")) == 2
    assert kept(tmp_path) == before
    serve(tmp_path, 3)
    found = told(tmp_path)
    rebuild_warehouse(tmp_path)
    assert told(tmp_path) == found
