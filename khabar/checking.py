"""check_sources(): every entrance of the catalogue asked now, and held against its promise."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event, Lock
from typing import Literal

from crawlers.catalogue import CatalogueError, Entrance, Source
from crawlers.contact import require_contact
from crawlers.crawl import CrawlDiedError
from crawlers.entrances import Listed
from crawlers.lease import HostBusyError, hosts_of
from crawlers.page import Poll
from crawlers.probe import Probe, Rules, ask_entrances, throw_away_home
from khabar.interrupt import stop_children
from khabar.settings import Settings

AT_ONCE = 4
WAIT_SECONDS = 2.0
LOOK_MINUTES = 3.0
LEAST_DATED = 3
"""Items with a date that it takes to say how many articles a day there are."""

State = Literal["fine", "unreachable", "stale", "slow", "empty", "busy", "resting", "broke"]
UNASKED: tuple[State, ...] = ("busy", "resting")
"""States in which a promise can neither be kept nor broken."""
Hear = Callable[[str, str, bool], None]


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


def choose(sources: Sequence[Source], names: Sequence[str]) -> list[Source]:
    """Take the sources named, or all that are not retired.

    Raises:
        CatalogueError: where one is named that there is not.
    """
    if not names:
        return [source for source in sources if source.retired is None]
    known = {source.id: source for source in sources}
    for name in names:
        if name not in known:
            raise CatalogueError(f"no source {name!r}; `khabar sources` lists those there are")
    return [known[name] for name in dict.fromkeys(names)]


def check_sources(
    sources: Sequence[Source], settings: Settings, *, are_named: bool, hear: Hear
) -> list[Check]:
    """Ask every entrance of some sources, a few sources at a time.

    Raises:
        ContactError: where one of them is live, and the contact leads nowhere.
    """
    require_contact(sources, settings.contact, settings.loopback_pairs)
    stopping = Event()
    with throw_away_home(settings.home) as scratch:
        pool = ThreadPoolExecutor(max_workers=AT_ONCE)
        try:
            turns = {host: Lock() for source in sources for host in hosts_of(source)}
            ask = partial(_ask, scratch, settings, are_named)
            rows = list(pool.map(partial(_check, ask, hear, turns, stopping), sources))
        except BaseException:
            # Threads that still work would wait for their children: those end first.
            stopping.set()
            pool.shutdown(wait=False, cancel_futures=True)
            stop_children()
            raise
        pool.shutdown()
    return [row for found in rows for row in found]


def _check(
    ask: Callable[[Source], list[Check]],
    hear: Hear,
    turns: Mapping[str, Lock],
    stopping: Event,
    source: Source,
) -> list[Check]:
    with ExitStack() as stack:
        # Sources of one host wait for each other here; only other crawls make a host busy.
        for host in sorted(hosts_of(source)):
            stack.enter_context(turns[host])
        if stopping.is_set():
            return []
        hear(source.id, "asking", False)
        rows = ask(source)
    worst = next((row for row in rows if row.state != "fine"), None)
    said = f"{worst.state}: {worst.why}" if worst else "fine"
    hear(source.id, f"{source.id}: {said}", True)
    return rows


def _ask(scratch: Path, settings: Settings, are_named: bool, source: Source) -> list[Check]:
    looked = replace(
        source,
        politeness=replace(
            source.politeness, max_minutes=min(LOOK_MINUTES, source.politeness.max_minutes)
        ),
    )
    try:
        probe = ask_entrances(
            scratch,
            looked,
            contact=settings.contact,
            loopback=settings.loopback_pairs,
            now=datetime.now(UTC),
            wait=WAIT_SECONDS,
        )
        return judge(source, probe, datetime.now(UTC), are_named=are_named)
    except HostBusyError as error:
        return [_unasked(source, one, "busy", str(error), None) for one in source.entrances]
    except CrawlDiedError as error:
        rows = [_unasked(source, one, "broke", str(error), False) for one in source.entrances]
        return [_alarmed(row, source, are_named=are_named) for row in rows]


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
            rows.append(_unasked(source, entrance, "unreachable", "was not asked", False))
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
    return [_alarmed(row, source, are_named=are_named) for row in rows]


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


def _unasked(
    source: Source, entrance: Entrance, state: State, why: str, kept: bool | None
) -> Check:
    return Check(
        source=source.id, kind=entrance.kind, entrance=entrance.url, state=state, why=why,
        reachable=False, status=None, items=0, matched=0, newest_at=None, age_hours=None,
        per_day=None, robots="", crawl_delay=None, promise_kept=kept,
        is_verified=source.verified, is_alarming=False,
    )  # fmt: skip


def _alarmed(row: Check, source: Source, *, are_named: bool) -> Check:
    """Let a broken promise alarm, unless nobody ever verified the source and nobody named it."""
    is_alarming = row.promise_kept is False and (source.verified or are_named)
    return replace(row, is_alarming=is_alarming)
