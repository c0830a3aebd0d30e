"""Source files for the town's outlets, as an operator would write them."""

from pathlib import Path

import yaml

from khabar.newsroom.outlets.bulk import BULK_ENTRANCE
from khabar.newsroom.outlets.outlet import Entrances, Outlet
from khabar.newsroom.town import Town

_MOST_PAGES = 100_000


def write_sources(town: Town, folder: Path, *, bulk: bool = False) -> list[Path]:
    """Write one source file for each outlet into a folder; `bulk` lists all they ever published."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for outlet in town.outlets.values():
        path = folder / f"{outlet.id}.yml"
        text = yaml.safe_dump(_entry(outlet, bulk=bulk), allow_unicode=True, sort_keys=False)
        unfinished = path.with_suffix(".new")
        unfinished.write_text(f"# A simulated outlet of the bundled newsroom.\n{text}", "utf-8")
        unfinished.replace(path)
        written.append(path)
    return written


def _entry(outlet: Outlet, *, bulk: bool) -> dict[str, object]:
    entrances: Entrances = ({"sitemap": BULK_ENTRANCE},) if bulk else outlet.entrances
    entry: dict[str, object] = {
        "name": outlet.name,
        "home": f"{outlet.origin}/",
        "languages": [outlet.language],
        "timezone": "Asia/Karachi",
        "regions": ["Tirwal"],
        "entrances": [_absolute(entrance, outlet.origin) for entrance in entrances],
        "article": outlet.article_rule,
        "hosts": [outlet.origin.removeprefix("http://")],
        "interval_minutes": 60,
        "politeness": {"delay_seconds": 0, "max_pages": _MOST_PAGES, "max_minutes": 240},
    }
    if outlet.archives:
        entry["backfill"] = [_absolute(entrance, outlet.origin) for entrance in outlet.archives]
    if outlet.credited_as:
        entry["credited_as"] = list(outlet.credited_as)
    if outlet.tagline_css:
        entry["hints"] = [{"tags": outlet.tagline_css}]
    return entry


def _absolute(entrance: dict[str, str | int], origin: str) -> dict[str, str | int]:
    kinds = ("feed", "sitemap", "listing")
    return {key: f"{origin}{value}" if key in kinds else value for key, value in entrance.items()}
