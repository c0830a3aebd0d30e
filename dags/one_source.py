"""The column of cells that each outlet has in a run of `ingest`: Crawl, Extract."""

# mypy: disallow-untyped-decorators=False
# (Airflow is not followed by mypy: its decorators are Any.)

import logging
from datetime import timedelta

from airflow.sdk import TriggerRule, chain, task, task_group

from dags.running import ANYWHERE, fail, in_words, name_cell, this_batch, worth_another_try

log = logging.getLogger("khabar.ingest")


@task(
    task_display_name="Crawl",
    queue=ANYWHERE,
    map_index_template="{{ source_name }}",
    # The source's own bound, max_minutes (240 at most), ends a crawl long before; and so it does
    # the crawl of another source on the same hosts, for which this one waits.
    execution_timeout=timedelta(hours=9),
)
def crawl(source_id: str) -> str:
    """Fetch what is new at one outlet and archive every page before anything is parsed.

    **Failed?** The last line of the log says why: the outlet is down, blocks us, or its entrance
    is no feed any more. Pages fetched before that are archived and go on to *Extract*. Nothing to
    do for a first failure, since the next run asks again. Red for a day: open its entrances in a
    browser, mend its source file, and try it with `khabar run SOURCE`.
    """
    from crawlers.crawl import CrawlDiedError, crawl_source
    from crawlers.lease import HostBusyError

    name_cell(source_id)
    with worth_another_try(CrawlDiedError, HostBusyError):
        report = crawl_source(this_batch(), source_id)
    if report.failed:
        fail(report.line)
    return report.line


@task(
    task_display_name="Extract",
    queue=ANYWHERE,
    map_index_template="{{ source_name }}",
    trigger_rule=TriggerRule.ALL_DONE,  # a crawl that failed half-way left pages worth extracting
)
def extract(source_id: str) -> str:
    """Turn one outlet's archived pages into articles, or rejections with their reason.

    **Failed?** A fault in the extraction code, not at the outlet: send the log's last lines to the
    developers. The raw pages are kept; the outlet's articles of this hour come once it is mended.
    """
    from transforms.extract import extract_source

    name_cell(source_id)
    with in_words():
        report = extract_source(this_batch(), source_id)
    log.info("%s", report.line)
    return report.line


@task_group(group_id="source")
def one_source(source_id: str) -> None:
    """Fetch and extract one outlet."""
    chain(crawl(source_id), extract(source_id))
