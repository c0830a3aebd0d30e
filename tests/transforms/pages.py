"""Pages written for these tests, and how they reach the pipeline."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from crawlers.catalogue import Source
from crawlers.page import ArchiveRecord, ListedItem, Page
from transforms.article import Article
from transforms.pipeline import transform_page
from transforms.rejection import Rejection

SHARED = Path(__file__).parents[2].parent / "shared"
FETCHED_AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
URL = "https://valley.example/news/2026/bridge-reopens-after-flood"
SOURCE = Source(
    id="valley",
    name="Valley Herald",
    home="https://valley.example/",
    languages=("en",),
    timezone="Asia/Karachi",
)
PARAGRAPHS = (
    (
        "The old bridge over the Zarin river reopened on Monday, three weeks after the spring "
        "flood carried away its eastern pier and cut the upper villages off from the market town."
    ),
    (
        "Engineers of the district council said that the new pier stands on bedrock and that "
        "lorries of up to twelve tonnes may cross again, one at a time, until the railing is "
        "finished."
    ),
    (
        "Shopkeepers in the bazaar welcomed the news. Many of them had paid porters to carry "
        "flour and medicine over the footpath, which rises four hundred metres above the gorge."
    ),
    (
        "The council will decide next month whether a second bridge should be built downstream, "
        "where the valley is wider and the water slower, as residents have asked for since the "
        "last flood."
    ),
)
PLAIN_URL = "https://valley.example/news/bridge"


def story(*lines: str) -> str:
    """Set lines as paragraphs."""
    return "".join(f"<p>{line}</p>" for line in (lines or PARAGRAPHS))


def html(body: str, head: str = "", title: str = "Bridge reopens after flood") -> str:
    """Set a body into a page."""
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body>"
        f'<nav><a href="/">Home</a> <a href="/city">City</a></nav>{body}'
        "<footer>© 2019 All rights reserved</footer></body></html>"
    )


def ld(script: str) -> str:
    """Set JSON-LD into a script."""
    return f'<script type="application/ld+json">{script}</script>'


def article_html(head: str = "", above: str = "") -> str:
    """Set the bridge story into a plain page."""
    return html(f"<article><h1>Bridge reopens after flood</h1>{above}{story()}</article>", head)


def make_page(
    body: str | bytes,
    url: str = URL,
    *,
    final_url: str | None = None,
    item: ListedItem | None = None,
    content_type: str = "text/html; charset=utf-8",
    fetched_at: datetime | None = FETCHED_AT,
) -> Page:
    """Wrap markup as the crawler would."""
    raw = body.encode() if isinstance(body, str) else body
    record = ArchiveRecord(
        record_id="urn:uuid:1", file="valley/a.warc.gz", offset=0, length=1, kind="response"
    )
    return Page(
        source_id="valley",
        url=url,
        url_key=url,
        final_url=final_url or url,
        redirects=(),
        status=200,
        headers=(("Content-Type", content_type),),
        body=raw,
        fetched_at=fetched_at,
        page_sha256=hashlib.sha256(raw).hexdigest(),
        record=record,
        item=item,
    )


def to_article(page: Page, source: Source = SOURCE) -> Article:
    """Transform a page that must be an article."""
    made = transform_page(page, source)
    assert isinstance(made, Article), made
    return made


def to_rejection(page: Page, source: Source = SOURCE) -> Rejection:
    """Transform a page that must not be one."""
    made = transform_page(page, source)
    assert isinstance(made, Rejection), made
    return made


def published_meta(text: str, name: str = "article:published_time") -> str:
    return f'<meta property="{name}" content="{text}">'
