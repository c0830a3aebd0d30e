"""What an answer, or its lack, tells of the host that was asked."""

from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit

from crawlers.answers import Trouble, retry_after
from crawlers.records import Exchange

LONGEST_ASKED_REST = timedelta(hours=24)
MAX_RETRY_AFTER_SECONDS = 60.0
"""What a crawl waits for; a host that asks for more rests."""

_DOWN = ("refused", "timeout", "reset", "tls")
"""Not `dns`: no host is asked then, and when our own network is down, every name is unknown."""
_ANSWERED = ("too_large", "bad_response")
Sign = Literal["down", "asked", "blocked", "well"]


def read_sign(answer: Exchange | Trouble) -> Sign | None:
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


def is_welcome(url: str, answer: Exchange | Trouble) -> bool:
    """Tell whether a host let us in: neither a robots.txt nor a way to somewhere else says so."""
    if urlsplit(url).path == "/robots.txt":
        return False
    if isinstance(answer, Trouble):
        return answer.reason in _ANSWERED
    return answer.status < 300 or answer.status == 304


def asked_rest(answer: Exchange | Trouble) -> timedelta | None:
    """Read for how long a host asks to be let be; None where it does not say."""
    seconds = retry_after(answer) if isinstance(answer, Exchange) else None
    if not seconds:
        return None
    return timedelta(seconds=min(seconds, LONGEST_ASKED_REST.total_seconds()))


def named(answer: Exchange | Trouble) -> str:
    """Name an answer for people."""
    return f"HTTP {answer.status}" if isinstance(answer, Exchange) else answer.detail
