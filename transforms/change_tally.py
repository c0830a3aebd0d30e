"""Sum up what another extraction changes, page by page, holding few of their texts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from zlib import crc32

from transforms.compare import ARTICLE, Difference, PageChange, Value
from transforms.comparison import (
    Comparison,
    FieldChange,
    Flip,
    FlipSample,
    Sample,
    SourceChange,
    TextChange,
    UnreadPage,
    VersionChange,
    WordChange,
)
from transforms.word_diff import DiffLine, diff_texts

SAMPLES = 3
GREATEST = 5
MAX_UNREAD = 20
"""Pages that are named, of those that cannot be read; the others are counted."""
NAMED = 4
"""Fields that the line names, at most."""


@dataclass(slots=True, kw_only=True)
class ChangeTally:
    """What is kept of the pages seen so far: counts, and no more texts than are shown."""

    looked_at: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    articles: int = 0
    rehashed: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[tuple[int, str, Difference]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    flips: Counter[tuple[str, str]] = field(default_factory=Counter)
    flipped: dict[tuple[str, str], list[FlipSample]] = field(
        default_factory=lambda: defaultdict(list)
    )
    words: list[WordChange] = field(default_factory=list)
    versions: Counter[tuple[str, str]] = field(default_factory=Counter)
    not_compared: set[str] = field(default_factory=set)
    unread: list[UnreadPage] = field(default_factory=list)

    def add(self, change: PageChange | UnreadPage) -> None:
        """Count a page."""
        if isinstance(change, UnreadPage):
            self.unread.append(change)
            return
        self.looked_at[change.source_id] += 1
        self.changed[change.source_id] += not change.is_alike
        self.versions[change.version_before, change.version_after] += 1
        self.not_compared |= change.not_compared
        self.articles += change.is_article
        self.rehashed += change.is_rehashed
        for one in change.differences:
            self.fields[one.field] += 1
            self._sample(change.url, one)
        if change.is_article and change.words_before != change.words_after:
            self.words.append(
                WordChange(url=change.url, before=change.words_before, after=change.words_after)
            )
        if change.before != change.after:
            way = (change.before, change.after)
            self.flips[way] += 1
            if len(self.flipped[way]) < GREATEST:
                self.flipped[way].append(FlipSample(url=change.url, why=change.why))

    def _sample(self, url: str, difference: Difference) -> None:
        """Keep a few, chosen by their address's hash: the first ones may be all of a kind."""
        kept = self.samples[difference.field]
        kept.append((crc32(url.encode()), url, difference))
        kept.sort(key=lambda one: one[:2])
        del kept[SAMPLES:]


def sum_changes(
    changes: Iterable[PageChange | UnreadPage], archived: Mapping[str, int]
) -> Comparison:
    """Sum up what was found page by page; `archived` says how many pages each source has."""
    tally = ChangeTally()
    for change in changes:
        tally.add(change)
    return report_changes(tally, archived)


def report_changes(tally: ChangeTally, archived: Mapping[str, int]) -> Comparison:
    """Sum up what was counted; `archived` says how many pages each source has."""
    looked_at, changed = tally.looked_at.total(), tally.changed.total()
    gained = [one for one in tally.words if one.after > one.before]
    lost = [one for one in tally.words if one.after < one.before]
    return Comparison(
        line=_line(tally, archived),
        archived=sum(archived.values()),
        looked_at=looked_at,
        alike=looked_at - changed,
        changed=changed,
        articles=tally.articles,
        rehashed=tally.rehashed,
        fields=tuple(_field(tally, name, pages) for name, pages in tally.fields.most_common()),
        flips=_flips(tally),
        gained=_text_change(gained),
        lost=_text_change(lost),
        versions=tuple(
            VersionChange(before=before, after=after, pages=pages)
            for (before, after), pages in tally.versions.most_common()
        ),
        sources=_sources(tally, archived),
        not_compared=tuple(sorted(tally.not_compared)),
        unread=len(tally.unread),
        unread_pages=tuple(tally.unread[:MAX_UNREAD]),
    )


def _flips(tally: ChangeTally) -> tuple[Flip, ...]:
    return tuple(
        Flip(before=way[0], after=way[1], pages=pages, samples=tuple(tally.flipped[way]))
        for way, pages in tally.flips.most_common()
    )


def _sources(tally: ChangeTally, archived: Mapping[str, int]) -> tuple[SourceChange, ...]:
    return tuple(
        SourceChange(
            source_id=source_id,
            archived=pages,
            looked_at=tally.looked_at[source_id],
            changed=tally.changed[source_id],
        )
        for source_id, pages in archived.items()
    )


def _field(tally: ChangeTally, name: str, pages: int) -> FieldChange:
    samples = []
    for _, url, difference in tally.samples[name]:
        lines, more = _diff(difference)
        samples.append(Sample(url=url, lines=lines, more=more))
    share = round(pages / tally.articles, 4)
    return FieldChange(field=name, pages=pages, share=share, samples=tuple(samples))


def _diff(difference: Difference) -> tuple[tuple[DiffLine, ...], int]:
    before, after = difference.before, difference.after
    if difference.field == "body" and isinstance(before, str) and isinstance(after, str):
        return diff_texts(before, after)
    olds, news = _items(before), _items(after)
    if sorted(olds) != sorted(news):  # else it is their order that is another
        olds, news = [o for o in olds if o not in news], [n for n in news if n not in olds]
    return _sides(olds, news)


def _sides(olds: list[str], news: list[str]) -> tuple[tuple[DiffLine, ...], int]:
    """Show whole values: those that are gone, then those that are new."""
    removed, more_removed = diff_texts("\n".join(olds), "")
    added, more_added = diff_texts("", "\n".join(news))
    return (*removed, *added), more_removed + more_added


def _items(value: Value) -> list[str]:
    if value is None:
        return []
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, datetime):
        return [value.astimezone(UTC).isoformat()]
    return [str(value)]


def _text_change(pages: list[WordChange]) -> TextChange:
    sizes = [abs(one.after - one.before) for one in pages]
    greatest = sorted(pages, key=lambda one: (-abs(one.after - one.before), one.url))[:GREATEST]
    return TextChange(
        pages=len(pages), median_words=float(median(sizes or [0])), greatest=tuple(greatest)
    )


def _line(tally: ChangeTally, archived: Mapping[str, int]) -> str:
    looked_at, changed = tally.looked_at.total(), tally.changed.total()
    if not looked_at:
        said = [] if tally.unread else ["nothing archived to compare"]
    elif not changed:
        said = [f"all {looked_at:,} pages come out alike"]
    else:
        alike = f"{looked_at - changed:,} of {looked_at:,} pages come out alike"
        said = [alike, f"{changed:,} change: {_what(tally)}"]
    if (of := sum(archived.values())) > looked_at + len(tally.unread):
        said.append(f"looked at {looked_at:,} of {of:,} archived pages")
    if tally.unread:
        said.append(f"pages that cannot be read: {len(tally.unread):,}")
    return "; ".join(said)


def _what(tally: ChangeTally) -> str:
    """Name what changes: the fields that change most, and outcomes."""
    parts = [f"{name} {pages:,}" for name, pages in tally.fields.most_common(NAMED)]
    if (more := len(tally.fields) - NAMED) > 0:
        parts.append(f"{more} more fields")
    lost = sum(n for (before, _), n in tally.flips.items() if before == ARTICLE)
    won = sum(n for (_, after), n in tally.flips.items() if after == ARTICLE)
    parts += [f"articles that would be rejected {lost:,}"] if lost else []
    parts += [f"rejected pages that would be articles {won:,}"] if won else []
    if other := tally.flips.total() - lost - won:
        parts.append(f"pages rejected for another reason {other:,}")
    return ", ".join(parts) or "their hashes"
