"""Two more passes as time passes: what is new, changed, changed back, gone or the same."""

import shutil
from pathlib import Path

from crawlers.urls import url_key
from tests.whole_way.conftest import CHANGED, CHANGED_BACK, COUNTING, REMOVED, Life
from tests.whole_way.walk import Row, differences, rows, tables
from warehouse.rebuild import rebuild_warehouse

LEDGER = "mountain_ledger"
_IDS = "select article_id from article_urls where url_key = ?"


def article_id(life: Life, outlet: str, index: int, batch: int = -1) -> object:
    [(found,)] = rows(life.snapshots[batch], _IDS, url_key(life.town.url(outlet, index)))
    return found


def versions(life: Life, index: int, batch: int = -1) -> list[Row]:
    """Give (number, seen_from, seen_to, title, body) of all versions of an article."""
    return rows(
        life.snapshots[batch],
        "select version_number, seen_from, seen_to, title, body from article_versions "
        "where article_id = $1 union all select version_count, seen_from, seen_to, title, body "
        "from articles where article_id = $1 order by 1",
        article_id(life, LEDGER, index, batch),
    )


def looks(life: Life, index: int) -> list[object]:
    """Tell when the article was asked in each batch."""
    return [
        at
        for (at,) in rows(
            life.snapshots[-1],
            "select fetched_at from fetches join batches using (batch_id) where url_key = ? "
            "order by load_number",
            url_key(life.town.url(LEDGER, index)),
        )
    ]


def test_new_articles_are_new_once(life: Life) -> None:
    for batch in (1, 2):
        before = {truth.url for truth in life.truths[batch - 1]}
        fresh = [truth for truth in life.truths[batch] if truth.url not in before]
        new = rows(
            life.snapshots[batch],
            "select f.url_key from fetches f where batch_id = ? and outcome = 'new'",
            life.batches[batch].id,
        )
        keys = {str(key) for (key,) in new}
        assert len(keys) == len(new)
        wanted = [truth for truth in fresh if truth.kind == "article" and not truth.gone]
        for truth in wanted:
            assert len(keys & set(map(url_key, truth.urls))) == 1, truth.url
        assert keys <= {url_key(url) for truth in fresh for url in truth.urls}
    assert len(life.truths[1]) > len(life.truths[0]) + 40


def test_changed_article_keeps_both_versions_headline_and_toll(life: Life) -> None:
    first, second = (
        next(one for one in life.truths[batch] if (one.outlet, one.index) == (LEDGER, CHANGED))
        for batch in (0, 1)
    )
    assert first.title != second.title
    asked = looks(life, CHANGED)
    (_, from1, to1, title1, body1), (_, from2, to2, title2, body2) = versions(life, CHANGED)
    assert (title1, title2) == (first.title, second.title)
    assert str(body1).splitlines() == list(first.paragraphs)
    assert str(body2).splitlines() == list(second.paragraphs)
    assert (from1, to1, from2, to2) == (asked[0], asked[0], asked[1], asked[2])


def test_text_that_comes_back_is_a_third_version(life: Life) -> None:
    asked = looks(life, CHANGED_BACK)
    assert len(versions(life, CHANGED_BACK, 1)) == 2
    a, b, again = versions(life, CHANGED_BACK)
    assert [one[0] for one in (a, b, again)] == [1, 2, 3]
    assert a[3:] == again[3:] != b[3:]
    assert [one[1:3] for one in (a, b, again)] == [(at, at) for at in asked]
    assert asked == sorted(asked, key=str)


def test_every_change_of_the_town_is_one_update_and_nothing_else_is(life: Life) -> None:
    for batch in (1, 2):
        levels = {truth.url: truth.level for truth in life.truths[batch - 1]}
        changed = {
            key
            for truth in life.truths[batch]
            if truth.url in levels and truth.level != levels[truth.url]
            and truth.kind == "article" and not truth.gone
            for key in map(url_key, truth.urls)
        }  # fmt: skip
        updated = rows(
            life.snapshots[batch],
            "select url_key from fetches where batch_id = ? and outcome = 'updated'",
            life.batches[batch].id,
        )
        assert {str(key) for (key,) in updated} <= changed
        wanted = {truth.url for truth in life.truths[batch] if set(map(url_key, truth.urls))
                  & changed}  # fmt: skip
        assert len(updated) == len(wanted) > 0


def test_removed_article_is_gone_only_after_it_was_missed_twice(life: Life) -> None:
    for index, how in REMOVED.items():
        one = article_id(life, LEDGER, index)
        gone = [
            rows(snapshot, "select gone_at, title, body from articles where article_id = ?", one)
            for snapshot in life.snapshots
        ]
        assert gone[0] == gone[1], "gone after one look, or its text was touched"
        [(gone_at, title, body)] = gone[2]
        assert gone_at == looks(life, index)[2]
        assert (title, body) == gone[0][0][1:]
        reasons = rows(
            life.snapshots[2],
            "select reason, status from fetches where url_key = ? and reason is not null",
            url_key(life.town.url(LEDGER, index)),
        )
        assert reasons == [("soft_404", 200) if how == "home" else ("gone", int(how))] * 2
        told = rows(
            life.snapshots[2],
            "select title, body, times_missed, answer from gone_articles where article_id = ?",
            one,
        )
        assert [row[:3] for row in told] == [(title, body, 2)]
        assert ("led to the home page" if how == "home" else f"HTTP {how}") in str(told[0][3])
    # whatever else the town took down by itself was missed, or still stands
    kept = rows(life.snapshots[2], "select url, gone_at from articles where gone_at is not null")
    taken_down = {truth.url for truth in life.truths[2] if truth.gone}
    assert {url for url, _ in kept} <= taken_down


def test_unchanged_pages_are_not_sent_again(life: Life) -> None:
    before = {truth.url: truth for truth in life.truths[0]}
    still = {
        url_key(url): truth
        for truth in life.truths[1]
        if truth.url in before and truth.level == before[truth.url].level and not truth.gone
        for url in truth.urls
        if truth.kind == "article"
    }
    ledger = rows(
        life.snapshots[1],
        "select f.url_key, outcome, f.status, r.kind from fetches f left join archive_records r "
        "using (archive_record_id) where f.batch_id = ?",
        life.batches[1].id,
    )
    same = [(key, rest) for key, *rest in ledger if key in still]
    assert len(same) > 50
    assert {outcome for _, (outcome, _, _) in same} == {"unchanged"}
    kinds: dict[bool, set[object]] = {True: set(), False: set()}
    for key, (_, _, kind) in same:
        kinds[still[key].outlet in COUNTING].add(kind)
    assert kinds == {True: {"response"}, False: {"revisit"}}
    assert 304 in {status for _, (_, status, _) in same}


def test_nothing_is_ever_lost(life: Life) -> None:
    for before, after in zip(life.snapshots, life.snapshots[1:], strict=False):
        for table, key in (
            ("articles", "article_id"), ("article_urls", "url_key"),
            ("archive_records", "archive_record_id"), ("fetches", "batch_id, url_key"),
            ("rejections", "batch_id, url_key"), ("article_versions", "article_id, seen_from"),
            ("stories", "story_id"), ("polls", "batch_id, entrance"),
        ):  # fmt: skip
            query = f"select {key} from {table}"  # noqa: S608 (names written above)
            assert set(rows(before, query)) <= set(rows(after, query)), table


def test_the_ledger_of_each_batch_balances(life: Life) -> None:
    sums = rows(
        life.snapshots[-1],
        "select batch_id, source_id, listed, known_not_due, fetched, new, updated, unchanged, "
        "rejected, failed, skipped, archived, status from batch_sources",
    )
    assert len(sums) == 3 * 7
    for batch, source, listed, not_due, fetched, *outcomes, archived, status in sums:
        lines = rows(
            life.snapshots[-1],
            "select outcome, is_listed, archive_record_id is not null, kind from fetches f "
            "left join archive_records r using (archive_record_id) "
            "where f.batch_id = ? and f.source_id = ?",
            batch, source,
        )  # fmt: skip
        assert status == "loaded"
        assert listed == sum(bool(line[1]) for line in lines) + not_due
        names = ("new", "updated", "unchanged", "rejected", "failed", "skipped")
        assert outcomes == [sum(line[0] == name for line in lines) for name in names]
        assert archived == sum(bool(line[2]) for line in lines)
        assert fetched == sum(line[3] == "response" for line in lines)
        truths = life.truths[[one.id for one in life.batches].index(str(batch))]
        standing = [one for one in truths if one.outlet == source and not one.gone]
        # A listing is turned over only as far as it shows something new.
        is_read_whole = source != "awaz_wadi" or batch == life.batches[0].id
        least = len(standing) if is_read_whole else 1
        assert least <= listed <= len(standing), (batch, source)


def test_rebuilt_warehouse_equals_the_old_one(life: Life, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(life.home, home)
    before = tables(home)
    report = rebuild_warehouse(home)
    assert report.batches == 3
    assert list(differences(before, tables(home))) == []
    assert all(before[name] for name in ("article_versions", "rejections", "stories", "fetches"))
