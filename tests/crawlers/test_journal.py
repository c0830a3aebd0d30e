import gzip
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from crawlers.archive import ArchiveWriter, part_of, read_page
from crawlers.batch import Batch, new_batch_id
from crawlers.entrances import Listed
from crawlers.journal import PAGES_A_NOTE, Look, note_look, open_ledger, recover, warc_path
from crawlers.ledger import read_fetches, read_outcomes
from crawlers.page import Fetch, ListedItem, Poll
from crawlers.records import Exchange

NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)
URL = "https://valley.example/news"


def batch_in(home: Path) -> Batch:
    return Batch(id=new_batch_id(NOW, "ingest", "1"), home=home)


def look(pages: int) -> Look:
    return Look(
        poll=Poll(source_id="valley", entrance=f"{URL}.xml", kind="sitemap", polled_at=NOW),
        pages=tuple(
            (f"{URL}/{n}", Listed(url=f"{URL}/{n}", item=ListedItem(title=f"Title {n}")))
            for n in range(pages)
        ),
    )


def journal_of(home: Path, seen: Look) -> tuple[Batch, Path]:
    batch = batch_in(home)
    path = warc_path(batch, "valley", 1)
    archive = ArchiveWriter(path, home=home, software="test")
    note_look(archive, seen)
    return batch, part_of(path)


def test_look_at_a_long_sitemap_is_recovered_whole(tmp_path: Path) -> None:
    for pages in (0, 1, PAGES_A_NOTE, PAGES_A_NOTE + 1, 3 * PAGES_A_NOTE + 7):
        batch, _ = journal_of(tmp_path / str(pages), look(pages))
        assert recover(batch, "valley").looks == (look(pages),)


def test_look_that_was_cut_off_is_taken_again(tmp_path: Path) -> None:
    batch, part = journal_of(tmp_path, look(2 * PAGES_A_NOTE + 1))
    part.write_bytes(part.read_bytes()[:-30])
    assert recover(batch, "valley").looks == ()


def line(number: int, **more: object) -> Fetch:
    values = {
        "source_id": "valley", "url": f"{URL}/{number}", "url_key": f"{URL}/{number}",
        "entrance": None, "listed": False, "disposition": "fetched", **more,
    }  # fmt: skip
    return Fetch(**values)  # type: ignore[arg-type]


def test_ledger_that_is_not_whole_is_not_read(tmp_path: Path) -> None:
    batch = batch_in(tmp_path)
    ledger = open_ledger(batch, "valley", 1)
    ledger.append(line(1))
    assert read_fetches(batch, "valley") == []
    ledger.close()
    assert read_fetches(batch, "valley") == [line(1)]


def test_lines_of_all_attempts_fold_into_the_best_of_each_page(tmp_path: Path) -> None:
    batch = batch_in(tmp_path)
    attempts = (
        [line(1), line(2, disposition="failed", reason="dns", listed=True), line(3)],
        [
            line(1, disposition="skipped", reason="deferred", listed=True),
            line(2),
            line(3, status=9),
        ],
    )
    for attempt, lines in enumerate(attempts, start=1):
        ledger = open_ledger(batch, "valley", attempt)
        ledger.extend(lines)
        ledger.close()
    best = [line(1, listed=True), line(2, listed=True), line(3, status=9)]
    assert sorted(read_fetches(batch, "valley"), key=lambda one: one.url) == best
    assert {outcome.disposition for outcome in read_outcomes(batch, "valley").values()} == {
        "fetched"
    }


def test_body_that_came_compressed_is_not_compressed_again(tmp_path: Path) -> None:
    plain = "".join(f"{number:x}" for number in range(3000)).encode()
    raw = gzip.compress(plain)
    path = warc_path(batch_in(tmp_path), "valley", 1)
    archive = ArchiveWriter(path, home=tmp_path, software="test")
    exchange = Exchange(
        url=URL, requested_headers=(), status=200, headers=(("Content-Encoding", "gzip"),),
        raw=raw, ip=None, fetched_at=NOW,
    )  # fmt: skip
    packed = archive.prepare([exchange], revisit=None)
    archive.commit(packed)
    bare = archive.prepare([replace(exchange, raw=plain, headers=())], revisit=None)
    archive.commit(bare)
    archive.close()
    written = path.read_bytes()
    assert raw in written
    assert plain not in written
    for records in (packed, bare):
        assert read_page(tmp_path, "valley", line(1, record=records.last)).body == plain
