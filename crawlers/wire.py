"""The last step before the socket: each host's turn is kept, across processes."""

import asyncio
from pathlib import Path
from time import monotonic
from typing import Any

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler

from crawlers.lease import reserve, seconds_to_turn

HOME_SETTING = "KHABAR_HOME"


class TurnKeepingHandler(HTTP11DownloadHandler):  # type: ignore[misc]
    """Lets a request out when its host's turn has come, and reserves the distance after it.

    Scrapy's slots keep the distance within a process, and adapt it; the time of the lock file
    keeps it where another process asked last.
    """

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self._home = Path(crawler.settings[HOME_SETTING])

    async def download_request(self, request: Request) -> Any:
        """Ask when it is the host's turn."""
        host = request.meta["download_slot"]
        slot = self._crawler.engine.downloader.slots[host]
        while wait := seconds_to_turn(self._home, host):  # noqa: ASYNC110 (another process's clock)
            await asyncio.sleep(wait)
        reserve(self._home, host, slot.delay)
        slot.lastseen = monotonic()
        return await super().download_request(request)
