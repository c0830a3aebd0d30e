"""judge(): what each entrance of a source answered, held against what the source promises."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from crawlers.catalogue import Entrance, Source
from crawlers.entrances import Listed
from crawlers.page import Poll
from crawlers.probe import Probe, Rules

LOOK_MINUTES = 3.0
LEAST_DATED = 3
"""Items with a date that it takes to say how many articles a day there are."""

State = Literal["fine", "unreachable", "stale", "slow", "empty", "busy", "resting", "broke"]
UNASKED: tuple[State, ...] = ("busy", "resting")
"""States in which a promise can neither be kept nor broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What one entrance answers now."""

    source: str
    kind: str
    entrance: str
    state: State
    """What it is; a source's slowness stands at each of its entrances."""
    why: str | None
    """Why it is not fine, in one line."""
    reachable: bool
    status: int | None
    items: int
    matched: int
    """Items that the article rule lets through."""
    newest_at: datetime | None
    age_hours: float | None
    """Age of the newest item; None where no item has a date."""
    per_day: float | None
    """Articles a day, from the dates of the items; None where too few have one."""
    robots: str
    crawl_delay: float | None
    promise_kept: bool | None
    """None where it could not be judged: a crawl has the host, or it rests, or time ran out."""
    is_verified: bool
    is_alarming: bool
    """Whether it makes the exit code red: below its promise, and verified or named."""


def judge(source: Source, probe: Probe, now: datetime, *, are_named: bool) -> list[Check]:
    """Hold what each entrance answered against what the source promises."""
    polls = {poll.entrance: poll for poll in probe.polls}
    items = {url: [one for _, one in probe.items(url)] for url in polls}
    rates = {url: rate for url in polls if (rate := rate_of(items[url])) is not None}
    best = max(rates.values(), default=None)
    rows = []
    for entrance in source.entrances:
        poll = polls.get(entrance.url)
        if poll is None:
            rows.append(unasked(source, entrance, "unreachable", "was not asked", False))
            continue
        listed = sum(look.poll.items for look in probe.looks_of(entrance.url))
        matched = len(items[entrance.url])
        state, why = _state(source, poll, best, now, None if matched else _in_vain(listed))
        rules = probe.rules(entrance.url)
        rows.append(
            Check(
                source=source.id,
                kind=entrance.kind,
                entrance=entrance.url,
                state=state,
                why=why,
                reachable=poll.reason is None,
                status=poll.status,
                items=listed,
                matched=matched,
                newest_at=poll.newest_at,
                age_hours=_age_hours(poll, now),
                per_day=rates.get(entrance.url),
                robots=_robots(rules, poll),
                crawl_delay=rules.crawl_delay,
                promise_kept=None if state in UNASKED else state == "fine",
                is_verified=source.verified,
                is_alarming=False,
            )
        )
    return [alarmed(row, source, are_named=are_named) for row in rows]


def rate_of(items: Sequence[Listed]) -> float | None:
    """Say how many articles a day the dates of some items speak of.

    The newer half of them tells it: old items come up again in feeds (Dawn's live blogs).
    """
    dates = sorted((at for one in items if (at := one.item.published_at)), reverse=True)
    if len(dates) < LEAST_DATED:
        return None
    half = dates[len(dates) // 2]
    days = max((dates[0] - half).total_seconds() / 86_400, 1 / 24)
    return round(len(dates) // 2 / days, 1)


def _state(
    source: Source, poll: Poll, rate: float | None, now: datetime, in_vain: str | None
) -> tuple[State, str | None]:
    promise = source.expect
    if poll.reason == "deferred":
        return "busy", f"its turn did not come in {LOOK_MINUTES:g} minutes"
    if poll.reason == "host_resting":
        return "resting", poll.detail
    if poll.reason is not None:
        return "unreachable", f"{poll.reason}: {poll.detail}"
    if in_vain is not None:
        return "empty", in_vain
    newest = poll.newest_at
    if newest is not None and now - newest > timedelta(hours=promise.max_age_hours):
        age = (now - newest).total_seconds() / 3600
        return "stale", f"newest item is {age:,.0f} h old, promised are {promise.max_age_hours:g}"
    if (
        promise.articles_per_day is not None
        and rate is not None
        and rate < promise.articles_per_day
    ):
        return "slow", f"{rate:g} articles a day, promised are {promise.articles_per_day:g}"
    return "fine", None


def _in_vain(listed: int) -> str:
    return f"{listed} items, and the article rule matches none of them" if listed else "0 items"


def _age_hours(poll: Poll, now: datetime) -> float | None:
    return (
        None
        if poll.newest_at is None
        else max(0.0, round((now - poll.newest_at).total_seconds() / 3600, 1))
    )


def _robots(rules: Rules, poll: Poll) -> str:
    if poll.reason == "robots":
        return "forbidden"
    if poll.reason in ("host_resting", "deferred"):
        return ""
    if rules.state == "read":
        return f"allowed, {rules.crawl_delay:g} s apart" if rules.crawl_delay else "allowed"
    return "none: allowed" if rules.state == "none" else "could not be read"


def unasked(source: Source, entrance: Entrance, state: State, why: str, kept: bool | None) -> Check:
    """Say of an entrance that nobody could ask it."""
    return Check(
        source=source.id, kind=entrance.kind, entrance=entrance.url, state=state, why=why,
        reachable=False, status=None, items=0, matched=0, newest_at=None, age_hours=None,
        per_day=None, robots="", crawl_delay=None, promise_kept=kept,
        is_verified=source.verified, is_alarming=False,
    )  # fmt: skip


def alarmed(row: Check, source: Source, *, are_named: bool) -> Check:
    """Let a broken promise alarm, unless nobody ever verified the source and nobody named it."""
    is_alarming = row.promise_kept is False and (source.verified or are_named)
    return replace(row, is_alarming=is_alarming)
