import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq

from crawlers.ledger import read_job
from tests.warehouse.batches import BatchMaker, page, rows
from warehouse.dedup import dedup_batch
from warehouse.load import load_batch

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


def test_batch_of_an_older_khabar_is_loaded_though_its_files_say_less(tmp_path: Path) -> None:
    maker = BatchMaker(tmp_path, 0)
    maker.source(page("/a", "The bridge is mended."), id="older")
    batch = maker.source(page("/b", "The road is open again."), id="newer").write()
    file = batch.extract_folder("older") / "articles.parquet"
    pq.write_table(pq.read_table(file).drop_columns(["image_from", "other_language"]), file)
    job = json.loads(batch.job("older").read_bytes())
    job["source"]["hints"] = {"prune_css": [".share"], "tagline_css": None}
    batch.job("older").write_text(json.dumps(job))
    [hint] = read_job(batch, "older").source.hints
    assert (hint.field, hint.selector, hint.until) == ("prune", ".share", None)
    dedup_batch(batch)
    load_batch(batch)
    found = rows(tmp_path, "SELECT source_id, image_from FROM articles ORDER BY source_id")
    assert found == [("newer", None), ("older", None)]
