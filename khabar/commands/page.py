"""`khabar page`: the archived page that an article was read from, and how to prove it."""

import sys
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from pathlib import Path

    from crawlers.page import Page

ARTICLE = """
    SELECT a.article_id, a.source_id, a.url AS article_url, a.body_from, r.url, r.url_key,
      coalesce(r.final_url, r.url) AS final_url, r.fetched_at, r.status, r.kind, r.page_sha256,
      r.archive_record_id, r.file, r.offset_bytes, r.length_bytes
    FROM articles a LEFT JOIN archive_records r USING (archive_record_id)
    WHERE a.article_id = {article_id}"""


class NoPageError(Exception):
    """An article whose page cannot be shown; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """Where the snapshot says that a page lies."""

    article_id: int
    source_id: str
    article_url: str
    body_from: str | None
    url: str
    url_key: str
    final_url: str
    fetched_at: datetime | None
    status: int | None
    kind: Literal["response", "revisit", "resource"]
    page_sha256: str
    archive_record_id: str
    file: str
    offset_bytes: int
    length_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What is said of an archived page."""

    article_id: int
    article_url: str
    url: str
    final_url: str
    retrieved_at: datetime | None
    status: int | None
    content_type: str | None
    page_sha256: str
    archive_record_id: str
    kind: str
    file: str
    offset_bytes: int
    length_bytes: int
    verify: str
    """A command line that prints the SHA-256 of the bytes in the archive."""


def page(
    article_id: Annotated[int, typer.Argument(metavar="ARTICLE_ID", min=0, max=(1 << 63) - 1)],
    raw: Annotated[
        bool, typer.Option("--raw", help="Write the page's bytes to stdout, and nothing else")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the account as JSON")] = False,
) -> None:
    """Show where the page of an article lies in the archive, and how to prove it.

    Its SHA-256 is computed from the archived bytes before anything is printed.

    [cyan]khabar page 4611686018427387904[/]

    [cyan]khabar page 4611686018427387904 --raw > page.html[/]
    """
    from khabar.settings import read_settings
    from khabar.shown import as_json, plain

    if raw and json:
        raise typer.BadParameter("--raw or --json, not both")
    if raw and sys.stdout.isatty():
        raise NoPageError(
            "the bytes of a page could command your terminal: "
            f"khabar page {article_id} --raw > page.html, or | less"
        )
    found, shown = _find_page(read_settings().home, article_id)
    if raw:
        typer.echo(found.body, nl=False)
    elif json:
        typer.echo(as_json(shown))
    else:
        for line in _lines(article_id, shown):
            typer.echo(plain(line))


def _find_page(home: "Path", article_id: int) -> "tuple[Page, _Shown]":
    from crawlers.archive import read_page
    from crawlers.page import ArchiveRecord, Fetch

    row = _read_row(home, article_id)
    record = ArchiveRecord(
        record_id=row.archive_record_id, file=row.file, offset=row.offset_bytes,
        length=row.length_bytes, kind=row.kind,
    )  # fmt: skip
    fetch = Fetch(
        source_id=row.source_id, url=row.url, url_key=row.url_key, entrance=None, listed=False,
        disposition="fetched", final_url=row.final_url, fetched_at=row.fetched_at,
        page_sha256=row.page_sha256, record=record,
    )  # fmt: skip
    found = read_page(home, row.source_id, fetch)
    names = (value for name, value in found.headers if name.lower() == "content-type")
    file = home.resolve() / "archive" / row.file
    shown = _Shown(
        article_id=row.article_id, article_url=row.article_url, url=row.url,
        final_url=row.final_url, retrieved_at=row.fetched_at, status=row.status,
        content_type=next(names, None), page_sha256=row.page_sha256,
        archive_record_id=row.archive_record_id, kind=row.kind, file=str(file),
        offset_bytes=row.offset_bytes, length_bytes=row.length_bytes, verify=_verify(row, file),
    )  # fmt: skip
    return found, shown


def _read_row(home: "Path", article_id: int) -> "_Row":
    """Ask the snapshot where an article's page lies."""
    from pydantic import TypeAdapter

    from khabar.article_ids import resolve_id
    from warehouse.query import open_session

    with open_session(home) as session:
        number = resolve_id(session, article_id)
        answer = session.ask(ARTICLE.format(article_id=number))
        rows = list(answer.rows)
    if not rows:
        raise NoPageError(f"no article has the id {article_id}; `khabar sql` finds ids in articles")
    row = dict(zip(answer.columns, rows[0], strict=True))
    if row["archive_record_id"] is None:
        raise NoPageError(
            f"article {number} has no archived page, its outlet's {row['body_from'] or 'entrance'} "
            f"alone told of it: {row['article_url']}"
        )
    return TypeAdapter(_Row).validate_python(row)


def _verify(row: "_Row", file: "Path") -> str:
    """Write the command that reads the page with another reader than ours, where that can."""
    import hashlib
    import shlex

    from warcio.archiveiterator import ArchiveIterator

    with file.open("rb") as packed:
        packed.seek(row.offset_bytes)
        try:
            body = next(iter(ArchiveIterator(packed))).content_stream().read()
        except AttributeError:  # warcio 1.8 cannot end a brotli stream of today's library
            body = b""
    if hashlib.sha256(body).hexdigest() == row.page_sha256:
        words = (sys.executable, "-m", "warcio.cli", "extract", "--payload", str(file))
        return f"{shlex.join(words)} {row.offset_bytes} | sha256sum"
    # warcio reads one gzip member of several, and no brotli.
    return f"khabar page {row.article_id} --raw | sha256sum"


def _lines(asked: int, shown: _Shown) -> list[str]:
    at = f"{shown.retrieved_at:%Y-%m-%d %H:%M:%S} UTC" if shown.retrieved_at else "unknown"
    status = "none (a saved page)" if shown.status is None else str(shown.status)
    pairs = [
        ("article", f"{shown.article_id}  {shown.article_url}"),
        ("merged from", f"{asked}, which proved to be the same article"),
        ("URL asked", shown.url),
        ("final URL", shown.final_url),
        ("retrieved at", at),
        ("status", status),
        ("content type", shown.content_type or "not said"),
        ("SHA-256", shown.page_sha256),
        ("WARC record", f"{shown.archive_record_id} ({shown.kind})"),
        ("file", shown.file),
        ("offset", f"{shown.offset_bytes}"),
        ("length", f"{shown.length_bytes}"),
    ]
    if asked == shown.article_id:
        del pairs[1]
    lines = [f"{name:13} {value}" for name, value in pairs]
    return [
        *lines,
        "The archived bytes have this SHA-256. To compute it yourself:",
        shown.verify,
    ]
