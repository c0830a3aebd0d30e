"""Twins: addresses that a source's rules know to be another one's, before they are asked."""

import re

from crawlers.catalogue import Source
from crawlers.urls import MAX_URL_LENGTH, host_of_key, url_key

_STEPS = 5
"""Rules followed from one address; more of them go in a circle."""


def twin_of(key: str, url: str, source: Source) -> tuple[str, str] | None:
    """Find the address that a listed one stands for: (URL, url_key); None for its own.

    A rule is searched in the URL as it was listed and, where it is not found there, in its
    url_key, which has no tracking parameters. A rule that leads to another host, to no address or
    in a circle is not followed.
    """
    if not source.twins:
        return None
    at, seen = (url, key), {key}
    for _ in range(_STEPS):
        after = _follow(*at, source)
        if after is None:
            return at if at[1] != key else None
        if after[1] in seen:
            return None
        seen.add(after[1])
        at = after
    return None


def _follow(url: str, key: str, source: Source) -> tuple[str, str] | None:
    """Apply the first rule that makes another address of this one."""
    for rule in source.twins:
        for spelling in (url[:MAX_URL_LENGTH], key):
            other = re.sub(rule.match, rule.becomes, spelling, count=1)
            other_key = None if other == spelling else _key_of(other)
            if other_key and other_key != key and host_of_key(other_key) == host_of_key(key):
                return other, other_key
    return None


def _key_of(url: str) -> str | None:
    try:
        return url_key(url)
    except ValueError:
        return None
