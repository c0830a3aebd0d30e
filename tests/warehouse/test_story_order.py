"""Stories are the same in whatever batches, and in whatever order, their texts are loaded."""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.warehouse.test_stories import gold
from tests.warehouse.texts import Text, prose, put, rows, story_of, zones
from warehouse import unsettled
from warehouse.connection import open_writer

LINKS = """
select article_id, relation, matched_to, matched_as, round(similarity, 6), round(containment, 6),
       method, is_part
from story_articles order by 1
"""
SERIES = "select article_id, like_article_id from article_series order by 1"
FACTS = """
select earliest_article_id, first_seen_at::varchar, article_count, source_count from stories
where merged_into is null order by all
"""


def news(seed: int) -> list[Text]:
    """Write copies, parts, rewritten and mixed texts, digests and daily rates of three reports."""
    draw = random.Random(seed)  # noqa: S311 (no secret)
    reports = [prose(100 * seed + number, 300).split() for number in range(3)]
    texts = []
    for number in range(draw.randint(7, 10)):
        first, second = draw.sample(reports, 2)
        body = {
            "copy": [f"agency{number}", *first, *prose(number, draw.choice([0, 60])).split()],
            "same": first,
            "head": first[: draw.choice([90, 150, 210])],
            "tail": first[draw.choice([90, 150, 210]) :],
            "rewritten": [word if draw.random() > 0.1 else f"q{number}" for word in first],
            "mixed": first[:200] + second[:100],
            "digest": first[:150] + second[:150],
        }[draw.choice(["copy", "copy", "same", "head", "tail", "rewritten", "mixed", "digest"])]
        texts.append(
            Text(id=draw.randrange(10**6), body=" ".join(body), hours=draw.randrange(48),
                 dated_hours=draw.choice([None, -5, -200]), source=draw.choice(["dawn", "jang"]))
        )  # fmt: skip
    rates = [Text(id=10**6 + day, body=gold(day), hours=draw.randrange(48)) for day in range(3)]
    return texts + rates


def told(home: Path, batches: Sequence[Sequence[Text]]) -> list[object]:
    """Load batches one after the other; say all that stories then say, but for their ids."""
    with open_writer(home) as con:
        zones(con, dawn="Asia/Karachi", jang="Asia/Karachi")
        for number, batch in enumerate(batches):
            put(con, batch, f"b{number}")
        groups: dict[int, set[int]] = {}
        for article_id, story_id in story_of(con).items():
            groups.setdefault(story_id, set()).add(article_id)
        return [
            sorted(map(sorted, groups.values())),
            *(rows(con, one) for one in (FACTS, LINKS, SERIES)),
        ]


def cut(texts: Sequence[Text], draw: random.Random) -> list[Sequence[Text]]:
    ends = sorted(draw.sample(range(1, len(texts)), 2))
    return [texts[: ends[0]], texts[ends[0] : ends[1]], texts[ends[1] :]]


@pytest.mark.parametrize(
    "seed", [*range(4), *(pytest.param(n, marks=pytest.mark.slow) for n in range(4, 80))]
)
def test_stories_are_the_same_in_any_order_of_loading(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    texts = news(seed)
    shuffled = draw.sample(texts, len(texts))
    others = {one.id: replace(one, body=draw.choice(texts).body) for one in draw.sample(texts, 2)}
    whole = told(tmp_path / "whole", [texts])
    assert len(whole[-1]) == 2, "of three days' rates two are like one before"  # type: ignore[arg-type]
    assert told(tmp_path / "singly", [[one] for one in shuffled]) == whole
    assert told(tmp_path / "cut", cut(shuffled, draw)) == whole
    changed = [others.get(one.id, one) for one in shuffled]
    again = [one for one in texts if one.id in others]
    assert told(tmp_path / "changed", [*cut(changed, draw), again]) == whole


def test_a_late_first_text_parts_a_long_chain_anew_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unsettled, "STEPS_EACH", 1)
    words = prose(8, 4_000).split()
    texts = [Text(id=n, body=" ".join(words[50 * n : 50 * n + 300]), hours=n) for n in range(1, 40)]
    first = Text(id=99, body=" ".join(words[:300]), hours=0)
    whole = told(tmp_path / "whole", [[first, *texts]])
    assert told(tmp_path / "late", [texts, [first]]) == whole
    assert "[20, 21, 22, 23, 24]" in str(whole[0])
    assert ", [21, 22, 23, 24]," in str(told(tmp_path / "without", [texts])[0])
