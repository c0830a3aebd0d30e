from collections import defaultdict
from datetime import UTC, datetime

from khabar.newsroom.town import Town
from tests.town_stories import true_stories
from warehouse.grouping import LooseText, group_texts

NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)


def test_the_newsrooms_copies_are_found_and_its_daily_rates_stay_apart() -> None:
    town = Town(seed=1, articles=40, now=NOW).truth()
    truths = {one.url: one for one in town if one.kind == "article"}
    found: defaultdict[object, list[str]] = defaultdict(list)
    for one in group_texts(
        LooseText(id=url, text="\n".join(truth.paragraphs), published_at=truth.published_at)
        for url, truth in sorted(truths.items(), key=lambda one: (one[1].published_at, one[0]))
    ):
        found[one.story].append(str(one.id))
    stories = list(found.values())
    assert sum(len(urls) - 1 for urls in stories) >= 30
    assert sorted(map(sorted, stories)) == true_stories(truths, stories)
