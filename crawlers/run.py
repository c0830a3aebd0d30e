"""The child process of one crawl: `python -m crawlers.run JOB ATTEMPT PARENT`."""

import ctypes
import gc
import json
import logging
import os
import resource
import signal
import sys
from importlib.metadata import version
from pathlib import Path

from scrapy.crawler import AsyncCrawlerProcess

from crawlers.archive import ArchiveWriter
from crawlers.batch import Batch, write_json
from crawlers.job import JOB_JSON
from crawlers.journal import ledger_path, open_ledger, recover, warc_path, write_polls
from crawlers.scrapy_settings import scrapy_settings
from crawlers.spider import OutletSpider, Walk

EXIT_UNFINISHED = 75
EXIT_ORPHAN = 76
MAX_MEMORY_BYTES = 4 << 30
_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    """Crawl one source; the exit code is 0 only when the walk ended and its ledger is whole."""
    job_file, attempt, parent = Path(arguments[0]), int(arguments[1]), int(arguments[2])
    if not _die_with(parent):
        return EXIT_ORPHAN
    limit_memory()
    # Thousands of known pages are no garbage: to search them for some takes longer than to read.
    gc.disable()
    job = JOB_JSON.validate_json(job_file.read_bytes())
    batch = Batch(id=job.batch_id, home=Path(job.home))
    source_id = job.source.id
    journal = recover(batch, source_id)
    gc.freeze()
    gc.enable()
    archive = ArchiveWriter(
        warc_path(batch, source_id, attempt),
        home=batch.home,
        software=f"Khabar/{version('khabar')} Scrapy/{version('scrapy')}",
    )
    ledger = open_ledger(batch, source_id, attempt)
    walk = Walk(job=job, journal=journal, archive=archive, fetches=ledger)
    process = AsyncCrawlerProcess(scrapy_settings(job))
    _log_to_stdout()
    crawler = process.create_crawler(OutletSpider)
    process.crawl(crawler, walk=walk)
    process.start()
    finished = crawler.stats.get_value("finish_reason")
    if finished != "finished" or walk.frontier is None:
        logging.getLogger("crawl").error("ended early: %s", finished)
        return EXIT_UNFINISHED
    archive.close()
    write_polls(batch, source_id, attempt, walk.polls)
    ledger.close()
    counts = {
        "listed": walk.frontier.listed,
        "known_not_due": walk.frontier.known_not_due,
        "revisits_left": walk.revisits_left,
        "revisits_deferred": walk.revisits_deferred,
        "requests": walk.requests,
        "stopped": walk.stopped,
    }
    write_json(ledger_path(batch, source_id, attempt, "count.json"), counts)
    return 0


def limit_memory() -> None:
    """Bound this process's address space: what an outlet sends must not starve the machine."""
    if sys.platform != "linux":  # macOS has the limit, but refuses to set it
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY or soft > MAX_MEMORY_BYTES:
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, hard))


def _die_with(parent: int) -> bool:
    """Ask the kernel for SIGTERM when the parent dies; False where it is dead already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    return os.getppid() == parent


def _log_to_stdout() -> None:
    """Send one JSON line a message to the parent, which logs it as its own."""

    class _Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            sys.stdout.write(json.dumps([record.levelno, record.getMessage()]) + "\n")
            sys.stdout.flush()

    logging.getLogger().addHandler(_Lines())
    # Scrapy sets its own logger to DEBUG when it starts.
    for name in ("scrapy", "twisted", "py.warnings"):
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.getLogger("outlet").setLevel(logging.INFO)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
