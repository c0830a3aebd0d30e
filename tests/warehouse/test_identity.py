from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from crawlers.urls import unaskable_key
from tests.warehouse.batches import (
    HOST,
    START,
    BatchMaker,
    Line,
    outcomes,
    page,
    rows,
    same,
    skipped,
    text,
)
from warehouse.load import load_batch
from warehouse.load_report import LoadReport


def _load(home: Path, hour: int, *lines: Line, id: str = "mountain") -> LoadReport:  # noqa: A002
    return load_batch(BatchMaker(home, hour).source(*lines, id=id).write())


def _count(home: Path) -> object:
    return rows(home, "SELECT count(*) FROM articles")[0][0]


def test_a_twin_is_learnt_and_then_known(tmp_path: Path) -> None:
    slug = page("/dam-opens", text("a"), hour=1, also=[(f"{HOST}/?p=7", "shortlink")])
    _load(tmp_path, 1, slug)
    batch = BatchMaker(tmp_path, 2).source(page("/?p=7", text("a"), hour=2)).write()
    load_batch(batch)
    assert outcomes(tmp_path, batch) == {"/?p=7": "unchanged"}
    assert _count(tmp_path) == 1
    assert rows(tmp_path, "SELECT url_key, how FROM article_urls ORDER BY url_key") == [
        (f"{HOST}/?p=7", "shortlink"),
        (f"{HOST}/dam-opens", "asked"),
    ]


def test_twins_in_one_batch_are_one_article_with_one_new_line(tmp_path: Path) -> None:
    canonical = f"{HOST}/dam-opens"
    batch = (
        BatchMaker(tmp_path, 1)
        .source(
            page("/?p=7", text("a"), hour=1.1, canonical=canonical),
            page("/dam-opens", text("a"), hour=1.2, canonical=canonical),
            page("/dam-opens/amp", text("a"), hour=1.3, canonical=canonical),
        )
        .write()
    )
    report = load_batch(batch)
    assert report.new == 1
    assert outcomes(tmp_path, batch) == {
        "/?p=7": "unchanged",
        "/dam-opens": "new",
        "/dam-opens/amp": "unchanged",
    }
    assert rows(tmp_path, "SELECT url FROM articles") == [(canonical,)]


def test_not_modified_finds_its_article_by_any_address(tmp_path: Path) -> None:
    _load(tmp_path, 1, page("/a", text("a"), hour=1, also=[(f"{HOST}/?p=1", "shortlink")]))
    batch = BatchMaker(tmp_path, 2).source(same("/?p=1", text("a"), hour=2)).write()
    load_batch(batch)
    assert rows(tmp_path, "SELECT count(*), max(hour(seen_to)) FROM articles") == [(1, 2)]


@pytest.mark.parametrize(
    ("canonical", "reason"),
    [(f"{HOST}/", "home_page"), ("https://elsewhere.example/a", "other_host")],
)
def test_a_canonical_link_to_nowhere_of_its_own_is_not_believed(
    tmp_path: Path, canonical: str, reason: str
) -> None:
    _load(
        tmp_path,
        1,
        page("/a", text("a"), canonical=canonical),
        page("/b", text("b"), canonical=canonical),
    )
    assert _count(tmp_path) == 2
    assert rows(tmp_path, "SELECT DISTINCT canonical_url, reason FROM article_doubts") == [
        (canonical, reason)
    ]
    assert rows(tmp_path, "SELECT count(*) FROM article_urls") == [(2,)]
    assert rows(tmp_path, "SELECT url FROM articles ORDER BY url") == [
        (f"{HOST}/a",),
        (f"{HOST}/b",),
    ]


def test_a_canonical_link_shared_by_unlike_pages_is_not_believed(tmp_path: Path) -> None:
    shared = f"{HOST}/news"
    report = _load(
        tmp_path,
        1,
        page("/a", text("a"), canonical=shared),
        page("/b", text("b"), canonical=shared),
        page("/c", text("c"), canonical=shared),
    )
    assert report.doubted == 3
    assert _count(tmp_path) == 3


def test_a_canonical_link_that_an_unlike_article_has_already_is_not_believed(
    tmp_path: Path,
) -> None:
    _load(tmp_path, 1, page("/a", text("a"), hour=1))
    _load(tmp_path, 2, page("/b", text("b"), hour=2, canonical=f"{HOST}/a"))
    assert _count(tmp_path) == 2
    assert rows(tmp_path, "SELECT reason FROM article_doubts") == [("dissimilar_text",)]


def test_a_rewritten_article_keeps_its_id(tmp_path: Path) -> None:
    own = f"{HOST}/a"
    _load(tmp_path, 1, page("/a", text("a"), hour=1, canonical=own))
    before = rows(tmp_path, "SELECT article_id FROM articles")
    _load(tmp_path, 2, page("/a", text("b"), hour=2, canonical=own))
    assert rows(tmp_path, "SELECT article_id FROM articles") == before
    assert rows(tmp_path, "SELECT count(*) FROM article_doubts") == [(0,)]


def test_two_ids_that_prove_to_be_one_article_are_merged_into_the_older(tmp_path: Path) -> None:
    _load(tmp_path, 1, page("/?p=7", text("a"), hour=1))
    old = rows(tmp_path, "SELECT article_id FROM articles")[0][0]
    _load(tmp_path, 2, page("/slug", text("a", but="changed"), hour=2))
    young = max(set(rows(tmp_path, "SELECT article_id FROM articles")) - {(old,)})[0]
    both = page("/slug", text("a", but="again"), hour=3, also=[(f"{HOST}/?p=7", "shortlink")])
    report = _load(tmp_path, 3, both)
    assert report.merged == 1
    assert rows(tmp_path, "SELECT article_id, version_count FROM articles") == [(old, 3)]
    assert rows(tmp_path, "SELECT old_article_id, article_id FROM article_merges") == [(young, old)]
    for table in ("article_urls", "archive_records", "fetches", "story_articles", "signatures"):
        assert set(rows(tmp_path, f"SELECT article_id FROM {table}")) == {(old,)}, table  # noqa: S608
    again = BatchMaker(tmp_path, 4).source(page("/slug", text("a"), hour=4)).write()
    assert load_batch(again).updated == 1
    assert _count(tmp_path) == 1


def test_chains_of_merges_end_at_the_oldest(tmp_path: Path) -> None:
    _load(tmp_path, 1, page("/1", text("a"), hour=1))
    _load(tmp_path, 2, page("/2", text("a"), hour=2))
    _load(tmp_path, 3, page("/3", text("a"), hour=3))
    _load(tmp_path, 4, page("/3", text("a"), hour=4, also=[(f"{HOST}/2", "redirect")]))
    _load(tmp_path, 5, page("/2", text("a"), hour=5, also=[(f"{HOST}/1", "redirect")]))
    oldest = rows(tmp_path, "SELECT article_id FROM articles")
    assert len(oldest) == 1
    assert rows(tmp_path, "SELECT DISTINCT article_id FROM article_merges") == oldest
    assert rows(tmp_path, "SELECT count(*) FROM article_merges") == [(2,)]


def test_a_redirect_to_an_unlike_article_merges_nothing(tmp_path: Path) -> None:
    _load(tmp_path, 1, page("/a", text("a"), hour=1), page("/b", text("b"), hour=1))
    _load(tmp_path, 2, page("/a", text("b"), hour=2, also=[(f"{HOST}/b", "final")]))
    assert _count(tmp_path) == 2
    assert rows(tmp_path, "SELECT count(*) FROM article_merges") == [(0,)]


def test_distinct_hosts_never_join(tmp_path: Path) -> None:
    copy = page("/a", text("a"), host="https://plain.example", canonical=f"{HOST}/a")
    maker = BatchMaker(tmp_path, 1)
    maker.source(page("/a", text("a")), id="mountain").source(
        copy, id="plain", host="https://plain.example"
    )
    load_batch(maker.write())
    assert _count(tmp_path) == 2
    assert rows(tmp_path, "SELECT DISTINCT story_id IS NULL FROM articles") == [(False,)]


def test_one_address_in_two_sources_is_one_article_of_the_first(tmp_path: Path) -> None:
    _load(tmp_path, 1, page("/a", text("a"), hour=1), id="mountain")
    _load(tmp_path, 2, page("/a", text("a"), hour=2), id="valley")
    assert rows(tmp_path, "SELECT source_id FROM articles") == [("mountain",)]


def test_ids_are_the_same_wherever_they_are_minted(tmp_path: Path) -> None:
    for home in (tmp_path / "one", tmp_path / "two"):
        _load(home, 1, page("/?p=1", text("a"), canonical=f"{HOST}/a"), page("/b", text("b")))
    ids = [
        rows(tmp_path / name, "SELECT article_id FROM articles ORDER BY 1")
        for name in ("one", "two")
    ]
    assert ids[0] == ids[1]


@pytest.mark.parametrize("slug", ["asked", "not_modified", "canonical"])
def test_a_claim_on_an_address_of_another_page_of_the_batch_makes_them_one(
    tmp_path: Path, slug: str
) -> None:
    number: tuple[str, Literal["shortlink"]] = (f"{HOST}/?p=7", "shortlink")
    _load(tmp_path, 0, page("/amp/b", text("b"), hour=0))
    _load(tmp_path, 1, page("/b", text("b"), hour=1, also=[number]))
    oldest = rows(tmp_path, "SELECT article_id FROM articles ORDER BY first_seen_at LIMIT 1")
    claim = {"canonical": f"{HOST}/b"} if slug == "canonical" else {"also": [number]}
    twin = page("/amp/b", text("b"), hour=2, **claim)
    own = same("/b", text("b"), hour=2) if slug == "not_modified" else page("/b", text("b"), hour=2)
    report = _load(tmp_path, 2, twin, own)
    assert (report.merged, report.doubted) == (1, 0)
    assert rows(tmp_path, "SELECT article_id FROM articles") == oldest
    assert set(rows(tmp_path, "SELECT article_id FROM fetches")) == set(oldest)


def test_a_claim_on_an_unlike_page_of_the_batch_is_not_believed(tmp_path: Path) -> None:
    number: tuple[str, Literal["shortlink"]] = (f"{HOST}/?p=7", "shortlink")
    _load(tmp_path, 0, page("/amp/b", text("a"), hour=0))
    _load(tmp_path, 1, page("/b", text("b"), hour=1, also=[number]))
    both = page("/amp/b", text("a"), hour=2, also=[number]), page("/b", text("b"), hour=2)
    report = _load(tmp_path, 2, *both)
    assert (report.merged, report.doubted) == (0, 1)
    assert _count(tmp_path) == 2


def test_a_twin_of_a_page_that_was_not_sent_again_is_believed(tmp_path: Path) -> None:
    _load(tmp_path, 1, page("/b", text("b"), hour=1))
    twin = page("/amp/b", text("b"), hour=2, canonical=f"{HOST}/b")
    report = _load(tmp_path, 2, twin, same("/b", text("b"), hour=2))
    assert report.doubted == 0
    assert _count(tmp_path) == 1


def _twin(path: str, of: str) -> Line:
    line = skipped(path, "twin")
    return replace(line, fetch=replace(line.fetch, final_url=f"{HOST}{of}"))


def test_a_twin_by_rule_leads_to_the_article_of_the_page_asked_in_its_place(tmp_path: Path) -> None:
    batch = (
        BatchMaker(tmp_path, 1)
        .source(page("/a", text("a"), hour=1), _twin("/a/amp", "/a"), _twin("/b/amp", "/b"))
        .write()
    )
    load_batch(batch)
    assert rows(tmp_path, "SELECT url_key, how FROM article_urls ORDER BY 1") == [
        (f"{HOST}/a", "asked"),
        (f"{HOST}/a/amp", "rule"),
    ]
    sql = "SELECT url_key, article_id IS NOT NULL FROM fetches ORDER BY 1"
    assert [known for _, known in rows(tmp_path, sql)] == [True, True, False]


def test_a_twin_by_rule_is_learnt_when_its_page_is_had_in_a_later_batch(tmp_path: Path) -> None:
    _load(tmp_path, 1, _twin("/a/amp", "/a"), skipped("/a"))
    assert rows(tmp_path, "SELECT url_key FROM article_urls") == []
    _load(tmp_path, 3, page("/a", text("a"), hour=3))
    sql = "SELECT url_key, how, first_seen_at FROM article_urls ORDER BY 1"
    (own, twin) = rows(tmp_path, sql)
    assert own[:2] == (f"{HOST}/a", "asked")
    assert twin == (f"{HOST}/a/amp", "rule", START + timedelta(hours=1))
    sql = "SELECT count(article_id), count(DISTINCT article_id) FROM fetches WHERE reason = 'twin'"
    assert rows(tmp_path, sql) == [(1, 1)]


def test_a_twin_by_rule_of_a_known_or_merged_article_leads_to_it(tmp_path: Path) -> None:
    _load(tmp_path, 1, page("/a", text("a"), hour=1))
    _load(tmp_path, 2, page("/b", text("a"), hour=2))
    merging = page("/b", text("a"), hour=3, also=[(f"{HOST}/a", "final")])
    _load(tmp_path, 3, merging, _twin("/a/amp", "/a"), _twin("/b/amp", "/b"))
    assert _count(tmp_path) == 1
    sql = "SELECT count(DISTINCT article_id), count(*) FROM article_urls"
    assert rows(tmp_path, sql) == [(1, 4)]


def test_what_has_no_address_to_ask_is_a_line_and_no_article(tmp_path: Path) -> None:
    line = skipped("/odd", "bad_url", feed=None)
    key = unaskable_key("http://[bad/news/\x00\u202e1")
    odd = replace(line, fetch=replace(line.fetch, url=key, url_key=key))
    report = _load(tmp_path, 1, odd, page("/a", text("a"), hour=1))
    assert report.new == 1
    assert rows(tmp_path, "SELECT reason FROM fetches WHERE url_key LIKE 'unaskable:%'") == [
        ("bad_url",)
    ]
