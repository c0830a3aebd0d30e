from pathlib import Path

import pytest
from warcio.warcwriter import WARCWriter

from crawlers.batch import Batch
from crawlers.captures import ImportRefusedError
from crawlers.crawl import crawl_source
from crawlers.import_inputs import Reading
from crawlers.import_shelf import Shelf
from crawlers.imports import import_later, import_paths
from crawlers.later import Later
from crawlers.ledger import LedgerError, read_fetches
from crawlers.urls import key_hash
from tests.crawlers.foreign import DAWN, add_page, bodies, take, write_warc


def test_later_captures_of_an_address_go_to_the_next_batches(tmp_path: Path) -> None:
    with (tmp_path / "aba.warc.gz").open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        for day, text in enumerate((b"A", b"A", b"B", b"A"), start=1):
            add_page(writer, "https://dawn.test/x", text, date=f"2019-05-0{day}T00:00:00Z")
    batches = [
        Batch(id=f"20261122T00000{number}Z-import-00000000", home=tmp_path / "home")
        for number in range(3)
    ]
    waiting = Later(tmp_path)
    reports = [take(batches[0], tmp_path / "aba.warc.gz", later=waiting)]
    (tmp_path / "aba.warc.gz").unlink()  # it is read once
    for batch in batches[1:]:
        later = Later(tmp_path)
        reports.append(
            import_later(batch, waiting=waiting, sources=[DAWN], run_id="one", later=later)
        )
        waiting = later
    pages = [bodies(*pair)["https://dawn.test/x"] for pair in zip(batches, reports, strict=True)]
    assert (pages, [one.later for one in reports]) == ([b"A", b"B", b"A"], [2, 1, 0])
    assert [one.twins for one in reports] == [1, 0, 0]
    days = [read_fetches(batch, "dawn")[0].fetched_at for batch in batches]
    assert [day and day.day for day in days] == [1, 3, 4]
    assert not [path for path in tmp_path.iterdir() if path.is_file()]


def test_capture_that_the_archive_has_is_not_taken_in_twice(batch: Batch, tmp_path: Path) -> None:
    warc = tmp_path / "foreign.warc.gz"
    write_warc(warc)
    report = take(batch, warc)
    records = [line.record for one in report.sources for line in read_fetches(batch, one)]
    known = {key_hash(record.record_id) for record in records if record is not None}
    again = Batch(id="20261123T000000Z-import-00000000", home=batch.home)
    second = import_paths(again, [warc], sources=[DAWN], run_id="two", is_all=True, known=known)
    assert (second.pages, second.known, second.sources) == (0, 4, ())


def test_import_goes_on_after_the_captures_that_the_archive_has(tmp_path: Path) -> None:
    with (tmp_path / "abc.warc.gz").open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        for text in (b"A", b"B", b"C"):
            add_page(writer, "https://dawn.test/x", text, record_id=f"<urn:{text.decode()}>")
    known: set[int] = set()
    seen = []
    for number in (1, 2, 3):
        batch = Batch(id=f"20261122T00000{number}Z-import-00000000", home=tmp_path / "home")
        report = import_paths(
            batch, [tmp_path / "abc.warc.gz"], sources=[DAWN], run_id="one", known=known
        )
        seen.append((bodies(batch, report)["https://dawn.test/x"], report.known, report.later))
        known |= {key_hash(f"urn:{'ABC'[number - 1]}")}
    assert seen == [(b"A", 0, 2), (b"B", 1, 1), (b"C", 2, 0)]


def test_path_that_is_neither_is_refused_before_anything_is_written(
    batch: Batch, tmp_path: Path
) -> None:
    write_warc(tmp_path / "good.warc.gz")
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(ImportRefusedError, match=r"notes\.txt: is neither a WARC file nor"):
        take(batch, tmp_path / "good.warc.gz", tmp_path / "notes.txt")
    with pytest.raises(ImportRefusedError, match=r"missing\.warc: cannot be read"):
        take(batch, tmp_path / "missing.warc")
    assert not batch.folder.exists()


def test_import_that_was_cut_off_leaves_no_batch_and_can_be_done_again(
    batch: Batch, tmp_path: Path
) -> None:
    write_warc(tmp_path / "foreign.warc.gz")

    def stop(now: Reading) -> None:
        if now.records == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_paths(batch, [tmp_path / "foreign.warc.gz"], sources=[DAWN], run_id="one", tell=stop)
    assert not batch.manifest.exists()
    assert not (batch.home / "archive").exists()
    assert len(bodies(batch, take(batch, tmp_path / "foreign.warc.gz"))) == 4


@pytest.mark.parametrize("source_id", ["dawn", "web:elsewhere.co.uk"])
def test_import_killed_while_it_ends_leaves_no_batch_that_could_be_gone_on_with(
    batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source_id: str
) -> None:
    write_warc(tmp_path / "foreign.warc.gz")
    finish = Shelf.finish

    def killed(shelf: Shelf, one: str) -> None:
        if one == source_id:
            raise KeyboardInterrupt
        finish(shelf, one)

    monkeypatch.setattr(Shelf, "finish", killed)
    with pytest.raises(KeyboardInterrupt):
        take(batch, tmp_path / "foreign.warc.gz")
    assert not batch.manifest.exists()
    monkeypatch.undo()
    again = Batch(id="20261123T000000Z-import-00000000", home=batch.home)
    assert len(bodies(again, take(again, tmp_path / "foreign.warc.gz"))) == 4


def test_source_of_an_import_is_never_asked_for_its_pages(batch: Batch, tmp_path: Path) -> None:
    write_warc(tmp_path / "foreign.warc.gz")
    take(batch, tmp_path / "foreign.warc.gz")
    assert crawl_source(batch, "dawn").fetched == 3
    batch.status("crawl", "dawn").unlink()
    with pytest.raises(LedgerError, match="dawn: its import did not end; run `khabar import`"):
        crawl_source(batch, "dawn")
