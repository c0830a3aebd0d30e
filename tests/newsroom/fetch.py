"""A page of the running newsroom, fetched as a crawl would, without a crawl."""

import hashlib
import urllib.request
from datetime import UTC, datetime

from crawlers.page import ArchiveRecord, Page
from crawlers.urls import url_key

RECORD = ArchiveRecord(record_id="r", file="f", offset=0, length=1, kind="response")


def fetch_page(url: str, source_id: str) -> Page:
    with urllib.request.urlopen(url, timeout=10) as reply:  # loopback only
        body, final_url, status = reply.read(), reply.url, reply.status
        headers = tuple(reply.headers.items())
    return Page(
        source_id=source_id,
        url=url,
        url_key=url_key(url),
        final_url=final_url,
        redirects=(),
        status=status,
        headers=headers,
        body=body,
        fetched_at=datetime.now(UTC),
        page_sha256=hashlib.sha256(body).hexdigest(),
        record=RECORD,
        item=None,
    )
