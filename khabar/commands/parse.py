"""`khabar parse`: saved pages to JSON lines of extracted fields."""

import gzip
import json
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from crawlers.captures import Capture
from crawlers.catalogue import Source, load_catalogue
from crawlers.page import ArchiveRecord, Page
from crawlers.saved_pages import SAVED_HOST, saved_page
from crawlers.urls import registered_domain
from khabar.settings import read_settings
from khabar.shown import as_json, plain
from transforms.document import MAX_PAGE_BYTES
from transforms.guard import Guard, PageDiedError
from transforms.pipeline import Examination, examine_page
from transforms.rejection import Reason

WORKERS = 2
ManifestFile = Annotated[
    Path,
    typer.Argument(exists=True, dir_okay=False, readable=True, help="JSON lines: id, file, url"),
]
Row = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPage:
    """One line of a manifest and the bytes it points to."""

    id: str
    url: str | None
    """None where nobody knows the page's address."""
    page: Page


def parse(manifest: ManifestFile) -> None:
    """Print what is extracted of saved pages: one JSON line each, in the manifest's order.

    A rejected page prints what was read of it, and why it is no article. Lines that cannot be used
    are named on standard error, and make the exit code 1.
    """
    problems: list[str] = []
    for row in parse_manifest(manifest, problems):
        typer.echo(as_json(row))
    for problem in problems:
        typer.echo(plain(problem), err=True)
    if problems:
        raise typer.Exit(1)


def parse_manifest(manifest: Path, problems: list[str]) -> Iterator[Row]:
    """Extract the pages of a manifest on both cores; lines that are unusable go to `problems`."""
    sources, _ = load_catalogue(read_settings().folders)
    by_host = {host: source for source in sources for host in source.hosts}
    local = threading.local()
    guards: list[Guard] = []

    def work(saved: SavedPage) -> Row:
        if not hasattr(local, "guard"):
            local.guard = Guard()
            guards.append(local.guard)
        return _extract(local.guard, saved, _source_of(saved, by_host))

    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            yield from pool.map(work, read_saved_pages(manifest, problems))
        finally:
            pool.shutdown(cancel_futures=True)
            for guard in guards:
                guard.close()


def read_saved_pages(manifest: Path, problems: list[str]) -> Iterator[SavedPage]:
    """Read a manifest's lines and files; those that cannot be used are told in `problems`."""
    with manifest.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                yield _read_line(manifest.parent, line)
            except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
                problems.append(
                    f"{manifest.name} line {number}: is no JSON object with `file`, `url` and `id` "
                    "as texts; mend or delete it"
                )
            except (OSError, EOFError, zlib.error) as error:
                problems.append(f"{manifest.name} line {number}: {_reason(error)}")


def _read_line(folder: Path, line: bytes) -> SavedPage:
    entry = json.loads(line)
    name, given = entry["file"], entry.get("url") or ""
    identity = entry.get("id", name)
    if (
        not isinstance(name, str)
        or not isinstance(given, str)
        or not isinstance(identity, str | int)
    ):
        raise TypeError
    body = _read_body(folder / name)
    capture = saved_page(str(identity), name, given, body, "")
    return SavedPage(
        id=str(identity),
        url=None if capture.is_unaddressed else capture.url,
        page=_as_page(capture, name, body),
    )


def _as_page(capture: Capture, name: str, body: bytes) -> Page:
    record = ArchiveRecord(
        record_id=capture.record_id, file=name, offset=0, length=len(body), kind="resource"
    )
    return Page(
        source_id=_source_id(capture.url),
        url=capture.url,
        url_key=capture.url_key,
        final_url=capture.url,
        redirects=(),
        status=200,
        headers=(),
        body=body,
        fetched_at=capture.fetched_at,
        page_sha256=capture.page_sha256,
        record=record,
        item=None,
    )


def _read_body(path: Path) -> bytes:
    with path.open("rb") as file:
        start = file.read(2)
        file.seek(0)
        if start != b"\x1f\x8b":
            return file.read(MAX_PAGE_BYTES + 1)
        with gzip.open(file) as packed:
            return packed.read(MAX_PAGE_BYTES + 1)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return f"the file is no whole gzip file: {error}"


def _source_of(saved: SavedPage, by_host: dict[str, Source]) -> Source:
    host = urlsplit(saved.page.url).netloc.lower()
    if source := by_host.get(host):
        return source
    return Source(
        id=saved.page.source_id,
        name="" if host == SAVED_HOST else registered_domain(host),
        home=f"https://{host}/",
        languages=(),
        timezone=None,
    )


def _source_id(url: str) -> str:
    return f"web:{registered_domain(urlsplit(url).netloc.lower())}"


def _extract(guard: Guard, saved: SavedPage, source: Source) -> Row:
    try:
        row = guard.call(describe_page, saved.page, source)
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
    data = fields.metadata if fields is not None else None
    published = fields.published if fields is not None else None
    modified = fields.modified if fields is not None else None
    return {
        "outcome": "article" if is_article else "rejected",
        "reason": str(rejected.reason) if rejected is not None else None,
        "detail": rejected.detail if rejected is not None else None,
        "title": data.title if data else None,
        "body": fields.body.text if fields else None,
        "authors": list(data.credit.authors) if data else [],
        "published_at": published.iso() if published else None,
        "published_precision": published.moment.precision if published else None,
        "published_from": published.moment.origin if published else None,
        "modified_at": modified.iso() if modified else None,
        "language": fields.language if fields else None,
        "section": data.section if data else None,
        "tags": list(data.tags) if data else [],
        "image": data.image_url if data else None,
        "canonical_url": fields.canonical_url if fields else None,
        "site_name": data.site_name if data else None,
    }
