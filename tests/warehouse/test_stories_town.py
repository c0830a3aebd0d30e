from collections import Counter
from datetime import UTC, datetime

from khabar.newsroom.town import Town
from warehouse.grouping import LooseText, group_texts

NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)


def pairs(counts: Counter[object]) -> int:
    return sum(count * (count - 1) // 2 for count in counts.values())


def test_the_newsrooms_copies_are_found_and_its_daily_rates_stay_apart() -> None:
    truths = sorted(
        (one for one in Town(seed=1, articles=40, now=NOW).truth() if one.kind == "article"),
        key=lambda one: (one.published_at, one.url),
    )
    grouped = group_texts(
        LooseText(id=one.url, text="\n".join(one.paragraphs), published_at=one.published_at)
        for one in truths
    )
    stories = [one.story for one in grouped]
    keys = [one.story_key for one in truths]
    right = pairs(Counter(zip(stories, keys, strict=True)))
    assert right >= 30
    assert right == pairs(Counter(stories)), "texts of two stories were put into one"
    assert right >= 0.9 * pairs(Counter(keys)), "copies were missed"
