"""One pass over the whole town: nothing is lost, nothing is made up, each row has its bytes."""

import hashlib
from collections import Counter
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

from crawlers.urls import url_key
from khabar.newsroom.truth import Truth
from tests.whole_way.conftest import Life
from tests.whole_way.walk import rows


def articles_of(life: Life, batch: int = 0) -> dict[str, Truth]:
    return {
        url_key(url): truth
        for truth in life.truths[batch]
        for url in truth.urls
        if truth.kind == "article"
    }


def test_every_listed_address_ends_in_exactly_one_outcome(life: Life) -> None:
    ledger = rows(life.snapshots[0], "select url_key, outcome, is_listed from fetches")
    keys = Counter(key for key, _, _ in ledger)
    assert max(keys.values()) == 1
    assert all(listed for _, _, listed in ledger)
    for truth in life.truths[0]:
        assert sum(keys[url_key(url)] for url in truth.urls) == 1, truth.url
    assert len(ledger) == len(life.truths[0])
    assert {outcome for _, outcome, _ in ledger} <= {"new", "rejected"}


def test_articles_have_the_true_title_language_and_address(life: Life) -> None:
    truths = articles_of(life)
    found = rows(
        life.snapshots[0],
        "select url, title, language, source_id, published_at, published_precision from articles",
    )
    seen = set()
    for url, title, language, source_id, published_at, precision in found:
        truth = truths.get(url_key(str(url)))
        if truth is None:
            continue  # a page that is no article: counted below
        seen.add(truth.url)
        assert (title, language, source_id) == (truth.title, truth.language, truth.outlet)
        if precision == truth.published_precision == "second":
            assert published_at == truth.published_at
    assert seen == {truth.url for truth in truths.values()}, "articles were lost"


def test_pages_that_are_no_articles_are_rejected_each_with_its_reason(life: Life) -> None:
    decoys = {url_key(url): one for one in life.truths[0] if one.kind != "article"
              for url in one.urls}  # fmt: skip
    found: dict[str, str] = dict(rows(life.snapshots[0], "select url_key, reason from rejections"))
    assert set(found) <= set(decoys), "an article was rejected"
    reasons = {"video": {"media", "no_text"}, "soft_404": {"soft_404"}, "consent": {"consent"}}
    taken = [truth.url for truth in life.truths[0] if truth.kind != "article"
             and not set(map(url_key, truth.urls)) & set(found)]  # fmt: skip
    assert taken == [], "pages that are no articles were taken for some"
    for key, reason in found.items():
        assert reason in reasons[decoys[str(key)].kind], key


def test_every_article_leads_to_bytes_whose_hash_agrees(life: Life) -> None:
    for snapshot in life.snapshots:
        found = rows(
            snapshot,
            "select a.article_id, a.page_sha256, r.page_sha256, r.file, r.offset_bytes, "
            "r.archive_record_id from articles a left join archive_records r "
            "using (archive_record_id) union all select v.article_id, v.page_sha256, "
            "r.page_sha256, r.file, r.offset_bytes, r.archive_record_id from article_versions v "
            "left join archive_records r using (archive_record_id)",
        )
        assert len(found) >= 7 * 11
        for _, said, recorded, file, offset, record_id in found:
            where = (str(file), int(offset), str(record_id))
            assert said == recorded == sha256_in_archive(life.home, *where)


def sha256_in_archive(home: Path, file: str, offset: int, record_id: str) -> str:
    """Read a record by means that are not ours."""
    with (home / "archive" / file).open("rb") as stream:
        stream.seek(offset)
        record = next(iter(ArchiveIterator(stream)))
        assert record.rec_headers.get_header("WARC-Record-ID") == f"<{record_id}>"
        return hashlib.sha256(record.content_stream().read()).hexdigest()


def test_addresses_of_one_article_lead_to_one_id(life: Life) -> None:
    for snapshot, truths in zip(life.snapshots, life.truths, strict=True):
        known: dict[str, int] = dict(rows(snapshot, "select url_key, article_id from article_urls"))
        twins = [truth for truth in truths if truth.kind == "article" and len(truth.urls) > 1]
        assert {truth.outlet for truth in twins} >= {"tirwal_chronicle", "valley_herald"}
        for truth in twins:
            ids = {known.get(url_key(url)) for url in truth.urls}
            assert len(ids) == 1, truth.urls
            assert None not in ids, truth.urls
