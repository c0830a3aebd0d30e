"""Import: selection and archiving of a WARC file, against the reader library's bare iteration."""

from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from warcio.archiveiterator import ArchiveIterator

from crawlers.batch import Batch
from crawlers.catalogue import Source
from crawlers.imports import import_paths
from tests.bench.cc_news import write_cc_news
from tests.bench.figure import CPU, Figure, take_turns

FILE_BYTES = 100 << 20
WANTED = tuple(f"outlet{number}.test" for number in range(20))
SOURCES = tuple(
    Source(
        id=host.removesuffix(".test"),
        name=host,
        home=f"https://{host}/",
        languages=(),
        timezone=None,
        hosts=(host,),
    )
    for host in WANTED
)


def measure_imports(size: int = FILE_BYTES) -> list[Figure]:
    """Time the pages of the catalogue's hosts, a twentieth of the file, and those of all hosts."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "cc-news.warc.gz"
        write_cc_news(file, size, WANTED)
        return [_measure(file, is_all=is_all) for is_all in (False, True)]


def _measure(file: Path, *, is_all: bool) -> Figure:
    numbers = count()

    def take() -> None:
        home = file.parent / f"{is_all}-{next(numbers)}"
        batch = Batch(id="20261122T000000Z-import-00000000", home=home)
        import_paths(batch, [file], sources=SOURCES, run_id="bench", is_all=is_all)

    ours, bare = take_turns(take, lambda: _iterate(file), CPU)
    pages = "pages of all hosts" if is_all else "5 % of the pages"
    return Figure(
        what=f"import {pages} of a {file.stat().st_size >> 20} MB WARC (bare: warcio reads it)",
        ours=ours,
        bare=bare,
        unit="CPU s",
    )


def _iterate(file: Path) -> None:
    with file.open("rb") as packed:
        for record in ArchiveIterator(packed):
            record.content_stream().read()
