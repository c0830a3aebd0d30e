from datetime import timedelta
from pathlib import Path

import pytest

from crawlers.catalogue import Entrance, load_source
from crawlers.source_file import ArchiveEntry
from khabar.source_draft import Draft, Zone, guess_zone, refusal, write_draft

EVIL = "x\nverified: false\n# \x1b[31m: {a: [b\u202e"


def draft(**changes: object) -> Draft:
    values: dict[str, object] = {
        "name": "Valley Herald",
        "home": "https://valley.pk/",
        "languages": ("en",),
        "zone": Zone(name="Asia/Karachi", why="known."),
        "entrances": (Entrance(kind="feed", url="https://valley.pk/feed/"),),
        "article": r"valley\.pk/news/\d+",
        "hosts": ("valley.pk",),
    }
    return Draft(**{**values, **changes})  # type: ignore[arg-type]


def test_written_draft_is_a_source_file(tmp_path: Path) -> None:
    listing = Entrance(kind="listing", url="https://valley.pk/", pages=3, next_css="a[rel=next]")
    backfill = Entrance(kind="feed", url="https://valley.pk/feed/?paged={page}")
    made = draft(
        entrances=(Entrance(kind="feed", url="https://valley.pk/feed/"), listing),
        backfill=(backfill,),
        max_age_hours=96.0,
        verified=False,
    )
    path = tmp_path / "valley.yml"
    path.write_text(write_draft(made), "utf-8")
    source = load_source(path)
    assert (source.entrances, source.backfill) == (made.entrances, (backfill,))
    assert (source.article, source.timezone) == (made.article, "Asia/Karachi")
    assert (source.expect.max_age_hours, source.verified) == (96.0, False)


def test_what_an_outlet_says_stays_data(tmp_path: Path) -> None:
    path = tmp_path / "valley.yml"
    path.write_text(write_draft(draft(name=EVIL, notes=(EVIL, "fine"))), "utf-8")
    text = path.read_text("utf-8")
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert text.startswith("# x\\x0averified: false")
    assert load_source(path).verified


def test_codes_in_an_address_are_escaped_and_read_back(tmp_path: Path) -> None:
    odd = "https://valley.pk/feed/\u202e\x9bخبر"
    path = tmp_path / "valley.yml"
    path.write_text(write_draft(draft(entrances=(Entrance(kind="feed", url=odd),))), "utf-8")
    assert not set("\u202e\x9b") & set(path.read_text("utf-8"))
    assert load_source(path).entrances[0].url == odd


def test_way_that_no_source_file_can_name_is_refused_with_the_reason() -> None:
    assert refusal(Entrance(kind="feed", url="https://valley.pk/feed/")) is None
    assert "not an http(s) address" in str(
        refusal(Entrance(kind="feed", url="https://valley.pk/my feed.xml"))
    )
    braces = Entrance(kind="feed", url="https://valley.pk/{x}?paged={page}")
    assert "may stand in braces" in str(refusal(braces, ArchiveEntry))


@pytest.mark.parametrize(
    ("host", "hours", "zone"),
    [
        ("dawn.pk", 5.0, "Asia/Karachi"),
        ("valley.com.pk", None, "Asia/Karachi"),
        ("kabul.af", 4.5, "Asia/Kabul"),
        ("dawn.com", 5.0, "Etc/GMT-5"),
        ("dawn.com", 0.0, None),
        ("dawn.com", 5.75, None),
        ("news.us", None, None),
        ("127.0.0.1:80", None, None),
    ],
)
def test_zone_is_guessed_only_from_what_tells_it(
    host: str, hours: float | None, zone: str | None
) -> None:
    found = guess_zone(host, None if hours is None else timedelta(hours=hours))
    assert (found.name if found else None) == zone
