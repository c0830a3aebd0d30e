"""The last step before the socket: a host's turn kept, its certificate verified, its head cut."""

import asyncio
from pathlib import Path
from time import monotonic
from typing import Any

from scrapy import Request
from scrapy.core.downloader.contextfactory import _ScrapyClientContextFactory
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from scrapy.utils.misc import build_from_crawler
from twisted.web._newclient import HEADER, STATUS

from crawlers.lease import reserve, seconds_to_turn
from crawlers.sites import bare_host

HOME_SETTING = "KHABAR_HOME"
UNVERIFIED_SETTING = "KHABAR_UNVERIFIED"
MAX_HEAD_BYTES = 256 * 1024


class LongHeadError(Exception):
    """An answer whose headers, or one of them, are too long."""


class TurnKeepingHandler(HTTP11DownloadHandler):  # type: ignore[misc]
    """Lets a request out when its host's turn has come, and reserves the distance after it.

    Scrapy's slots keep the distance within a process, and adapt it; the time of the lock file
    keeps it where another process asked last. Twisted bounds a header's line, but neither their
    number, nor a line that is continued, nor the answers before the answer (1xx).
    """

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self._pool._factory = _BoundedFactory  # noqa: SLF001 (as Scrapy sets its own)
        self._home = Path(crawler.settings[HOME_SETTING])
        self._contextFactory = build_from_crawler(_SparingContextFactory, crawler)
        self._contextFactory.spared = frozenset(crawler.settings.getlist(UNVERIFIED_SETTING))

    async def download_request(self, request: Request) -> Any:
        """Ask when it is the host's turn."""
        host = request.meta["download_slot"]
        slot = self._crawler.engine.downloader.slots[host]
        while wait := seconds_to_turn(self._home, host):  # noqa: ASYNC110 (another process's clock)
            await asyncio.sleep(wait)
        reserve(self._home, host, slot.delay)
        slot.lastseen = monotonic()
        return await super().download_request(request)


class _SparingContextFactory(_ScrapyClientContextFactory):  # type: ignore[misc]
    """Verifies every certificate but those of some hosts; Scrapy verifies all, or none."""

    spared: frozenset[str] = frozenset()

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:  # noqa: N802 (Twisted's interface)
        host = bare_host(f"{hostname.decode('ascii')}:{port}")
        self._verify_certificates = host not in self.spared
        return super().creatorForNetloc(hostname, port)


class _BoundedParser(_LenientHTTPClientParser):  # type: ignore[misc]
    head_bytes = 0

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 (Twisted's interface)
        if self.state in (STATUS, HEADER):
            self.head_bytes += len(data)
            # A large first read may hold the body's beginning, too.
            if self.head_bytes > MAX_HEAD_BYTES + len(data):
                raise LongHeadError
        super().dataReceived(data)

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: N802, ARG002 (Twisted's interface)
        raise LongHeadError


class _BoundedProtocol(_LenientHTTP11ClientProtocol):  # type: ignore[misc]
    def request(self, request: Any) -> Any:
        answer = super().request(request)
        self._parser.__class__ = _BoundedParser
        return answer

    def _giveUp(self, reason: Any) -> None:  # noqa: N802 (Twisted's name)
        super()._giveUp(reason)
        # A peer that goes on sending would be listened to for as long as it likes.
        self.transport.abortConnection()


class _BoundedFactory(_LenientHTTP11ClientFactory):  # type: ignore[misc]
    def buildProtocol(self, addr: Any) -> _BoundedProtocol:  # noqa: N802, ARG002 (Twisted's interface)
        return _BoundedProtocol(self._quiescentCallback)
