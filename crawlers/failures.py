"""What can go wrong on the way to an answer, named for the ledger."""

import re
from collections.abc import Iterator, Sequence

from scrapy import exceptions as scrapy_errors
from twisted.internet import error as twisted_errors
from twisted.web._newclient import BadHeaders, ParseError

from crawlers.answers import Trouble
from crawlers.guard import GuardedResolver
from crawlers.urls import url_key
from crawlers.wire import MAX_HEAD_BYTES, LongHeadError

BROKEN_OFF = "the outlet broke the connection off before its answer was whole"

DOWNLOAD_ERRORS = (
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


def name_trouble(error: Exception, url: str, max_bytes: int, *, is_last: bool) -> Trouble:
    """Name what went wrong on the way."""
    parts = list(_parts(error))
    # The innermost says what happened; the others say that something did.
    detail = " ".join(str(parts[-1]).split())[:200] or type(parts[-1]).__name__
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
    return _broken_talk(parts, detail)


def _broken_talk(parts: Sequence[BaseException], detail: str) -> Trouble:
    if any(isinstance(part, LongHeadError) for part in parts):
        return Trouble(
            reason="too_large",
            detail=f"headers of more than {MAX_HEAD_BYTES >> 10} KB, or one of 16 KB",
        )
    if any(type(part).__module__.startswith(("OpenSSL", "service_identity")) for part in parts):
        return Trouble(reason="tls", detail=detail)
    if any(isinstance(part, (ValueError, ParseError, BadHeaders)) for part in parts):
        return Trouble(reason="bad_response", detail=detail)
    if isinstance(parts[-1], twisted_errors.ConnectionClosed):
        detail = BROKEN_OFF
    return Trouble(reason="reset", detail=detail)


def _parts(error: BaseException | None) -> Iterator[BaseException]:
    """Unfold an error into those that it stands for, itself first."""
    if error is not None:
        yield error
        for reason in getattr(error, "reasons", ()):
            yield from _parts(reason.value)
        yield from _parts(error.__cause__)


def _host_port(url: str) -> str:
    key = url_key(url).split("/", 3)[2]
    has_port = re.search(r":\d+$", key)
    return key if has_port else f"{key}:{443 if url.lower().startswith('https') else 80}"
