"""Manifest: which files a backup holds, written last and in one step, with its own digest."""

import hashlib
import json
import os
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

FORMAT = 1
_DIGEST = re.compile(r"[0-9a-f]{64}")


class BackupError(Exception):
    """A backup that cannot be made, proven or brought back; the message says why, and the mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedFile:
    """One file of the home, and the digest that its copy is kept under."""

    path: str
    """Relative to the home, with slashes."""
    bytes: int
    sha256: str
    mtime_ns: int
    mode: int
    """Permission bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A whole backup."""

    made_at: str
    """ISO 8601, UTC."""
    home: str
    """Where the home was."""
    code_version: str
    batch_id: str | None
    """Newest batch of the warehouse; None where there was none."""
    files: tuple[BackedFile, ...]

    @property
    def bytes(self) -> int:
        """Sum up the files' bytes."""
        return sum(one.bytes for one in self.files)


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write a manifest under another name, flush it to disk, and rename it when whole."""
    head = {"format": FORMAT} | {
        "made_at": manifest.made_at,
        "home": manifest.home,
        "code_version": manifest.code_version,
        "batch_id": manifest.batch_id,
        "files": len(manifest.files),
        "bytes": manifest.bytes,
    }
    part = path.with_name(f"{path.name}.part")
    digest = hashlib.sha256()
    with open_private(part) as file:
        for line in (json.dumps(head), *map(to_line, manifest.files)):
            written = f"{line}\n".encode()
            digest.update(written)
            file.write(written)
        file.write(json.dumps({"sha256_of_the_lines_above": digest.hexdigest()}).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def read_manifest(path: Path) -> Manifest:
    """Read a manifest, and prove it.

    Raises:
        BackupError: where it is not as it was written, or not of this version of Khabar.
    """
    *lines, last = path.read_bytes().split(b"\n")[:-1] or [b""]
    digest = hashlib.sha256(b"".join(line + b"\n" for line in lines)).hexdigest()
    if digest not in last.decode("ascii", "replace"):
        raise BackupError(
            f"{path}: is damaged (its own SHA-256 does not agree); bring back another copy of it, "
            "or back up anew into another folder"
        )
    head = json.loads(lines[0])
    if head["format"] != FORMAT:
        raise BackupError(f"{path}: was written by a newer Khabar; update this one")
    return Manifest(
        made_at=head["made_at"],
        home=head["home"],
        code_version=head["code_version"],
        batch_id=head["batch_id"],
        files=tuple(from_line(line) for line in lines[1:]),
    )


def to_line(file: BackedFile) -> str:
    """Write a file's line."""
    return json.dumps(asdict(file))


def from_line(line: bytes) -> BackedFile:
    """Read a file's line.

    Raises:
        ValueError: where it is none, or its path would lead out of the home.
    """
    file = BackedFile(**json.loads(line))
    path = PurePosixPath(file.path)
    if path.is_absolute() or ".." in path.parts or not _DIGEST.fullmatch(file.sha256):
        raise ValueError(f"not a file of a backup: {file.path!r}")
    return file


def open_private(path: Path, *, to_append: bool = False) -> BinaryIO:
    """Open a file to write to it that nobody else may read."""
    how = os.O_APPEND if to_append else os.O_TRUNC
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | how, 0o600)
    return os.fdopen(handle, "wb")


def index(files: Iterable[BackedFile]) -> dict[str, BackedFile]:
    """Find files by their paths."""
    return {file.path: file for file in files}
