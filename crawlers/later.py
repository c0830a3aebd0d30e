"""Captures that wait for the next batch of an import: a file without a name."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import IO

from pydantic import TypeAdapter

from crawlers.captures import Capture, CaptureFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Noted(CaptureFacts):
    """A capture as it is written down; its record follows."""

    member_bytes: int


_JSON: TypeAdapter[_Noted] = TypeAdapter(_Noted)
_NAMES = tuple(field.name for field in fields(CaptureFacts))


class Later:
    """Keeps captures on disk, so that what was imported need not be read again for them.

    The file has no name: it is gone with its user, however that ends.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._file: IO[bytes] | None = None

    def put(self, capture: Capture) -> None:
        """Keep a capture."""
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._home)  # noqa: SIM115 (until it is read)
        member = capture.member()
        values = {name: getattr(capture, name) for name in _NAMES}
        note = _Noted(**values, member_bytes=len(member))
        self._file.write(_JSON.dump_json(note) + b"\n" + member)

    def read(self) -> Iterator[Capture]:
        """Yield what was kept, in order, once; the room on disk is free again then."""
        if self._file is None:
            return
        with self._file as file:
            file.seek(0)
            while line := file.readline():
                note = _JSON.validate_json(line)
                values = {name: getattr(note, name) for name in _NAMES}
                member = file.read(note.member_bytes)
                yield Capture(**values, member=partial(bytes, member))
