"""The text of a source file that was drafted for an outlet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import yaml
from pydantic import ValidationError

from crawlers.catalogue import Entrance
from crawlers.source_file import EntranceEntry
from khabar.shown import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A guess at an outlet's time zone."""

    name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a source file is to say."""

    name: str
    home: str
    languages: tuple[str, ...]
    zone: Zone | None
    """None where nothing tells it."""
    entrances: tuple[Entrance, ...]
    article: str
    hosts: tuple[str, ...]
    backfill: tuple[Entrance, ...] = ()
    left_out: tuple[str, ...] = ()
    """Why a way in that was found is not in it."""
    notes: tuple[str, ...] = ()
    """Lines of the comment on top."""
    max_age_hours: float | None = None
    delay_seconds: float | None = None
    verified: bool = True


def write_draft(draft: Draft) -> str:
    """Write a source file; what an outlet said stands in it as data only."""
    zone = draft.zone
    notes = [*draft.notes, f"Time zone: {zone.why}" if zone else "Time zone: NOT KNOWN, set it."]
    entry: dict[str, object] = {
        "name": plain(draft.name)[:80],
        "home": draft.home,
        "languages": list(draft.languages),
        "timezone": zone.name if zone else "UTC",
        "entrances": [_entrance(one) for one in draft.entrances],
        "article": draft.article,
        "hosts": list(draft.hosts),
    }
    if draft.backfill:
        entry["backfill"] = [_entrance(one) for one in draft.backfill]
    if draft.max_age_hours:
        entry["expect"] = {"max_age_hours": draft.max_age_hours}
    if draft.delay_seconds is not None:
        entry["politeness"] = {"delay_seconds": draft.delay_seconds}
    if not draft.verified:
        entry["verified"] = False
    body = _dump(entry, is_ascii=False)
    if plain(body.replace("\n", "")) != body.replace("\n", ""):
        body = _dump(entry, is_ascii=True)
    # Nothing in a note may end the comment it stands in.
    comment = "".join(f"# {' '.join(plain(note).split())}\n" for note in notes)
    return comment + body


def _dump(entry: Mapping[str, object], *, is_ascii: bool) -> str:
    return str(yaml.safe_dump(entry, allow_unicode=not is_ascii, sort_keys=False, width=1000))


def refusal(entrance: Entrance, entry: type[EntranceEntry] = EntranceEntry) -> str | None:
    """Say why a source file cannot name a way in; None where it can."""
    try:
        entry.model_validate(_entrance(entrance))
    except ValidationError as error:
        return error.errors()[0]["msg"].removeprefix("Value error, ")
    return None


def _entrance(entrance: Entrance) -> dict[str, object]:
    written: dict[str, object] = {entrance.kind: entrance.url}
    if entrance.next_css:
        written |= {"pages": entrance.pages, "next": entrance.next_css}
    return written


def guess_zone(host: str, offset: timedelta | None) -> Zone | None:
    """Guess a zone by the country of a host's domain and the offset of the outlet's dates.

    The domain alone tells it where its country has one zone; the offset alone never does, since
    many countries share it.
    """
    country = urlsplit(f"//{host}").hostname or ""
    zones = _zones_of(country.rpartition(".")[2].upper())
    if offset:
        now = datetime.now(UTC)
        fitting = [name for name in zones if now.astimezone(ZoneInfo(name)).utcoffset() == offset]
        if fitting:
            return Zone(name=fitting[0], why="by the domain's country and the dates' offset.")
        minutes = int(offset.total_seconds() // 60)
        if minutes % 60 == 0 and -12 <= minutes // 60 <= 14:
            name = f"Etc/GMT{-minutes // 60:+d}"
            return Zone(name=name, why="a GUESS, the dates' offset; set the outlet's own zone.")
        return None
    if len(zones) == 1:
        return Zone(name=zones[0], why="a GUESS, the one zone of the domain's country.")
    return None


def _zones_of(country: str) -> list[str]:
    """List a country's zones, as IANA's own table names them."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return [row[2] for row in rows if row[0] == country]
