import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from warehouse.grouping import GroupedText, LooseText, group_texts

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus" / "dedup.jsonl.gz"
FIRST_KINDS = {"orig", "mcc", "template_neg"}
SAME_AFTER_ALL = {
    # Looked at by hand: one report stored twice, and one press statement on two sites.
    "fundus/de_Taz_2024_10_23": "fundus/de_Taz_2023_04_28",
    "trafilatura/jagdverband.de-erschuettert": "trafilatura/djz.de-amoklauf",
}


def pairs(counts: Counter[object]) -> int:
    return sum(count * (count - 1) // 2 for count in counts.values())


@pytest.fixture(scope="module")
def lines() -> list[dict[str, str]]:
    if not CORPUS.is_file():
        pytest.skip(f"{CORPUS} is not there: its texts are their publishers', not ours to ship")
    with gzip.open(CORPUS, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@pytest.fixture(scope="module")
def grouped(lines: list[dict[str, str]]) -> list[GroupedText]:
    return group_texts(LooseText(id=line["id"], text=line["text"]) for line in lines)


def test_stories_hold_hardly_a_text_that_is_no_copy(
    lines: list[dict[str, str]], grouped: list[GroupedText]
) -> None:
    groups = [SAME_AFTER_ALL.get(line["group"], line["group"]) for line in lines]
    stories = [one.story for one in grouped]
    together = pairs(Counter(stories))
    right = pairs(Counter(zip(groups, stories, strict=True)))
    assert together > 3_000
    assert right / together >= 0.999
    assert right / pairs(Counter(groups)) >= 0.85


def test_nine_of_ten_copies_are_found(
    lines: list[dict[str, str]], grouped: list[GroupedText]
) -> None:
    first = {
        line["group"]: one.story
        for line, one in zip(lines, grouped, strict=True)
        if line["kind"] in FIRST_KINDS
    }
    found: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for line, one in zip(lines, grouped, strict=True):
        if line["kind"] not in FIRST_KINDS:
            total[line["kind"]] += 1
            found[line["kind"]] += first.get(line["group"]) == one.story
    assert found.total() / total.total() >= 0.9
    assert found["orthovar"] == total["orthovar"]  # Urdu and Pashto letter forms
    assert found["exact_ws"] == total["exact_ws"]


def test_daily_prices_stay_apart(lines: list[dict[str, str]], grouped: list[GroupedText]) -> None:
    of_forms = [
        one.story
        for line, one in zip(lines, grouped, strict=True)
        if line["kind"] == "template_neg"
    ]
    assert len(set(of_forms)) >= 0.95 * len(of_forms)
