"""extract_page(): one archived page, extracted in a guarded process."""

from crawlers.catalogue import Source
from crawlers.page import Fetch, Page
from transforms.article import Article
from transforms.guard import Guard, OverLimitError, PageDiedError
from transforms.pipeline import transform_page
from transforms.rejection import Reason, Rejection
from transforms.version import extractor_version


class ExtractError(RuntimeError):
    """A page could not be read for a reason that is not the page's: nothing of it is stored."""


def extract_page(guard: Guard, page: Page, source: Source, fetch: Fetch) -> Article | Rejection:
    """Extract the page of a ledger line; one that is over a limit is a broken one.

    Raises:
        ExtractError: where our own code fails on it, or its process is killed twice.
    """
    try:
        return guard.call(transform_page, page, source)
    except OverLimitError as error:
        return broken_page(fetch, source, str(error))
    except PageDiedError as error:
        raise not_its_fault(fetch, source, error) from error


def not_its_fault(fetch: Fetch, source: Source, error: PageDiedError) -> ExtractError:
    """Say that a page could not be read, and what to do."""
    return ExtractError(
        f"{source.id}: {fetch.url} could not be extracted: {error}; extract the source again, and "
        "where that fails too, mend what the traceback names"
    )


def broken_page(fetch: Fetch, source: Source, detail: str) -> Rejection:
    """Make the rejection of a page whose bytes or cost are at fault."""
    return Rejection(
        source_id=source.id,
        url=fetch.url,
        url_key=fetch.url_key,
        final_url=fetch.final_url or fetch.url,
        fetched_at=fetch.fetched_at,
        page_sha256=fetch.page_sha256 or "",
        record_id=fetch.record.record_id if fetch.record is not None else "",
        reason=Reason.BROKEN,
        detail=detail,
        title=fetch.item.title if fetch.item is not None else None,
        extractor_version=extractor_version(source),
    )
