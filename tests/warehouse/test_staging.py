import subprocess
import sys
from pathlib import Path

from tests.warehouse.batches import BatchMaker, page

STAGE = """
import resource, sys
from pathlib import Path
from crawlers.batch import Batch
from warehouse.connection import open_writer
from warehouse.staging import stage_batch
with open_writer(Path(sys.argv[1])) as con:
    stage_batch(con, Batch(id=sys.argv[2], home=Path(sys.argv[1])))
    print(con.execute("SELECT count(*) FROM staged_articles").fetchone()[0])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def megabytes(home: Path, sources: int) -> int:
    """Stage a batch of so many sources in a process of its own; return the most that it took."""
    maker = BatchMaker(home, 0)
    for number in range(sources):
        host = f"https://s{number}.example"
        maker.source(page("/news/1", "The bridge is mended.", host=host), id=f"s{number}")
    words = [sys.executable, "-c", STAGE, str(home), maker.write().id]
    staged, most = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()
    assert int(staged) == sources
    return int(most)


def test_many_sources_take_no_more_memory_than_few(tmp_path: Path) -> None:
    few, many = megabytes(tmp_path / "few", 40), megabytes(tmp_path / "many", 400)
    assert many < few + 100
