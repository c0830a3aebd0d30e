"""What leaves this room: one extraction of one page, and where each field came from."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Precision = Literal["second", "minute", "day"]
Origin = Literal["json-ld", "meta", "microdata", "feed", "sitemap", "url", "text", "html"]
BodyFrom = Literal["page", "json-ld", "feed", "listed"]
CreditPlace = Literal["dateline", "byline", "credit_line", "text"]
OF_PAGE = frozenset({"page", "json-ld"})
"""What a body is from where the page was had: its own text, or its JSON-LD's `articleBody`."""
KeyHow = Literal["asked", "redirect", "final", "canonical", "amp", "shortlink", "og"]
OWN_WORD: frozenset[Origin] = frozenset({"json-ld", "meta", "microdata", "html"})
"""Origins in which a page itself states a date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageKey:
    """A url_key under which a page says, or was seen, to live."""

    url_key: str
    how: KeyHow


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When something happened, as far as the page says; never guessed."""

    at: datetime | None
    """UTC; None where only a day is known, or a time without a zone."""
    on: date
    """The outlet's own day."""
    precision: Precision
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One extraction of one page."""

    source_id: str
    url: str
    """As asked."""
    url_key: str
    final_url: str
    canonical_url: str | None
    """What the page calls its own address, absolute; not yet believed."""
    keys: tuple[PageKey, ...]
    """Every address of the page, the asked one first; identity is learnt from them."""
    fetched_at: datetime | None
    page_sha256: str | None
    """None where there was no page (body_from feed or listed)."""
    record_id: str | None
    title: str | None
    title_from: Origin | None
    authors: tuple[str, ...]
    """People, pen names and news agencies, as printed; never the outlet or a desk."""
    authors_from: Origin | None
    byline: str | None
    """The author line as printed, where it names a desk ("Web Desk") or an agency ("Zala Khan,
    APP"), or says more than names."""
    credited_source: str | None
    """Agency or institution that the article itself names as its source ("APP", "ISPR"); the
    outlet's own name never; None where it names none."""
    credited_from: CreditPlace | None
    credited_words: str | None
    """The words that say so, as printed: "PESHAWAR (APP)"."""
    body: str | None
    """Paragraphs, separated by a line feed, in the author's own letters; None only where
    body_from is listed."""
    body_from: BodyFrom
    section: str | None
    section_from: Origin | None
    tags: tuple[str, ...]
    tags_from: Origin | None
    image_url: str | None
    image_from: Origin | None
    site_name: str | None
    site_name_from: Origin | None
    language: str | None
    """ISO 639-1, from the text; None where the text is too short to say."""
    other_language: str | None
    """A second language that a good part of the text is written in; None where it is all in one."""
    published: Moment | None
    modified: Moment | None
    word_count: int
    is_paywalled: bool
    is_truncated: bool
    content_hash: int
    """63-bit hash of headline and normalised text: what makes a version."""
    text_hash: int
    """63-bit hash of the normalised text alone: what makes an exact copy."""
    shingle_count: int
    """Distinct word 3-shingles of the normalised text; 0 for texts under 3 words."""
    minhash: bytes
    """MinHash signature, 192 bytes; empty where shingle_count is 0."""
    extractor_version: str
