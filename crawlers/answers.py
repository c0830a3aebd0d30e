"""What can come back when a URL is asked: a Reply, or the Trouble that stood in its way."""

from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from crawlers.page import FailReason, SkipReason
from crawlers.records import Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What an outlet answered, at the end of a walk along redirects."""

    exchanges: tuple[Exchange, ...]
    body: bytes

    @property
    def last(self) -> Exchange:
        """The answer itself."""
        return self.exchanges[-1]

    def header(self, name: str) -> str | None:
        """Give a header's first value."""
        return next((v for key, v in self.last.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why there is no answer."""

    reason: FailReason | SkipReason
    detail: str
    exchanges: tuple[Exchange, ...] = ()
    refused_at: str | None = None
    """The address at the end of redirects that must not be asked."""


def broken(error: ValueError) -> Trouble:
    """Make trouble of a hostile value, with what choked on it as the detail."""
    return Trouble(reason="bad_response", detail=ascii(str(error))[1:-1][:200])


def retry_after(answer: Exchange) -> float | None:
    """Read Retry-After (RFC 9110, 10.2.3): seconds, or a date; None where there is none."""
    text = {name.lower(): value for name, value in answer.headers}.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - answer.fetched_at).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def status_reason(status: int) -> FailReason:
    """Name the failure that an HTTP status stands for."""
    if status in (404, 410):
        return "gone"
    if status == 429:
        return "http_429"
    if 400 <= status < 500:
        return "http_4xx"
    return "http_5xx" if 500 <= status < 600 else "bad_response"
