"""Captures as identity sees them: addresses and a text, and how alike two texts are."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from transforms.fingerprint import ROW, estimate_jaccard

MIN_LIKENESS = 0.3
"""Estimated Jaccard below which two texts are not one article in two versions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What two texts are compared by."""

    text_hash: int
    minhash: bytes
    is_page: bool
    """False where only the feed's word is known, which is like any page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One staged capture, as far as identity goes."""

    number: int
    url: str
    asked: str
    final_url: str | None
    canonical_url: str | None
    keys: tuple[tuple[str, str], ...]
    """(url_key, how), each key once."""
    seen_at: datetime
    article_id: int | None
    """Known already, because this is an archived record read again."""
    text: Text | None
    home: str | None
    """url_key of the source's home page."""
    hosts: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownArticle:
    """What the warehouse knows of an article that a key led to."""

    first_seen_at: datetime
    text: Text


def alike(one: Text | None, other: Text | None) -> bool:
    """Say whether two texts may be one article; what cannot be compared must be equal."""
    if one is None or other is None:
        return False
    if not (one.is_page and other.is_page) or one.text_hash == other.text_hash:
        return True
    if not one.minhash or not other.minhash:
        return False
    jaccard = estimate_jaccard(np.frombuffer(one.minhash, ROW), np.frombuffer(other.minhash, ROW))
    return float(jaccard) >= MIN_LIKENESS
