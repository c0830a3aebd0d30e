"""Keeps programs that read one file from spilling beside it, over each other's rows."""

from contextlib import suppress
from pathlib import Path

from crawlers.batch import write_whole

_WHY = """\
DuckDB puts here what has no room in memory. Programs that do so at once write over each other, and
DuckDB 1.5 may then answer wrongly without a word: so this is no folder. Before a question that
needs more than memory, say:  SET temp_directory = '/a/folder/of/your/own';
"""


def bar_spilling(file: Path) -> None:
    """Put a note where a stock client that opens the file would make its folder to spill to.

    A question that needs it fails with the note's path, and works after what the note says.
    """
    place = file.with_name(f"{file.name}.tmp")
    with suppress(OSError):
        place.rmdir()
    with suppress(IsADirectoryError):  # somebody spills there now: the next publish sees to it
        write_whole(place, _WHY.encode())
