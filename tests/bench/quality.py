"""The quality of an extraction: ours beside trafilatura's, and what it should reach."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from khabar.commands.parse import SavedPage, parse_manifest
from tests.quality.bare import bare_rows, saved_pages, speed_on_one_core, speed_on_two_cores
from tests.quality.page_types import measure_page_types
from tests.quality.score import Row, as_list, names_a_house, table
from transforms.language import detect_languages

SHARED = Path(__file__).parents[2].parent / "shared"
TIMED = 330
GOALS: dict[tuple[str, str], tuple[float, float | None]] = {
    ("body F", "news (non-CJK)"): (0.963, 0.970),
    ("body F", "aeb"): (0.963, 0.970),
    ("body F", "fundus_eval"): (0.963, 0.970),
    ("body F", "fundus"): (0.963, 0.970),
    ("title", "fundus"): (0.82, 0.88),
    ("title", "trafilatura"): (0.70, 0.76),
    ("authors", "fundus"): (0.88, 0.92),
    ("authors", "trafilatura"): (0.63, 0.70),
    ("authors or house", "fundus"): (0.88, 0.92),
    ("authors or house", "trafilatura"): (0.63, 0.70),
    ("date", "fundus"): (0.987, 0.99),
    ("date", "trafilatura"): (0.87, 0.90),
    ("date", "htmldate_mc"): (0.90, 0.93),
    ("minute", "fundus"): (0.95, 0.97),
    ("tags F1", "fundus"): (0.68, 0.78),
    ("tags F1", "trafilatura"): (0.50, 0.58),
    ("language", "rtl_transplant"): (0.98, None),
}
"""What each measure should reach, and what it is stretched for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """One measure on one set of pages."""

    what: str
    pages: str
    count: int
    bare: float | None
    ours: float
    reach: float
    stretch: float | None = None


def measure_quality() -> list[Quality]:
    """Score `khabar parse` and trafilatura alone on the same pages; nothing without the corpus."""
    manifest = SHARED / "corpus" / "manifest.jsonl"
    if not manifest.exists():
        return []
    gold = [json.loads(line) for line in manifest.read_text("utf-8").splitlines()]
    rows = list(parse_manifest(manifest, []))
    saved = saved_pages(manifest)
    return [
        *_scored(
            gold, {str(row["id"]): row for row in rows}, {r["id"]: r for r in bare_rows(saved)}
        ),
        *_languages(),
        *_page_types(rows),
        *_speeds(saved[:: max(1, len(saved) // TIMED)]),
    ]


def houses_in_gold(set_name: str) -> int:
    """Count the golds of a set that name a desk, an agency or an outlet as author."""
    text = (SHARED / "corpus" / "manifest.jsonl").read_text("utf-8")
    golds = (
        row for row in map(json.loads, text.splitlines()) if row["id"].startswith(set_name + "/")
    )
    return sum(names_a_house(as_list(row.get("authors"))) for row in golds)


def _scored(gold: list[Row], ours: dict[str, Row], bare: dict[str, Row]) -> list[Quality]:
    told = {(what, name): score for what, name, _, score in table(gold, bare)}
    return [
        Quality(
            what=what,
            pages=name,
            count=pages,
            bare=None if what == "language" else told[what, name],
            ours=score,
            reach=GOALS[what, name][0],
            stretch=GOALS[what, name][1],
        )
        for what, name, pages, score in table(gold, ours)
        if (what, name) in GOALS
    ]


def _languages() -> list[Quality]:
    with gzip.open(SHARED / "corpus" / "urdu_articles.jsonl.gz", "rt", encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    right = fmean(detect_languages(text).main == "ur" for text in texts)
    return [
        Quality(
            what="language", pages="real Urdu articles", count=len(texts), bare=None, ours=right,
            reach=0.995,
        )
    ]  # fmt: skip


def _page_types(rows: list[Row]) -> list[Quality]:
    types = measure_page_types(SHARED, rows)
    return [
        Quality(
            what="non-articles caught", pages="shared pages, newsroom", count=types.non_articles,
            bare=None, ours=types.caught_share, reach=0.95,
        ),
        Quality(
            what="articles rejected (at most)", pages="news of the corpus, newsroom",
            count=types.articles, bare=None, ours=types.refused_share, reach=0.005,
        ),
    ]  # fmt: skip


def _speeds(pages: list[SavedPage]) -> list[Quality]:
    bare, ours = speed_on_one_core(pages)
    one, two = speed_on_two_cores(pages)
    return [
        Quality(
            what="docs/s on one core, of bare", pages="of all sets", count=len(pages), bare=1.0,
            ours=ours / bare, reach=1.1, stretch=1.5,
        ),
        Quality(
            what="docs/s on 2 cores, of 1", pages="of all sets", count=len(pages), bare=None,
            ours=two / one, reach=1.8,
        ),
    ]  # fmt: skip
