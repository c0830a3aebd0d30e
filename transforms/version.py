"""Which extractor made an article: hashes are compared only under one version."""

from functools import lru_cache
from importlib.metadata import version

import xxhash

from crawlers.catalogue import Hint, Source

CODE_VERSION = 4
"""Raise it with every change of this room that can change a field."""


def extractor_version(source: Source) -> str:
    """Name own code, trafilatura, and what the source file says about extraction."""
    return _version(source.hints, source.timezone)


@lru_cache(maxsize=256)
def _version(hints: tuple[Hint, ...], timezone: str | None) -> str:
    said = [f"{hint.field}|{hint.selector}|{hint.until}" for hint in hints]
    told = xxhash.xxh3_64_hexdigest("\n".join([*said, str(timezone)]).encode())[:8]
    return f"khabar{CODE_VERSION}+trafilatura{version('trafilatura')}+{told}"
