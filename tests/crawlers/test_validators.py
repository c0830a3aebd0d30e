"""What an outlet says of a page's change is used and not believed: the body decides."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawlers.crawl import crawl_source
from crawlers.job import KnownPage
from crawlers.ledger import read_fetches
from crawlers.page import Fetch
from crawlers.urls import url_key
from tests.crawlers.outlet import Answer, Outlet, article, feed, plan, source

pytestmark = pytest.mark.usefixtures("warm_crawls")

BEFORE = datetime(2026, 11, 22, 4, tzinfo=UTC)
DATE = "Sun, 22 Nov 2026 03:00:00 GMT"


def look_again(
    outlet: Outlet, home: Path, answer: Answer, **known: object
) -> tuple[Fetch, dict[str, str]]:
    """Ask a known page again; return its line, and the headers it was asked with."""
    url = f"{outlet.base}/news/1"
    body = article("/news/1").body
    values: dict[str, object] = {
        "url": url, "url_key": url_key(url), "etag": '"v1"', "last_modified": None,
        "page_sha256": hashlib.sha256(body).hexdigest(), "first_seen_at": BEFORE,
        "dated_at": BEFORE - timedelta(minutes=30), "last_fetched_at": BEFORE, "is_gone": False,
    }  # fmt: skip
    outlet.routes |= {"/feed": feed(outlet.base, ["/news/1"]), "/news/1": answer}
    batch = plan(home, source(outlet), known=(KnownPage(**values | known),))  # type: ignore[arg-type]
    crawl_source(batch, "valley")
    [line] = read_fetches(batch, "valley")
    [asked] = [headers for path, _, headers in outlet.log if path == "/news/1"]
    return line, asked


def profile_of(home: Path, line: Fetch) -> str | None:
    assert line.record is not None
    with (home / "archive" / line.record.file).open("rb") as stream:
        stream.seek(line.record.offset)
        headers = next(iter(ArchiveIterator(stream))).rec_headers
        return str(headers.get_header("WARC-Profile")).rpartition("/")[2]


def test_page_said_not_to_have_changed_is_not_sent_again(outlet: Outlet, tmp_path: Path) -> None:
    line, asked = look_again(outlet, tmp_path, Answer(status=304), last_modified=DATE)
    assert (asked["if-none-match"], asked["if-modified-since"]) == ('"v1"', DATE)
    assert (line.disposition, line.status) == ("not_modified", 304)
    assert profile_of(tmp_path, line) == "server-not-modified"


def test_new_etag_on_the_same_body_is_no_change(outlet: Outlet, tmp_path: Path) -> None:
    same = Answer(article("/news/1").body, headers={"ETag": '"v2"', "Last-Modified": DATE})
    line, _ = look_again(outlet, tmp_path, same)
    assert (line.disposition, line.status, line.etag) == ("not_modified", 200, '"v2"')
    assert profile_of(tmp_path, line) == "identical-payload-digest"


def test_old_etag_on_another_body_is_a_change(outlet: Outlet, tmp_path: Path) -> None:
    other = Answer(article("/news/2").body, headers={"ETag": '"v1"'})
    line, _ = look_again(outlet, tmp_path, other)
    assert (line.disposition, line.record and line.record.kind) == ("fetched", "response")


def test_page_without_a_body_to_fall_back_on_is_asked_whole(outlet: Outlet, tmp_path: Path) -> None:
    line, asked = look_again(outlet, tmp_path, article("/news/1"), page_sha256=None)
    assert not {"if-none-match", "if-modified-since"} & asked.keys()
    assert line.disposition == "fetched"
