"""One URL → its answer or the reason why there is none: redirects, retries, bounds."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from urllib.parse import urljoin

from scrapy import Request
from scrapy import exceptions as scrapy_errors
from twisted.internet import error as twisted_errors

from crawlers.answers import Reply, Trouble, retry_after
from crawlers.body import CutBodyError, TooLargeError, decode_body
from crawlers.catalogue import bare_host
from crawlers.guard import GuardedResolver
from crawlers.records import Exchange
from crawlers.urls import host_of, url_key

MAX_HOPS = 10
TRIES = 3
BACKOFF_SECONDS = 0.5
MAX_RETRY_AFTER_SECONDS = 60.0
MAX_TIMEOUT_SECONDS = 30.0
_REDIRECTS = (301, 302, 303, 307, 308)
_TEMPORARY = ("dns", "refused", "timeout", "reset")


Check = Callable[[str], Awaitable[Trouble | None]]


class Fetcher:
    """Asks through Scrapy's downloader, which keeps the distance between requests."""

    def __init__(
        self, engine: Any, *, user_agent: str, seconds: float, is_wanted: Callable[[], bool]
    ) -> None:
        self._engine = engine
        self._user_agent = user_agent
        self._is_wanted = is_wanted
        self._is_given_up = False
        self._ends = monotonic() + seconds
        # No single answer may take more than a quarter of the source's time.
        self._timeout = min(MAX_TIMEOUT_SECONDS, seconds / 4)
        self.requests = 0

    @property
    def seconds_left(self) -> float:
        """Seconds until the source's time is over."""
        return self._ends - monotonic()

    def over(self) -> Trouble | None:
        """Say why nothing more is asked; None as long as there is time, and nobody waits."""
        if self.seconds_left <= 0:
            return Trouble(reason="deferred", detail="the source's time was over")
        self._is_given_up = self._is_given_up or self._is_wanted()
        if self._is_given_up:
            return Trouble(reason="deferred", detail="another crawl wants the host")
        return None

    async def fetch(
        self, url: str, *, check: Check, max_bytes: int, validators: Mapping[str, str] | None = None
    ) -> Reply | Trouble:
        """Ask for a URL and follow its redirects; `check` is asked before each hop.

        A hop to what is no http(s) URL (`file:`, `ftp:`, `data:`) is refused before it is checked.
        """
        exchanges: tuple[Exchange, ...] = ()
        seen: set[str] = set()
        for _ in range(MAX_HOPS):
            trouble = _refuse_odd(url) or self.over() or await check(url)
            if trouble is None and url in seen:
                trouble = Trouble(reason="redirect_loop", detail=f"back to {url}")
            if trouble is None:
                seen.add(url)
                answer = await self._ask(url, dict(validators or {}), max_bytes)
                if isinstance(answer, Exchange):
                    exchanges = (*exchanges, answer)
                    target = _target(answer)
                    if target is None:
                        return _reply(exchanges, max_bytes)
                    url = target
                    continue
                trouble = answer
            return Trouble(reason=trouble.reason, detail=trouble.detail, exchanges=exchanges)
        return Trouble(
            reason="redirect_loop", detail=f"more than {MAX_HOPS} hops", exchanges=exchanges
        )

    async def _ask(self, url: str, headers: dict[str, str], max_bytes: int) -> Exchange | Trouble:
        for attempt in range(1, TRIES):
            answer = await self._ask_once(url, headers, max_bytes)
            wait = _seconds_to_retry(answer, attempt)
            if wait is None or wait >= self.seconds_left or self.over():
                return answer
            await asyncio.sleep(wait)
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
            "download_slot": bare_host(host_of(url)),
        }
        try:
            request = Request(url, headers=sent, meta=meta)
        except ValueError as error:
            return Trouble(reason="bad_url", detail=str(error)[:200])
        self.requests += 1
        try:
            response = await self._engine.download_async(request)
        except _DOWNLOAD_ERRORS as error:
            return _trouble(error, url, max_bytes, is_last=timeout < self._timeout)
        return _exchange(response, sent)


_DOWNLOAD_ERRORS = (
    scrapy_errors.CannotResolveHostError,
    scrapy_errors.DownloadCancelledError,
    scrapy_errors.DownloadConnectionRefusedError,
    scrapy_errors.DownloadFailedError,
    scrapy_errors.DownloadTimeoutError,
    scrapy_errors.ResponseDataLossError,
    scrapy_errors.UnsupportedURLSchemeError,
    twisted_errors.ConnectError,
    twisted_errors.ConnectionClosed,
    OSError,
    ValueError,
)


def _trouble(error: Exception, url: str, max_bytes: int, *, is_last: bool) -> Trouble:
    """Name what went wrong on the way."""
    detail = " ".join(str(error).split())[:200] or type(error).__name__
    match error:
        case scrapy_errors.CannotResolveHostError():
            if why := GuardedResolver.refusals.get(_host_port(url)):
                return Trouble(reason="private_address", detail=why)
            return Trouble(reason="dns", detail=detail)
        case scrapy_errors.DownloadTimeoutError() | twisted_errors.TimeoutError():
            if is_last:
                return Trouble(reason="deferred", detail="the source's time was over")
            return Trouble(reason="timeout", detail=detail)
        case scrapy_errors.DownloadCancelledError():
            return Trouble(reason="too_large", detail=f"more than {max_bytes / 1e6:.1f} MB")
        case scrapy_errors.DownloadConnectionRefusedError() | twisted_errors.ConnectError():
            return Trouble(reason="refused", detail=detail)
        case ValueError() | scrapy_errors.UnsupportedURLSchemeError():
            return Trouble(reason="bad_response", detail=detail)
    if re.search(r"OpenSSL|certificate|VerificationError|tlsv1|ssl", repr(error)):
        return Trouble(reason="tls", detail=detail)
    if "ParseError" in detail or "BadHeaders" in detail:
        return Trouble(reason="bad_response", detail=detail)
    return Trouble(reason="reset", detail=detail)


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
        return urljoin(answer.url, location).partition("#")[0]
    except ValueError:
        return location


def _refuse_odd(url: str) -> Trouble | None:
    """Refuse what is no http(s) URL, whoever named it."""
    try:
        url_key(url)
    except ValueError as error:
        return Trouble(reason="bad_url", detail=ascii(str(error))[1:-1][:200])
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


def _host_port(url: str) -> str:
    key = url_key(url).split("/", 3)[2]
    has_port = re.search(r":\d+$", key)
    return key if has_port else f"{key}:{443 if url.lower().startswith('https') else 80}"
