"""One URL → its answer or the reason why there is none: redirects, retries, bounds."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from urllib.parse import urljoin, urlsplit

from scrapy import Request

from crawlers.answers import Reply, Trouble, retry_after
from crawlers.blocks import blocked_by, most_bytes
from crawlers.body import CutBodyError, TooLargeError, decode_body
from crawlers.failures import DOWNLOAD_ERRORS, name_trouble
from crawlers.hosts import Hosts
from crawlers.lease import host_key
from crawlers.records import Exchange
from crawlers.signs import MAX_RETRY_AFTER_SECONDS
from crawlers.urls import ascii_url, url_key

MAX_HOPS = 10
TRIES = 3
BACKOFF_SECONDS = 0.5
MAX_TIMEOUT_SECONDS = 30.0
_REDIRECTS = (301, 302, 303, 307, 308)
_TEMPORARY = ("dns", "refused", "timeout", "reset")


Check = Callable[[str], Awaitable[Trouble | None]]


class Fetcher:
    """Asks through Scrapy's downloader, which keeps the distance between requests."""

    def __init__(
        self,
        engine: Any,
        *,
        user_agent: str,
        seconds: float,
        hosts: Hosts,
        why_stop: Callable[[], str | None],
    ) -> None:
        self._engine = engine
        self._user_agent = user_agent
        self._hosts = hosts
        self._why_stop = why_stop
        self.stopped: str | None = None
        """Why it was given up before its time."""
        self._ends = monotonic() + seconds
        # No single answer may take more than a quarter of the source's time.
        self._timeout = min(MAX_TIMEOUT_SECONDS, seconds / 4)
        self.requests = 0

    @property
    def seconds_left(self) -> float:
        """Seconds until the source's time is over."""
        return self._ends - monotonic()

    def over(self) -> Trouble | None:
        """Say why nothing more is asked; None as long as there is time, and no cause to stop."""
        if self.seconds_left <= 0:
            return Trouble(reason="deferred", detail="the source's time was over")
        self.stopped = self.stopped or self._why_stop()
        return Trouble(reason="deferred", detail=self.stopped) if self.stopped else None

    async def fetch(
        self, url: str, *, check: Check, max_bytes: int, validators: Mapping[str, str] | None = None
    ) -> Reply | Trouble:
        """Ask for a URL and follow its redirects; `check` is asked before each hop.

        A hop to what is no http(s) URL (`file:`, `ftp:`, `data:`) is refused before it is checked.
        """
        exchanges: tuple[Exchange, ...] = ()
        seen: set[str] = set()
        first = url
        for _ in range(MAX_HOPS):
            refused = await self._refuse(url, first, check) or _refuse_again(url, seen)
            seen.add(url)
            answer = refused or await self._ask(url, first, dict(validators or {}), max_bytes)
            if refused is None:
                self._hosts.note(url, answer, first)
            exchanges = (*exchanges, *_exchanges(answer))
            if isinstance(answer, Trouble):
                is_refusal = exchanges and answer.reason in ("off_site", "robots")
                return replace(answer, exchanges=exchanges, refused_at=url if is_refusal else None)
            target = _target(answer)
            if target is None:
                return _reply(exchanges, max_bytes)
            url = target
        return Trouble(
            reason="redirect_loop", detail=f"more than {MAX_HOPS} hops", exchanges=exchanges
        )

    async def _refuse(self, url: str, first: str, check: Check) -> Trouble | None:
        """Say why a hop is not taken; a host that rests is not even asked for its robots.txt."""
        refused = _refuse_odd(url) or self.over() or self._hosts.resting(url, first)
        return refused or await check(url)

    async def _ask(
        self, url: str, first: str, headers: dict[str, str], max_bytes: int
    ) -> Exchange | Trouble:
        for attempt in range(1, TRIES):
            answer = await self._ask_once(url, headers, max_bytes)
            wait = _seconds_to_retry(answer, attempt)
            if wait is None or wait >= self.seconds_left or self.over():
                return answer
            await asyncio.sleep(wait)
            if self._hosts.resting(url, first):
                return answer
        return await self._ask_once(url, headers, max_bytes)

    async def _ask_once(
        self, url: str, headers: dict[str, str], max_bytes: int
    ) -> Exchange | Trouble:
        timeout = min(self._timeout, self.seconds_left)
        if timeout <= 0:
            return Trouble(reason="deferred", detail="the source's time was over")
        sent = {
            "User-Agent": self._user_agent,
            "Accept": "*/*",
            "Accept-Encoding": "gzip, deflate",
            **headers,
        }
        meta = {
            "download_timeout": timeout,
            "download_maxsize": max_bytes,
            "download_warnsize": 0,
            "dont_redirect": True,
            "download_slot": host_key(url),
        }
        try:
            request = Request(url, headers=sent, meta=meta)
        except ValueError as error:
            return Trouble(reason="bad_url", detail=str(error)[:200])
        self.requests += 1
        try:
            response = await self._engine.download_async(request)
        except DOWNLOAD_ERRORS as error:
            return name_trouble(error, url, max_bytes, is_last=timeout < self._timeout)
        return _unless_blocked(_exchange(response, sent))


def _exchange(response: Any, sent: dict[str, str]) -> Exchange:
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
    )
    return Exchange(
        url=response.url,
        requested_headers=tuple(sent.items()),
        status=response.status,
        headers=headers,
        raw=response.body,
        ip=str(response.ip_address) if response.ip_address else None,
        fetched_at=datetime.now(UTC),
    )


def _exchanges(answer: Exchange | Trouble) -> tuple[Exchange, ...]:
    return answer.exchanges if isinstance(answer, Trouble) else (answer,)


def _unless_blocked(answer: Exchange) -> Exchange | Trouble:
    """Make trouble of a block or challenge page, so that it is neither read nor asked again.

    Who says when to come back (429 and 503 with Retry-After) does not keep us out.
    """
    if answer.status in (429, 503) and retry_after(answer) is not None:
        return answer
    try:
        body = decode_body(answer.raw, answer.headers, most_bytes(answer.status))
    except (TooLargeError, CutBodyError):
        body = b""
    maker = blocked_by(answer.status, answer.headers, body)
    if maker is None:
        return answer
    detail = f"HTTP {answer.status}, a block page of {maker}"
    return Trouble(reason="blocked", detail=detail, exchanges=(answer,))


def _refuse_again(url: str, seen: Collection[str]) -> Trouble | None:
    return Trouble(reason="redirect_loop", detail=f"back to {url}") if url in seen else None


def _reply(exchanges: tuple[Exchange, ...], max_bytes: int) -> Reply | Trouble:
    last = exchanges[-1]
    try:
        body = decode_body(last.raw, last.headers, max_bytes)
    except TooLargeError as error:
        return Trouble(reason="too_large", detail=str(error), exchanges=exchanges)
    except CutBodyError as error:
        return Trouble(reason="bad_response", detail=str(error), exchanges=exchanges)
    return Reply(exchanges=exchanges, body=body)


def _target(answer: Exchange) -> str | None:
    """Give the URL that a redirect leads to."""
    named = {name.lower(): value for name, value in answer.headers}
    if answer.status not in _REDIRECTS or not named.get("location"):
        return None
    # A Location in raw UTF-8 arrives as latin-1; Urdu slugs come that way.
    location = named["location"].strip().encode("latin-1").decode("utf-8", "replace")
    try:
        return ascii_url(urljoin(answer.url, location).partition("#")[0])
    except ValueError:
        return location


def _refuse_odd(url: str) -> Trouble | None:
    """Refuse what is no http(s) URL, or carries a name and password, whoever named it."""
    try:
        url_key(url)
    except ValueError as error:
        return Trouble(reason="bad_url", detail=ascii(str(error))[1:-1][:200])
    if "@" in urlsplit(url).netloc:
        return Trouble(reason="bad_url", detail="an address with a user's name in it")
    return None


def _seconds_to_retry(answer: Exchange | Trouble, attempt: int) -> float | None:
    """Say how long to wait before asking again; None where asking again is no use."""
    backoff = BACKOFF_SECONDS * 3 ** (attempt - 1)
    if isinstance(answer, Trouble):
        # A second time-out would hold up the whole source for nothing.
        is_worth_it = answer.reason in _TEMPORARY and (answer.reason, attempt) != ("timeout", 2)
        return backoff if is_worth_it else None
    if answer.status == 429 or answer.status == 503:
        asked = retry_after(answer)
        wait = backoff if asked is None else max(asked, backoff)
        return wait if wait <= MAX_RETRY_AFTER_SECONDS else None
    return backoff if answer.status >= 500 else None
