"""crawl_source(): one source of one batch, crawled by Scrapy in a guarded child process."""

import json
import logging
import os
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path
from time import monotonic

from crawlers.bare_env import bare_env
from crawlers.batch import Batch
from crawlers.child import stop_child
from crawlers.contact import require_contact
from crawlers.crawl_report import REPORT_JSON, CrawlReport, report_death, write_report
from crawlers.job import CrawlJob
from crawlers.journal import last_attempt, ledger_path
from crawlers.lease import WAIT_SECONDS, hosts_of, lease_hosts
from crawlers.ledger import LedgerError, read_job, read_manifest
from crawlers.remains import drop_remains
from crawlers.source_file import MAX_MINUTES

GRACE_SECONDS = 120.0
"""What a crawl may take beyond its source's time: start, a last wait for the host's turn, end."""
LONGEST_CRAWL_SECONDS = MAX_MINUTES * 60 + GRACE_SECONDS
"""The most that any crawl may take, and so that another one of its hosts waits for it."""
STOP_SECONDS = 10.0
log = logging.getLogger("khabar.crawl")


class CrawlDiedError(Exception):
    """A crawl that ended before its ledger was whole; asking again resumes it."""


def crawl_source(
    batch: Batch, source_id: str, *, wait: float = LONGEST_CRAWL_SECONDS
) -> CrawlReport:
    """Crawl one planned source, or resume a crawl that was killed; a finished one is a no-op.

    It waits `wait` seconds for hosts that others are asking: the crawl of another source of theirs
    is no trouble, and ends. One that yields waits shortly, and its caller asks again.

    Raises:
        LedgerError: where the batch did not plan the source, or imports it.
        ContactError: where the outlet is live, and the job's contact leads nowhere.
        HostBusyError: where another process keeps the outlet for longer than `wait` seconds.
        CrawlDiedError: where the child process ended early; the batch's status says so, and its
            ledger has what was fetched, so that it can be loaded. Asking again resumes the crawl.
    """
    job = read_job(batch, source_id)
    status = batch.status("crawl", source_id)
    if status.exists():
        report = REPORT_JSON.validate_json(status.read_bytes())
        # What is loaded is what a rebuild must find: no attempt is added to it.
        if not report.failed or batch.status("load").exists():
            return report
    if read_manifest(batch).found_by == "import":
        raise LedgerError(f"{source_id}: its import did not end; run `khabar import` again")
    hosts, is_urgent = hosts_of(job.source), not job.is_yielding
    require_contact((job.source,), job.contact, job.loopback)
    wait = wait if is_urgent else WAIT_SECONDS
    with lease_hosts(batch.home, hosts, wait, is_urgent=is_urgent) as leases:
        began = monotonic()
        attempt = last_attempt(batch, source_id)
        was_whole = attempt and ledger_path(batch, source_id, attempt, "count.json").exists()
        if not was_whole or status.exists():
            attempt += 1
            try:
                _run_child(batch, job, attempt, leases)
            except BaseException:
                # After a time-out and Ctrl-C too: were this the last attempt, what came is loaded.
                report_death(batch, job, attempt, monotonic() - began)
                raise
        drop_remains(batch, source_id)
        counts = json.loads(ledger_path(batch, source_id, attempt, "count.json").read_bytes())
        stopped = counts.pop("stopped", None)
        report = write_report(batch, job, attempt, counts, monotonic() - began, stopped=stopped)
    log.info("%s", report.line)
    return report


def _run_child(batch: Batch, job: CrawlJob, attempt: int, leases: list[int]) -> None:
    """Start the child, wait for it within a hard limit, and never leave it behind."""
    root = str(Path(__file__).parents[1])
    paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    child = subprocess.Popen(
        [sys.executable, "-m", "crawlers.run", *_arguments(batch, job.source.id, attempt)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**bare_env(), "PYTHONPATH": paths},
        pass_fds=leases,
        text=True,
        errors="replace",
    )
    last_words: deque[str] = deque(maxlen=5)
    listener = threading.Thread(target=_relay, args=(child, last_words), daemon=True)
    listener.start()
    try:
        code = child.wait(job.max_minutes * 60 + GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        stop_child(child, STOP_SECONDS)
        code = child.returncode
        last_words.append("took longer than its hard limit")
    except BaseException:
        # Airflow's time-out and Ctrl-C: the child must not outlive the task that asked for it.
        stop_child(child, STOP_SECONDS)
        raise
    listener.join(STOP_SECONDS)
    if code != 0:
        raise CrawlDiedError(
            f"crawl of {job.source.id} ended early (exit code {code}, attempt {attempt}): "
            f"{' | '.join(last_words) or 'no last words'}; run it again to resume"
        )


def _arguments(batch: Batch, source_id: str, attempt: int) -> tuple[str, str, str]:
    return str(batch.job(source_id)), str(attempt), str(os.getpid())


def _relay(child: "subprocess.Popen[str]", last_words: deque[str]) -> None:
    """Log what the child says; what is no message of ours (a traceback) is kept as last words."""
    for line in child.stdout or ():
        text = line.strip()
        try:
            level, message = json.loads(text)
            log.log(level, "%s", _printable(message))
            if level >= logging.ERROR:
                last_words.append(_printable(message.splitlines()[-1])[:300])
        except (ValueError, TypeError):
            if text:
                last_words.append(_printable(text))


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "�" for char in text)
