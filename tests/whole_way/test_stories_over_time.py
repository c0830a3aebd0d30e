"""Three batches of stories and versions, against what the town knows to be true."""

from collections import Counter, defaultdict
from itertools import groupby

import pytest

from crawlers.urls import url_key
from khabar.newsroom.truth import Truth
from tests.town_stories import true_stories
from tests.whole_way.conftest import COUNTING, Life
from tests.whole_way.walk import rows


def told(life: Life, batch: int) -> dict[int, Truth]:
    """Map the ids of a snapshot's articles to what is true of them."""
    truths = {url_key(url): truth for truth in life.truths[batch] for url in truth.urls}
    found = rows(life.snapshots[batch], "select article_id, url from articles")
    return {int(article_id): truths[url_key(str(url))] for article_id, url in found}


@pytest.mark.parametrize("batch", [0, 1, 2])
def test_stories_are_the_texts_and_their_copies_and_nothing_else(life: Life, batch: int) -> None:
    truths = told(life, batch)
    members: defaultdict[object, set[int]] = defaultdict(set)
    for article_id, story_id in rows(
        life.snapshots[batch], "select article_id, story_id from story_articles"
    ):
        members[story_id].add(int(article_id))
    found = list(members.values())
    assert sorted(map(sorted, found)) == true_stories(truths, found)
    assert sum(len(ids) - 1 for ids in members.values()) >= (8, 14, 14)[batch]
    sizes = rows(
        life.snapshots[batch],
        "select story_id, article_count from stories where merged_into is null",
    )
    assert dict(sizes) == {story_id: len(ids) for story_id, ids in members.items()}


def test_report_with_a_higher_toll_is_an_update_in_the_story(life: Life) -> None:
    truths = told(life, 2)
    found: dict[int, str] = dict(
        rows(life.snapshots[2], "select article_id, relation from story_articles")
    )
    updates = {one: truth for one, truth in truths.items() if truth.relation == "update"}
    assert [found[one] for one in updates] == ["update"]
    levels = {one.story_key: one.level for one in truths.values() if one.relation == "original"}
    # What copied a report before its toll rose has another toll than the report has now.
    copies = {one for one, truth in truths.items() if truth.relation in ("copy", "excerpt")
              and levels[truth.story_key] == truth.level}  # fmt: skip
    assert len(copies) > 8
    assert {found[one] for one in copies} <= {"copy", "excerpt", "earliest_known"}


def test_daily_rates_are_a_series_and_no_story(life: Life) -> None:
    truths = told(life, 2)
    rates = {one: truth for one, truth in truths.items() if truth.series}
    linked = rows(life.snapshots[2], "select article_id, like_article_id from article_series")
    assert all(int(one) in rates and int(other) in rates for one, other in linked)
    for language in ("en", "ur", "ps"):
        ids = {one for one, truth in rates.items()
               if truth.language == language and truth.relation == "original"}  # fmt: skip
        assert len(ids) > 1
        assert len(ids - {int(one) for one, _ in linked}) <= 1, language


def test_versions_are_the_texts_that_the_outlet_served(life: Life) -> None:
    served: defaultdict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    for truths in life.truths:
        for truth in truths:
            if truth.gone is None:
                served[truth.url].append((truth.title, truth.paragraphs))
    wanted = {url: len(list(groupby(texts))) for url, texts in served.items()}
    known = told(life, 2)
    stored = rows(
        life.snapshots[2],
        "select a.article_id, a.version_count, count(v.article_id) + 1 from articles a "
        "left join article_versions v using (article_id) group by all",
    )
    assert len(stored) == len(known)
    for article_id, count, kept in stored:
        assert count == kept == wanted[known[int(article_id)].url], known[int(article_id)].url
    assert Counter(count for _, count, _ in stored)[3] == 1
    changes = rows(life.snapshots[2], "select article_id from article_changes")
    assert len(changes) == sum(count - 1 for _, count, _ in stored) >= 8


def test_counters_and_ads_that_moved_made_no_version(life: Life) -> None:
    moved = rows(
        life.snapshots[2],
        "select source_id, count(*) from (select r.source_id, r.article_id from archive_records r "
        "join articles a using (article_id) where r.status = 200 and a.version_count = 1 "
        "group by all having count(distinct r.page_sha256) > 1) group by all order by all",
    )
    assert [source for source, _ in moved] == list(COUNTING)
    assert all(count >= 8 for _, count in moved)
