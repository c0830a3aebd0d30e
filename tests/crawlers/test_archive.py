"""An archive is believed only where it holds exactly what the ledger says."""

import errno
import gzip
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawlers.archive import ArchiveError, ArchiveWriter, read_page
from crawlers.page import ArchiveRecord, Fetch
from crawlers.records import Exchange

BODY = b"<html><body><p>" + b"The bridge reopened on Monday. " * 40
URL = "https://valley.example/news/bridge"


def exchange(body: bytes) -> Exchange:
    return Exchange(
        url=URL,
        requested_headers=(),
        status=200,
        headers=(("Content-Type", "text/html"),),
        raw=body,
        ip=None,
        fetched_at=datetime(2026, 3, 10, tzinfo=UTC),
    )


def archived(home: Path, body: bytes = BODY) -> tuple[Path, ArchiveRecord]:
    path = home / "archive" / "valley" / "2026" / "03" / "a.warc.gz"
    writer = ArchiveWriter(path, home=home, software="test")
    records = writer.prepare([exchange(body)], revisit=None)
    writer.commit(records)
    writer.close()
    assert records.last is not None
    return path, records.last


def fetched(record: ArchiveRecord) -> Fetch:
    return Fetch(
        source_id="valley",
        url=URL,
        url_key=URL,
        entrance=None,
        listed=True,
        disposition="fetched",
        record=record,
    )


def test_a_page_is_read_back_as_it_came(tmp_path: Path) -> None:
    _, record = archived(tmp_path)
    page = read_page(tmp_path, "valley", fetched(record))
    assert (page.body, page.status) == (BODY, 200)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda plain: plain.replace(b"WARC-Record-ID", b"WARC-Record-XX", 1), "no WARC record"),
        (lambda plain: plain.replace(b"Target-URI", b"Target-URL", 1), "headers are damaged"),
        (lambda plain: plain.replace(b"WARC/1.1", b"WRAC/1.1", 1), "cannot be read"),
        (lambda plain: plain.replace(b" 200 ", b" 2x0 ", 1), "invalid literal"),
        (lambda _: b"", "cannot be read"),
    ],
    ids=["no id", "no address", "no record", "no status", "nothing"],
)
def test_a_damaged_record_is_named_and_never_crashes(
    tmp_path: Path, damage: object, told: str
) -> None:
    assert callable(damage)
    path, record = archived(tmp_path)
    data = path.read_bytes()
    plain = gzip.decompress(data[record.offset : record.offset + record.length])
    path.write_bytes(data[: record.offset] + gzip.compress(damage(plain)))
    with pytest.raises(ArchiveError, match=told) as caught:
        read_page(tmp_path, "valley", fetched(record))
    assert str(caught.value).startswith(f"archive/{record.file} at {record.offset}: ")
    assert "\n" not in str(caught.value)


def test_no_damage_to_a_record_is_anything_but_an_archive_error(tmp_path: Path) -> None:
    path, record = archived(tmp_path)
    data = path.read_bytes()
    plain = gzip.decompress(data[record.offset : record.offset + record.length])
    chance = Random(1)  # noqa: S311 (the same damage every time)
    refused = 0
    for turn in range(400):
        spoilt = bytearray(data if turn % 2 else plain)
        start, end = (record.offset, len(data)) if turn % 2 else (0, 600)
        for _ in range(4):
            spoilt[chance.randrange(start, end)] = chance.randrange(256)
        path.write_bytes(spoilt if turn % 2 else data[: record.offset] + gzip.compress(spoilt))
        try:
            read_page(tmp_path, "valley", fetched(record))
        except ArchiveError:
            refused += 1
    assert refused > 100


FULL_DISK = """
import os, resource, signal, sys
from pathlib import Path
from tests.crawlers.test_archive import URL, exchange
from crawlers.archive import ArchiveWriter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
home = Path(sys.argv[1])
writer = ArchiveWriter(home / "archive" / "a.warc.gz", home=home, software="test")
writer.commit(writer.prepare([exchange(b"first")], revisit=None))
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, hard))
try:
    writer.commit(writer.prepare([exchange(os.urandom(20_000))], revisit=None))
except OSError as error:
    print(error.errno)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
writer.commit(writer.prepare([exchange(b"third")], revisit=None))
writer.close()
"""


def test_write_that_fails_half_way_leaves_no_half_record(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=root,
        check=True,
    )
    assert int(done.stdout) == errno.EFBIG
    with (tmp_path / "archive" / "a.warc.gz").open("rb") as file:
        bodies = [
            record.content_stream().read()
            for record in ArchiveIterator(file)
            if record.rec_type == "response"
        ]
    assert bodies == [b"first", b"third"]
