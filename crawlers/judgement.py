"""What a look was worth: its poll, judged by what was found and by the look before."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime

from crawlers.catalogue import Entrance
from crawlers.entrances import Part
from crawlers.job import CrawlJob, KnownEntrance
from crawlers.page import FailReason, Poll, SkipReason
from crawlers.polling import EMPTY, is_passing, is_stale, is_well, next_interval
from crawlers.tally import MAX_HASHES, Tally, say

Known = Mapping[str, KnownEntrance]


@dataclass(slots=True, kw_only=True)
class Opened:
    """An entrance, or a part, whose own document was read, and whose parts are not yet all."""

    entrance: Entrance
    part_of: str | None
    tally: Tally
    waiting: deque[Part] = field(default_factory=deque)
    polls: list[Poll] = field(default_factory=list)
    """Looks at its own parts."""

    def drop_done(self, done: AbstractSet[str]) -> int:
        """Drop the parts that another index had read; count those that wait."""
        self.waiting = deque(part for part in self.waiting if part.url not in done)
        return len(self.waiting)


def judge(one: Opened, known: Known, job: CrawlJob, stands_in_for: str | None) -> Poll:
    """Judge a look by what it found, in its parts too, and by what was known before."""
    tally, parts, part_of = one.tally, one.polls, one.part_of
    before = known.get(one.entrance.url)
    if tally.reason is None and tally.parts:
        tally.reason, tally.detail = _trouble_of(parts, tally)
    failed = [poll for poll in parts if is_passing(poll.reason)]
    tally.left_out["parts that failed"] = len(failed)
    tally.is_cut_short |= bool(failed) or any(poll.is_cut_short for poll in parts)
    overlapped = _overlapped(tally, parts, before)
    matched = len(tally.pages) + sum(poll.matched for poll in parts)
    new_items = tally.new_items + sum(poll.new_items for poll in parts)
    lost = overlapped is False and matched > 0 and tally.reason is None
    minutes = next_interval(
        job.source.interval_minutes,
        before,
        reason=tally.reason,
        is_losing=lost,
        is_cut_short=tally.is_cut_short,
        new_share=new_items / max(matched, 1),
    )
    newest_at = _newest(tally, parts, known, before)
    is_empty = _lists_nothing(one, before)
    if is_empty:
        tally.detail = "; ".join(filter(None, (EMPTY, tally.detail)))
    return replace(
        _bare_poll(one, before, job.source.id),
        newest_at=newest_at,
        detail=say(tally, job.source.tls_exception, lost=lost, is_part=part_of is not None),
        is_stale=is_empty or (part_of is None and _is_stale(tally, newest_at, before, job)),
        part_of=part_of,
        stands_in_for=stands_in_for,
        next_interval_minutes=minutes if part_of is None or tally.reason else None,
        overlapped=overlapped,
    )


def _bare_poll(one: Opened, before: KnownEntrance | None, source_id: str) -> Poll:
    """Write down what was seen; where nothing was modified, what was seen before."""
    tally = one.tally
    unmodified = before if tally.is_unmodified else None
    # "Not modified" would be said of the whole answer, which we have not got.
    etag, last_modified = (None, None) if tally.is_cut_short else (tally.etag, tally.last_modified)
    return Poll(
        source_id=source_id,
        entrance=one.entrance.url,
        kind=one.entrance.kind,
        polled_at=tally.polled_at,
        status=tally.status,
        reason=tally.reason,
        items=tally.items,
        matched=len(tally.pages) + len(tally.unaskable),
        new_items=tally.new_items,
        is_cut_short=tally.reason is None and tally.is_cut_short,
        oldest_at=min(tally.moments, default=None),
        etag=unmodified.etag if unmodified else etag,
        last_modified=unmodified.last_modified if unmodified else last_modified,
        item_hashes=unmodified.item_hashes
        if unmodified
        else tuple(sorted(tally.hashes())[:MAX_HASHES]),
    )


def _lists_nothing(one: Opened, before: KnownEntrance | None) -> bool:
    """Tell whether an entrance answered, and lists no article where it should.

    A feed or news sitemap may be empty while there is no news: it is believed until it has listed
    something once. A listing page always shows something.
    """
    tally = one.tally
    if one.part_of is not None or tally.reason or tally.is_unmodified:
        return False
    if tally.parts or tally.pages or tally.unaskable:
        return False
    has_listed = before is not None and bool(before.item_hashes or before.newest_at)
    return has_listed or one.entrance.kind == "listing"


def _is_stale(
    tally: Tally, newest_at: datetime | None, before: KnownEntrance | None, job: CrawlJob
) -> bool:
    newest_at = newest_at or (before.newest_at if before else None)
    hours = job.source.expect.max_age_hours
    return tally.reason is None and is_stale(newest_at, job.now, hours)


def _newest(
    tally: Tally, parts: Sequence[Poll], known: Known, before: KnownEntrance | None
) -> datetime | None:
    """Find the newest item that is listed, in parts not read again too."""
    moments: Iterable[datetime | None] = [*tally.moments, *(poll.newest_at for poll in parts)]
    if tally.parts:
        of = {part.url for part in tally.parts}
        moments = [*moments, *(one.newest_at for one in known.values() if one.url in of)]
    if tally.is_unmodified and before:
        moments = [before.newest_at]
    return max((moment for moment in moments if moment), default=None)


def _trouble_of(
    parts: Sequence[Poll], tally: Tally
) -> tuple[FailReason | SkipReason | None, str | None]:
    """Give the trouble of an index none of whose parts can be read."""
    if tally.unchanged or any(map(is_well, parts)) or tally.pages:
        return None, None
    if parts:
        return parts[0].reason, f"none of its parts could be read: {parts[0].detail}"
    if tally.left_out["parts that failed before"]:
        return "gone", "all of its parts failed before"
    return None, None


def _overlapped(tally: Tally, parts: Sequence[Poll], before: KnownEntrance | None) -> bool | None:
    """Tell whether anything of the look before is listed again; an index, by its parts."""
    if tally.is_unmodified or tally.unchanged:
        return True
    if before and before.item_hashes:
        return not tally.hashes().isdisjoint(before.item_hashes)
    told = [poll.overlapped for poll in parts if poll.overlapped is not None]
    return any(told) if told else None
