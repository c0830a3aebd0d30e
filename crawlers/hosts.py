"""How each host fares, remembered under locks/, so that one in trouble is left alone."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from crawlers.answers import Trouble, retry_after
from crawlers.batch import write_whole
from crawlers.lease import host_key, host_path
from crawlers.records import Exchange

FAILURES_TO_REST = 5
BLOCKS_TO_REST = 3
FIRST_REST = timedelta(minutes=10)
LONGEST_REST = timedelta(hours=6)
LONGEST_ASKED_REST = timedelta(hours=24)
BLOCKED_REST = timedelta(hours=24)
MAX_RETRY_AFTER_SECONDS = 60.0
"""What a crawl waits for; a host that asks for more rests."""

_DOWN = ("refused", "timeout", "reset", "tls")
"""Not `dns`: no host is asked then, and when our own network is down, every name is unknown."""
_ANSWERED = ("too_large", "bad_response")
Sign = Literal["down", "asked", "blocked", "well"]
log = logging.getLogger("khabar.hosts")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostState:
    """Why a host was let rest last, and until when; it may be over."""

    sign: Literal["down", "asked", "blocked"]
    times: int
    """How often in a row."""
    until: AwareDatetime
    why: str


STATE_JSON: TypeAdapter[HostState] = TypeAdapter(HostState)


class Hosts:
    """What one crawl knows of its hosts; `now` is the machine's clock, whatever the batch's is."""

    def __init__(self, home: Path, now: Callable[[], datetime]) -> None:
        self._home = home
        self._now = now
        self._states: dict[str, HostState | None] = {}
        self._failures: Counter[str] = Counter()
        self._blocks: Counter[str] = Counter()
        self._answered: set[str] = set()
        self._welcomed: set[str] = set()

    def resting(self, url: str) -> Trouble | None:
        """Say until when a URL's host rests; None where it may be asked."""
        state, now = self._state(host_key(url)), self._now()
        if state is None or state.until <= now:
            return None
        return Trouble(reason="host_resting", detail=f"{_moment(state.until, now)}: {state.why}")

    def note(self, url: str, answer: Exchange | Trouble) -> None:
        """Learn from an answer; what was under way when the rest began teaches nothing."""
        sign = _sign(answer)
        if sign is None or self.resting(url):
            return
        host = host_key(url)
        if sign == "well":
            self._heal(host, is_welcome=urlsplit(url).path != "/robots.txt")
        elif sign == "asked":
            self._rest(host, "asked", _asked_rest(answer), "the host asked for rest")
        elif sign == "down":
            self._count_failure(host, answer)
        else:
            self._count_block(host, answer)

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
        """Let a host rest after some failures in a row, or at once where it never answered."""
        self._failures[host] += 1
        count = self._failures[host]
        if host not in self._answered:
            self._rest(host, "down", None, f"it does not answer ({_named(answer)})")
        elif count >= FAILURES_TO_REST:
            self._rest(host, "down", None, f"{count} failures in a row ({_named(answer)})")

    def _count_block(self, host: str, answer: Exchange | Trouble) -> None:
        """Let a host rest that blocks us; single pages may be guarded where others are not."""
        self._blocks[host] += 1
        state = self._state(host)
        was_blocked = state is not None and state.sign == "blocked"
        if was_blocked or host not in self._welcomed or self._blocks[host] >= BLOCKS_TO_REST:
            self._rest(host, "blocked", BLOCKED_REST, f"it blocks us ({_named(answer)})")

    def _rest(
        self, host: str, sign: Literal["down", "asked", "blocked"], rest: timedelta | None, why: str
    ) -> None:
        before, now = self._state(host), self._now()
        times = before.times + 1 if before and before.sign == sign else 1
        # 2 ** 6 x 10 minutes is beyond the longest rest already.
        rest = rest or min(LONGEST_REST, FIRST_REST * 2 ** min(times - 1, 6))
        state = HostState(sign=sign, times=times, until=now + rest, why=why)
        self._states[host] = state
        self._failures[host] = self._blocks[host] = 0
        write_whole(self._path(host), STATE_JSON.dump_json(state))
        log.warning("%s is left alone %s: %s", host, _moment(state.until, now), why)

    def _state(self, host: str) -> HostState | None:
        if host not in self._states:
            self._states[host] = self._read(host)
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


def _sign(answer: Exchange | Trouble) -> Sign | None:
    """Read what an answer tells of its host; None where it tells nothing."""
    if isinstance(answer, Trouble):
        if answer.reason == "blocked":
            return "blocked"
        return "down" if answer.reason in _DOWN else "well" if answer.reason in _ANSWERED else None
    if answer.status == 429:
        return "asked"
    if answer.status == 503 and (retry_after(answer) or 0) > MAX_RETRY_AFTER_SECONDS:
        return "asked"
    return "down" if answer.status >= 500 else "well"


def _asked_rest(answer: Exchange | Trouble) -> timedelta | None:
    seconds = retry_after(answer) if isinstance(answer, Exchange) else None
    if not seconds:
        return None
    return timedelta(seconds=min(seconds, LONGEST_ASKED_REST.total_seconds()))


def _named(answer: Exchange | Trouble) -> str:
    return f"HTTP {answer.status}" if isinstance(answer, Exchange) else answer.detail


def _moment(until: datetime, now: datetime) -> str:
    until, now = until.astimezone(UTC), now.astimezone(UTC)
    return (
        f"until {until:%H:%M} UTC"
        if until.date() == now.date()
        else f"until {until:%-d %b %H:%M} UTC"
    )
