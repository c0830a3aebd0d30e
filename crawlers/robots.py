"""robots.txt of each host, obeyed as RFC 9309 says."""

import asyncio
import math
import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from protego import Protego

from crawlers.answers import Reply, Trouble, broken
from crawlers.lease import host_key

MAX_BYTES = 512 * 1024
"""What is read of a file; the rest of a longer one is ignored (RFC 9309, 2.5)."""
MAX_DELAY_SECONDS = 60.0
AGENT = "Khabar"
_AGENT_LINE = re.compile(r"\s*user[- ]?agent\b\s*:?\s*(.*)", re.IGNORECASE)
_TOKEN = re.compile(r"[a-z_-]+|\*")

Ask = Callable[[str], Awaitable[Reply | Trouble]]


class Robots:
    """Remembers each host's rules for the length of one crawl."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._turn = asyncio.Lock()
        self._rules: dict[str, Protego | Trouble] = {}
        self.delays: dict[str, float] = {}
        """Crawl-delay by host (without `www.`), in seconds, capped, where one was asked for."""

    async def check(self, url: str) -> Trouble | None:
        """Say why a URL must not be asked; None where it may be.

        No robots.txt (4xx, or redirects without end) allows everything; one that cannot be had
        (5xx, 429, no connection) forbids everything, with the reason why it could not be had.
        RFC 9309 would allow everything after 30 days without one; such a host is left alone.
        """
        parts = urlsplit(url)
        host = f"{parts.scheme}://{parts.netloc}"
        async with self._turn:  # two pages of a new host must not both ask for it
            if host not in self._rules:
                self._rules[host] = await self._read(f"{host}/robots.txt")
                self._learn_delay(host_key(url), self._rules[host])
        rules = self._rules[host]
        if isinstance(rules, Trouble):
            return rules
        if rules.can_fetch(url, AGENT):
            return None
        return Trouble(reason="robots", detail=f"robots.txt of {parts.netloc} forbids it")

    def _learn_delay(self, host: str, rules: Protego | Trouble) -> None:
        if isinstance(rules, Trouble):
            return
        if delay := asked_delay(rules):
            self.delays[host] = max(delay, self.delays.get(host, 0.0))

    async def _read(self, url: str) -> Protego | Trouble:
        reply = await self._ask(url)
        if isinstance(reply, Trouble) and reply.reason == "redirect_loop":
            return Protego.parse("")
        if isinstance(reply, Trouble):
            return Trouble(reason=reply.reason, detail=f"robots.txt: {reply.detail}")
        status = reply.last.status
        if status == 429 or status >= 500:
            return Trouble(
                reason="http_429" if status == 429 else "http_5xx",
                detail=f"robots.txt: HTTP {status}",
            )
        try:
            return parse_robots(reply.body if status < 300 else b"")
        except ValueError as error:
            return Trouble(reason="bad_response", detail=f"robots.txt: {broken(error).detail}")


def parse_robots(body: bytes) -> Protego:
    """Read the part of a robots.txt that is meant for us, in bounded time and memory.

    Raises:
        ValueError: where it cannot be parsed.
    """
    return Protego.parse(_our_part(body))


def asked_delay(rules: Protego) -> float:
    """Give the longer of Crawl-delay and Request-rate, capped; 0.0 where neither is a time."""
    rate = rules.request_rate(AGENT)
    delay = max(rules.crawl_delay(AGENT) or 0.0, rate.seconds / rate.requests if rate else 0.0)
    return min(delay, MAX_DELAY_SECONDS) if math.isfinite(delay) and delay > 0 else 0.0


def _our_part(body: bytes) -> str:
    """Keep of a robots.txt what is meant for us, by product token (RFC 9309, 2.2.1).

    Others' groups become one: Protego takes a prefix of our name for ours, and its time and memory
    grow with groups times rules.
    """
    text = body[:MAX_BYTES].decode("utf-8-sig", "replace")
    if len(body) > MAX_BYTES:
        text = text.rpartition("\n")[0]
    return "\n".join(map(_our_line, text.splitlines()))


def _our_line(line: str) -> str:
    agent = _AGENT_LINE.match(line)
    if agent is None:
        return line
    token = _TOKEN.match(agent[1].strip().lower())
    return f"User-agent: {token[0] if token and token[0] in (AGENT.lower(), '*') else 'other'}"
