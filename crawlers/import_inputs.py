"""What an import reads: WARC files and manifests, one after the other, and how far that is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crawlers.captures import Found, ImportRefusedError, first_bytes
from crawlers.foreign_warcs import read_warc_pages
from crawlers.saved_pages import read_manifest_pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How far an import has come in what it reads."""

    read_bytes: int
    total_bytes: int
    records: int
    """Records and lines of manifests."""


Tell = Callable[[Reading], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A file to be read."""

    path: Path
    is_warc: bool
    """Otherwise it is a manifest."""


def open_paths(paths: Sequence[Path]) -> list[Input]:
    """Tell what paths hold before anything is written.

    Raises:
        ImportRefusedError: where one is neither a WARC file nor a manifest.
    """
    return [one for path in paths for one in _open_path(path)]


def read_inputs(
    inputs: Sequence[Input], *, is_wanted: Callable[[str], bool], salt: str, tell: Tell
) -> Iterator[Found]:
    """Yield what is found in files, in order; see the readers of each kind."""
    meter = _Meter(tell, sum(one.path.stat().st_size for one in inputs))
    for one in inputs:
        if one.is_warc:
            found = read_warc_pages(one.path, is_wanted=is_wanted, moved=meter.moved)
        else:
            found = read_manifest_pages(one.path, salt)
        for each in found:
            yield each
            meter.count()
        meter.end(one.path.stat().st_size)


def _open_path(path: Path) -> list[Input]:
    """Tell what a path holds before anything is written."""
    if path.is_dir():
        inside = sorted(path.glob("manifest.jsonl")) or sorted(path.glob("*.warc*"))
        if not inside:
            raise ImportRefusedError(f"{path}: holds no manifest.jsonl and no .warc or .warc.gz")
        return [one for each in inside for one in _open_path(each)]
    start = first_bytes(path, 64)
    if start.startswith(b"WARC/"):
        return [Input(path=path, is_warc=True)]
    if start.lstrip().startswith(b"{"):
        return [Input(path=path, is_warc=False)]
    raise ImportRefusedError(
        f"{path}: is neither a WARC file nor a manifest (JSON lines with id, file, url)"
    )


class _Meter:
    """Adds up how far reading has come, over several files."""

    def __init__(self, tell: Tell, total_bytes: int) -> None:
        self._tell = tell
        self._total = total_bytes
        self._before = self._at = self._records = 0

    def moved(self, offset: int) -> None:
        self._at = offset

    def count(self) -> None:
        self._records += 1
        read = self._before + self._at
        self._tell(Reading(read_bytes=read, total_bytes=self._total, records=self._records))

    def end(self, size: int) -> None:
        self._before += size
        self._at = 0
