"""The outlets that the page can show, read again only where a source file was changed."""

from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from fastapi import HTTPException

from crawlers.catalogue import CatalogueError, Source, load_catalogue
from khabar.settings import read_settings
from warehouse.health_sources import name_spoilt


def read_catalogue() -> tuple[list[Source], list[CatalogueError]]:
    """Read the source files again only where one was changed."""
    folders = read_settings().folders
    files = sorted(path for folder in folders for path in folder.glob("*.y*ml"))
    return _read_catalogue(folders, tuple((path, _changed_at(path)) for path in files))


def find_source(source_id: str) -> Source:
    """Find an outlet whose source file can be used.

    Raises:
        HTTPException: 404 where there is none.
    """
    found = next((one for one in read_catalogue()[0] if one.id == source_id), None)
    if found is None:
        raise HTTPException(404, "No source file has this name, or it cannot be used")
    return found


def find_page(source_id: str) -> str:
    """Name the page of an outlet; that of all where it has none, as hosts of imports have not."""
    sources, spoilt = read_catalogue()
    known = {one.id for one in sources} | name_spoilt(spoilt, set()).keys()
    return f"sources/{quote(source_id)}" if source_id in known else ""


def _changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # removed just now, or a link that leads nowhere
        return 0


@lru_cache(maxsize=2)
def _read_catalogue(
    folders: tuple[Path, ...], _changed: tuple[tuple[Path, int], ...]
) -> tuple[list[Source], list[CatalogueError]]:
    return load_catalogue(folders)
