"""Pairs of reports whose numbers differ (telling.yml): copy, update or another of a series."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.warehouse.texts import NOON
from transforms.normalise import normalise_text
from transforms.number_places import compare_numbers, place_numbers
from warehouse.grouping import LooseText, group_texts
from warehouse.telling import is_form, is_written_on
from warehouse.vocabulary import read_vocabulary

_GROUPS: dict[str, dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("telling.yml").read_text("utf-8")
)
PAIRS = {f"{group}: {name}": pair for group, some in _GROUPS.items() for name, pair in some.items()}

FIRST = {
    (name.partition(":")[0], PAIRS[name]["verdict"]): name for name in reversed(PAIRS)
}.values()
"""One of each group and verdict."""


def verdict(one: str, other: str) -> str:
    """Say what the second is to the first if it comes within a day."""
    left, right = (place_numbers(normalise_text(text)) for text in (one, other))
    compared = compare_numbers(left, right)
    if is_written_on(compared, read_vocabulary(one), read_vocabulary(other)):
        return "update"
    return "series" if is_form(compared) else "copy"


def changed(pair: dict[str, Any]) -> str:
    text = str(pair["text"])
    for before, after in pair["change"].items():
        assert str(before) in text
        text = text.replace(str(before), str(after))
    return text


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_is_what_a_careful_analyst_calls_it(name: str) -> None:
    text, other = PAIRS[name]["text"], changed(PAIRS[name])
    assert verdict(text, other) == PAIRS[name]["verdict"]
    assert verdict(other, text) == PAIRS[name]["verdict"]


@pytest.mark.parametrize("name", FIRST)
def test_so_are_they_told_apart_in_stories(name: str) -> None:
    texts = (PAIRS[name]["text"], changed(PAIRS[name]))
    found = group_texts(
        LooseText(id=number, text=text, published_at=NOON + timedelta(hours=20 * number))
        for number, text in enumerate(texts)
    )
    assert PAIRS[name]["verdict"] == ("series" if found[1].story else found[1].relation)
