import os
import shutil
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.batches import (
    BatchMaker,
    page,
    text,
)
from tests.warehouse.mixed import dump, mixed
from warehouse import stories
from warehouse.checks import CheckFailed
from warehouse.load import LoadRefused, load_batch


def test_the_same_batch_again_changes_nothing_and_says_the_same(tmp_path: Path) -> None:
    batch = mixed(tmp_path).write()
    first = load_batch(batch)
    before = dump(tmp_path)
    assert load_batch(batch) == replace(first, was_loaded_before=True)
    assert dump(tmp_path) == before


def test_other_files_under_a_known_id_are_refused(tmp_path: Path) -> None:
    batch = mixed(tmp_path).write()
    load_batch(batch)
    BatchMaker(tmp_path, 1).source(page("/other", text("o"))).write()
    before = dump(tmp_path)
    with pytest.raises(LoadRefused, match="loaded already, with other files of mountain"):
        load_batch(batch)
    assert dump(tmp_path) == before


STRAY_VERSION = """
INSERT INTO article_versions BY NAME
SELECT article_id, 1 AS version_number, seen_from, seen_to, authors, word_count, content_hash,
       extractor_version, archive_record_id, page_sha256, batch_id
FROM articles WHERE body_from = 'page' LIMIT 1
"""
STRAY_POLL = """
INSERT INTO polls BY NAME SELECT batch_id, source_id, 'x' AS entrance, 'feed' AS kind,
       loaded_at AS polled_at, 0 AS items, 0 AS matched
FROM batches JOIN batch_sources USING (batch_id) LIMIT 1
"""


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Load a batch once, for all that goes wrong with the next."""
    home = tmp_path_factory.mktemp("begun")
    load_batch(BatchMaker(home, 0).source(page("/z", text("z"), hour=0)).write())
    return home


@pytest.mark.parametrize(
    ("harm", "promise"),
    [
        ("UPDATE archive_records SET article_id = NULL", "an article without its archive record"),
        ("UPDATE fetches SET outcome = 'new' WHERE outcome = 'failed'", "no outcome"),
        ("UPDATE batch_sources SET failed = failed + 1", "sums of a source"),
        ("INSERT INTO article_urls FROM article_urls LIMIT 1", "+3 addresses, but +4 rows came"),
        ("INSERT INTO article_merges VALUES (7, 8, '', '')", "+0 merged ids, but +1 rows came"),
        ("INSERT INTO archive_records FROM archive_records LIMIT 1", "archive records, but +4"),
        ("DELETE FROM fetches WHERE batch_id LIKE '%T000000Z%'", "+6 ledger lines, but +5"),
        ("INSERT INTO rejections FROM rejections", "+1 rejections, but +2 rows came"),
        (STRAY_POLL, "+0 polls, but +1 rows came"),
        ("INSERT INTO story_articles FROM story_articles LIMIT 1", "+3 places in stories, but +4"),
        ("UPDATE articles SET version_count = 2", "versions do not add up"),
        ("UPDATE story_articles SET story_id = 7", "in no story"),
        ("INSERT INTO articles BY NAME SELECT * REPLACE (7 AS article_id) FROM articles LIMIT 1",
         "its ledger says +3 articles, but +4"),
        (STRAY_VERSION, "+3 rows came"),
        ("UPDATE rejections SET url_key = 'x'", "a rejected line without its rejection"),
    ],
)  # fmt: skip
def test_a_broken_promise_rolls_the_whole_batch_back(
    begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str, promise: str
) -> None:
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    before = dump(tmp_path)

    def write_and_harm(con: duckdb.DuckDBPyConnection, batch_id: str) -> None:
        apply_stories(con, batch_id)
        con.execute(harm)

    apply_stories = stories.apply_stories
    monkeypatch.setattr(stories, "apply_stories", write_and_harm)
    batch = mixed(tmp_path).write()
    with pytest.raises(CheckFailed) as caught:
        load_batch(batch)
    assert promise in str(caught.value)
    assert "\n" not in str(caught.value)
    assert dump(tmp_path) == before
    monkeypatch.undo()
    assert load_batch(batch).new == 2


KILLED = """
import os, signal, sys
from pathlib import Path
from crawlers.batch import Batch
from warehouse import checks, load

home, batch_id, where = sys.argv[1:]
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
if where == "staged":
    load.decide = die
elif where == "written":
    load.check_warehouse = die
else:
    load.write_json = die
load.load_batch(Batch(id=batch_id, home=Path(home)))
"""


@pytest.mark.parametrize("where", ["staged", "written", "committed"])
def test_a_load_that_was_killed_ends_as_an_undisturbed_one(tmp_path: Path, where: str) -> None:
    dumps = []
    first = BatchMaker(tmp_path / "calm", 0).source(page("/a", text("z"), hour=0)).write()
    second = mixed(tmp_path / "calm").write()
    shutil.copytree(tmp_path / "calm", tmp_path / "killed")
    for name in ("calm", "killed"):
        home = tmp_path / name
        load_batch(replace(first, home=home))
        batch = replace(second, home=home)
        if name == "killed":
            child = subprocess.run(
                [sys.executable, "-c", textwrap.dedent(KILLED), str(home), batch.id, where],
                cwd=Path(__file__).parents[2],
                env=os.environ,
                check=False,
            )
            assert child.returncode == -signal.SIGKILL
        assert load_batch(batch).was_loaded_before == (name == "killed" and where == "committed")
        dumps.append(dump(home))
    assert dumps[0] == dumps[1]
