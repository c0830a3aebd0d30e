"""An article put together of what was read of a page, or of a feed's item."""

from dataclasses import replace

from crawlers.catalogue import Source
from crawlers.page import Fetch, Page
from transforms.article import Article
from transforms.body import Body
from transforms.credits import Credited
from transforms.fingerprint import fingerprint
from transforms.keys import page_keys
from transforms.metadata import Metadata
from transforms.version import extractor_version


def blank_article(asked: Page | Fetch, source: Source) -> Article:
    """Make an article of which nothing is known but where it was asked for."""
    return Article(
        source_id=source.id,
        url=asked.url,
        url_key=asked.url_key,
        final_url=asked.final_url or asked.url,
        keys=page_keys(asked.url_key, (), None, ()),
        fetched_at=asked.fetched_at,
        extractor_version=extractor_version(source),
        canonical_url=None, page_sha256=None, record_id=None,
        title=None, title_from=None, authors=(), authors_from=None, byline=None,
        credited_source=None, credited_from=None, credited_words=None,
        section=None, section_from=None, tags=(), tags_from=None,
        image_url=None, image_from=None, site_name=None, site_name_from=None,
        language=None, other_language=None, published=None, modified=None,
        body=None, body_from="listed", word_count=0, is_paywalled=False, is_truncated=False,
        content_hash=0, text_hash=0, shingle_count=0, minhash=b"",
    )  # fmt: skip


def with_metadata(article: Article, metadata: Metadata) -> Article:
    """Give an article what was read around its text."""
    return replace(
        article,
        title=metadata.title,
        title_from=metadata.title_from,
        authors=metadata.credit.authors,
        authors_from=metadata.credit.origin,
        byline=metadata.credit.byline,
        section=metadata.section,
        section_from=metadata.section_from,
        tags=metadata.tags,
        tags_from=metadata.tags_from,
        image_url=metadata.image_url,
        image_from=metadata.image_from,
        site_name=metadata.site_name,
        site_name_from=metadata.site_name_from,
    )


def with_credited(article: Article, credited: Credited | None) -> Article:
    """Give an article what it says of its own source, if it says anything."""
    if credited is None:
        return article
    return replace(
        article,
        credited_source=credited.source,
        credited_from=credited.origin,
        credited_words=credited.words,
    )


def with_body(article: Article, body: Body) -> Article:
    """Give an article with its title a body, and the hashes of both."""
    prints = fingerprint(article.title, body.text)
    return replace(
        article,
        body=body.text,
        body_from=body.origin,
        word_count=body.word_count,
        is_paywalled=body.is_paywalled,
        is_truncated=body.is_truncated,
        content_hash=prints.content_hash,
        text_hash=prints.text_hash,
        shingle_count=prints.shingle_count,
        minhash=prints.minhash,
    )
