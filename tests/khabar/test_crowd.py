from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from crawlers.batch import MANIFEST_JSON, Batch, BatchManifest, new_batch_id, write_whole
from crawlers.catalogue import Source, load_catalogue
from crawlers.crawl_report import REPORT_JSON
from crawlers.job import JOB_JSON, CrawlJob
from crawlers.ledger import read_fetches
from khabar.newsroom.running import running_town
from khabar.progress import Progress
from khabar.run import gather

SOURCES = 40
TOWNS = 6
DELAY_SECONDS = 0.2
LONGEST_GAP_SECONDS = 10.0
"""Between two pages of one source: fifty times its delay, on a machine that does other work too."""


def plan_all(home: Path, sources: list[Source]) -> Batch:
    batch = Batch(id=new_batch_id(datetime.now(UTC), "run", "crowd"), home=home)
    manifest = BatchManifest(
        batch_id=batch.id, dag="run", run_id="crowd", found_by="live", code_version="0",
        sources=tuple(source.id for source in sources),
    )  # fmt: skip
    write_whole(batch.manifest, MANIFEST_JSON.dump_json(manifest))
    for source in sources:
        job = CrawlJob(
            batch_id=batch.id, home=str(home), source=source, contact="https://khabar.invalid/",
            loopback=source.hosts,
        )  # fmt: skip
        write_whole(batch.job(source.id), JOB_JSON.dump_json(job))
    return batch


@pytest.mark.slow
def test_forty_sources_at_once_all_get_their_turn(tmp_path: Path) -> None:
    sources: list[Source] = []
    with ExitStack() as stack:
        for seed in range(TOWNS):
            town = stack.enter_context(running_town(articles=12, seed=seed))
            for one in load_catalogue([town.sources_folder])[0]:
                gently = replace(one.politeness, delay_seconds=DELAY_SECONDS)
                sources.append(replace(one, id=f"{one.id}_{seed}", politeness=gently))
        batch = plan_all(tmp_path, sources[:SOURCES])
        began = datetime.now(UTC)
        outcomes = gather(batch, [one.id for one in sources[:SOURCES]], Progress(is_quiet=True))
        took = (datetime.now(UTC) - began).total_seconds()
    assert [outcome.error for outcome in outcomes] == [None] * SOURCES
    spent = 0.0
    for source in sources[:SOURCES]:
        report = REPORT_JSON.validate_json(batch.status("crawl", source.id).read_bytes())
        lines = read_fetches(batch, source.id)
        assert report.fetched == len(lines) >= 12, report.line
        asked = sorted(line.fetched_at for line in lines if line.fetched_at)
        gaps = [(after - before).total_seconds() for before, after in pairwise(asked)]
        assert max(gaps) < LONGEST_GAP_SECONDS, report.line
        spent += report.seconds
    assert took < spent / 4, "they were crawled one after another"
