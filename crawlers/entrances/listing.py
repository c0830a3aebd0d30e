"""Listing pages (home, section, archive): links picked by CSS, and the way to the next page."""

from collections.abc import Iterator
from urllib.parse import urljoin

from parsel import Selector

from crawlers.charset import decode_text
from crawlers.entrances import Listed, Listing, UnreadableEntranceError
from crawlers.page import ListedItem


def read_listing(
    body: bytes, url: str, content_type: str | None, *, links_css: str | None, next_css: str | None
) -> Listing:
    """Read a listing page; an element that `links_css` picks stands for the links within it.

    Raises:
        UnreadableEntranceError: `bad_response` where the bytes hold no markup.
    """
    text = decode_text(body, content_type)
    if "<" not in text:
        raise UnreadableEntranceError("bad_response", f"{len(body)} bytes that are no web page")
    page = Selector(text=text, type="html")
    base = _absolute(url, page.xpath("//base/@href").get() or "") or url
    titles: dict[str, str | None] = {}
    for link, title in _links(page, links_css):
        target = _absolute(base, link)
        if target.startswith(("http://", "https://")):
            titles[target] = max(titles.get(target), title, key=lambda said: len(said or ""))
    after = next(_links(page, next_css), None) if next_css else None
    return Listing(
        items=tuple(
            Listed(url=target, item=ListedItem(title=title, told_by="html"))
            for target, title in titles.items()
        ),
        more=_absolute(base, after[0]) if after else None,
    )


def _links(page: Selector, css: str | None) -> Iterator[tuple[str, str | None]]:
    for element in page.css(css or "a[href]"):
        for anchor in element.xpath("descendant-or-self::a[@href] | self::link[@href]"):
            text = " ".join(" ".join(anchor.xpath(".//text()").getall()).split())
            yield anchor.attrib["href"].strip(), text or None


def _absolute(base: str, link: str) -> str:
    try:
        return urljoin(base, link.strip())
    except ValueError:
        return ""
