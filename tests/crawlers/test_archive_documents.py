from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from crawlers.archive_documents import (
    MAX_DOCUMENTS,
    NoWayBackError,
    archive_documents,
    document_key,
    drop_older,
    settle_documents,
)
from crawlers.catalogue import Entrance, Source
from crawlers.entrances import Listed, Part
from crawlers.job import ArchiveDocument, CrawlJob
from crawlers.journal import Look
from crawlers.left_over import LeftOver
from crawlers.page import Fetch, ListedItem, Poll
from crawlers.window import is_part_wanted, place

SITE = "https://valley.invalid"
WINDOW = (date(2026, 4, 29), date(2026, 5, 2))
ZONE = ZoneInfo("Asia/Karachi")
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def valley(**keys: object) -> Source:
    values: dict[str, object] = {
        "id": "valley",
        "name": "Valley",
        "home": SITE,
        "languages": ("en",),
        "timezone": "Asia/Karachi",
        "entrances": (Entrance(kind="feed", url=f"{SITE}/feed"),),
    }
    return Source(**{**values, **keys})  # type: ignore[arg-type]


def addresses(*entries: Entrance) -> list[str]:
    found = archive_documents(valley(backfill=entries), WINDOW)
    return [document.entrance.url.removeprefix(SITE) for document in found]


def test_address_with_a_day_is_filled_for_each_day_newest_first() -> None:
    entry = Entrance(kind="listing", url=f"{SITE}/archive/{{yyyy}}/{{mm}}/{{dd}}")
    assert addresses(entry) == [
        "/archive/2026/05/02",
        "/archive/2026/05/01",
        "/archive/2026/04/30",
        "/archive/2026/04/29",
    ]
    short = Entrance(kind="listing", url=f"{SITE}/?y={{yyyy}}&m={{m}}&d={{d}}")
    assert addresses(short)[0] == "/?y=2026&m=5&d=2"


def test_address_with_a_month_or_a_year_is_filled_for_each_that_the_window_touches() -> None:
    month = Entrance(kind="sitemap", url=f"{SITE}/sitemap-{{yyyy}}-{{mm}}.xml")
    year = Entrance(kind="sitemap", url=f"{SITE}/sitemap-{{yyyy}}.xml")
    assert addresses(month, year) == [
        "/sitemap-2026-05.xml",
        "/sitemap-2026-04.xml",
        "/sitemap-2026.xml",
    ]
    across = archive_documents(valley(backfill=(month,)), (date(2025, 12, 31), date(2026, 1, 1)))
    assert [one.entrance.url[-11:] for one in across] == ["2026-01.xml", "2025-12.xml"]


def test_numbered_address_begins_at_its_first_page() -> None:
    [document] = archive_documents(
        valley(backfill=(Entrance(kind="feed", url=f"{SITE}/feed?paged={{page}}"),)), WINDOW
    )
    assert document.entrance.url == f"{SITE}/feed?paged=1"
    assert document.template == f"{SITE}/feed?paged={{page}}"
    assert document.most == 2_000
    [bounded] = archive_documents(
        valley(backfill=(Entrance(kind="listing", url=f"{SITE}/p/{{page}}", pages=7),)), WINDOW
    )
    assert bounded.most == 7


def test_only_a_list_that_is_marked_gives_its_items_the_day_of_the_page() -> None:
    url = f"{SITE}/archive/{{yyyy}}/{{mm}}/{{dd}}"
    marked = Entrance(kind="listing", url=url, links_css=".day a")
    bare = Entrance(kind="listing", url=url)
    month = Entrance(kind="sitemap", url=f"{SITE}/{{yyyy}}-{{mm}}.xml")
    days = [archive_documents(valley(backfill=(e,)), WINDOW)[0].day for e in (marked, bare, month)]
    assert days == [date(2026, 5, 2), None, None]


def test_source_without_backfill_key_is_walked_through_sitemaps_and_paged_listings() -> None:
    entrances = (
        Entrance(kind="feed", url=f"{SITE}/feed"),
        Entrance(kind="listing", url=f"{SITE}/front"),
        Entrance(kind="sitemap", url=f"{SITE}/sitemap.xml"),
        Entrance(kind="listing", url=f"{SITE}/news", next_css="a.next", pages=3),
    )
    found = archive_documents(valley(entrances=entrances), WINDOW)
    assert [document.entrance.url for document in found] == [f"{SITE}/sitemap.xml", f"{SITE}/news"]
    assert found[1].most > 3
    with pytest.raises(NoWayBackError, match=r"valley has no way .* valley\.yml"):
        archive_documents(valley(), WINDOW)


@pytest.mark.parametrize(
    ("name", "is_wanted"),
    [
        ("/sitemap-2026-05.xml", True),
        ("/sitemap-2026-03.xml", False),
        ("/sitemap-pt-post-202604.xml.gz", True),
        ("/2026/05/02/sitemap.xml", True),
        ("/2026/05/03/sitemap.xml", False),
        ("/sitemap.xml?date=2026-04-28", False),
        ("/sitemap-2026.xml", True),
        ("/sitemap-2025.xml", False),
        ("/post-sitemap12.xml", True),
        ("/sitemap-1999999.xml", True),
        ("/sitemap/2026/13.xml", True),
        ("/archive-2024-2026-05.xml", True),
    ],
)
def test_part_of_an_index_is_read_by_the_days_in_its_name(name: str, is_wanted: bool) -> None:
    assert is_part_wanted(Part(url=f"{SITE}{name}"), WINDOW) is is_wanted


def test_part_of_an_index_that_changed_last_before_the_window_is_not_read() -> None:
    url = f"{SITE}/post-sitemap3.xml"
    old, late = (datetime(2026, month, 20, tzinfo=UTC) for month in (4, 9))
    assert not is_part_wanted(Part(url=url, changed_at=old), WINDOW)
    assert is_part_wanted(Part(url=url, changed_at=late), WINDOW)


def item(path: str = "/news/1", changed_at: datetime | None = None, **said: object) -> Listed:
    told = ListedItem(**said)  # type: ignore[arg-type]
    return Listed(url=f"{SITE}{path}", item=told, changed_at=changed_at)


def test_item_is_placed_by_its_own_day_in_the_outlets_zone() -> None:
    late = datetime(2026, 4, 28, 19, 30, tzinfo=UTC)  # half past midnight in Karachi
    assert place(item(published_at=late), WINDOW, ZONE) is None
    assert place(item(published_at=late), WINDOW, ZoneInfo("UTC")) == "before"
    assert place(item(published_on=date(2026, 5, 3)), WINDOW, ZONE) == "after"
    assert place(item("/2026/05/03/blast"), WINDOW, ZONE) == "after"
    assert (
        place(item("/2026/04/29/blast", changed_at=NOON.replace(year=2027)), WINDOW, ZONE) is None
    )
    assert place(item("/2026/13/45/blast"), WINDOW, ZONE) is None
    assert place(item(), WINDOW, ZONE) is None


def test_item_that_says_only_when_it_changed_was_published_then_or_a_little_earlier() -> None:
    def changed(month: int, day: int) -> Listed:
        return item(changed_at=datetime(2026, month, day, 12, tzinfo=UTC))

    assert place(changed(4, 28), WINDOW, ZONE) == "before"
    assert place(changed(5, 1), WINDOW, ZONE) is None
    assert place(changed(5, 8), WINDOW, ZONE) is None
    assert place(changed(6, 8), WINDOW, ZONE) == "after"


def document(name: str, **keys: object) -> ArchiveDocument:
    return ArchiveDocument(entrance=Entrance(kind="sitemap", url=f"{SITE}/{name}"), **keys)  # type: ignore[arg-type]


def poll(name: str, **keys: object) -> Poll:
    values: dict[str, object] = {"source_id": "valley", "kind": "sitemap", "polled_at": NOON}
    return Poll(entrance=f"{SITE}/{name}", **{**values, **keys})  # type: ignore[arg-type]


def job(*documents: ArchiveDocument, read: tuple[int, ...] = ()) -> CrawlJob:
    return CrawlJob(
        batch_id="20260503T120000Z-backfill-00000000", home="/nowhere", source=valley(),
        window=WINDOW, documents=documents, documents_read=read, contact="x",
    )  # fmt: skip


def test_documents_left_are_the_unread_and_those_found_on_the_way_in_order() -> None:
    index, day = document("index"), document("day")
    looks = {f"{SITE}/index": Look(poll=poll("index"), pages=(), more=(f"{SITE}/a", f"{SITE}/b"))}
    looks[f"{SITE}/a"] = Look(poll=poll("a"), pages=())
    done = settle_documents(job(index, day), looks, {})
    assert [one.entrance.url[-3:] for one in done.left] == ["d/b", "day"]
    assert (len(done.read), done.troubles) == (2, ())


def test_document_that_fails_for_a_reason_that_passes_is_tried_thrice() -> None:
    left: tuple[ArchiveDocument, ...] = (document("index"),)
    polls = {f"{SITE}/index": poll("index", reason="http_5xx", detail="HTTP 503")}
    for tries in (1, 2):
        done = settle_documents(job(*left), {}, polls)
        left = done.left
        assert ([one.tries for one in left], done.troubles) == ([tries], ())
    done = settle_documents(job(*left), {}, polls)
    assert done.left == ()
    assert done.troubles == (f"{SITE}/index: http_5xx (HTTP 503)",)


@pytest.mark.parametrize("reason", ["deferred", "host_resting"])
def test_document_that_was_not_asked_is_not_said_to_have_failed(reason: str) -> None:
    left = (document("index", tries=2),)
    polls = {f"{SITE}/index": poll("index", reason=reason, detail="another crawl wants it")}
    assert settle_documents(job(*left), {}, polls).left == left


def test_missing_page_is_the_end_of_a_row_and_trouble_anywhere_else() -> None:
    polls = {f"{SITE}/p": poll("p", reason="gone", detail="HTTP 404")}
    assert settle_documents(job(document("p", number=9)), {}, polls).troubles == ()
    assert len(settle_documents(job(document("p")), {}, polls).troubles) == 1


def test_dated_archive_that_is_missing_is_counted_and_no_trouble() -> None:
    polls = {f"{SITE}/p": poll("p", reason="gone", detail="HTTP 404")}
    done = settle_documents(job(document("p", is_dated=True)), {}, polls)
    assert (done.troubles, done.gone, len(done.read)) == ((), (f"{SITE}/p",), 1)


def test_document_that_was_read_in_an_earlier_slice_is_not_left() -> None:
    old = document_key(document("a"), valley())
    assert settle_documents(job(document("a"), read=(old,)), {}, {}).left == ()
    mended = document_key(document("a"), valley(article="/news/"))
    assert len(settle_documents(job(document("a"), read=(mended,)), {}, {}).left) == 1


def test_documents_beyond_the_bound_are_counted_and_dropped() -> None:
    parts = tuple(f"{SITE}/part{number}" for number in range(MAX_DOCUMENTS + 1))
    looks = {f"{SITE}/index": Look(poll=poll("index"), pages=(), more=parts)}
    done = settle_documents(job(document("index"), document("day")), looks, {})
    assert [one.entrance.url for one in done.left] == list(parts[:-1])
    assert done.over_bound == 2


def test_document_is_closed_where_the_days_that_it_names_are_over() -> None:
    names = ("sitemap-2026-04.xml", "sitemap-2026-05.xml", "posts.xml")
    looks = {f"{SITE}/{name}": Look(poll=poll(name), pages=()) for name in names}
    given = job(*map(document, names))
    april = document_key(document(names[0]), valley())
    assert settle_documents(given, looks, {}).closed == (april,)
    later = replace(given, batch_id=given.batch_id.replace("202605", "202606"))
    assert len(settle_documents(later, looks, {}).closed) == 3


def test_row_ends_where_all_that_a_page_listed_proved_to_be_too_old() -> None:
    days = {1: date(2026, 4, 28), 2: date(2026, 4, 29)}
    row = document("p", number=2)
    kept = drop_older(
        [replace(row, listed_before=hashes) for hashes in ((1,), (1, 2), (1, 3), ())],
        days,
        WINDOW[0],
    )
    assert [one.listed_before for one in kept] == [(1, 2), (1, 3), ()]


def line(key: str, disposition: str, reason: str | None = None, **keys: object) -> Fetch:
    values: dict[str, object] = {"source_id": "valley", "entrance": None, "listed": True}
    values |= {"url": key, "url_key": key, "disposition": disposition, "reason": reason}
    return Fetch(**{**values, **keys})  # type: ignore[arg-type]


def test_page_is_left_over_until_it_is_settled_or_failed_thrice() -> None:
    left = LeftOver()
    failed = line("b", "failed", "timeout")
    up = line("c", "fetched", status=200)
    assert left.take([line("a", "skipped", "deferred"), failed, up]) == 1
    assert set(left.pages) == {"a", "b"}
    assert left.take([line("a", "failed", "gone", status=404), failed]) == 1
    assert set(left.pages) == {"b"}
    assert left.take([failed, up]) == 2
    assert not left.pages


def test_no_page_fails_while_the_host_answers_nothing() -> None:
    left = LeftOver()
    for _ in range(5):
        assert left.take([line("a", "failed", "refused")]) == 0
    assert set(left.pages) == {"a"}


def test_left_over_pages_are_asked_newest_first() -> None:
    left = LeftOver()
    for key, day in (("old", 1), ("new", 3), ("middle", 2)):
        told = ListedItem(published_on=date(2026, 5, day))
        left.take([line(key, "skipped", "deferred", item=told)])
    left.take([line("undated", "skipped", "deferred")])
    assert [page.url for page in left.newest(3)] == ["new", "middle", "old"]
