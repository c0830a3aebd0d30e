"""The figures of issue 5 on a corpus of near-duplicates, by kind."""

from pathlib import Path

import pytest

from tests.quality.story_score import GOALS, StoryScore, read_groups, score_stories
from warehouse.grouping import LooseText, group_texts

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus" / "dedup.jsonl.gz"


@pytest.fixture(scope="module")
def scores() -> dict[str, StoryScore]:
    if not CORPUS.is_file():
        pytest.skip(f"{CORPUS} is not there: its texts are their publishers', not ours to ship")
    lines = read_groups(CORPUS)
    grouped = group_texts(LooseText(id=line["id"], text=line["text"]) for line in lines)
    return {one.what: one for one in score_stories(lines, grouped)}


@pytest.mark.parametrize("what", GOALS)
def test_goal_is_reached(scores: dict[str, StoryScore], what: str) -> None:
    assert scores[what].is_reached, scores[what]


@pytest.mark.parametrize("kind", ["exact_ws", "orthovar", "boiler", "cut50", "cut70", "sub3"])
def test_no_copy_is_missed_of_a_kind_that_changes_little(
    scores: dict[str, StoryScore], kind: str
) -> None:
    assert scores[f"recall, {kind}"].share == 1
    assert scores[f"recall, {kind}"].count > 20


def test_the_corpus_has_pairs_enough_to_be_wrong_about(scores: dict[str, StoryScore]) -> None:
    assert scores["pair precision, raw"].count > 3_000
    assert scores["pair precision, raw"].share >= 0.996
