"""`khabar parse`: saved pages to JSON lines of extracted fields."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import typer

from crawlers.captures import Capture, Unusable
from crawlers.catalogue import Source, load_catalogue
from crawlers.implicit import NO_SUCH_HOST, implicit_source
from crawlers.page import ArchiveRecord, Page
from crawlers.saved_pages import SavedFile, read_saved_files, saved_page
from crawlers.sites import HostIndex, index_hosts, source_of_url
from crawlers.urls import host_of
from khabar.settings import read_settings
from khabar.shown import as_json, plain
from transforms.credits import Credited
from transforms.guard import Guard, PageDiedError
from transforms.guard_pool import each_guarded
from transforms.metadata import Metadata
from transforms.moments import Reading
from transforms.pipeline import Examination, Fields, examine_page
from transforms.rejection import Reason

Row = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPage:
    """One line of a manifest: its page, and the source that it belongs to."""

    id: str
    url: str | None
    """None where nobody knows the page's address."""
    page: Page
    source: Source


def parse(manifest: Path) -> None:
    """Print one JSON line a page; name lines that cannot be used on standard error, and exit 1."""
    problems: list[str] = []
    for row in parse_manifest(manifest, problems):
        typer.echo(as_json(row))
    for problem in problems:
        typer.echo(plain(problem), err=True)
    if problems:
        raise typer.Exit(1)


def parse_manifest(manifest: Path, problems: list[str]) -> Iterator[Row]:
    """Extract the pages of a manifest on both cores; lines that are unusable go to `problems`."""
    index = index_hosts(load_catalogue(read_settings().folders)[0])
    yield from each_guarded(_extract, read_saved_pages(manifest, index, problems))


def read_saved_pages(manifest: Path, index: HostIndex, problems: list[str]) -> Iterator[SavedPage]:
    """Read a manifest's lines and files; those that cannot be used are told in `problems`."""
    for number, found in read_saved_files(manifest):
        if isinstance(found, Unusable):
            problems.append(f"{manifest.name} line {number}: {found.detail}; mend or delete it")
            continue
        capture = saved_page(found, "")
        host = host_of(capture.url)
        source = source_of_url(capture.url, host, index) or implicit_source(host)
        if source is None:
            problems.append(f"{manifest.name} line {number}: {NO_SUCH_HOST}: {host}")
            continue
        yield SavedPage(
            id=found.id,
            url=None if capture.is_unaddressed else capture.url,
            page=_as_page(capture, found, source),
            source=source,
        )


def _as_page(capture: Capture, saved: SavedFile, source: Source) -> Page:
    record = ArchiveRecord(
        record_id=capture.record_id,
        file=saved.name,
        offset=0,
        length=len(saved.body),
        kind="resource",
    )
    return Page(
        source_id=source.id,
        url=capture.url,
        url_key=capture.url_key,
        final_url=capture.url,
        redirects=(),
        status=200,
        headers=(),
        body=saved.body,
        fetched_at=capture.fetched_at,
        page_sha256=capture.page_sha256,
        record=record,
        item=None,
    )


def _extract(guard: Guard, saved: SavedPage) -> Row:
    try:
        row = guard.call(describe_page, saved.page, saved.source)
    except PageDiedError as error:
        row = {**describe(None), "reason": str(Reason.BROKEN), "detail": str(error)}
    return {"id": saved.id, "url": saved.url, **row}


def describe_page(page: Page, source: Source) -> Row:
    """Examine one page and describe it (runs in the guard's child)."""
    return describe(examine_page(page, source))


def describe(seen: Examination | None) -> Row:
    """Lay out what was read of a page, with None for what was not."""
    fields = seen.fields if seen is not None else None
    rejected = seen.rejected if seen is not None else None
    is_article = fields is not None and rejected is None
    return {
        "outcome": "article" if is_article else "rejected",
        "reason": str(rejected.reason) if rejected is not None else None,
        "detail": rejected.detail if rejected is not None else None,
        **_describe_metadata(fields.metadata if fields is not None else None),
        **_describe_text(fields),
        **_describe_moment("published", fields.published if fields is not None else None),
        **_describe_moment("modified", fields.modified if fields is not None else None),
    }


def _describe_metadata(data: Metadata | None) -> Row:
    return {
        "title": data.title if data else None,
        "title_from": data.title_from if data else None,
        "authors": list(data.credit.authors) if data else [],
        "authors_from": data.credit.origin if data else None,
        "byline": data.credit.byline if data else None,
        "section": data.section if data else None,
        "section_from": data.section_from if data else None,
        "tags": list(data.tags) if data else [],
        "tags_from": data.tags_from if data else None,
        "image": data.image_url if data else None,
        "image_from": data.image_from if data else None,
        "site_name": data.site_name if data else None,
        "site_name_from": data.site_name_from if data else None,
    }


def _describe_text(fields: Fields | None) -> Row:
    body = fields.body if fields is not None else None
    return {
        "body": body.text if body else None,
        "body_from": body.origin if body else None,
        "word_count": body.word_count if body else 0,
        "is_paywalled": body.is_paywalled if body else False,
        "is_truncated": body.is_truncated if body else False,
        "language": fields.language if fields else None,
        "other_language": fields.other_language if fields else None,
        "canonical_url": fields.canonical_url if fields else None,
        **_describe_credit(fields.credited if fields else None),
    }


def _describe_credit(credited: Credited | None) -> Row:
    return {
        "credited_source": credited.source if credited else None,
        "credited_from": credited.origin if credited else None,
        "credited_words": credited.words if credited else None,
    }


def _describe_moment(name: str, reading: Reading | None) -> Row:
    return {
        f"{name}_at": reading.iso() if reading else None,
        f"{name}_on": reading.moment.on.isoformat() if reading else None,
        f"{name}_precision": reading.moment.precision if reading else None,
        f"{name}_from": reading.moment.origin if reading else None,
    }
