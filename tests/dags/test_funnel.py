"""What became of all that an outlet listed, said in a line that adds up."""

import re

import pytest

from dags.health.pages import ENDS, say_funnel
from warehouse.health_files import Funnel, SourceInBatch

LOADED = Funnel(
    listed=45, asked_again=3, known_not_due=4, fetched=43, failed=1, gone=2, skipped=1, rejected=3,
    new=5, updated=2, unchanged=30,
)  # fmt: skip


def said(funnel: Funnel, state: str = "fine") -> str:
    return say_funnel(SourceInBatch(source_id="a", state=state, is_over=True, funnel=funnel))


@pytest.mark.parametrize(
    ("funnel", "line"),
    [
        (
            LOADED,
            (
                "45 listed + 3 asked again → 43 fetched → 5 new, 2 updated, 30 unchanged, "
                "3 rejected, 1 failed, 2 gone, 1 skipped, 4 known not due"
            ),
        ),
        (
            Funnel(listed=44, asked_again=0, known_not_due=0, fetched=0, failed=0, gone=0, new=0,
                   skipped=0, rejected=3, updated=0, unchanged=41),
            "44 listed → 0 fetched → 0 new, 41 unchanged, 3 rejected",
        ),
        (
            Funnel(listed=4, asked_again=-3, fetched=1, new=1),
            "4 listed → 1 fetched → 1 new, 3 lost from the ledger",
        ),
        (Funnel(listed=7, asked_again=0, fetched=7), "7 listed → 7 fetched"),
        (Funnel(extracted=9, new=2, rejected=1), "9 extracted, 2 new, 1 rejected"),
        (Funnel(), ""),
    ],
)  # fmt: skip
def test_a_funnel_adds_up_for_its_reader(funnel: Funnel, line: str) -> None:
    assert said(funnel) == line
    begun, fetched, ended = f"{line} →  → ".split(" → ")[:3]
    if "fetched" in fetched and ended:
        assert _sum(begun) == _sum(ended)


def _sum(part: str) -> int:
    return sum(map(int, re.findall(r"\d+", part)))


def test_what_is_held_says_that_it_waits() -> None:
    funnel = Funnel(listed=0, asked_again=46, fetched=46, extracted=0, rejected=46)
    line = "0 listed + 46 asked again → 46 fetched → 46 rejected; waits to be let in"
    assert said(funnel, "held: 46 of 46 fetched pages are no articles") == line


def test_every_end_is_a_count_of_the_funnel() -> None:
    counted = {"listed", "asked_again", "fetched"}
    assert {*ENDS} == {*Funnel.__dataclass_fields__} - counted
