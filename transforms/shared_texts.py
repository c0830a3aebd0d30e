"""One text under many addresses of an outlet: what a site says in the place of an article."""

import re
from collections import defaultdict
from collections.abc import Sequence
from urllib.parse import urlsplit

from transforms.article import Article
from transforms.pipeline import OWN_WORD
from transforms.rejection import Reason, Rejection
from transforms.walls import SHORT_WORDS

MANY = 4
"""Addresses that are no twins: an article of two or three sections has as many."""
COMPARED = 50
"""Addresses of one text that are compared: a site may say it under all it has."""

SAID = re.compile(r"\d+ addresses have this text, ")


def refuse_shared_texts(made: Sequence[Article | Rejection]) -> list[Article | Rejection]:
    """Reject articles of a batch that are one text under many addresses, and look like no article.

    Two of three signs must hold: the text is short, no page states a date, all have one headline.
    What an outlet really prints again and again has its own headlines, dates and length.
    """
    groups: defaultdict[int, list[Article]] = defaultdict(list)
    for one in made:
        if isinstance(one, Article) and one.body_from == "page":
            groups[one.text_hash].append(one)
    refused = {
        article.url_key: _refuse(article, group)
        for group in groups.values()
        if len(group) >= MANY and _is_no_article(group)
        for article in group
    }
    return [refused.get(one.url_key, one) if isinstance(one, Article) else one for one in made]


def is_shared_text(rejection: Rejection) -> bool:
    """Tell whether it was refused for a text that it shares, which no page tells by itself."""
    return rejection.reason == Reason.SOFT_404 and bool(SAID.match(rejection.detail))


def _is_no_article(group: Sequence[Article]) -> bool:
    is_short = group[0].word_count < SHORT_WORDS
    is_undated = not any(one.published and one.published.origin in OWN_WORD for one in group)
    has_one_headline = len({one.title for one in group}) == 1
    return is_short + is_undated + has_one_headline >= 2 and _count_addresses(group) >= MANY


def _count_addresses(group: Sequence[Article]) -> int:
    """Count addresses, taking those for one that lead to each other or end alike."""
    clusters: list[set[str]] = []
    for article in group[:COMPARED]:
        names = {key.url_key for key in article.keys} | {_slug(article.url)}
        met = [cluster for cluster in clusters if cluster & names]
        clusters = [cluster for cluster in clusters if not cluster & names]
        clusters.append(names.union(*met))
    return len(clusters)


def _slug(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path.rstrip('/').rpartition('/')[2]}?{parts.query}"


def _refuse(article: Article, group: Sequence[Article]) -> Rejection:
    other = next(one for one in group if one.url_key != article.url_key)
    return Rejection(
        source_id=article.source_id,
        url=article.url,
        url_key=article.url_key,
        final_url=article.final_url,
        fetched_at=article.fetched_at,
        page_sha256=article.page_sha256 or "",
        record_id=article.record_id or "",
        reason=Reason.SOFT_404,
        detail=f"{len(group)} addresses have this text, such as {other.url}"[:200],
        title=article.title,
        extractor_version=article.extractor_version,
    )
