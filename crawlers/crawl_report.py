"""CrawlReport: what a crawl did, counted in its ledger, and said in a line."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter

from crawlers.backlog import count_carried, say_backlog
from crawlers.batch import Batch, write_json
from crawlers.job import CrawlJob
from crawlers.ledger import Outcome, read_outcomes, read_polls
from crawlers.polling import in_short, troubles
from crawlers.remains import write_remains


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlReport:
    """What one crawl of one source did, all its attempts together."""

    source_id: str
    attempt: int
    listed: int
    """Distinct url_keys that the article rule matched, counted when entrances were read."""
    known_not_due: int
    fetched: int
    not_modified: int
    failed_pages: int
    skipped: int
    pages_archived: int
    """Lines that lead to a WARC record."""
    requests: int
    """HTTP requests of the last attempt, robots.txt and retries included; 0 where it died."""
    seconds: float
    failed: bool
    """Whether no entrance could be read at all, or the last attempt died."""
    reason: str | None
    line: str
    trouble: str | None = None
    """Which entrances cannot be used, where others could."""
    stopped: str | None = None
    """Why it ended before its time, by no fault of the outlet's."""
    gone_pages: int = 0
    """Of the failed: pages that answered 404 or 410."""


REPORT_JSON: TypeAdapter[CrawlReport] = TypeAdapter(CrawlReport)


def report_death(batch: Batch, job: CrawlJob, attempt: int, seconds: float) -> None:
    """Write the status of a crawl that died, from what it left."""
    work = write_remains(batch, job, attempt)
    counts = {
        "listed": work.listed,
        "known_not_due": work.known_not_due,
        "requests": 0,
    }
    write_report(batch, job, attempt, counts, seconds, died=True)


def write_report(
    batch: Batch,
    job: CrawlJob,
    attempt: int,
    counts: dict[str, int],
    seconds: float,
    *,
    died: bool = False,
    stopped: str | None = None,
) -> CrawlReport:
    """Write the crawl's status, and return it; `stopped` says why it ended before its time."""
    source_id = job.source.id
    outcomes = read_outcomes(batch, source_id)
    fetches = outcomes.values()
    by_kind = Counter(fetch.disposition for fetch in fetches)
    polls = {poll.entrance: poll for poll in read_polls(batch, source_id)}
    ways = [poll for poll in polls.values() if poll.part_of is None]
    # Of an entrance that our own full disk kept us from asking there is nothing to say.
    asked = [poll for poll in ways if not (stopped and poll.reason == "deferred")]
    is_shut = bool(ways) and asked == ways and all(one.reason and not one.items for one in ways)
    reason = f"{ways[0].reason}: {ways[0].detail}" if is_shut else None
    said = [f"ended early: {stopped}"] if stopped else []
    said += troubles(asked, batch.started_at)
    if died:
        reason = "crawl_died"
        line = f"{source_id}: the crawl died, {by_kind['fetched']} fetched, {seconds:.1f} s"
    else:
        line = _line(job, outcomes, said, counts, reason, seconds)
    report = CrawlReport(
        source_id=source_id,
        attempt=attempt,
        listed=counts["listed"],
        known_not_due=counts["known_not_due"],
        fetched=by_kind["fetched"],
        not_modified=by_kind["not_modified"],
        failed_pages=by_kind["failed"],
        skipped=by_kind["skipped"],
        pages_archived=sum(fetch.is_archived for fetch in fetches),
        requests=counts["requests"],
        seconds=round(seconds, 2),
        failed=is_shut or died,
        reason=reason,
        line=line,
        trouble=None if reason else in_short(asked),
        stopped=stopped,
        gone_pages=sum(fetch.reason == "gone" for fetch in fetches),
    )
    write_json(batch.status("crawl", source_id), REPORT_JSON.dump_python(report, mode="json"))
    return report


def _line(
    job: CrawlJob,
    outcomes: Mapping[str, Outcome],
    said: list[str],
    counts: dict[str, int],
    reason: str | None,
    seconds: float,
) -> str:
    if reason:
        return f"{job.source.id}: no entrance could be read ({reason}), {seconds:.1f} s"
    fetches = outcomes.values()
    kinds = Counter(f.disposition for f in fetches)
    parts = [f"{counts['listed']} listed", f"{kinds['fetched']} fetched"]
    parts += [f"{kinds['not_modified']} unchanged"] if kinds["not_modified"] else []
    parts += [f"{counts['known_not_due']} known"] if counts["known_not_due"] else []
    for kind in ("failed", "skipped"):
        reasons = Counter(str(f.reason) for f in fetches if f.disposition == kind)
        # A page that the outlet removed is no fault of its crawl.
        gone = reasons.pop("gone", 0)
        named = ", ".join(f"{count} {name}" for name, count in sorted(reasons.items()))
        parts += [f"{reasons.total()} {kind} ({named})"] if named else []
        parts += [f"{gone} answered gone"] if gone else []
    left = sum(one.reason == "deferred" for one in fetches) - counts["revisits_deferred"]
    left += count_carried(job, outcomes)
    minutes = job.source.interval_minutes if job.window is None else None
    backlog = say_backlog(left, len(fetches) - kinds["skipped"], minutes)
    parts += [backlog] if backlog else []
    due = counts["revisits_left"]
    parts += [f"{due} known ones due that the next batch asks again"] if due else []
    return "; ".join([f"{job.source.id}: {', '.join(parts)}, {seconds:.1f} s", *said])
