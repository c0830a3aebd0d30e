"""Which extractor made an article: hashes are compared only under one version."""

from collections.abc import Collection
from functools import lru_cache
from importlib.metadata import version

import xxhash

from crawlers.catalogue import Hint, Source
from crawlers.job import SiteLine
from transforms.site_lines import lines_in_force

CODE_VERSION = 6
"""Raise it with every change of this room that can change a field."""


CREDITS_SINCE = 5
"""The first code that read whom an article credits."""


def reads_credits(version: str) -> bool:
    """Tell whether the extractor of a version read whom articles credit."""
    code = version.partition("+")[0].removeprefix("khabar")
    return not code.isdecimal() or int(code) >= CREDITS_SINCE


def extractor_version(source: Source, lines: Collection[SiteLine] = ()) -> str:
    """Name own code, trafilatura, what the source file says about extraction, and the site's lines.

    Only what is taken out counts, not on how many pages it was seen.
    """
    taken = sorted(lines_in_force(source, lines))
    names = (source.name, *source.credited_as)
    made = _version(source.hints, source.timezone, names, source.languages)
    return made + (f"+{_digest(repr(taken))}" if taken else "")


def is_made_by(made: str, version: str) -> bool:
    """Tell whether a stored extractor_version is one, whatever lines of the site were known."""
    return made == version or made.startswith(f"{version}+")


@lru_cache(maxsize=256)
def _version(
    hints: tuple[Hint, ...],
    timezone: str | None,
    names: tuple[str, ...],
    languages: tuple[str, ...],
) -> str:
    """Digest all of a source file that this room reads: titles and bodies lose the site's name."""
    said = [f"{hint.field}|{hint.selector}|{hint.until}" for hint in hints]
    told = _digest("\n".join([*said, str(timezone), repr((names, languages))]))
    return f"khabar{CODE_VERSION}+trafilatura{version('trafilatura')}+{told}"


def _digest(text: str) -> str:
    return xxhash.xxh3_64_hexdigest(text.encode())[:8]
