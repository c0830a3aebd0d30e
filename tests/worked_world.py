"""Forty days of four outlets in which each of the README's ten questions has a known answer."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawlers.page import Poll
from tests.warehouse.batches import START, BatchMaker, Line, failed, page, text
from transforms.article import Moment
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot

DAYS = 40
"""From the first of August 2026 on, as the outlets' own clock (UTC+5) has them."""
ZONE = timedelta(hours=5)
HOSTS = {name: f"https://{name}.example" for name in ("mountain", "valley", "jirga", "wadi")}
TEXT = text("shared", 90)
URDU = "بنوں میں پوليس نے رات گئے ایک کارروائی کے دوران تین افراد کو حراست میں لے لیا"
PASHTO = "په بنو کې پولیسو د یوې عملیاتو پر مهال درې کسان ونیول او ډېرې وسلې یې ترې ترلاسه کړې"
THIN_DAY, SILENT_DAY, BLIND_DAYS = 39, 25, (19, 20)


def moment(day: int, hour: float, *, precision: str = "minute") -> Moment:
    """Say a time of an outlet's own day; the first is 1."""
    local = datetime(2026, 8, 1) + timedelta(days=day - 1, hours=hour)  # noqa: DTZ001 (its own)
    instant = None if precision == "day" else (local - ZONE).replace(tzinfo=UTC)
    return Moment(at=instant, on=local.date(), precision=precision, origin="meta")  # type: ignore[arg-type]


def article(
    source: str,
    path: str,
    body: str,
    *,
    day: int,
    hour: float = 9,
    title: str | None = None,
    when: Moment | None = None,
    seen_after: float = 1,
    language: str = "en",
    is_signed: bool = True,
    credited: str | None = None,
) -> Line:
    """Make a page of an outlet, seen some hours after it says that it came out."""
    at = 24 * (day - 1) + hour - 5 + seen_after
    line = page(path, body, hour=at, title=title or f"Report {path}", host=HOSTS[source],
                published=when or moment(day, hour))  # fmt: skip
    assert line.article is not None
    told = replace(line.article, language=language, authors=("A. Khan",) if is_signed else (),
                   credited_source=credited, credited_from="dateline" if credited else None,
                   credited_words=credited)  # fmt: skip
    return Line(fetch=line.fetch, article=told)


def looks(*, missed: tuple[int, ...] = ()) -> Iterator[Poll]:
    """Look twice a day, but on some days, and list each time something of the look before."""
    for half in range(2 * DAYS - 1):
        at = START + timedelta(hours=12 * half)
        day = (at + ZONE).day + (31 if (at + ZONE).month == 9 else 0)
        if day in missed:
            continue
        is_gap = half > 0 and day - 1 in missed and (at + ZONE).hour < 12
        yield Poll(source_id="", entrance="feed", kind="feed", polled_at=at, status=200, items=9,
                   matched=9, overlapped=None if half == 0 else not is_gap,
                   next_interval_minutes=720.0)  # fmt: skip


def daily(source: str, count: int, *, skip: tuple[int, ...] = ()) -> list[Line]:
    """Publish some articles a day, none like another; on the thin day a few words of nobody."""
    lines = []
    for day in range(2, DAYS):
        is_thin = (source, day) == ("mountain", THIN_DAY)
        for number in range(0 if day in skip else count):
            name = f"{source}d{day}n{number}x"
            body = text(name, 10 if is_thin else 60)
            hour = 8 + number
            lines.append(
                article(source, f"/{name}", body, day=day, hour=hour, is_signed=not is_thin)
            )
    return lines


def write_world(home: Path) -> None:
    """Load all of it, and publish."""
    maker = BatchMaker(home, 24 * DAYS)
    maker.source(*_mountain(), *daily("mountain", 3), polls=looks(), host=HOSTS["mountain"])
    maker.source(*_valley(), *daily("valley", 1, skip=(SILENT_DAY, *BLIND_DAYS)), id="valley",
                 polls=looks(missed=BLIND_DAYS), host=HOSTS["valley"])  # fmt: skip
    maker.source(*_jirga(), id="jirga", polls=looks(), host=HOSTS["jirga"])
    maker.source(*_wadi(), id="wadi", polls=looks(), host=HOSTS["wadi"])
    load_batch(maker.write())
    for later in (12, 40):
        again = article("mountain", "/toll", f"15 killed in the old bazaar. {text('toll')}", day=30,
                        title="15 killed in bazaar blast", seen_after=24 * 11 + later)  # fmt: skip
        batch = BatchMaker(home, 24 * DAYS + later)
        load_batch(batch.source(again, _gone(), host=HOSTS["mountain"]).write())
    publish_snapshot(home)


def _gone() -> Line:
    missed = failed("/gone", "gone")
    return Line(fetch=replace(missed.fetch, status=404, fetched_at=None))


def _mountain() -> list[Line]:
    return [
        article("mountain", "/toll", f"12 killed in the old bazaar. {text('toll')}", day=30,
                title="12 killed in bazaar blast"),
        article("mountain", "/gone", f"The minister resigned. {text('gone')}", day=31,
                title="Minister resigns"),
        article("mountain", "/story", TEXT, day=35, hour=9, title="First with it"),
        article("mountain", "/bannu", f"In Bannu the Police arrested three. {text('bannu')}",
                day=36, title="Three held in raid"),
        article("mountain", "/rain", f"In Bannu it rained. {text('rain')}", day=36),
    ]  # fmt: skip


def _valley() -> list[Line]:
    return [
        article("valley", "/story", TEXT, day=35, hour=10.5, title="Second with it",
                credited="APP"),
        article("valley", "/day-only", text("dayonly"), day=33, when=moment(33, 0, precision="day"),
                title="Some time that day"),
    ]  # fmt: skip


def _jirga() -> list[Line]:
    return [
        article("jirga", "/bannu", f"{URDU} {text('ج')}", day=36, language="ur", title="گرفتار")
    ]


def _wadi() -> list[Line]:
    return [
        article("wadi", "/bannu", f"{PASHTO} {text('و')}", day=37, language="ps", title="نیول"),
        _undated(),
    ]  # fmt: skip


def _undated() -> Line:
    line = article("wadi", "/undated", text("undated"), day=34, title="Who knows when")
    assert line.article is not None
    return replace(line, article=replace(line.article, published=None))
