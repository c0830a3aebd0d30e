import hashlib
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq

from tests.warehouse.batches import (
    HOST,
    BatchMaker,
    Line,
    again,
    failed,
    outcomes,
    page,
    rejected,
    rows,
    same,
    text,
)
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot
from warehouse.query import sql_rows

VERSIONS = """
SELECT version_number, left(body, 1), hour(seen_from), hour(seen_to) FROM (
    SELECT version_number, body, seen_from, seen_to FROM article_versions
    UNION ALL SELECT version_count, body, seen_from, seen_to FROM articles)
ORDER BY version_number
"""


def _load(home: Path, hour: int, *lines: Line) -> dict[str, str]:
    batch = BatchMaker(home, hour).source(*lines).write()
    load_batch(batch)
    return outcomes(home, batch)


def test_a_b_a_is_three_versions(tmp_path: Path) -> None:
    assert _load(tmp_path, 1, page("/x", text("a"), hour=1)) == {"/x": "new"}
    assert _load(tmp_path, 2, page("/x", text("b"), hour=2)) == {"/x": "updated"}
    assert _load(tmp_path, 3, page("/x", text("a"), hour=3)) == {"/x": "updated"}
    assert rows(tmp_path, VERSIONS) == [(1, "a", 1, 1), (2, "b", 2, 2), (3, "a", 3, 3)]
    assert rows(tmp_path, "SELECT version_number FROM archive_records ORDER BY fetched_at") == [
        (1,),
        (2,),
        (3,),
    ]


def test_an_unchanged_page_lengthens_its_version(tmp_path: Path) -> None:
    _load(tmp_path, 1, page("/x", text("a"), hour=1))
    assert _load(tmp_path, 2, same("/x", text("a"), hour=2)) == {"/x": "unchanged"}
    assert _load(tmp_path, 3, page("/x", text("a"), hour=3)) == {"/x": "unchanged"}
    assert rows(tmp_path, VERSIONS) == [(1, "a", 1, 3)]
    assert rows(tmp_path, "SELECT hour(fetched_at), hour(first_seen_at) FROM articles") == [(3, 1)]


def test_a_new_headline_is_a_new_version(tmp_path: Path) -> None:
    _load(tmp_path, 1, page("/x", text("a"), hour=1, title="Three hurt"))
    assert _load(tmp_path, 2, page("/x", text("a"), hour=2, title="Four hurt")) == {"/x": "updated"}
    assert rows(tmp_path, "SELECT title FROM articles") == [("Four hurt",)]
    assert rows(tmp_path, "SELECT title FROM article_versions") == [("Three hurt",)]


def test_other_fields_change_without_a_version(tmp_path: Path) -> None:
    _load(tmp_path, 1, page("/x", text("a"), hour=1))
    later = page("/x", text("a").replace(" ", "\n"), hour=2)
    assert _load(tmp_path, 2, later) == {"/x": "unchanged"}
    assert rows(tmp_path, "SELECT body LIKE '%\n%', version_count FROM articles") == [(True, 1)]


def test_versions_are_ordered_by_capture_not_by_load(tmp_path: Path) -> None:
    _load(tmp_path, 5, page("/x", text("b"), hour=5))
    assert _load(tmp_path, 6, page("/x", text("a"), hour=1)) == {"/x": "updated"}
    assert rows(tmp_path, VERSIONS) == [(1, "a", 1, 1), (2, "b", 5, 5)]
    assert rows(tmp_path, "SELECT hour(first_seen_at) FROM articles") == [(1,)]


def test_a_late_capture_splits_a_version(tmp_path: Path) -> None:
    _load(tmp_path, 1, page("/x", text("a"), hour=1))
    _load(tmp_path, 5, page("/x", text("a"), hour=5))
    assert rows(tmp_path, VERSIONS) == [(1, "a", 1, 5)]
    assert _load(tmp_path, 6, page("/x", text("b"), hour=3)) == {"/x": "updated"}
    assert rows(tmp_path, VERSIONS) == [(1, "a", 1, 1), (2, "b", 3, 3), (3, "a", 5, 5)]


def test_a_late_capture_within_a_version_changes_nothing(tmp_path: Path) -> None:
    _load(tmp_path, 1, page("/x", text("a"), hour=1))
    _load(tmp_path, 5, page("/x", text("b"), hour=5))
    assert _load(tmp_path, 6, page("/x", text("a"), hour=3)) == {"/x": "unchanged"}
    assert rows(tmp_path, VERSIONS) == [(1, "a", 1, 3), (2, "b", 5, 5)]


def test_a_capture_of_unknown_time_comes_first(tmp_path: Path) -> None:
    _load(tmp_path, 2, page("/x", text("b"), hour=2))
    _load(tmp_path, 6, page("/x", text("a"), fetched_at=None))
    assert rows(tmp_path, VERSIONS) == [(1, "a", 2, 2), (2, "b", 2, 2)]


def test_not_modified_brings_an_older_text_back(tmp_path: Path) -> None:
    _load(tmp_path, 1, page("/x", text("a"), hour=1))
    _load(tmp_path, 2, page("/x", text("b"), hour=2))
    assert _load(tmp_path, 3, same("/x", text("a"), hour=3)) == {"/x": "updated"}
    assert rows(tmp_path, VERSIONS) == [(1, "a", 1, 1), (2, "b", 2, 2), (3, "a", 3, 3)]
    assert rows(tmp_path, "SELECT count(*) FROM articles a JOIN article_versions v USING "
                          "(article_id, content_hash)") == [(1,)]  # fmt: skip


def test_extracting_again_makes_no_version_and_can_be_reverted(tmp_path: Path) -> None:
    first = page("/x", text("a"), hour=1)
    _load(tmp_path, 1, first)
    _load(tmp_path, 2, page("/x", text("a"), hour=2))
    cleaner = text("a", 70)
    batch = (
        BatchMaker(tmp_path, 3)
        .source(
            page("/x", cleaner, hour=3, extractor="x2"),
            again("/x", cleaner, record_of=first, extractor="x2"),
        )
        .write()
    )
    load_batch(batch)
    assert outcomes(tmp_path, batch) == {"/x": "unchanged"}
    assert rows(tmp_path, "SELECT version_count, extractor_version, word_count FROM articles") == [
        (1, "x2", 70)
    ]
    assert rows(tmp_path, "SELECT DISTINCT extractor_version FROM archive_records") == [("x2",)]
    (kept,) = pq.read_table(batch.folder / "load" / "replaced" / "articles.parquet").to_pylist()
    assert (kept["word_count"], kept["extractor_version"]) == (80, "x1")


def test_a_change_is_seen_across_extractors_once_the_old_page_is_read_again(
    tmp_path: Path,
) -> None:
    first = page("/x", text("a"), hour=1)
    _load(tmp_path, 1, first)
    _load(
        tmp_path,
        2,
        page("/x", text("b", 70), hour=2, extractor="x2"),
        again("/x", text("a", 70), record_of=first, extractor="x2"),
    )
    assert rows(tmp_path, VERSIONS) == [(1, "a", 1, 1), (2, "b", 2, 2)]
    assert rows(tmp_path, "SELECT word_count, extractor_version FROM article_versions") == [
        (70, "x2")
    ]


def test_an_existing_boundary_stays_when_only_one_side_is_read_again(tmp_path: Path) -> None:
    _load(tmp_path, 1, page("/x", text("a"), hour=1))
    second = page("/x", text("a", but="late"), hour=2)
    _load(tmp_path, 2, second)
    same_again = again("/x", text("a"), record_of=second, extractor="x2")
    _load(tmp_path, 3, page("/x", text("a"), hour=3, extractor="x2"), same_again)
    assert rows(tmp_path, VERSIONS) == [(1, "a", 1, 1), (2, "a", 2, 3)]


def test_equal_bytes_are_one_version_under_any_extractor(tmp_path: Path) -> None:
    _load(tmp_path, 1, page("/x", text("a"), hour=1))
    assert _load(tmp_path, 2, page("/x", text("a"), hour=2, extractor="x2")) == {"/x": "unchanged"}
    assert rows(tmp_path, "SELECT version_count FROM articles") == [(1,)]


def test_an_archived_page_that_is_rejected_today_keeps_its_article(tmp_path: Path) -> None:
    first = page("/x", text("a"), hour=1)
    _load(tmp_path, 1, first)
    old = rejected("/x", hour=1).rejection
    assert old is not None
    assert first.article is not None
    old = replace(old, record_id=first.article.record_id or "", extractor_version="x2")
    judged = Line(fetch=first.fetch, rejection=old, is_again=True)
    lines = (page("/x", text("a"), hour=2, extractor="x2"), judged)
    assert _load(tmp_path, 2, *lines) == {"/x": "unchanged"}
    assert rows(tmp_path, "SELECT count(*) FROM rejections") == [(0,)]


def test_a_change_of_layout_alone_is_no_version(tmp_path: Path) -> None:
    first = page("/x", text("a"), hour=1)
    later = page("/x", text("a"), hour=2)
    assert later.article is not None
    dressed = hashlib.sha256(b"the same text in another layout").hexdigest()
    later = replace(
        later,
        fetch=replace(later.fetch, page_sha256=dressed, body_bytes=9_999),
        article=replace(later.article, page_sha256=dressed),
    )
    assert _load(tmp_path, 1, first) == {"/x": "new"}
    assert _load(tmp_path, 2, later) == {"/x": "unchanged"}
    assert rows(tmp_path, VERSIONS) == [(1, "a", 1, 2)]
    assert rows(tmp_path, "SELECT count(DISTINCT page_sha256) FROM archive_records") == [(2,)]
    assert rows(tmp_path, "SELECT count(*) FROM article_versions") == [(0,)]


def _twin(body: str, hour: float) -> Line:
    return page("/amp/x", body, hour=hour, canonical=f"{HOST}/x")


def test_a_twin_whose_text_differs_makes_no_version(tmp_path: Path) -> None:
    both = (_twin(text("a", but="read more"), 1.1), page("/x", text("a"), hour=1.2))
    assert _load(tmp_path, 1, *both) == {"/amp/x": "unchanged", "/x": "new"}
    assert rows(tmp_path, VERSIONS) == [(1, "a", 1, 1)]
    body = "SELECT url, body LIKE '%more', version_count FROM articles"
    assert rows(tmp_path, body) == [(f"{HOST}/x", False, 1)]
    assert _load(tmp_path, 2, _twin(text("a", but="share"), 2)) == {"/amp/x": "unchanged"}
    assert _load(tmp_path, 3, same("/amp/x", text("a", but="share"), hour=3)) == {
        "/amp/x": "unchanged"
    }
    assert rows(tmp_path, "SELECT DISTINCT version_count, hour(fetched_at) FROM articles") == [
        (1, 3)
    ]
    assert _load(tmp_path, 4, page("/x", text("b"), hour=4)) == {"/x": "updated"}
    assert rows(tmp_path, VERSIONS) == [(1, "a", 1, 1), (2, "b", 4, 4)]
    lain = "SELECT version_number, is_twin FROM archive_records ORDER BY fetched_at"
    assert rows(tmp_path, lain) == [(1, True), (1, False), (1, True), (1, True), (2, False)]


def test_a_twin_alone_speaks_for_its_article_until_the_article_itself_is_had(
    tmp_path: Path,
) -> None:
    _load(tmp_path, 1, _twin(text("a"), 1))
    assert _load(tmp_path, 2, _twin(text("a", but="changed"), 2)) == {"/amp/x": "updated"}
    assert rows(tmp_path, VERSIONS) == [(1, "a", 1, 1), (2, "a", 2, 2)]
    assert _load(tmp_path, 3, page("/x", text("a", but="own"), hour=3)) == {"/x": "updated"}
    assert rows(tmp_path, VERSIONS) == [(1, "a", 3, 3)]
    assert rows(tmp_path, "SELECT url, hour(first_seen_at) FROM articles") == [(f"{HOST}/x", 1)]


def test_a_text_that_comes_back_unsent_is_proven_by_its_own_record(tmp_path: Path) -> None:
    _load(tmp_path, 1, page("/x", text("a"), hour=1))
    _load(tmp_path, 2, page("/x", text("b"), hour=2))
    back = same("/x", text("a"), hour=3)
    _load(tmp_path, 3, back)
    assert back.fetch.record is not None
    proof = "SELECT archive_record_id, page_sha256 FROM articles"
    assert rows(tmp_path, proof) == [(back.fetch.record.record_id, back.fetch.page_sha256)]


def test_a_feeds_article_that_takes_in_a_page_not_sent_again_is_a_page(tmp_path: Path) -> None:
    _load(tmp_path, 1, failed("/told", feed=text("a")))
    _load(tmp_path, 2, page("/x", text("a"), hour=2))
    _load(tmp_path, 3, page("/x", text("a", but="changed"), hour=3))
    meeting = page("/z", text("a", but="old"), hour=1.5, also=[(f"{HOST}/told", "redirect"),
                                                    (f"{HOST}/x", "redirect")])  # fmt: skip
    _load(tmp_path, 4, meeting, same("/x", text("a"), hour=4))
    assert rows(tmp_path, "SELECT body_from, version_count FROM articles") == [("page", 4)]


def _cut(path: str, hour: float, *, words: int = 30, of: str = "a", extractor: str = "x1") -> Line:
    begun = " ".join(text(of).split()[:words]) + " …"
    line = page(path, begun, hour=hour, extractor=extractor)
    assert line.article is not None
    return replace(line, article=replace(line.article, is_truncated=True))


def test_a_wall_that_closes_is_no_version_and_takes_no_text_away(tmp_path: Path) -> None:
    _load(tmp_path, 1, page("/x", text("a"), hour=1))
    assert _load(tmp_path, 2, _cut("/x", 2)) == {"/x": "unchanged"}
    assert rows(tmp_path, VERSIONS) == [(1, "a", 1, 2)]
    assert rows(tmp_path, "SELECT word_count, is_truncated FROM articles") == [(80, False)]
    assert _load(tmp_path, 3, page("/x", text("a"), hour=3)) == {"/x": "unchanged"}
    assert _load(tmp_path, 4, page("/x", text("b"), hour=4)) == {"/x": "updated"}
    assert _load(tmp_path, 5, _cut("/x", 5)) == {"/x": "updated"}
    assert rows(tmp_path, VERSIONS) == [(1, "a", 1, 3), (2, "b", 4, 4), (3, "a", 5, 5)]


def test_a_text_of_the_feed_outlives_its_place_in_the_feed(tmp_path: Path) -> None:
    told = page("/x", text("a"), hour=1)
    assert told.article is not None
    _load(tmp_path, 1, replace(told, article=replace(told.article, body_from="feed")))
    assert _load(tmp_path, 2, _cut("/x", 2)) == {"/x": "unchanged"}
    begun = " ".join(text("a").split()[:30])
    again_cut = again("/x", begun, record_of=told, extractor="x2")
    assert again_cut.article is not None
    again_cut = replace(again_cut, article=replace(again_cut.article, is_truncated=True))
    _load(tmp_path, 3, _cut("/x", 3, extractor="x2"), again_cut)
    assert rows(tmp_path, VERSIONS) == [(1, "a", 1, 3)]
    assert rows(tmp_path, "SELECT body_from, word_count FROM articles") == [("feed", 80)]


def test_a_wall_that_opens_is_a_version_as_no_page_proves_what_stood_behind_it(
    tmp_path: Path,
) -> None:
    _load(tmp_path, 1, _cut("/x", 1))
    assert _load(tmp_path, 2, page("/x", text("a"), hour=2)) == {"/x": "updated"}
    assert _load(tmp_path, 3, _cut("/x", 3)) == {"/x": "unchanged"}
    assert rows(tmp_path, VERSIONS) == [(1, "a", 1, 1), (2, "a", 2, 3)]
    publish_snapshot(tmp_path)
    change = "SELECT removed_word_count, added_word_count, is_only_longer FROM article_changes"
    assert sql_rows(tmp_path, change)[1] == [(0, 50, True)]


def test_a_feeds_teaser_gives_way_to_the_page_without_a_version(tmp_path: Path) -> None:
    _load(tmp_path, 1, failed("/x", feed=" ".join(text("a").split()[:30])))
    assert _load(tmp_path, 2, page("/x", text("a"), hour=2)) == {"/x": "updated"}
    assert rows(tmp_path, VERSIONS) == [(1, "a", 2, 2)]


def test_a_whole_text_that_became_shorter_is_a_version(tmp_path: Path) -> None:
    _load(tmp_path, 1, page("/x", text("a"), hour=1), page("/y", text("y"), hour=1))
    shorter = page("/x", " ".join(text("a").split()[:30]), hour=2)
    other = _cut("/y", 2, of="z")
    assert _load(tmp_path, 2, shorter, other) == {"/x": "updated", "/y": "updated"}
