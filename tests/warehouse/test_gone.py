from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.warehouse.batches import BatchMaker, Line, failed, page, rejected, rows, same, text
from transforms.rejection import Reason
from warehouse.connection import open_snapshot
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot

if TYPE_CHECKING:
    from crawlers.page import FailReason

Missing = Callable[[int], Line]


def refused(reason: Reason) -> Missing:
    return lambda hour: rejected("/x", hour=hour, reason=reason)


def load(home: Path, hour: int, *lines: Line) -> None:
    load_batch(BatchMaker(home, hour).source(*lines, max_rejected_share=1).write())


def look(home: Path, hour: int, line: Line) -> object:
    load(home, hour, line)
    return rows(home, "SELECT hour(gone_at) FROM articles WHERE url LIKE '%/x'")[0][0]


def begin(home: Path) -> None:
    load(home, 1, page("/x", text("x"), hour=1))


def asked(home: Path, view: str) -> list[dict[str, Any]]:
    publish_snapshot(home)
    with open_snapshot(home) as news:
        news.execute("SET TimeZone = 'UTC'")
        found = news.execute(f"FROM {view}")
        names = [one[0] for one in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@pytest.mark.parametrize("missing", [lambda _: failed("/x", "gone"), refused(Reason.SOFT_404)])
def test_a_page_missed_twice_is_gone_since_the_second_look(
    tmp_path: Path, missing: Missing
) -> None:
    begin(tmp_path)
    assert [look(tmp_path, hour, missing(hour)) for hour in (2, 3, 4)] == [None, 3, 3]


def test_both_ways_of_missing_a_page_count_together(tmp_path: Path) -> None:
    begin(tmp_path)
    assert look(tmp_path, 2, failed("/x", "gone")) is None
    assert look(tmp_path, 3, refused(Reason.SOFT_404)(3)) == 3


def test_trouble_and_other_refusals_make_nothing_gone(tmp_path: Path) -> None:
    troubles: tuple[FailReason, ...] = ("http_5xx", "blocked", "timeout", "http_4xx", "dns")
    reasons = (Reason.OUT_OF_SERVICE, Reason.CHALLENGE, Reason.LISTING, Reason.PAYWALL)
    paths = [f"/{name}" for name in (*troubles, *reasons)]
    load(tmp_path, 1, *(page(path, text(path), hour=1) for path in paths))
    for hour in (2, 3):
        lost = [failed(f"/{name}", name) for name in troubles]
        refused = [rejected(f"/{name}", hour=hour, reason=name) for name in reasons]
        load(tmp_path, hour, *lost, *refused, page("/z", text("z"), hour=hour))
    counted = rows(tmp_path, "SELECT count(*), count(gone_at) FROM articles")
    assert counted == [(len(paths) + 1, 0)]


def test_looks_before_it_was_seen_do_not_count(tmp_path: Path) -> None:
    begin(tmp_path)
    look(tmp_path, 3, failed("/x", "gone"))
    look(tmp_path, 4, same("/x", text("x"), hour=4))
    assert look(tmp_path, 5, failed("/x", "gone")) is None
    assert look(tmp_path, 6, failed("/x", "gone")) == 6


def test_a_capture_that_is_loaded_late_takes_gone_back(tmp_path: Path) -> None:
    begin(tmp_path)
    look(tmp_path, 3, failed("/x", "gone"))
    assert look(tmp_path, 4, failed("/x", "gone")) == 4
    load(tmp_path, 7, page("/x", text("x"), hour=3.5))
    assert rows(tmp_path, "SELECT gone_at FROM articles WHERE url LIKE '%/x'") == [(None,)]


def test_the_view_says_what_a_removed_article_said(tmp_path: Path) -> None:
    begin(tmp_path)
    look(tmp_path, 2, page("/x", text("x", but="amended"), hour=2, title="Second headline"))
    for hour in (3, 4, 5):
        look(tmp_path, hour, refused(Reason.SOFT_404)(hour))
    (gone,) = asked(tmp_path, "gone_articles")
    assert (gone["title"], gone["body"]) == ("Second headline", text("x", but="amended"))
    hours = [gone[name].hour for name in ("last_seen_at", "missed_from", "gone_at")]
    assert hours == [2, 3, 4]
    told = [gone[name] for name in ("times_missed", "answer", "version_count", "others_in_story")]
    assert told == [3, "looks it", 2, 0]
    assert gone["authors"] == []
    assert gone["url"].endswith("/x")


def test_an_article_that_comes_back_is_listed_as_returned(tmp_path: Path) -> None:
    begin(tmp_path)
    look(tmp_path, 2, failed("/x", "gone"))
    assert look(tmp_path, 3, failed("/x", "gone")) == 3
    assert look(tmp_path, 4, page("/x", text("x", but="cleaned"), hour=4)) is None
    assert asked(tmp_path, "gone_articles") == []
    (back,) = asked(tmp_path, "returned_articles")
    assert (back["missed_from"].hour, back["back_at"].hour, back["times_missed"]) == (2, 4, 2)
    assert back["gone_at"] is None


def test_one_miss_is_no_return(tmp_path: Path) -> None:
    begin(tmp_path)
    look(tmp_path, 2, failed("/x", "gone"))
    look(tmp_path, 3, page("/x", text("x"), hour=3))
    assert asked(tmp_path, "returned_articles") == []
