"""What the documents of one entrance, or of one part, list: counted as they are read."""

import re
from collections import Counter
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from crawlers.answers import broken
from crawlers.entrances import Listed, Listing, Part, make_writable
from crawlers.entrances.dates import end_of
from crawlers.journal import Unaskable
from crawlers.page import FailReason, SkipReason
from crawlers.polling import LOST
from crawlers.urls import TooLongError, ascii_url, key_hash, unaskable_key, url_key

MAX_HASHES = 1000
AHEAD = timedelta(days=1)
"""How far in the future an item may be dated; what is further is a mistake."""


@dataclass(slots=True)
class Tally:
    """What the documents of one entrance, or of one part, listed so far."""

    polled_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    status: int | None = None
    reason: FailReason | SkipReason | None = None
    detail: str | None = None
    is_unmodified: bool = False
    is_cut_short: bool = False
    etag: str | None = None
    last_modified: str | None = None
    items: int = 0
    new_items: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    pages: dict[str, Listed] = field(default_factory=dict)
    unaskable: dict[str, Unaskable] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    unchanged: int = 0
    moments: list[datetime] = field(default_factory=list)

    def count(
        self,
        listing: Listing,
        rule: re.Pattern[str],
        known: AbstractSet[int],
        now: datetime,
        zone: ZoneInfo | None,
    ) -> bool:
        """Apply the article rule; tell whether the document listed anything not known yet."""
        self.items += len(listing.items) + listing.without_link + listing.over_bound
        self.left_out["items without an address"] += listing.without_link
        self.left_out["items over the bound"] += listing.over_bound
        self.parts = listing.parts
        if listing.is_cut_short:
            self.is_cut_short, self.detail = True, "it broke off: its end is missing"
        fresh = False
        for listed in map(make_writable, listing.items):
            if not rule.search(listed.url):
                continue
            try:
                key = url_key(listed.url)
            except ValueError as error:
                odd = unaskable(listed, error)
                self.unaskable.setdefault(odd.url_key, odd)
                continue
            moment = _moment(listed, now, zone)
            if moment is not None:
                self.moments.append(moment)
            written = as_asked(listed)
            # Most addresses are their own key: of 50,000, a second copy is 7 MB.
            self.pages.setdefault(written.url if key == written.url else key, written)
            fresh = fresh or key_hash(key) not in known
        return fresh

    def hashes(self) -> set[int]:
        """Hash the url_keys that the article rule matched."""
        return {key_hash(key) for key in self.pages}


def _moment(listed: Listed, now: datetime, zone: ZoneInfo | None) -> datetime | None:
    """Date an item; a day without a time counts as its end, lest it is called stale too early."""
    item = listed.item
    moment = item.published_at or listed.changed_at
    day = item.published_on or listed.changed_on
    if moment is not None or day is None:
        return moment if moment and moment <= now + AHEAD else None
    ends_at = end_of(day, zone)
    return ends_at if ends_at - timedelta(days=1) <= now + AHEAD else None


def as_asked(listed: Listed) -> Listed:
    """Write an item's address as it is asked; the article rule is for it as it was listed."""
    url = ascii_url(listed.url)
    return listed if url == listed.url else replace(listed, url=url)


def unaskable(listed: Listed, error: ValueError) -> Unaskable:
    """Give an item whose address cannot be asked what stands for its url_key, and the reason."""
    key = unaskable_key(listed.url)
    return Unaskable(
        url_key=key,
        listed=replace(listed, url=key.removeprefix("unaskable:")),
        reason="over_bound" if isinstance(error, TooLongError) else "bad_url",
        detail=broken(error).detail,
    )


def say(tally: Tally, tls_exception: str | None, *, lost: bool, is_part: bool) -> str | None:
    """Tell people what went wrong, and what was listed but is on no line of the ledger."""
    left_out = [f"{count} {what}" for what, count in tally.left_out.items() if count]
    said = [tally.detail] if tally.detail else []
    if lost:
        said.append("nothing of the look before is listed again")
        said[-1] += "" if is_part else f": {LOST}"
    said += [f"left out: {', '.join(left_out)}"] if left_out else []
    said += [f"unchanged parts: {tally.unchanged}"] if tally.unchanged else []
    said += [f"certificate not verified: {tls_exception}"] if tls_exception else []
    return "; ".join(said) or None
