"""Scrapy's settings: polite by default, and nothing that listens, dumps or looks elsewhere."""

from importlib.metadata import version
from typing import Any

from crawlers.guard import LOOPBACK_SETTING, PORTS_SETTING
from crawlers.job import CrawlJob
from crawlers.lease import hosts_of
from crawlers.wire import HOME_SETTING, UNVERIFIED_SETTING, TurnKeepingHandler

CONCURRENCY = 2
MAX_DELAY_SECONDS = 60.0
_NOT_USED = tuple(
    f"scrapy.downloadermiddlewares.{name}"
    for name in (
        "offsite.OffsiteMiddleware",
        "robotstxt.RobotsTxtMiddleware",
        "httpauth.HttpAuthMiddleware",
        "retry.RetryMiddleware",
        "redirect.MetaRefreshMiddleware",
        "redirect.RedirectMiddleware",
        "httpcompression.HttpCompressionMiddleware",
        "cookies.CookiesMiddleware",
        "httpproxy.HttpProxyMiddleware",
        "httpcache.HttpCacheMiddleware",
    )
)

_EXTENSIONS = ("corestats.CoreStats", "throttle.AutoThrottle")


def user_agent(contact: str) -> str:
    """Say who asks, and where to complain."""
    return f"Khabar/{version('khabar')} (+{contact})"


def scrapy_settings(job: CrawlJob) -> dict[str, Any]:
    """Build the settings of one crawl.

    Redirects, retries, robots.txt and content codings are the fetcher's own (fetcher.py), so that
    each hop is archived as it came and each refusal has its line; Scrapy's middlewares for them
    are off, and so is the one that would take a proxy from the environment.
    """
    delay = job.source.politeness.delay_seconds
    return {
        "USER_AGENT": user_agent(job.contact),
        "DEFAULT_REQUEST_HEADERS": {},
        # Scrapy would read local files where a redirect names one.
        "DOWNLOAD_HANDLERS": {
            **dict.fromkeys(("data", "file", "ftp", "s3")),
            **dict.fromkeys(("http", "https"), TurnKeepingHandler),
        },
        HOME_SETTING: job.home,
        "DOWNLOADER_MIDDLEWARES": dict.fromkeys(_NOT_USED),
        "CONCURRENT_REQUESTS": CONCURRENCY,
        "CONCURRENT_REQUESTS_PER_DOMAIN": CONCURRENCY,
        "DOWNLOAD_DELAY": delay,
        # Scrapy varies the delay by half, to hide; ours is a minimum.
        "DOWNLOAD_DELAY_JITTER": 0,
        "AUTOTHROTTLE_ENABLED": delay > 0,
        "AUTOTHROTTLE_START_DELAY": delay,
        "AUTOTHROTTLE_MAX_DELAY": MAX_DELAY_SECONDS,
        # Scrapy's default is False: any certificate would do.
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        UNVERIFIED_SETTING: list(hosts_of(job.source) if job.source.tls_exception else ()),
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
        "TWISTED_DNS_RESOLVER": "crawlers.guard.GuardedResolver",
        LOOPBACK_SETTING: list(job.loopback),
        PORTS_SETTING: [host for host in job.source.hosts if ":" in host],
        # Nothing else: the others listen on ports, or take a tenth of a second to be imported.
        "EXTENSIONS_BASE": {f"scrapy.extensions.{name}": 0 for name in _EXTENSIONS},
        "STATS_DUMP": False,
        "LOG_ENABLED": False,
        "LOG_INSTALL_ROOT_HANDLER": False,
    }
