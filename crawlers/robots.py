"""robots.txt of each host, obeyed as RFC 9309 says."""

import math
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from protego import Protego

from crawlers.answers import Reply, Trouble, broken
from crawlers.catalogue import bare_host
from crawlers.urls import host_of

MAX_BYTES = 512 * 1024
MAX_DELAY_SECONDS = 60.0
AGENT = "Khabar"

Ask = Callable[[str], Awaitable[Reply | Trouble]]


class Robots:
    """Remembers each host's rules for the length of one crawl."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._rules: dict[str, Protego | Trouble] = {}
        self.delays: dict[str, float] = {}
        """Crawl-delay by host (without `www.`), in seconds, capped, where one was asked for."""

    async def check(self, url: str) -> Trouble | None:
        """Say why a URL must not be asked; None where it may be.

        No robots.txt (4xx) allows everything; one that cannot be had (5xx, 429, no connection)
        forbids everything, with the reason why it could not be had.
        """
        parts = urlsplit(url)
        host = f"{parts.scheme}://{parts.netloc}"
        if host not in self._rules:
            rules = await self._read(f"{host}/robots.txt")
            self._rules[host] = rules
            delay = rules.crawl_delay(AGENT) if isinstance(rules, Protego) else None
            if delay is not None and math.isfinite(delay) and delay > 0:
                self.delays[bare_host(host_of(url))] = min(delay, MAX_DELAY_SECONDS)
        rules = self._rules[host]
        if isinstance(rules, Trouble):
            return rules
        if rules.can_fetch(url, AGENT):
            return None
        return Trouble(reason="robots", detail=f"robots.txt of {parts.netloc} forbids it")

    async def _read(self, url: str) -> Protego | Trouble:
        reply = await self._ask(url)
        if isinstance(reply, Trouble):
            return Trouble(reason=reply.reason, detail=f"robots.txt: {reply.detail}")
        status = reply.last.status
        if status == 429 or status >= 500:
            return Trouble(
                reason="http_429" if status == 429 else "http_5xx",
                detail=f"robots.txt: HTTP {status}",
            )
        body = reply.body if status < 300 else b""
        try:
            return Protego.parse(body.decode("utf-8", "replace"))
        except ValueError as error:
            return Trouble(reason="bad_response", detail=f"robots.txt: {broken(error).detail}")
