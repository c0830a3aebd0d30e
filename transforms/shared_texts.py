"""One text under many addresses of an outlet: what a site says in the place of an article."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeGuard
from urllib.parse import urlsplit

from transforms.article import OF_PAGE, OWN_WORD, Article
from transforms.rejection import Reason, Rejection
from transforms.walls import SHORT_WORDS

MANY = 4
"""Addresses that are no twins: an article of two or three sections has as many."""
COMPARED = 50
"""Addresses of one text that are compared: a site may say it under all it has."""

SAID = re.compile(r"\d+ addresses have this text, ")


def find_shared_texts(pages: Iterable[Article | Rejection]) -> dict[int, str]:
    """Find the texts that a batch has under many addresses, and that look like no article.

    Two of three signs must hold: the text is short, no page states a date, all have one headline.
    What an outlet really prints again and again has its own headlines, dates and length; a text
    that its pages date on different days is a notice of each of them, whatever it looks like.
    Returns each text's hash with one line for people. `pages` is gone through twice.
    """
    counts = Counter(one.text_hash for one in pages if _has_own_text(one))
    often = {text for text, count in counts.items() if count >= MANY}
    groups: defaultdict[int, list[Article]] = defaultdict(list)
    for one in pages if often else ():
        if _has_own_text(one) and one.text_hash in often and len(groups[one.text_hash]) < COMPARED:
            groups[one.text_hash].append(one)
    return {
        text: f"{counts[text]} addresses have this text, such as {group[0].url}"[:200]
        for text, group in groups.items()
        if _is_no_article(group)
    }


def keep_unshared(
    pages: Iterable[Article | Rejection], shared: Mapping[int, str]
) -> Iterator[Article]:
    """Pass over all that is no article, by itself or by what it shares."""
    kept = (refuse_shared(one, shared) for one in pages)
    return (one for one in kept if isinstance(one, Article))


def refuse_shared(one: Article | Rejection, shared: Mapping[int, str]) -> Article | Rejection:
    """Reject an article that is one of the shared texts."""
    detail = shared.get(one.text_hash) if _has_own_text(one) else None
    return one if detail is None or isinstance(one, Rejection) else _reject(one, detail)


def _has_own_text(one: Article | Rejection) -> TypeGuard[Article]:
    return isinstance(one, Article) and one.body_from in OF_PAGE


def is_shared_text(rejection: Rejection) -> bool:
    """Tell whether it was refused for a text that it shares, which no page tells by itself."""
    return rejection.reason == Reason.SOFT_404 and bool(SAID.match(rejection.detail))


def _is_no_article(group: Sequence[Article]) -> bool:
    is_short = group[0].word_count < SHORT_WORDS
    days = {
        one.published.on
        for one in group
        if one.published is not None and one.published.origin in OWN_WORD
    }
    has_one_headline = len({one.title for one in group}) == 1
    if len(days) > 1 or is_short + (not days) + has_one_headline < 2:
        return False
    return _count_addresses(group) >= MANY


def _count_addresses(group: Sequence[Article]) -> int:
    """Count addresses, taking those for one that lead to each other or end alike."""
    clusters: list[set[str]] = []
    for article in group:
        names = {key.url_key for key in article.keys} | {_slug(article.url)}
        met = [cluster for cluster in clusters if cluster & names]
        clusters = [cluster for cluster in clusters if not cluster & names]
        clusters.append(names.union(*met))
    return len(clusters)


def _slug(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path.rstrip('/').rpartition('/')[2]}?{parts.query}"


def _reject(article: Article, detail: str) -> Rejection:
    return Rejection(
        source_id=article.source_id,
        url=article.url,
        url_key=article.url_key,
        final_url=article.final_url,
        fetched_at=article.fetched_at,
        page_sha256=article.page_sha256 or "",
        record_id=article.record_id or "",
        reason=Reason.SOFT_404,
        detail=detail,
        title=article.title,
        extractor_version=article.extractor_version,
    )
