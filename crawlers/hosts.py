"""How each host fares, remembered under locks/, so that one in trouble is left alone."""

import logging
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from crawlers.answers import Trouble
from crawlers.batch import write_whole
from crawlers.lease import host_key, host_path
from crawlers.network import mark_answer, was_answered_lately
from crawlers.records import Exchange
from crawlers.signs import LONGEST_ASKED_REST, asked_rest, is_welcome, named, read_sign

FAILURES_TO_REST = 5
BLOCKS_TO_REST = 3
FIRST_REST = timedelta(minutes=10)
LONGEST_REST = timedelta(hours=6)
BLOCKED_REST = timedelta(hours=24)
LONGEST = max(LONGEST_REST, LONGEST_ASKED_REST, BLOCKED_REST)
MAX_PROBES = 4
"""Entrances of a host that may be tried in the course of one rest, after one was blocked."""

log = logging.getLogger("khabar.hosts")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostState:
    """Why a host was let rest last, and until when; it may be over."""

    sign: Literal["down", "asked", "blocked"]
    times: int
    """How often in a row."""
    until: AwareDatetime
    why: str
    tried: tuple[str, ...] = ()
    """Addresses not to be tried while it lasts: blocked since it began, or open before it did."""


STATE_JSON: TypeAdapter[HostState] = TypeAdapter(HostState)


class Hosts:
    """What one crawl knows of its hosts; `now` is the machine's clock, whatever the batch's is.

    A host that blocks one of a source's entrances may leave another open: while it rests, each of
    `entrances` may be tried once, and where one answers, the rest is over.
    """

    def __init__(
        self,
        home: Path,
        now: Callable[[], datetime],
        *,
        entrances: Collection[str] = (),
        is_forced: bool = False,
    ) -> None:
        """Begin; a forced crawl asks in spite of a rest that the host did not ask for."""
        self._home = home
        self._now = now
        self._entrances = frozenset(entrances)
        self._is_forced = is_forced
        self._states: dict[str, HostState | None] = {}
        self._failures: Counter[str] = Counter()
        self._blocks: Counter[str] = Counter()
        self._answered: set[str] = set()
        self._welcomed: set[str] = set()

    def resting(self, url: str, asked_for: str | None = None) -> Trouble | None:
        """Say until when a URL's host rests; None where it may be asked.

        `asked_for` is the URL that redirects led from.
        """
        state, now = self._rest_of(url), self._now()
        if state is None or self._may_try(state, url, asked_for or url):
            return None
        detail = f"{_moment(state.until, now)}: {state.why}"
        if state.sign != "asked":
            detail += "; a run with --force asks before then"
        return Trouble(reason="host_resting", detail=detail)

    def note(self, url: str, answer: Exchange | Trouble, asked_for: str | None = None) -> None:
        """Learn from an answer; what was under way when the rest began teaches nothing.

        But for an entrance that may be tried while the host rests.
        """
        if isinstance(answer, Exchange) or answer.exchanges:
            mark_answer(self._home, self._now())
        sign, rest, host = read_sign(answer), self._rest_of(url), host_key(url)
        if sign is None:
            return
        if rest:
            self._learn_of_try(rest, url, answer, asked_for or url)
        elif sign == "well":
            self._heal(host, is_welcome=is_welcome(url, answer))
        elif sign == "asked":
            self._rest(host, "asked", asked_rest(answer), "the host asked for rest")
        elif sign == "down":
            self._count_failure(host, answer)
        else:
            self._count_block(host, answer, asked_for or url)

    def _rest_of(self, url: str) -> HostState | None:
        state, now = self._state(host_key(url)), self._now()
        # The bound is for a clock that was ahead when the rest began.
        return state if state and now < state.until <= now + LONGEST else None

    def _may_try(self, rest: HostState, url: str, asked_for: str) -> bool:
        if rest.sign != "blocked" or url in rest.tried or len(rest.tried) >= MAX_PROBES:
            return False
        untried = self._entrances.difference(rest.tried)
        if urlsplit(url).path == "/robots.txt":
            return any(host_key(entrance) == host_key(url) for entrance in untried)
        return asked_for in untried

    def _learn_of_try(
        self, rest: HostState, url: str, answer: Exchange | Trouble, asked_for: str
    ) -> None:
        if not self._may_try(rest, url, asked_for):
            return
        host = host_key(url)
        if is_welcome(url, answer):
            self._heal(host, is_welcome=True)
        elif read_sign(answer) == "blocked":
            self._keep(host, replace(rest, tried=(*rest.tried, asked_for)))

    def _heal(self, host: str, *, is_welcome: bool) -> None:
        self._failures[host] = 0
        self._answered.add(host)
        state = self._state(host)
        if is_welcome:
            self._blocks[host] = 0
            self._welcomed.add(host)
        if state and (is_welcome or state.sign != "blocked"):
            self._states[host] = None
            self._path(host).unlink(missing_ok=True)

    def _count_failure(self, host: str, answer: Exchange | Trouble) -> None:
        """Let a host rest after some failures in a row, or at once where it never answered.

        Not where no host at all answered lately: then our own network is down.
        """
        if not was_answered_lately(self._home, self._now()):
            return
        self._failures[host] += 1
        count = self._failures[host]
        if host not in self._answered:
            self._rest(host, "down", None, f"it does not answer ({named(answer)})")
        elif count >= FAILURES_TO_REST:
            self._rest(host, "down", None, f"{count} failures in a row ({named(answer)})")

    def _count_block(self, host: str, answer: Exchange | Trouble, asked_for: str) -> None:
        """Let a host rest that blocks us; single pages may be guarded where others are not."""
        self._blocks[host] += 1
        state = self._state(host)
        was_blocked = state is not None and state.sign == "blocked"
        if was_blocked or host not in self._welcomed or self._blocks[host] >= BLOCKS_TO_REST:
            why = f"it blocks us ({named(answer)})"
            # Where articles are guarded, an open entrance leads to nothing.
            tried = self._entrances if host in self._welcomed else (asked_for,)
            self._rest(host, "blocked", BLOCKED_REST, why, tuple(sorted(tried)))

    def _rest(
        self,
        host: str,
        sign: Literal["down", "asked", "blocked"],
        rest: timedelta | None,
        why: str,
        tried: tuple[str, ...] = (),
    ) -> None:
        before, now = self._state(host), self._now()
        times = before.times + 1 if before and before.sign == sign else 1
        # 2 ** 6 x 10 minutes is beyond the longest rest already.
        rest = rest or min(LONGEST_REST, FIRST_REST * 2 ** min(times - 1, 6))
        state = HostState(sign=sign, times=times, until=now + rest, why=why, tried=tried)
        self._failures[host] = self._blocks[host] = 0
        self._keep(host, state)
        log.warning("%s is left alone %s: %s", host, _moment(state.until, now), why)

    def _keep(self, host: str, state: HostState) -> None:
        self._states[host] = state
        write_whole(self._path(host), STATE_JSON.dump_json(state))

    def _state(self, host: str) -> HostState | None:
        if host not in self._states:
            state = self._read(host)
            if state and self._is_forced and state.sign != "asked":
                state = replace(state, until=min(state.until, self._now()))
            self._states[host] = state
        return self._states[host]

    def _read(self, host: str) -> HostState | None:
        path = self._path(host)
        try:
            return STATE_JSON.validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError):
            log.warning("%s cannot be read; taken as if the host had never been in trouble", path)
            return None

    def _path(self, host: str) -> Path:
        return host_path(self._home, host, "json")


def _moment(until: datetime, now: datetime) -> str:
    until, now = until.astimezone(UTC), now.astimezone(UTC)
    return (
        f"until {until:%H:%M} UTC"
        if until.date() == now.date()
        else f"until {until:%-d %b %H:%M} UTC"
    )
