"""What a crawl that died leaves: its salvaged lines, and one for each page it never came to."""

from crawlers.ask import leaves_line, skip
from crawlers.batch import Batch, write_whole
from crawlers.frontier import Frontier, plan_walk
from crawlers.job import CrawlJob
from crawlers.journal import ledger_path, recover
from crawlers.page import FETCH_JSON

_KIND = "unasked.fetches.jsonl"


def write_remains(batch: Batch, job: CrawlJob, attempt: int) -> Frontier:
    """Make the ledger of a dead attempt whole, as if its time had been over; return its work.

    What came is salvaged from its WARC; what was listed but not asked is deferred, so that it is
    asked by a later attempt, or else by the next batch.
    """
    journal = recover(batch, job.source.id)
    frontier = plan_walk(job, journal.looks, journal.fetches, job.now)
    unasked = (
        skip(job.source.id, ask, "deferred", "the crawl died before it came to this page")
        for ask in (*frontier.new, *frontier.due)
        if leaves_line(ask, "deferred")
    )
    lines = b"".join(FETCH_JSON.dump_json(line) + b"\n" for line in (*frontier.lines, *unasked))
    write_whole(ledger_path(batch, job.source.id, attempt, _KIND), lines)
    return frontier


def drop_remains(batch: Batch, source_id: str) -> None:
    """Forget the pages that dead attempts never came to, where a later attempt has been whole."""
    for path in batch.crawl_folder(source_id).glob(f"*.{_KIND}"):
        path.unlink()
