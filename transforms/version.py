"""Which extractor made an article: hashes are compared only under one version."""

from functools import lru_cache
from importlib.metadata import version

import xxhash

from crawlers.catalogue import Hints, Source

CODE_VERSION = 4
"""Raise it with every change of this room that can change a field."""


def extractor_version(source: Source) -> str:
    """Name own code, trafilatura, and what the source file says about extraction."""
    return _version(source.hints, source.timezone)


@lru_cache(maxsize=256)
def _version(hints: Hints, timezone: str | None) -> str:
    told = xxhash.xxh3_64_hexdigest(f"{hints.prune_css}|{hints.tagline_css}|{timezone}".encode())[
        :8
    ]
    return f"khabar{CODE_VERSION}+trafilatura{version('trafilatura')}+{told}"
