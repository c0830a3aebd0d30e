import io
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tests.khabar.test_import_command import rows, taken
from warehouse.connection import open_writer
from warehouse.publish import publish_snapshot

pytestmark = pytest.mark.usefixtures("warm_guards")

OFFER = "Carry the valley in your pocket: our news is now on your phone as well"


def article(name: str, day: str) -> bytes:
    words = (" ".join(f"{name}{part}word{word}" for word in range(14)) for part in range(6))
    text = "".join(f"<p>{line}</p>" for line in [*words, OFFER])
    return (
        f"<html><head><title>News of {name}</title></head><body><article><h1>News of {name}</h1>"
        f"{text}</article><!-- {day} --></body></html>"
    ).encode()


def write_warc(path: Path, *captures: tuple[str, str]) -> Path:
    """Write pages by their name and the day of their capture."""
    with path.open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        for name, day in captures:
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], "HTTP/1.1")
            record = writer.create_warc_record(
                f"https://v.test/{name}", "response", payload=io.BytesIO(article(name, day)),
                http_headers=headers, warc_headers_dict={"WARC-Date": f"{day}T00:00:00Z"},
            )  # fmt: skip
            writer.write_record(record)
    return path


def test_later_captures_are_freed_of_the_lines_that_the_first_ones_taught(tmp_path: Path) -> None:
    home, names = tmp_path / "home", [f"page{number}" for number in range(6)]
    first = [(name, "2019-05-01") for name in names]
    file = write_warc(tmp_path / "x.warc.gz", *first, ("page0", "2019-05-02"))
    taken(home, file)
    assert len(rows(home, "SELECT batch_id FROM batches")) == 2
    kept = "SELECT max(version_count) AS most, count(*) AS n FROM articles WHERE {}"
    assert rows(home, kept.format("NOT contains(body, 'pocket')")) == [{"most": 1, "n": 6}]
    taken(home, write_warc(tmp_path / "y.warc.gz", *((name, "2019-05-03") for name in names)))
    assert rows(home, kept.format("NOT contains(body, 'pocket')")) == [{"most": 1, "n": 6}]


def test_an_import_that_adds_to_a_source_learns_nothing_new_of_it(tmp_path: Path) -> None:
    """Its captures known before would not be read again, and look as if they had changed."""
    home, names = tmp_path / "home", [f"page{number}" for number in range(6)]
    taken(home, write_warc(tmp_path / "x.warc.gz", ("page0", "2019-05-01")))
    taken(home, write_warc(tmp_path / "y.warc.gz", *((name, "2019-05-03") for name in names)))
    assert rows(home, "SELECT max(version_count) AS most, count(*) AS n FROM articles") == [
        {"most": 1, "n": 6}
    ]
    assert rows(home, "SELECT line FROM site_lines") == []


def test_captures_imported_beside_those_read_otherwise_are_no_change(tmp_path: Path) -> None:
    """What a crawl has learnt since is taken out of the captures before and after them, too."""
    home = tmp_path / "home"
    taken(
        home, write_warc(tmp_path / "x.warc.gz", ("page0", "2019-05-01"), ("page0", "2019-05-05"))
    )
    with open_writer(home, doing="learning") as con:
        con.execute(
            "insert into site_lines select source_id, ?, 'end', 5, now(), batch_id from articles",
            [OFFER],
        )
    publish_snapshot(home)
    taken(home, write_warc(tmp_path / "y.warc.gz", ("page0", "2019-05-03")))
    assert rows(home, "SELECT version_count, contains(body, 'pocket') AS has FROM articles") == [
        {"version_count": 1, "has": False}
    ]
    versions = "SELECT count(DISTINCT extractor_version) AS n, count(*) AS all FROM archive_records"
    assert rows(home, versions) == [{"n": 1, "all": 3}]
