"""A rebuilt warehouse equals the old one, table by table, after a history with everything in it."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from crawlers.batch import Found
from crawlers.job import JOB_JSON, SiteLine
from crawlers.page import Poll
from tests.warehouse.batches import (
    HOST,
    START,
    BatchMaker,
    Line,
    again,
    failed,
    on,
    page,
    rejected,
    rows,
    same,
    skipped,
    text,
)
from tests.warehouse.forms import FORMS, filled
from tests.warehouse.test_rebuild import everything, load
from transforms.rejection import Reason
from warehouse.connection import warehouse_file
from warehouse.incidents import open_incident
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot
from warehouse.rebuild import rebuild_warehouse

RIVER, LAKE = "https://river.example", "https://lake.example"
RATES = [filled(next(iter(FORMS)), day) for day in range(3)]


def add(
    home: Path, hour: int, *lines: Line, found_by: Found = "live", learnt: Iterable[SiteLine] = ()
) -> BatchMaker:
    """Begin a batch with what the mountain's outlet gave."""
    polls = [Poll(source_id="", entrance=f"{HOST}/feed", kind="feed", polled_at=START, items=9,
                  matched=5, newest_at=START, next_interval_minutes=30.0)]  # fmt: skip
    dag = "ingest" if found_by == "live" else found_by
    maker = BatchMaker(home, hour, dag=dag, found_by=found_by)
    return maker.source(*lines, polls=polls, learnt=learnt, max_rejected_share=1)


def begin(home: Path) -> None:
    """Load articles of every kind, and hold one source."""
    first = add(
        home, 0,
        page("/updated", text("a"), published=on("2026-08-01")),
        page("/one", text("m")), page("/?p=7", text("p")),
        page("/gone", text("g")),
        page("/rate1", RATES[0], title="Rates of gold"),
        page("/unclean", f"{text('u')}\nFollow the hills"),
        page("/doubt", text("d"), canonical=f"{HOST}/"),
        rejected("/tag/hills"), failed("/c", feed="A feed told of c and of nothing else at all"),
        skipped("/later"),
        learnt=[SiteLine(line="Follow the hills", place="end", pages=5)],
    )  # fmt: skip
    first.source(page("/x", text("x"), host=RIVER), id="river", miscount=1, host=RIVER)
    first.source(page("/l", text("l"), host=LAKE), id="lake", crawl=False, extract=False, host=LAKE)
    load(first.write())
    load(add(
        home, 5,
        page("/updated", text("a", but="changed"), hour=5),
        same("/one", text("m"), hour=5),
        page("/seven", text("p", but="seen"), hour=5),
        failed("/gone", "gone"),
        page("/rate2", RATES[1], hour=5, title="Rates of gold"),
        page("/copy", f"agency {text('g')}", hour=5),
    ).write())  # fmt: skip
    load_batch(first.batch, accept_source="river", why="the spider counts a twin twice")


def go_on(home: Path) -> None:
    """Load an import, a backfill, what is read again, and what comes late."""
    imported = BatchMaker(home, 8, dag="import", found_by="import")
    old = page("/old", text("o"), hour=-9000, host=LAKE, fetched_at=None)
    imported.source(old, id="web:lake.example", host=LAKE, zone=None)
    load(imported.write())
    load(add(home, 9, page("/past", text("p"), hour=9, published=on("2026-01-05")),
             page("/rate0", RATES[2], hour=9, title="Rates of gold"),
             found_by="backfill").write())  # fmt: skip
    unclean = page("/unclean", f"{text('u')}\nFollow the hills")
    held = add(home, 10, again("/unclean", text("u"), record_of=unclean, extractor="x2"),
               rejected("/gone", hour=10, reason=Reason.SOFT_404))  # fmt: skip
    held.source(page("/copy-of-x", f"agency {text('x')}", hour=10, host=LAKE), id="lake", host=LAKE)
    load(held.write())
    both = page("/?p=7", text("p"), hour=20, also=[(f"{HOST}/seven", "final")])
    load(add(home, 20, page("/updated", text("a"), hour=20), both).write())
    load(add(home, 15, page("/updated", text("a", but="between"), hour=15),
             page("/late", text("late"), hour=15)).write())  # fmt: skip


def change_source_file(home: Path) -> None:
    """Load a batch after an operator has written another name into the source file."""
    maker = add(home, 30, page("/new", text("w"), hour=30))
    job = maker.batch.job("mountain")
    text_before = job.read_text()
    job.write_text(text_before.replace('"name":"Mountain"', '"name":"The Mountain Post"'))
    assert job.read_text() != text_before
    JOB_JSON.validate_json(job.read_bytes())
    (home / "sources").mkdir(exist_ok=True)
    (home / "sources" / "mountain.yml").write_text("name: Not what any batch was planned with")
    load(maker.write())


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("history")
    begin(home)
    go_on(home)
    change_source_file(home)
    open_incident(home, "mountain", "silent", "no article for two days", START)
    publish_snapshot(home)  # which takes the incidents in
    return home


def test_every_table_is_equal_after_a_rebuild(history: Path) -> None:
    before = everything(history)
    empty = [name for name, held in before.items() if not held]
    assert empty == [], "tables without a row prove nothing"
    warehouse_file(history).unlink()
    rebuild_warehouse(history)
    after = everything(history)
    assert after.keys() == before.keys()
    for name, held in before.items():
        assert after[name] == held, name


@pytest.mark.parametrize(
    ("what", "query"),
    [
        ("updates", "from articles where version_count = 4"),
        ("a late one", "from article_versions where body like '% between'"),
        ("a merge", "from article_merges"),
        ("a removed one", "from articles where gone_at is not null"),
        ("an accepted one", "from batch_sources where accepted_why is not null"),
        ("a dead crawl", "from batch_sources where reason = 'crawl_died'"),
        ("an import", "from articles where found_by = 'import' and fetched_at is null"),
        ("a backfill", "from articles where found_by = 'backfill'"),
        ("one read again", "from articles where extractor_version = 'x2'"),
        ("one of the feed", "from articles where body_from = 'feed'"),
        ("a copy of another", "from story_articles where relation = 'copy'"),
        ("another source file", "from sources where name = 'The Mountain Post'"),
        ("a doubt", "from article_doubts"),
    ],
)  # fmt: skip
def test_history_holds(history: Path, what: str, query: str) -> None:
    assert rows(history, query), what
