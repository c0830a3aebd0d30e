"""Which code this is: the release's number alone cannot tell two states of it apart."""

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

_ROOMS = ("crawlers", "transforms", "warehouse")
"""Those that decide what a row says."""
_KINDS = frozenset({".py", ".sql", ".yml", ".txt", ".json"})
_SOURCES = Path("crawlers", "sources")
"""What outlets' files say is the catalogue's version, not the code's."""


@cache
def code_version() -> str:
    """Name the release and a digest of the installed files, such as `0.1.0+1f0c77ab93de`."""
    top = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(path for room in _ROOMS for path in (top / room).rglob("*")):
        name = path.relative_to(top)
        if path.suffix in _KINDS and not name.is_relative_to(_SOURCES):
            digest.update(f"{name.as_posix()} {path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    return f"{version('khabar')}+{digest.hexdigest()[:12]}"
