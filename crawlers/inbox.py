"""The inbox: the one folder whose files an import started from Airflow's page may read."""

import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from crawlers.batch import write_whole
from crawlers.captures import ImportRefusedError
from crawlers.import_inputs import open_paths

DONE, FAILED = "done", "failed"
SETTLE_SECONDS = 2.0
"""What grows meanwhile is still being copied into the inbox."""


def inbox_folder(home: Path) -> Path:
    """Name the inbox of a home."""
    return home / "inbox"


def list_inbox(home: Path) -> tuple[list[Path], tuple[str, ...]]:
    """List what lies in the inbox and can be imported, and say of the rest why it cannot."""
    folder = inbox_folder(home)
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    good: list[Path] = []
    refused: list[str] = []
    for name in names:
        if name in (DONE, FAILED) or name.startswith("."):
            continue
        try:
            good += take_from_inbox(home, [name])
        except ImportRefusedError as error:
            refused.append(str(error))
    before = [_size(path) for path in good]
    time.sleep(SETTLE_SECONDS if good else 0)
    growing = {path for path, size in zip(good, before, strict=True) if _size(path) != size}
    refused += [
        f"{path}: is still being copied; the next import takes it"
        for path in good
        if path in growing
    ]
    return [path for path in good if path not in growing], tuple(refused)


def take_from_inbox(home: Path, names: Iterable[str]) -> list[Path]:
    """Find things of the inbox by their names; a name is no path, and nothing there is a link.

    Raises:
        ImportRefusedError: naming the first that may not be imported, and why.
    """
    return [_take(inbox_folder(home), name) for name in dict.fromkeys(names)]


def put_away(home: Path, paths: Iterable[Path], damaged: Mapping[str, str]) -> str:
    """Move what was imported into inbox/done, and say so; a name that is taken there gets a time.

    What has a damaged file (its name, and what is wrong) goes to inbox/failed, with a note of why.
    Call it only with what take_from_inbox() gave.
    """
    moved: dict[str, list[str]] = {DONE: [], FAILED: []}
    for path in paths:
        inside = (one.name for one in (path, *path.rglob("*")))
        why = [damaged[name] for name in inside if name in damaged]
        to = _move(path, inbox_folder(home) / (FAILED if why else DONE))
        if why:
            write_whole(to.with_name(f"{to.name}.why.txt"), "\n".join(why).encode() + b"\n")
        moved[FAILED if why else DONE].append(path.name)
    words = {DONE: "imported, now in inbox/done", FAILED: "damaged, now in inbox/failed"}
    said = [f"{words[where]}: {', '.join(names)}" for where, names in moved.items() if names]
    return "; ".join(said) or "nothing to import"


def _move(path: Path, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    to = folder / path.name
    if to.exists():
        to = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}-{path.name}"
    return path.rename(to)


def _size(path: Path) -> int:
    return sum(one.stat().st_size for one in (path, *path.rglob("*")) if one.is_file())


def _take(folder: Path, name: str) -> Path:
    path = folder / name
    if not name or Path(name).name != name or name in (DONE, FAILED, "..") or name.startswith("."):
        raise ImportRefusedError(f"{name!r}: is no name of a file in {folder}; paths are not taken")
    if not path.exists() and not path.is_symlink():
        raise ImportRefusedError(f"{name!r}: does not lie in {folder}")
    links = [one for one in (path, *path.rglob("*")) if one.is_symlink()]
    if links:
        raise ImportRefusedError(f"{links[0]}: is a link; put the file itself there")
    if not (path.is_dir() or path.is_file()):
        raise ImportRefusedError(f"{path}: is neither a file nor a folder")
    if any(not one.is_warc for one in open_paths([path])) and not path.is_dir():
        raise ImportRefusedError(f"{path}: put a manifest and its pages into a folder of their own")
    return path
