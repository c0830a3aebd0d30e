"""A bare Scrapy spider that fetches a list of URLs and stores nothing: `... URLS CONCURRENCY`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scrapy import Spider
from scrapy.crawler import CrawlerProcess


class BareSpider(Spider):  # type: ignore[misc]
    """Asks for each URL once, and looks at no answer."""

    name = "bare"

    def parse(self, _response: Any) -> Iterator[Any]:
        """Let the answer go."""
        yield from ()


def main(arguments: list[str]) -> int:
    """Fetch every URL of a file with Scrapy's own settings, the log off; fail where one is lost."""
    urls = Path(arguments[0]).read_text().split()
    concurrency = int(arguments[1])
    settings = {
        "LOG_ENABLED": False,
        "LOG_INSTALL_ROOT_HANDLER": False,
        "TELNETCONSOLE_ENABLED": False,
        "CONCURRENT_REQUESTS": concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
        "DOWNLOAD_DELAY": 0,
    }
    process = CrawlerProcess(settings)
    crawler = process.create_crawler(BareSpider)
    process.crawl(crawler, start_urls=urls)
    process.start()
    return 0 if crawler.stats.get_value("response_received_count", 0) >= len(urls) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
