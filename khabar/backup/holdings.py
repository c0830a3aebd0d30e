"""Which files of a home a backup takes: all that cannot be made again, and the warehouse."""

import stat
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from khabar.backup.manifest import BackupError
from warehouse.connection import warehouse_file

RELEASES = "published/releases"
FOLDERS = ("batches", "backfill", "incidents", "trials", "archive", "sources", RELEASES, "newsroom")
"""What else lies in a home is made again (the snapshot, health.json, airflow/) or says who works
now (locks/).

A ledger names WARC files, and has its name after they have theirs: looked for first, whatever it
names is found.
"""
UNFINISHED = ".part"
"""How the name of a file ends that is still being written, a crawl's WARC too."""
_KEPT_FOR_EVER = ("archive/", f"{RELEASES}/")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A whole file of the home, as it was when it was found."""

    path: str
    """Relative to the home, with slashes."""
    place: Path
    bytes: int
    mtime_ns: int
    mode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What a home holds now."""

    files: tuple[FoundFile, ...]
    open_warcs: int
    """WARC files that are still being written; they are left for the next backup."""


def list_holdings(home: Path) -> Holdings:
    """Find the files to back up, but for the warehouse's.

    Raises:
        BackupError: where something is in the way that is neither file nor folder.
    """
    files: list[FoundFile] = []
    open_warcs = 0
    for name in FOLDERS:
        if not (home / name).is_dir():
            _refuse_dead_link(home / name)
            continue
        for path, place in _walk(name, home / name, ()):
            if _is_strange(path):
                continue
            if not place.name.endswith(UNFINISHED):
                with suppress(FileNotFoundError):  # who works here meanwhile has removed it
                    files.append(find_file(path, place))
            elif place.name.endswith(f".warc.gz{UNFINISHED}"):
                open_warcs += 1
    return Holdings(files=tuple(files), open_warcs=open_warcs)


def _is_strange(path: str) -> bool:
    """Tell what lies among the releases and is none: the note against spilling, a spilled table."""
    return path.startswith(f"{RELEASES}/") and not path.endswith((".duckdb", ".json", UNFINISHED))


def is_for_ever(path: str, beside: Collection[str]) -> bool:
    """Tell whether a home never loses a file that it had, beside others."""
    if path.startswith(f"{RELEASES}/") and path.endswith(".json"):
        # A release that was killed leaves its card without a file, and the next one clears it.
        return f"{path.removesuffix('.json')}.duckdb" in beside
    return path.startswith(_KEPT_FOR_EVER) or path.endswith("/batch.json")


def find_warehouse(home: Path) -> tuple[FoundFile, ...]:
    """Find the warehouse's file; empty where there is none."""
    place = warehouse_file(home)
    return (find_file(place.name, place),) if place.exists() else ()


def find_file(path: str, place: Path) -> FoundFile:
    """Look at a file."""
    try:
        seen = place.stat()
    except FileNotFoundError:
        _refuse_dead_link(place)
        raise
    if not stat.S_ISREG(seen.st_mode):
        raise BackupError(f"{place}: is neither a file nor a folder; move it away")
    return FoundFile(
        path=path,
        place=place,
        bytes=seen.st_size,
        mtime_ns=seen.st_mtime_ns,
        mode=stat.S_IMODE(seen.st_mode) & 0o777,
    )


def _refuse_dead_link(place: Path) -> None:
    if place.is_symlink():
        raise BackupError(f"{place}: is a link that leads nowhere; mend or remove it")


def refuse_overlap(home: Path, dest: Path) -> None:
    """Refuse a backup inside the home, or a home inside its backup.

    Raises:
        BackupError: naming both.
    """
    for name in ("", *FOLDERS):
        folder = (home / name).resolve()
        if folder.is_relative_to(dest) or dest.is_relative_to(folder):
            raise BackupError(
                f"{dest}: a backup must lie outside of what it backs up ({folder}), and not around "
                "it; name a folder elsewhere, best on another disk"
            )


def _walk(
    path: str, folder: Path, around: tuple[tuple[int, int], ...]
) -> Iterator[tuple[str, Path]]:
    """List what is in a folder, following links, since an archive may lie on several disks.

    Names go backwards: a batch's `status` is looked for before `extract`, and that before `crawl`,
    so that no report is taken of what came to be too late to be found.
    """
    seen = folder.stat()
    here = (seen.st_dev, seen.st_ino)
    if here in around:
        raise BackupError(f"{folder}: is a link to a folder that it lies in; remove it")
    for place in sorted(folder.iterdir(), reverse=True):
        if place.is_dir():
            yield from _walk(f"{path}/{place.name}", place, (*around, here))
        else:
            yield f"{path}/{place.name}", place
