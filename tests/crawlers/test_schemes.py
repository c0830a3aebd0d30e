"""Only http and https leave this machine, whatever a redirect says."""

import asyncio
import gzip
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scrapy.core.downloader.handlers import DownloadHandlers
from scrapy.http import Request
from scrapy.utils.test import get_crawler

from crawlers.answers import Trouble
from crawlers.crawl import crawl_source
from crawlers.fetcher import Fetcher
from crawlers.hosts import Hosts
from crawlers.journal import warc_path
from crawlers.ledger import read_job, read_polls
from crawlers.scrapy_settings import scrapy_settings
from tests.crawlers.outlet import Answer, Outlet, article, feed, plan, source

pytestmark = pytest.mark.usefixtures("warm_crawls")

ODD = ("file:///etc/hostname", "ftp://127.0.0.1/x", "data:text/html,x", "s3://bucket/x")


async def allow(_url: str) -> None:
    return None


class Engine:
    async def download_async(self, request: Request) -> None:
        raise AssertionError(f"asked for {request.url}")


@pytest.mark.parametrize("url", [*ODD, "http://[bad", "mailto:a@b.pk", "http://e.pk:99999/"])
def test_fetcher_refuses_what_is_no_web_address_before_any_check(url: str, tmp_path: Path) -> None:
    hosts = Hosts(tmp_path, now=lambda: datetime.now(UTC))
    fetcher = Fetcher(Engine(), user_agent="test", seconds=5, hosts=hosts, why_stop=lambda: None)
    answer = asyncio.run(fetcher.fetch(url, check=allow, max_bytes=1000))
    assert isinstance(answer, Trouble)
    assert (answer.reason, fetcher.requests) == ("bad_url", 0)


def test_scrapy_has_no_handler_for_other_schemes(outlet: Outlet, tmp_path: Path) -> None:
    job = read_job(plan(tmp_path, source(outlet)), "valley")
    crawler = get_crawler(settings_dict=scrapy_settings(job))
    handlers = DownloadHandlers(crawler)
    for url in ODD:
        assert handlers._get_handler(url.partition(":")[0]) is None


def test_robots_that_redirects_to_a_file_or_ftp_port_gets_neither(
    outlet: Outlet, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the operator's secret")
    with socket.create_server(("127.0.0.1", 0)) as forbidden:
        forbidden.settimeout(0.2)
        port = forbidden.getsockname()[1]
        for number, target in enumerate((secret.as_uri(), f"ftp://127.0.0.1:{port}/x")):
            outlet.routes |= {"/feed": feed(outlet.base, ["/news/1"]), "/news/1": article("1")}
            outlet.routes["/robots.txt"] = Answer(status=302, headers={"Location": target})
            batch = plan(tmp_path / str(number), source(outlet))
            assert crawl_source(batch, "valley").failed
            assert [poll.reason for poll in read_polls(batch, "valley")] == ["bad_url"]
            plain = gzip.decompress(warc_path(batch, "valley", 1).read_bytes())
            assert b"operator's secret" not in plain
        with pytest.raises(TimeoutError):
            forbidden.accept()
