"""The newsroom's outlets come out right in every field: one test a field and outlet."""

import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

import pytest

from crawlers.catalogue import Source, load_catalogue
from crawlers.page import ArchiveRecord, Page
from crawlers.urls import url_key
from khabar.newsroom.running import running_town
from khabar.newsroom.town import Town
from khabar.newsroom.truth import Truth
from transforms.article import Article
from transforms.pipeline import transform_page
from transforms.rejection import Rejection

ARTICLES = 25
"""An outlet; among them a video, a missing page or a consent wall or two."""
HOURS = 48
"""Let pass, so that articles have changed."""
SHOWING_CHANGES = {"tirwal_chronicle", "valley_herald", "roznama_tirwal", "mountain_ledger"}
OUTLETS = tuple(Town(seed=1, articles=1).outlets)
KARACHI = ZoneInfo("Asia/Karachi")
RECORD = ArchiveRecord(record_id="r", file="f", offset=0, length=1, kind="response")
REASONS = {"video": "media", "soft_404": "soft_404", "consent": "consent"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One page of the town: what is true of it, and what was made of it."""

    truth: Truth
    made: Article | Rejection


@pytest.fixture(scope="module")
def cases() -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = {outlet: [] for outlet in OUTLETS}
    with running_town(articles=ARTICLES) as town:
        sources = {one.id: one for one in load_catalogue([town.sources_folder])[0]}
        town.advance(hours=HOURS)
        for truth in town.truth():
            if truth.gone is None:
                made = transform_page(
                    fetch(truth.url, sources[truth.outlet]), sources[truth.outlet]
                )
                found[truth.outlet].append(Case(truth=truth, made=made))
    return found


def fetch(url: str, source: Source) -> Page:
    with urllib.request.urlopen(url) as reply:
        body = reply.read()
        headers = tuple(reply.headers.items())
        final_url, status = reply.url, reply.status
    return Page(
        source_id=source.id,
        url=url,
        url_key=url_key(url),
        final_url=final_url,
        redirects=(),
        status=status,
        headers=headers,
        body=body,
        fetched_at=datetime.now(UTC) + timedelta(hours=HOURS),
        page_sha256=sha256(body).hexdigest(),
        record=RECORD,
        item=None,
    )


def articles(cases: dict[str, list[Case]], outlet: str) -> list[tuple[Truth, Article]]:
    pairs = [
        (case.truth, case.made)
        for case in cases[outlet]
        if case.truth.kind == "article" and isinstance(case.made, Article)
    ]
    assert len(pairs) > ARTICLES / 2
    return pairs


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
@pytest.mark.parametrize("field", ["title", "section", "language"])
def test_field_is_true(cases: dict[str, list[Case]], outlet: str, field: str) -> None:
    for truth, made in articles(cases, outlet):
        assert getattr(made, field) == getattr(truth, field), truth.url


@pytest.mark.parametrize("outlet", OUTLETS)
@pytest.mark.parametrize("field", ["authors", "tags"])
def test_names_are_true(cases: dict[str, list[Case]], outlet: str, field: str) -> None:
    for truth, made in articles(cases, outlet):
        assert set(getattr(made, field)) == set(getattr(truth, field)), truth.url


@pytest.mark.parametrize("outlet", OUTLETS)
def test_body_is_true(cases: dict[str, list[Case]], outlet: str) -> None:
    for truth, made in articles(cases, outlet):
        assert (made.body or "").split("\n") == list(truth.paragraphs), truth.url


@pytest.mark.parametrize("outlet", OUTLETS)
def test_published_is_true(cases: dict[str, list[Case]], outlet: str) -> None:
    for truth, made in articles(cases, outlet):
        assert made.published is not None, truth.url
        assert made.published.on == truth.published_at.astimezone(KARACHI).date(), truth.url
        at = made.published.at
        if truth.published_precision == "day":
            assert at is None, truth.url
        else:
            assert at is not None, truth.url
            assert abs((at - truth.published_at).total_seconds()) < 60, truth.url


@pytest.mark.parametrize("outlet", OUTLETS)
def test_modified_is_true(cases: dict[str, list[Case]], outlet: str) -> None:
    changed = 0
    for truth, made in articles(cases, outlet):
        at = made.modified.at if made.modified is not None else None
        if truth.modified_at is not None and outlet in SHOWING_CHANGES:
            assert at is not None, truth.url
            assert abs((at - truth.modified_at).total_seconds()) < 60, truth.url
            changed += 1
        else:
            assert at is None or at == truth.published_at, truth.url
    assert changed or outlet not in SHOWING_CHANGES
