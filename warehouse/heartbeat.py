"""Pings an address of the operator's after each publish, so that a dead scheduler is noticed."""

import logging
import threading
import urllib.error
import urllib.request
from email.message import Message
from http.client import HTTPException
from typing import IO, Final
from urllib.parse import urlsplit

SECONDS: Final = 10.0
"""All that a ping may take: looking up the name, connecting, and the answer."""

log = logging.getLogger("khabar.heartbeat")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follow no redirect: the operator named one address."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> None:
        """Follow none."""


def ping(url: str) -> bool:
    """Ask an address once; a failure is a line in the log, and never raised.

    The path of such an address is a secret mostly: only its host is named.
    """
    said: list[str] = []
    # A look-up or an answer of one byte a second knows no timeout of its own.
    asking = threading.Thread(target=_ask, args=(url, said), daemon=True)
    asking.start()
    asking.join(SECONDS)
    trouble = said[0] if said else f"no answer in {SECONDS:.0f} s"
    if not trouble:
        return True
    log.warning(
        "the heartbeat at %s failed (%s); nothing else did: see KHABAR_HEARTBEAT",
        urlsplit(url).hostname,
        trouble,
    )
    return False


def _ask(url: str, said: list[str]) -> None:
    """Ask, by http(s) alone, and say what went wrong: nothing where it went well."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler, urllib.request.HTTPHandler, urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler, urllib.request.HTTPErrorProcessor, _NoRedirect,
        urllib.request.UnknownHandler,
    ):  # fmt: skip
        opener.add_handler(handler())
    try:
        with opener.open(url, timeout=SECONDS):
            said.append("")
    except urllib.error.HTTPError as error:
        said.append(f"HTTP {error.code}")
    except (OSError, HTTPException, ValueError) as error:
        said.append(f"{type(error).__name__}")
