"""Two extractions of one page side by side: what is different, field by field."""

from dataclasses import dataclass, fields
from datetime import date, datetime

from transforms.article import Article, Moment
from transforms.rejection import Rejection

Value = str | int | bool | datetime | date | tuple[str, ...] | None
Outcome = Article | Rejection
ARTICLE = "article"
LEFT_OUT = frozenset(
    {
        "source_id", "url", "url_key", "final_url", "keys", "fetched_at", "page_sha256",
        "record_id", "word_count", "content_hash", "text_hash", "shingle_count", "minhash",
        "extractor_version",
    }
)  # fmt: skip
"""What tells of the capture and not of the page, and what follows from other fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field that was read otherwise."""

    field: str
    """As the warehouse names its column."""
    before: Value
    after: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class PageChange:
    """What another extraction of a page changes; `is_alike` where that is nothing."""

    url: str
    source_id: str
    before: str
    """`article`, or the reason of a rejection."""
    after: str
    why: str | None
    """What gave a page away that is rejected now, or was before; None where neither is so."""
    differences: tuple[Difference, ...]
    """Empty unless it is an article on both sides."""
    words_before: int
    words_after: int
    is_rehashed: bool
    """Whether the hash of headline and text is another; False unless an article on both sides."""
    version_before: str
    version_after: str
    not_compared: frozenset[str] = frozenset()
    """Fields whose value before is unknown."""

    @property
    def is_article(self) -> bool:
        """Whether it is an article on both sides."""
        return self.before == self.after == ARTICLE

    @property
    def is_alike(self) -> bool:
        """Whether nothing that the warehouse keeps of it would change, but for the version."""
        return self.before == self.after and not self.differences and not self.is_rehashed


def compare_outcomes(
    before: Outcome, after: Outcome, *, unknown: frozenset[str] = frozenset()
) -> PageChange:
    """Compare two extractions of one page; fields whose value before is unknown are left out."""
    is_article = isinstance(before, Article) and isinstance(after, Article)
    was, now = _values(before), _values(after)
    differences = [
        Difference(field=name, before=was[name], after=now[name])
        for name in now
        if is_article and name not in unknown and was[name] != now[name]
    ]
    rejection = next((one for one in (after, before) if isinstance(one, Rejection)), None)
    return PageChange(
        url=after.url,
        source_id=after.source_id,
        before=_outcome(before),
        after=_outcome(after),
        why=rejection.detail if rejection is not None else None,
        differences=tuple(differences),
        words_before=before.word_count if isinstance(before, Article) else 0,
        words_after=after.word_count if isinstance(after, Article) else 0,
        is_rehashed=isinstance(before, Article)
        and isinstance(after, Article)
        and before.content_hash != after.content_hash,
        version_before=before.extractor_version,
        version_after=after.extractor_version,
        not_compared=unknown if is_article else frozenset(),
    )


def _outcome(one: Outcome) -> str:
    return ARTICLE if isinstance(one, Article) else str(one.reason)


def _values(one: Outcome) -> dict[str, Value]:
    """Lay an article out as the warehouse does, a moment in its four columns."""
    if not isinstance(one, Article):
        return {}
    values: dict[str, Value] = {}
    for name in (field.name for field in fields(Article) if field.name not in LEFT_OUT):
        value = getattr(one, name)
        if name in ("published", "modified"):
            values |= _columns(name, value)
        else:
            values[name] = value
    return values


def _columns(name: str, moment: Moment | None) -> dict[str, Value]:
    return {
        f"{name}_at": moment.at if moment else None,
        f"{name}_on": moment.on if moment else None,
        f"{name}_precision": moment.precision if moment else None,
        f"{name}_from": moment.origin if moment else None,
    }
