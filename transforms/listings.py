"""Home, section, search and author pages: lists of articles, and no article themselves."""

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from lxml.html import HtmlElement

from crawlers.urls import url_key
from transforms import jsonld
from transforms.document import Document
from transforms.rejection import Reason, Rejected
from transforms.signs import Signs

LISTING_TYPES = frozenset({"CollectionPage", "SearchResultsPage", "ItemList", "ProfilePage"})
HOME_PATH = re.compile(
    r"/?((index|home|default|main)(\.\w{2,5})?|home-?page|[a-z]{2}([-_][a-z]{2})?)?/?",
    re.IGNORECASE,
)
SECTION_PATH = re.compile(
    r"/(?:category|tags?|topics?|labels?|sections?|author)/([^/]+?)"
    r"(?:/(?:page/\d+|\d{4}-\d\d-\d\d|index))?(?:\.\w+)?/?$",
    re.IGNORECASE,
)
"""A section that lies below another path; what it names must be no article's slug."""
FURTHER_PATH = re.compile(r"/([^/]+)/page/\d+/?$")
"""A section's further page: its items' dates and openings read like an article's (Daily Times)."""
SEARCH_PATH = re.compile(r"/(search|suche|recherche|talash|بحث|تلاش)(/|\.\w+|$)", re.IGNORECASE)
SEARCH_FIELDS = frozenset({"s", "q", "query", "search", "keyword", "keywords"})
SLUG = re.compile(r"[^/-]+(-[^/-]+){3}|\d{4}")
ARCHIVE_CLASSES = re.compile(
    r"category|tag|author|date|(tax|term|category|tag|author)-.+|post-type-.+"
)
"""What stands beside `archive` in a WordPress page's body class (get_body_class)."""
SEARCH_CLASSES = frozenset({"search-results", "search-no-results"})
HEADINGS = ("h1", "h2", "h3", "h4", "h5")
FEW_LETTERS = 60
"""Fewer are no sentence: hours, dates, a name."""
HEADLINE_WORDS = 4
MANY_LINKS = 20
MOSTLY = 0.6
TEASER_WORDS = 120
"""More is an article with its own headline linked, not a teaser."""
MANY_TEASERS = 5
MOST = 500
"""Lines and teasers that are compared."""


def refuse_listing(document: Document, signs: Signs) -> None:
    """Find lists of articles; an og:type alone is no proof, home pages say `article` too.

    Raises:
        Rejected: where the page is a listing.
    """
    _refuse_named(document)
    if document.article_node:
        return
    _refuse_addressed(document, signs)
    _refuse_linking(document, signs)
    _refuse_teasers(document, signs)


def is_home(url: str) -> bool:
    """Judge whether an address is a site's front page, whatever a campaign added to it."""
    try:
        parts = urlsplit(url_key(url))
    except ValueError:
        return False
    return HOME_PATH.fullmatch(parts.path) is not None and not parts.query


def _refuse_named(document: Document) -> None:
    """Believe the front page's address, and what WordPress calls a page."""
    if is_home(document.page.final_url) and not _is_lone_article(document):
        raise Rejected(Reason.LISTING, "the site's front page")
    classes = document.body_classes
    kinds = sorted(filter(ARCHIVE_CLASSES.fullmatch, classes))
    if "archive" in classes and kinds and not classes & {"single", "page"}:
        raise Rejected(Reason.LISTING, f"calls itself an archive: {kinds[0]}"[:200])
    if "search" in classes and classes & SEARCH_CLASSES:
        raise Rejected(Reason.LISTING, "calls itself search results")


def _refuse_addressed(document: Document, signs: Signs) -> None:
    parts = urlsplit(document.page.final_url)
    is_said = document.is_article_said
    section = SECTION_PATH.search(parts.path)
    if section and not signs.has_date and not is_said and not SLUG.search(section[1]):
        raise Rejected(Reason.LISTING, f"the section {section[1]!r}, and no date of its own"[:200])
    further = FURTHER_PATH.search(parts.path)
    if further and not is_said and not SLUG.search(further[1]):
        raise Rejected(Reason.LISTING, f"a further page of the section {further[1]!r}"[:200])
    asked = {name.lower() for name, _ in parse_qsl(parts.query)} & SEARCH_FIELDS
    is_search = SEARCH_PATH.search(parts.path) or (asked and HOME_PATH.fullmatch(parts.path))
    if is_search and not signs.has_date and not is_said:
        raise Rejected(Reason.LISTING, "the results of a search")


def _refuse_linking(document: Document, signs: Signs) -> None:
    headlines = _headlines(document)
    if len(headlines) < MANY_LINKS:
        return
    listed = {name for node in document.nodes for name in jsonld.types(node)} & LISTING_TYPES
    if listed and not signs.has_date and not SLUG.search(urlsplit(document.page.final_url).path):
        raise Rejected(Reason.LISTING, f"calls itself {min(listed)}")
    if sum(map(str.isalpha, signs.body)) < FEW_LETTERS and not document.is_article_said:
        raise Rejected(Reason.LISTING, f"{len(headlines)} headlines and no text")
    share = _share_of(signs.body, headlines)
    if share > MOSTLY:
        raise Rejected(Reason.LISTING, f"{share:.0%} of its text are headlines of other pages")


def _is_lone_article(document: Document) -> bool:
    """Doubt the address of what states an article: a saved page may know it from itself alone."""
    return bool(document.article_node) and len(_headlines(document)) < MANY_LINKS


def _headlines(document: Document) -> set[str]:
    """Gather the texts of links that are long enough for headlines."""
    return {text for text in document.link_texts if len(text.split()) >= HEADLINE_WORDS}


def _refuse_teasers(document: Document, signs: Signs) -> None:
    """Find texts that are the openings of other pages, each below its linked headline."""
    if document.is_article_said or "single" in document.body_classes:
        return
    said = signs.body.splitlines()[:MOST]
    lines = {" ".join(line.strip(" -•").split()) for line in said} - {""}
    teasers = [
        teaser for teaser in _teasers(document.tree) if any(line in teaser for line in lines)
    ]
    if len(teasers) < MANY_TEASERS:
        return
    whole = "\n".join(teasers)
    share = sum(len(line) for line in lines if line in whole) / (sum(map(len, lines)) or 1)
    if share > MOSTLY:
        raise Rejected(Reason.LISTING, f"{share:.0%} of its text are {len(teasers)} teasers")


def _share_of(body: str, headlines: set[str]) -> float:
    lines = [line.strip(" -•") for line in body.splitlines()]
    linked = sum(len(line) for line in lines if line in headlines)
    return linked / (sum(map(len, lines)) or 1)


def _teasers(tree: HtmlElement) -> Iterator[str]:
    """Give the text of each box that holds one linked headline and little more."""
    headings = [one for one in tree.iter(*HEADINGS) if _is_linked(one)][:MOST]
    held = Counter(box for heading in headings for box in heading.iterancestors())
    for heading in headings:
        top = heading
        for box in heading.iterancestors():
            if held[box] > 1:
                break
            top = box
        text = " ".join(top.text_content().split())
        if len(text.split()) <= TEASER_WORDS:
            yield text


def _is_linked(heading: HtmlElement) -> bool:
    if len(heading.text_content().split()) < HEADLINE_WORDS - 1:
        return False
    links = (*heading.iter("a"), *heading.iterancestors("a"))
    return any(link.get("href") for link in links)
