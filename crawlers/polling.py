"""How an entrance is judged by its looks: how heavy a failure weighs, stale or not, when next."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from crawlers.job import KnownEntrance
from crawlers.page import FailReason, Poll, SkipReason

DAY_MINUTES = 1440.0
NAMED = 3
"""Entrances that are named in short, at most."""
MOST = 4.0
"""Of the source's interval: how long a well entrance that lists nothing new may be let be."""
LEAST = 0.5
"""Of it too: how soon one is asked again that lists much, or lists nothing twice."""
LEAST_MINUTES = 5.0
MUCH_NEW = 1 / 3
LITTLE_NEW = 0.05
STEP = 1.5
LOST = "items are being lost"
EMPTY = "lists no article"
TRUSTED_HOURS = 6.0
"""Age of the newest item up to which "not modified" is believed: an ETag that never changes would
blind us for ever, one of a feed that was fresh this morning for no longer than this."""

_HARD, _SOFT, _PASSING = 1.0, 0.5, 0.25
_WEIGHTS: dict[FailReason | SkipReason, float] = {
    "dns": _PASSING,
    "timeout": _SOFT,
    "reset": _SOFT,
    "refused": _SOFT,
    "http_5xx": _SOFT,
    "http_429": _SOFT,
    "broken_feed": _SOFT,
    "bad_response": _SOFT,
    # Nothing was asked: the host is left alone for what weighed already, or our time was over.
    "host_resting": 0.0,
    "deferred": 0.0,
}
_OF_THE_HOST = (
    "dns", "refused", "tls", "http_429", "private_address", "host_resting", "deferred",
)  # fmt: skip


def weigh(reason: FailReason | SkipReason | None) -> float:
    """Weigh a failure: hard 1, one that may pass by itself a half, a name not found a quarter."""
    return 0.0 if reason is None else _WEIGHTS.get(reason, _HARD)


def is_passing(reason: FailReason | SkipReason | None) -> bool:
    """Tell whether something failed that may come yet."""
    return reason is not None and weigh(reason) < _HARD


def is_of_the_host(reason: FailReason | SkipReason | None) -> bool:
    """Tell whether a failure strikes all entrances of a host, so that no other need be asked."""
    return reason in _OF_THE_HOST


def is_stale(newest_at: datetime | None, now: datetime, max_age_hours: float) -> bool:
    """Tell whether the newest item is older than the source promises; never where undated."""
    return newest_at is not None and now - newest_at > timedelta(hours=max_age_hours)


def is_well(poll: Poll) -> bool:
    """Tell whether a look found what an entrance is for."""
    return poll.reason is None and not poll.is_stale


def may_ask_if_modified(known: KnownEntrance, now: datetime) -> bool:
    """Tell whether "not modified" would be believed."""
    newest_at = known.newest_at
    if newest_at is None or newest_at > now:  # of a day that is not over
        return False
    return known.is_well and not is_stale(newest_at, now, TRUSTED_HOURS)


def next_interval(
    base: float,
    known: KnownEntrance | None,
    *,
    reason: FailReason | SkipReason | None,
    is_losing: bool,
    is_cut_short: bool = False,
    new_share: float,
) -> float | None:
    """Decide for how many minutes to let an entrance be; `base` is the source's own interval.

    None where nothing was asked: it is as due as it was.

    What fails is let be ever longer, up to a day. What answers is asked sooner where items were
    lost or a third of them is new, and later where hardly any is (Media Cloud's rss-fetcher).
    """
    before = known.failure_weight if known else 0.0
    if reason is not None and not weigh(reason):
        return None
    if weight := weigh(reason):
        return min(base * math.exp2(min(before + weight, 12.0)), max(base, DAY_MINUTES))
    if known is None or known.interval_minutes is None or before:
        return base
    minutes = known.interval_minutes
    if is_losing:
        minutes /= 2
    elif new_share >= MUCH_NEW:
        minutes /= STEP
    elif new_share <= LITTLE_NEW:
        minutes *= STEP
    if is_cut_short:
        minutes = min(minutes, base)
    return bounded(base, minutes)


def bounded(base: float, minutes: float) -> float:
    """Keep an interval between the bounds that its source's own sets."""
    return min(max(minutes, base * LEAST, LEAST_MINUTES), max(base * MOST, LEAST_MINUTES))


def troubles(polls: Sequence[Poll], now: datetime) -> list[str]:
    """Say of each entrance what an operator should know; nothing of those that are well."""
    said = []
    asked = {poll.entrance: poll for poll in polls if poll.part_of is None}
    for poll in asked.values():
        instead = [p for p in asked.values() if p.stands_in_for == poll.entrance and is_well(p)]
        said += _trouble(poll, instead, now)
    for poll in asked.values():
        rests = poll.stands_in_for is not None and poll.stands_in_for not in asked
        if rests and is_well(poll):
            used = f"{poll.kind} {poll.entrance} used instead"
            said.append(f"{poll.stands_in_for} rests, dead or stale: {used}")
    return said


def in_short(polls: Sequence[Poll]) -> str | None:
    """Say in some words which entrances cannot be used, and what is used; None where all can."""
    asked = {poll.entrance: poll for poll in polls if poll.part_of is None}
    dead = [poll for poll in asked.values() if not is_well(poll)]
    said = [f"{poll.kind} {_verdict(poll)}" for poll in dead[:NAMED]]
    said += [f"and {len(dead) - NAMED} more"] if len(dead) > NAMED else []
    rests = {p.stands_in_for for p in asked.values() if p.stands_in_for not in (None, *asked)}
    said += [f"{len(rests)} rest after failing"] if rests else []
    used = dict.fromkeys(poll.kind for poll in asked.values() if is_well(poll))
    return f"{', '.join(said)}; {', '.join(used) or 'nothing else'} used" if said else None


def _verdict(poll: Poll) -> str:
    if poll.reason is not None:
        verb = "is dead" if weigh(poll.reason) == _HARD else "fails"
        return f"{verb}: {poll.detail or poll.reason}"[:80]
    return EMPTY if _is_empty(poll) else "is stale"


def _is_empty(poll: Poll) -> bool:
    return poll.is_stale and (poll.detail or "").startswith(EMPTY)


def _trouble(poll: Poll, instead: Sequence[Poll], now: datetime) -> list[str]:
    named = f"{poll.kind} {poll.entrance}"
    if poll.reason is not None:
        verb = "is dead" if weigh(poll.reason) == _HARD else "fails"
        text = f"{named} {verb} ({poll.reason}: {poll.detail})"
    elif _is_empty(poll):
        text = f"{named} {EMPTY}"
    elif poll.is_stale:
        text = f"{named} is stale (newest {_age(poll.newest_at, now)})"
    elif LOST in (poll.detail or ""):
        return [f"{LOST} at {named}"]
    elif poll.is_cut_short:
        return [f"{named} could not be read to its end ({poll.detail}): the next look reads on"]
    else:
        return []
    used = ", ".join(f"{other.kind} {other.entrance}" for other in instead)
    return [f"{text}: {used} used instead" if used else text]


def _age(newest_at: datetime | None, now: datetime) -> str:
    if newest_at is None:
        return "long ago"
    hours = (now - newest_at).total_seconds() / 3600
    return f"{hours / 24:.0f} days old" if hours >= 48 else f"{hours:.0f} hours old"
