"""The newsroom's outlets come out right in every field of Article: one test a field and outlet."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from crawlers.catalogue import Source, load_catalogue
from crawlers.job import CrawlJob, SiteLine
from crawlers.page import Page
from crawlers.urls import url_key
from khabar.newsroom.running import running_town
from khabar.newsroom.town import Town
from khabar.newsroom.truth import Truth
from tests.newsroom.fetch import RECORD, fetch_page
from transforms.article import Article, KeyHow, Moment, Origin, PageKey
from transforms.fingerprint import Fingerprint, fingerprint
from transforms.pipeline import settler, transform_page
from transforms.rejection import Rejection
from transforms.site_lines import learn_lines
from transforms.version import extractor_version

ARTICLES = 25
"""An outlet; among them a video, a missing page or a consent wall or two."""
HOURS = 48
"""Let pass, so that articles have changed."""
OUTLETS = tuple(Town(seed=1, articles=1).outlets)
KARACHI = ZoneInfo("Asia/Karachi")
LED_BY = {
    "tirwal_chronicle": {
        "title_from": "microdata", "authors_from": "html", "section_from": "html",
        "tags_from": "html", "published": "meta", "modified": "meta",
    },
    "valley_herald": {
        "title_from": "json-ld", "authors_from": "json-ld", "section_from": "json-ld",
        "tags_from": "json-ld", "image_from": "json-ld", "site_name_from": "meta",
        "published": "json-ld", "modified": "json-ld",
    },
    "roznama_tirwal": {
        "title_from": "meta", "authors_from": "html", "section_from": "meta",
        "image_from": "meta", "site_name_from": "meta", "published": "meta", "modified": "meta",
    },
    "mountain_ledger": {
        "title_from": "html", "authors_from": "meta", "section_from": "html", "tags_from": "html",
        "published": "html", "modified": "html",
    },
    "awaz_wadi": {"title_from": "html", "authors_from": "html", "published": "text"},
    "tirwal_ghag": {"title_from": "meta", "authors_from": "meta", "published": "meta"},
    "valley_newswire": {
        "title_from": "meta", "authors_from": "html", "tags_from": "meta", "published": "meta",
    },
}  # fmt: skip
"""Where each outlet's pages say a field first."""
REASONS = {"video": "media", "soft_404": "soft_404", "consent": "consent"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One page of the town: what is true of it, and what was made of it."""

    truth: Truth
    source: Source
    page: Page
    made: Article | Rejection
    own_lines: tuple[SiteLine, ...] = ()
    """What the outlet's pages together proved to be the site's own."""


@pytest.fixture(scope="module")
def cases() -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = {outlet: [] for outlet in OUTLETS}
    with running_town(articles=ARTICLES) as town:
        sources = {one.id: one for one in load_catalogue([town.sources_folder])[0]}
        town.advance(hours=HOURS)
        for truth in town.truth():
            if truth.gone is None:
                source = sources[truth.outlet]
                seen_at = datetime.now(UTC) + timedelta(hours=HOURS)
                page = replace(fetch_page(truth.url, source.id), fetched_at=seen_at)
                made = transform_page(page, source)
                case = Case(truth=truth, source=source, page=page, made=made)
                found[truth.outlet].append(case)
    return {outlet: settle(sources[outlet], made) for outlet, made in found.items()}


def settle(source: Source, cases: list[Case]) -> list[Case]:
    """Free an outlet's pages of its own lines, as extract_source does with those of a batch."""
    job = CrawlJob(batch_id="20260310T000000Z-test-00000000", home="", source=source, contact="")
    pages = (case.made for case in cases if isinstance(case.made, Article))
    lines = learn_lines(pages, job)
    free = settler(source, lines)
    return [replace(case, made=free(case.made), own_lines=lines) for case in cases]


def origin_of(field: str, case: Case, value: object) -> str | None:
    return LED_BY[case.truth.outlet][field] if value else None


def moment_of(field: str, case: Case, at: datetime | None) -> Moment | None:
    if at is None:
        return None
    precision = case.truth.published_precision
    return Moment(
        at=at.replace(microsecond=0) if precision == "second" else None,
        on=at.astimezone(KARACHI).date(),
        precision=precision,
        origin=cast("Origin", LED_BY[case.truth.outlet][field]),
    )


def keys_of(case: Case) -> tuple[PageKey, ...]:
    others: dict[str, KeyHow] = {"tirwal_chronicle": "shortlink", "valley_herald": "amp"}
    asked, *rest = (url_key(url) for url in case.truth.urls)
    how = others.get(case.truth.outlet, "asked")
    return (PageKey(url_key=asked, how="asked"), *(PageKey(url_key=key, how=how) for key in rest))


def prints_of(case: Case) -> Fingerprint:
    return fingerprint(case.truth.title, body_of(case))


def body_of(case: Case) -> str:
    return "\n".join(case.truth.paragraphs)


TRUE: dict[str, Callable[[Case], object]] = {
    "source_id": lambda case: case.truth.outlet,
    "url": lambda case: case.truth.url,
    "url_key": lambda case: url_key(case.truth.url),
    "final_url": lambda case: case.truth.url,
    "canonical_url": lambda case: case.truth.canonical_url,
    "keys": keys_of,
    "fetched_at": lambda case: case.page.fetched_at,
    "page_sha256": lambda case: sha256(case.page.body).hexdigest(),
    "record_id": lambda _: RECORD.record_id,
    "title": lambda case: case.truth.title,
    "title_from": lambda case: origin_of("title_from", case, case.truth.title),
    "authors": lambda case: case.truth.authors,
    "authors_from": lambda case: origin_of("authors_from", case, case.truth.authors),
    "byline": lambda case: case.truth.byline,
    "credited_source": lambda case: case.truth.credit and case.truth.credit.source,
    "credited_from": lambda case: case.truth.credit and case.truth.credit.place,
    "credited_words": lambda case: case.truth.credit and case.truth.credit.words,
    "body": body_of,
    "body_from": lambda _: "page",
    "section": lambda case: case.truth.section,
    "section_from": lambda case: origin_of("section_from", case, case.truth.section),
    "tags": lambda case: case.truth.tags,
    "tags_from": lambda case: origin_of("tags_from", case, case.truth.tags),
    "image_url": lambda case: case.truth.image_url,
    "image_from": lambda case: origin_of("image_from", case, case.truth.image_url),
    "site_name": lambda case: case.truth.site_name,
    "site_name_from": lambda case: origin_of("site_name_from", case, case.truth.site_name),
    "language": lambda case: case.truth.language,
    "other_language": lambda _: None,
    "published": lambda case: moment_of("published", case, case.truth.published_at),
    "modified": lambda case: moment_of("modified", case, case.truth.shown_modified_at),
    "word_count": lambda case: len(body_of(case).split()),
    "is_paywalled": lambda case: case.truth.is_paywalled,
    "is_truncated": lambda case: case.truth.is_truncated,
    "content_hash": lambda case: prints_of(case).content_hash,
    "text_hash": lambda case: prints_of(case).text_hash,
    "shingle_count": lambda case: prints_of(case).shingle_count,
    "minhash": lambda case: prints_of(case).minhash,
    "extractor_version": lambda case: extractor_version(case.source, case.own_lines),
}
"""What each field of an article should be."""
UNSEEN = {"other_language"}
"""Fields that no page of the town fills; they have tests of their own."""


def golden_tests() -> Iterator[object]:
    for field in TRUE:
        for outlet in OUTLETS:
            yield pytest.param(field, outlet, id=f"{field}-{outlet}")


@pytest.mark.parametrize(("field", "outlet"), list(golden_tests()))
def test_field_is_true(cases: dict[str, list[Case]], outlet: str, field: str) -> None:
    found = [case for case in cases[outlet] if case.truth.kind == "article"]
    assert len(found) > ARTICLES / 2
    for case in found:
        assert isinstance(case.made, Article), case.truth.url
        assert getattr(case.made, field) == TRUE[field](case), case.truth.url


def test_every_field_of_an_article_has_its_test() -> None:
    assert list(TRUE) == [field.name for field in fields(Article)]


@pytest.mark.parametrize("field", [name for name in TRUE if name not in UNSEEN])
def test_the_town_shows_every_field(cases: dict[str, list[Case]], field: str) -> None:
    every = [case for outlet in OUTLETS for case in cases[outlet] if case.truth.kind == "article"]
    assert any(TRUE[field](case) for case in every)


@pytest.mark.parametrize("outlet", OUTLETS)
def test_articles_are_told_from_what_is_none(cases: dict[str, list[Case]], outlet: str) -> None:
    kinds = set()
    for case in cases[outlet]:
        made = case.made
        reason = str(made.reason) if isinstance(made, Rejection) else None
        assert reason == REASONS.get(case.truth.kind), case.truth.url
        kinds.add(case.truth.kind)
    assert len(kinds) > 1


@pytest.mark.parametrize("outlet", OUTLETS)
def test_only_the_sites_own_line_is_learnt(cases: dict[str, list[Case]], outlet: str) -> None:
    own = {one.line for case in cases[outlet] for one in case.own_lines}
    offer = "د وادۍ خبرونه اوس هره ورځ ستاسو په ټيليفون کې هم شته"
    assert own == ({offer} if outlet == "tirwal_ghag" else set())
