"""The way of a page: bytes → document → fields → gate → article, or a rejection with its reason.

`transform_page` goes it with one page. `settle_pages` ends it, with all pages of a source in a
batch: one text under many addresses → rejected; the site's own lines → out of bodies; last hashes
and the extractor's version. Files are read and written by extract.py.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from itertools import chain

from crawlers.catalogue import Source
from crawlers.job import CrawlJob, SiteLine
from crawlers.page import Fetch, Page
from transforms.article import OWN_WORD, Article
from transforms.assembly import blank_article, with_body, with_credited, with_metadata
from transforms.body import MIN_FEED_WORDS, Body, better_body, feed_body, read_body
from transforms.credits import Credited, read_credited
from transforms.dates import feed_reading, is_plausible, read_modified, read_published
from transforms.document import Document, flat_text
from transforms.encoding import clean_item
from transforms.keys import page_keys
from transforms.language import detect_languages
from transforms.metadata import Metadata, item_metadata, read_metadata
from transforms.moments import Reading, known_moment
from transforms.page_type import refuse_non_articles
from transforms.parsing import parse_page
from transforms.rejection import Reason, Rejected, Rejection
from transforms.shared_texts import find_shared_texts, keep_unshared, refuse_shared
from transforms.signs import Signs
from transforms.site_lines import learn_lines, lines_in_force, without_site_lines
from transforms.version import extractor_version

Outcome = Article | Rejection
TEXTLESS = {Reason.PAYWALL, Reason.MEDIA, Reason.NO_TEXT, Reason.EMPTY}
"""Why an article's own page may be refused, though all that it lacks is the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """Everything that was read of a page, be it an article or not."""

    metadata: Metadata
    body: Body
    own_body: Body
    """What the page itself gives as text: by that it is judged."""
    published: Reading | None
    modified: Reading | None
    language: str | None
    other_language: str | None
    canonical_url: str | None
    credited: Credited | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """A page's fields (None where it could not be read) and the gate's word on it."""

    document: Document | None
    fields: Fields | None
    rejected: Rejected | None


def transform_page(page: Page, source: Source) -> Article | Rejection:
    """Make an article of a page, or of what the feed said in its place; or say why it is none."""
    seen = examine_page(page, source)
    if seen.rejected is None and seen.document is not None and seen.fields is not None:
        return _article(seen.document, seen.fields)
    return _in_place_of(page, source) or reject_page(page, source, seen)


def examine_page(page: Page, source: Source) -> Examination:
    """Read all fields of a page, then ask the gate; a rejected page keeps what was read."""
    try:
        document = parse_page(page, source)
        fields = read_fields(document)
    except Rejected as rejected:
        return Examination(document=None, fields=None, rejected=rejected)
    try:
        refuse_non_articles(document, _signs(document, fields))
    except Rejected as rejected:
        is_own = rejected.reason in TEXTLESS and document.is_article_said
        if is_own and fields.body.origin == "feed":
            return Examination(document=document, fields=fields, rejected=None)
        return Examination(document=document, fields=fields, rejected=rejected)
    return Examination(document=document, fields=fields, rejected=None)


def read_fields(document: Document) -> Fields:
    """Read title, authors, section, tags, image; dates; body; language; credits: in this order."""
    metadata = read_metadata(document)
    published = read_published(document)
    modified = read_modified(document, published)
    own_body = read_body(document, metadata.title, metadata.tags)
    body = better_body(own_body, feed_body(document.page.item))
    languages = detect_languages(body.text or metadata.title or "", document.source.languages)
    return Fields(
        metadata=metadata.with_tagline(body.tagline),
        body=body,
        own_body=own_body,
        published=published,
        modified=modified,
        language=languages.main,
        other_language=languages.other,
        canonical_url=document.canonical_url,
        credited=read_credited(metadata, body, document.source, document.page.final_url),
    )


def reject_page(page: Page, source: Source, seen: Examination) -> Rejection:
    """Note why a page is no article, and what little it said."""
    if seen.rejected is None:
        raise ValueError(f"{page.url}: not rejected, so it is an article")
    return Rejection(
        source_id=source.id,
        url=page.url,
        url_key=page.url_key,
        final_url=page.final_url,
        fetched_at=page.fetched_at,
        page_sha256=page.page_sha256,
        record_id=page.record.record_id,
        reason=seen.rejected.reason,
        detail=seen.rejected.detail,
        title=seen.fields.metadata.title if seen.fields is not None else None,
        extractor_version=extractor_version(source),
    )


def settle_pages(
    pages: Iterable[Outcome], job: CrawlJob, read_before: Callable[[str], Iterable[Article]]
) -> tuple[Iterable[Outcome], tuple[SiteLine, ...]]:
    """Judge a source's pages by each other; return what they are, and the lines they taught.

    `pages` is gone through more than once. `read_before` reads the captures before these that
    another version than the one given has read: the same lines must be out of both, or what was
    learnt would look like a change of the outlet's.
    """
    shared = find_shared_texts(pages)
    learnt = learn_lines(keep_unshared(pages, shared), job)
    lines = (*job.site_lines, *learnt)
    before = list(read_before(extractor_version(job.source, lines)))
    judged = chain((refuse_shared(page, shared) for page in pages), before)
    return map(settler(job.source, lines), judged), learnt


def settler(source: Source, lines: Collection[SiteLine]) -> Callable[[Outcome], Outcome]:
    """Make what frees bodies of the site's lines, and says of each outcome that they were known."""
    version, taken = extractor_version(source, lines), lines_in_force(source, lines)

    def settle(one: Outcome) -> Outcome:
        cleaned = without_site_lines(one, taken) if isinstance(one, Article) else one
        return replace(cleaned, extractor_version=version)

    return settle


def transform_listing(fetch: Fetch, source: Source) -> Article | None:
    """Keep what the feed said of an item whose page could not be had; None where it said nothing.

    Its text is the feed's full text (`body_from` feed) or none at all (`listed`): a summary is no
    body, and never stands in for one.
    """
    return _of_item(fetch, source)


def _in_place_of(page: Page, source: Source) -> Article | None:
    """Make an article of the feed's full text alone: nothing that stands on the page is of it."""
    made = _of_item(page, source)
    if made is None or made.word_count < MIN_FEED_WORDS:
        return None
    return replace(
        made,
        # Where it led to is another page's address.
        final_url=page.url,
        page_sha256=page.page_sha256,
        record_id=page.record.record_id,
    )


def _of_item(asked: Page | Fetch, source: Source) -> Article | None:
    item = clean_item(asked.item)
    if item is None or not item.title:
        return None
    metadata = item_metadata(item, source, asked.url)
    body = feed_body(item) or Body(text=None, origin="listed")
    published = feed_reading(item, source.timezone)
    if published is not None and not is_plausible(
        published.moment, asked.fetched_at, source.timezone
    ):
        published = None
    languages = detect_languages(
        body.text or f"{item.title}\n{item.summary or ''}", source.languages
    )
    made = replace(
        with_metadata(blank_article(asked, source), metadata),
        language=languages.main,
        other_language=languages.other,
        published=known_moment(published),
    )
    credited = read_credited(metadata, body, source, asked.url, item.summary)
    return with_credited(with_body(made, body), credited)


def _article(document: Document, fields: Fields) -> Article:
    page = document.page
    made = replace(
        with_metadata(blank_article(page, document.source), fields.metadata),
        page_sha256=page.page_sha256,
        record_id=page.record.record_id,
        canonical_url=fields.canonical_url,
        keys=page_keys(page.url_key, page.redirects, page.final_url, document.own_addresses),
        language=fields.language,
        other_language=fields.other_language,
        published=known_moment(fields.published),
        modified=known_moment(fields.modified),
    )
    return with_credited(with_body(made, fields.body), fields.credited)


def _signs(document: Document, fields: Fields) -> Signs:
    title = next(document.tree.iter("title"), None)
    published = fields.published
    return Signs(
        title=flat_text(title) if title is not None else "",
        heading=next(iter(document.headings), fields.metadata.title or ""),
        body=fields.own_body.text or "",
        word_count=fields.own_body.word_count,
        own_words=fields.own_body.own_word_count,
        has_date=published is not None and published.moment.origin in OWN_WORD,
        is_paywalled=fields.own_body.is_paywalled,
    )
