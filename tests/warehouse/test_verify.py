import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawlers.archive import ArchiveWriter
from tests.crawlers.test_archive import exchange
from warehouse.connection import open_writer
from warehouse.publish import publish_snapshot
from warehouse.verify import VerifyReport, verify_archive

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)


def archive(home: Path, name: str) -> Path:
    path = home / "archive" / "valley" / "2026" / "03" / f"{name}.warc.gz"
    writer = ArchiveWriter(path, home=home, software="test")
    for word in (b"bridge", b"school"):
        writer.commit(writer.prepare([exchange(b"<p>" + word * 400)], revisit=None))
    writer.close()
    return path


def verify(home: Path, seconds: float = 60) -> VerifyReport:
    return verify_archive(home, now=NOW, seconds=seconds)


def test_sound_archive_is_read_whole_and_the_next_round_begins_anew(tmp_path: Path) -> None:
    for name in "abc":
        archive(tmp_path, name)
    report = verify(tmp_path)
    assert report.damaged == ()
    assert report.is_whole
    assert report.line.startswith("verified all 3 files of the archive")
    assert verify(tmp_path).line == report.line


def test_round_goes_on_where_the_night_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        archive(tmp_path, name)
    read: list[str] = []
    monkeypatch.setattr("warehouse.verify.find_damage", lambda path: read.append(path.name))
    clock = iter(range(100))
    monkeypatch.setattr("warehouse.verify.time.monotonic", lambda: next(clock))
    first = verify(tmp_path, 2)
    assert read == ["a.warc.gz"]
    assert not first.is_whole
    assert "1 of 3 files" in first.line
    assert "goes on after valley/2026/03/a.warc.gz" in first.line
    assert verify(tmp_path, 100).is_whole
    assert read == ["a.warc.gz", "b.warc.gz", "c.warc.gz"]


@pytest.mark.parametrize("at", [0.2, 0.5, 0.9])
def test_one_flipped_bit_is_found_and_the_file_named(tmp_path: Path, at: float) -> None:
    archive(tmp_path, "a")
    bad = archive(tmp_path, "b")
    data = bytearray(bad.read_bytes())
    data[int(len(data) * at)] ^= 4
    bad.write_bytes(data)
    [line] = verify(tmp_path).damaged
    assert line.startswith("valley/2026/03/b.warc.gz: ")


def test_bytes_that_another_packed_whole_do_not_match_their_digest(tmp_path: Path) -> None:
    bad = archive(tmp_path, "a")
    bad.write_bytes(gzip.compress(gzip.decompress(bad.read_bytes()).replace(b"bridge", b"Bridge")))
    [line] = verify(tmp_path).damaged
    assert "does not match its digest" in line or "cannot be read" in line


def test_file_that_is_cut_between_records_or_gone_is_named(tmp_path: Path) -> None:
    cut, gone = archive(tmp_path, "a"), archive(tmp_path, "b")
    with open_writer(tmp_path, doing="testing") as con:
        for path in (cut, gone):
            con.execute(
                "INSERT INTO archive_records (archive_record_id, source_id, batch_id, url_key, "
                "url, kind, page_sha256, file, offset_bytes, length_bytes) "
                "VALUES ($1, 'valley', 'b', 'k', 'u', 'response', 's', $1, 0, $2)",
                [path.relative_to(tmp_path / "archive").as_posix(), path.stat().st_size],
            )
    publish_snapshot(tmp_path)
    assert verify(tmp_path).damaged == ()
    data = cut.read_bytes()
    cut.write_bytes(data[: data.rindex(b"\x1f\x8b\x08")])
    gone.unlink()
    assert [line.partition(": ")[2][:8] for line in verify(tmp_path).damaged] == [
        "ends at ", "is missi",
    ]  # fmt: skip


def test_home_without_an_archive_is_verified(tmp_path: Path) -> None:
    assert verify(tmp_path).line.startswith("verified all 0 files")
