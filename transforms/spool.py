"""A sequence that is kept on disk where it is long: an import has more pages than fit in memory."""

import pickle
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Generic, Self, TypeVar

IN_MEMORY_BYTES = 32 << 20
Value = TypeVar("Value")


class Spool(Generic[Value]):
    """Holds values that can be read again and again, one reader at a time, until it is closed."""

    def __init__(self, values: Iterable[Value], folder: Path) -> None:
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES, dir=str(folder))  # noqa: SIM115
        try:
            for value in values:
                pickle.dump(value, self._file)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[Value]:
        self._file.seek(0)
        while True:
            try:
                yield pickle.load(self._file)  # noqa: S301 (what we wrote ourselves)
            except EOFError:
                return
