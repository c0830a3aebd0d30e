"""What `khabar up` shows last of the town: an article that changed, a story that was carried."""

import shutil
from pathlib import Path

import pytest

from khabar.closing import read_closing, show_closing
from tests.whole_way.conftest import Life
from tests.whole_way.walk import rows
from warehouse.summary import summarise_batch

RIGHT_TO_LEFT = ("ur", "ps")
ISOLATES = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069"))
"""What keeps a cell in its own direction of writing; tests of khabar.shown look at it."""


def home_after(life: Life, batch: int, folder: Path) -> Path:
    """Give a home in which a batch was the last to be published."""
    published = folder / "published"
    published.mkdir()
    shutil.copyfile(life.snapshots[batch], published / "news.duckdb")
    return folder


def test_shown_changes_are_the_towns_own_headlines(life: Life, tmp_path: Path) -> None:
    closing = read_closing(home_after(life, 1, tmp_path))
    assert closing.missing is None
    before, after = ({truth.title: truth for truth in life.truths[batch]} for batch in (0, 1))
    languages = set()
    for change in closing.changes:
        assert before[change.title_before].url == after[change.title_after].url
        assert before[change.title_before].outlet == change.source_id
        assert change.last_seen_before < change.changed_by
        assert change.number_before is not None
        assert change.number_after is not None
        assert change.number_before < change.number_after
        languages.add(after[change.title_after].language)
    assert languages == {"en", *RIGHT_TO_LEFT}


def test_shown_story_is_one_of_the_newswires_copies(life: Life, tmp_path: Path) -> None:
    closing = read_closing(home_after(life, 1, tmp_path))
    truths = {(truth.outlet, truth.title): truth for truth in life.truths[1]}
    shown = [truths[one.source_id, str(one.title)] for one in closing.story]
    assert len({truth.story_key for truth in shown}) == 1
    assert len({truth.outlet for truth in shown}) > 1
    assert shown[0].relation == "original"
    assert [one.published_at for one in closing.story] == [one.published_at for one in shown]
    headlines = tuple(str(one.title) for one in closing.story)
    query = f"select max(version_count) from articles where title in {headlines}"  # noqa: S608
    assert rows(life.snapshots[1], query) == [(1,)]
    for one, truth in zip(closing.story[1:], shown[1:], strict=True):
        assert one.against_earliest == "after"
        assert one.delay_seconds == (truth.published_at - shown[0].published_at).total_seconds()


def test_one_look_shows_no_change_and_says_so(life: Life, tmp_path: Path) -> None:
    closing = read_closing(home_after(life, 0, tmp_path))
    assert closing.story
    assert "change" in (closing.missing or "")


def test_headlines_end_their_lines(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    closing = read_closing(life.home)
    show_closing(closing)
    said = capsys.readouterr().out.translate(ISOLATES)
    lines = [line.rstrip() for line in said.splitlines()]
    for change in closing.changes:
        assert any(
            line.endswith(change.title_before) and change.source_id in line for line in lines
        )
        assert any(line.endswith(change.title_after) for line in lines)
    [articles] = rows(life.snapshots[-1], "select count(*) from articles")[0]
    assert lines[-1].startswith(f"In the warehouse: {articles} articles, ")
    assert lines[-1].endswith(", 7 outlets")


def test_stories_of_a_batch_are_those_of_its_new_and_changed_articles(life: Life) -> None:
    for source in summarise_batch(life.batches[1]).sources:
        assert 0 < source.stories <= source.articles, source
