"""Who asks: no live outlet is asked by somebody whom it cannot reach."""

import re
from collections.abc import Collection, Iterable

from crawlers.catalogue import Source
from crawlers.urls import host_of

_NOWHERE = re.compile(r"(^|\.invalid)(/.*)?$")


class ContactError(Exception):
    """A live outlet would be asked by somebody whom it cannot reach."""


def require_contact(sources: Iterable[Source], contact: str, loopback: Collection[str]) -> None:
    """Refuse to ask live outlets without saying who asks; the demo's stand on loopback.

    Raises:
        ContactError: where a source has a live way in, and the contact leads nowhere.
    """
    ways = (way.url for source in sources for way in (*source.entrances, *source.backfill))
    require_contact_at(ways, contact, loopback)


def require_contact_at(urls: Iterable[str], contact: str, loopback: Collection[str]) -> None:
    """Refuse to ask live addresses without saying who asks.

    Raises:
        ContactError: where one of them is live, and the contact leads nowhere.
    """
    if _NOWHERE.search(contact) and any(host_of(url) not in loopback for url in urls):
        raise ContactError(
            "live outlets are asked only by somebody whom they can reach: export KHABAR_CONTACT="
            "you@your.example first, an e-mail address or a page of yours"
        )
