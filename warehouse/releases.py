"""Releases: published snapshots that are frozen under a name, and never pruned."""

import json
import os
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from crawlers.batch import flush_folder, write_json
from crawlers.counted import counted
from warehouse.connection import NoSnapshot, WarehouseError, connect, published_file, snapshot_file
from warehouse.digest import file_digest
from warehouse.lease import hold_lease
from warehouse.room import tell_missing
from warehouse.spilling import bar_spilling

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class ReleaseRefused(WarehouseError):  # noqa: N818 (says what is so)
    """A release that cannot be made or read; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a release's card says: what `publish` said of the snapshot, its name and when."""

    name: str
    released_at: datetime
    snapshot_id: str
    batch_id: str | None
    published_at: datetime
    schema_version: int
    code_version: str
    counts: dict[str, int]
    """Rows of each table."""
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseReport:
    """What was released."""

    release: Release
    file: Path
    is_new: bool
    """False where this very snapshot had the name already."""
    line: str


_CARD: TypeAdapter[Release] = TypeAdapter(Release)


def release_file(home: Path, name: str) -> Path:
    """Name a release's file.

    Raises:
        ReleaseRefused: no release can have that name.
    """
    if not NAME.fullmatch(name):
        raise ReleaseRefused(
            f"{name!r} cannot name a release: lower-case letters, digits, - and _ (2026-10), 64 "
            "at most, a letter or digit first"
        )
    return _folder(home) / f"{name}.duckdb"


def find_release(home: Path, name: str) -> Path:
    """Find a release's file, with no write-ahead log beside it.

    Raises:
        ReleaseRefused: there is none of that name, or a log would change what it says.
    """
    file = release_file(home, name)
    if not file.is_file():
        known = ", ".join(one.name for one in list_releases(home)) or "none"
        raise ReleaseRefused(f"there is no release {name}; there are: {known}")
    if log := _find_log(file):
        raise ReleaseRefused(
            f"{log}: somebody opened the release to write, and a reader would take this log for a "
            "part of it; delete it, then `khabar release --check`"
        )
    return file


def list_releases(home: Path) -> list[Release]:
    """List the releases, the oldest snapshot first.

    Raises:
        ReleaseRefused: a card cannot be read.
    """
    cards = [path.with_suffix(".json") for path in _folder(home).glob("*.duckdb")]
    return sorted(map(_read_card, cards), key=lambda one: (one.published_at, one.name))


def release_snapshot(home: Path, name: str) -> ReleaseReport:
    """Freeze the published snapshot under a name; killed at any moment, it can be run again.

    Raises:
        ReleaseRefused: the name is taken by another snapshot, or the snapshot is not whole.
        NoSnapshot: nothing was published yet.
    """
    file = release_file(home, name)
    published_file(home)  # where there is none, no home is begun for the lease
    with hold_lease(home, doing=f"releasing {name}"):
        published = _read_published(home)
        _clear(home)
        known = _read_known(file)
        if known is not None:
            bar_spilling(file)
            return _repeat(known, file, published)
        part = _part_of(file)
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            _link(published_file(home), part)
            _prove(part, published)
            card = published | {"name": name, "released_at": datetime.now(UTC).isoformat()}
            # The file comes last: while only its part is there, the card is of no release yet.
            write_json(file.with_suffix(".json"), card)
            part.replace(file)
        finally:
            _clear(home)
        bar_spilling(file)
        flush_folder(file.parent)
    release = _read_card(file.with_suffix(".json"))
    articles = counted(release.counts["articles"], "article")
    line = f"released {articles} of snapshot {release.snapshot_id} as {file}"
    return ReleaseReport(release=release, file=file, is_new=True, line=line)


def check_releases(home: Path) -> list[tuple[str, str | None]]:
    """Prove each release's bytes; give each name with what is wrong, None where nothing is."""
    folder = _folder(home)
    files = {path.with_suffix(".duckdb") for path in folder.glob("[!.]*.json")}
    # A card comes before its file: beside a part, it is of a release that is being made.
    made = {file for file in files if not _part_of(file).exists()}
    return [(file.stem, _find_fault(file)) for file in sorted(made | set(folder.glob("*.duckdb")))]


def _find_fault(file: Path) -> str | None:
    if not file.is_file():
        return f"{file}: is gone; put it back from a backup"
    if log := _find_log(file):
        return f"{log}: somebody opened the release to write; delete this log"
    try:
        release = _read_card(file.with_suffix(".json"))
    except ReleaseRefused as error:
        return str(error)
    if file_digest(file) != release.sha256:
        return f"{file}: its SHA-256 is not that of its card; put it back from a backup"
    return None


def _folder(home: Path) -> Path:
    return snapshot_file(home).with_name("releases")


def _part_of(file: Path) -> Path:
    return file.with_name(f".{file.name}.part")


def _find_log(file: Path) -> Path | None:
    return next(iter(sorted(file.parent.glob(f"{file.name}.wal*"))), None)


def _read_published(home: Path) -> dict[str, object]:
    """Read what `publish` said of the snapshot."""
    public = published_file(home)
    try:
        told = json.loads(public.with_name("news.json").read_bytes())
        _CARD.validate_python(told | {"name": "x", "released_at": datetime.now(UTC)})
    except (OSError, ValueError, TypeError) as error:
        raise NoSnapshot(
            f"{public.with_name('news.json')}: cannot be read; run `khabar publish`, which writes "
            "it, then release"
        ) from error
    return dict(told)


def _read_card(path: Path) -> Release:
    try:
        return _CARD.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ReleaseRefused(
            f"{path}: cannot be read as the card of a release; put it back from a backup"
        ) from error


def _read_known(file: Path) -> Release | None:
    """Read the card of a release that has the name; a card without its file is one, too."""
    card = file.with_suffix(".json")
    return _read_card(card) if file.exists() or card.exists() else None


def _repeat(known: Release, file: Path, published: dict[str, object]) -> ReleaseReport:
    if known.snapshot_id != published["snapshot_id"]:
        raise ReleaseRefused(
            f"{known.name} is snapshot {known.snapshot_id} of {known.published_at:%Y-%m-%d}, and "
            "a release is never overwritten; choose another name"
        )
    fault = _find_fault(file)
    if fault is not None:
        raise ReleaseRefused(fault)
    line = f"{known.name} is this snapshot already: {known.snapshot_id}, {file}"
    return ReleaseReport(release=known, file=file, is_new=False, line=line)


def _clear(home: Path) -> None:
    """Remove what a release left that was killed, or that the disk had no room for."""
    for part in _folder(home).glob(".*.part"):
        file = part.with_name(part.name.removeprefix(".").removesuffix(".part"))
        if file.suffix == ".duckdb" and not file.exists():
            file.with_suffix(".json").unlink(missing_ok=True)
        part.unlink()


def _link(public: Path, part: Path) -> None:
    """Give the file a second name, which costs nothing; copy it where that cannot be."""
    try:
        part.hardlink_to(public)
    except OSError:
        short = tell_missing(part.parent, public.stat().st_size, "the release")
        if short:
            raise ReleaseRefused(f"{short}, then run the same command again") from None
        shutil.copyfile(public, part)
        with part.open("rb") as copied:
            os.fsync(copied.fileno())
        part.chmod(0o444)


def _prove(part: Path, published: dict[str, object]) -> None:
    """Prove that the file is the one that `news.json` speaks of, byte by byte."""
    with connect(part, read_only=True) as con:
        (snapshot_id,) = con.execute("SELECT snapshot_id FROM snapshot").fetchall()[0]
    if snapshot_id != published["snapshot_id"] or file_digest(part) != published["sha256"]:
        raise ReleaseRefused(
            f"published/news.duckdb is snapshot {snapshot_id}, and not, byte by byte, what "
            f"news.json says ({published['snapshot_id']}); run `khabar publish`, then release"
        )
