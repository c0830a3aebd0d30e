"""Citations of articles and their versions, each with the proof of its bytes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from crawlers.archive import ArchiveError, read_proved
from crawlers.page import ArchiveRecord
from khabar.article_ids import resolve_id
from khabar.diff_shown import tell_time
from warehouse.query import Session

CAPTURES = """
    WITH v AS (
      SELECT article_id, version_number, seen_from, seen_to, title, published_at,
        archive_record_id, page_sha256, false AS is_newest FROM article_versions
      UNION ALL
      SELECT article_id, version_count, seen_from, seen_to, title, published_at,
        archive_record_id, page_sha256, true FROM articles)
    SELECT a.article_id, s.name AS outlet, v.title, a.url, s.timezone, v.published_at,
      CASE WHEN v.is_newest THEN a.published_on END AS published_on,
      CASE WHEN v.is_newest OR v.published_at = a.published_at THEN a.published_precision END
        AS published_precision,
      coalesce(v.published_at > coalesce(r.fetched_at, v.seen_from), v.is_newest
          AND timezone(coalesce(s.timezone, 'Etc/GMT-14'), a.published_on::TIMESTAMP)
            > coalesce(r.fetched_at, v.seen_from), false) AS is_published_after_retrieval,
      a.first_seen_at, a.gone_at, a.body_from, v.version_number, a.version_count, v.seen_from,
      v.seen_to, r.url AS archived_url, r.fetched_at AS retrieved_at,
      coalesce(r.page_sha256, v.page_sha256) AS page_sha256, v.archive_record_id,
      r.file AS archive_file, r.offset_bytes, r.length_bytes, r.kind AS archive_kind,
      (SELECT snapshot_id FROM snapshot) AS snapshot_id
    FROM articles a JOIN v USING (article_id) JOIN sources s USING (source_id)
      LEFT JOIN archive_records r ON r.archive_record_id = v.archive_record_id
    WHERE a.article_id = {article_id} AND (v.is_newest OR {is_each})
    ORDER BY v.version_number"""

IMPOSSIBLE = "stated publication lies after the retrieval: the outlet's clock or date is wrong"


class NoArticleError(Exception):
    """An id that is no article's; the message says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """One version of an article, and where its bytes lie."""

    asked_id: int
    """The id that was asked for, which may have been merged into the article's."""
    article_id: int
    outlet: str
    title: str | None
    url: str
    timezone: str | None
    published_at: datetime | None
    published_on: date | None
    published_precision: str | None
    """second, minute or day; None if undated, or not known of an older version."""
    is_published_after_retrieval: bool
    """Whether what the page said cannot be: that it came out after it was had."""
    first_seen_at: datetime
    gone_at: datetime | None
    body_from: str
    version_number: int
    version_count: int
    seen_from: datetime
    seen_to: datetime
    archived_url: str | None
    """The address that was asked; None where no page was had."""
    retrieved_at: datetime | None
    page_sha256: str | None
    archive_record_id: str | None
    archive_file: str | None
    """Relative to the archive folder."""
    offset_bytes: int | None
    length_bytes: int | None
    archive_kind: Literal["response", "revisit", "resource"] | None
    snapshot_id: str

    @property
    def record(self) -> ArchiveRecord | None:
        """Where its page lies; None where none was archived."""
        at, length, kind = self.offset_bytes, self.length_bytes, self.archive_kind
        if self.archive_record_id is None or self.archive_file is None:
            return None
        if at is None or length is None or kind is None:
            return None
        return ArchiveRecord(
            record_id=self.archive_record_id, file=self.archive_file, offset=at, length=length,
            kind=kind,
        )  # fmt: skip


def read_citations(session: Session, ids: Sequence[int], *, is_each: bool) -> list[Citation]:
    """Read what is cited of each article: the newest version, or each of them.

    Raises:
        NoArticleError: no article has or had one of the ids.
    """
    return [one for article_id in ids for one in _read(session, article_id, is_each=is_each)]


def _read(session: Session, asked: int, *, is_each: bool) -> Iterator[Citation]:
    from pydantic import TypeAdapter

    article_id = resolve_id(session, asked)
    answer = session.ask(CAPTURES.format(article_id=article_id, is_each=is_each))
    rows = list(answer.rows)
    if not rows:
        raise NoArticleError(f"no article has the id {asked}; `khabar sql` finds ids in articles")
    for row in rows:
        told = dict(zip(answer.columns, row, strict=True)) | {"asked_id": asked}
        yield TypeAdapter(Citation).validate_python(told)


def find_faults(home: Path, citations: Sequence[Citation]) -> list[ArchiveError]:
    """Read the page of each citation; return why any cannot be proved, where there is an archive.

    Who has but the published file has none. A revisit has no bytes of its own.
    """
    if not (home / "archive").is_dir():
        return []
    found = []
    for one in citations:
        if one.record is not None and one.record.kind != "revisit":
            try:
                read_proved(home, one.record, one.page_sha256)
            except ArchiveError as error:
                found.append(error)
    return found


def cite(one: Citation, *, is_each: bool) -> str:
    """Write a citation: outlet, title, date, address, retrieval, and the proof of its bytes."""
    merged = "" if one.asked_id == one.article_id else f" (once {one.asked_id})"
    gone = f"; removed by {tell_time(one.gone_at, None)}" if one.gone_at else ""
    parts = [
        one.outlet,
        f"“{one.title}”" if one.title else "[no headline]",
        _dated(one),
        one.url + gone,
        *([_version(one)] if is_each else []),
        *_archived(one),
    ]
    own = f"Khabar article {one.article_id}{merged}, snapshot {one.snapshot_id}"
    return f"{', '.join(parts)}. {own}."


def _dated(one: Citation) -> str:
    if one.is_published_after_retrieval:
        return f"{_published(one)} ({IMPOSSIBLE})"
    return _published(one)


def _published(one: Citation) -> str:
    precision = one.published_precision
    if precision in ("second", "minute") and one.published_at is not None:
        return f"published {tell_time(one.published_at, one.timezone)}, to the {precision}"
    if one.published_on is not None:
        return f"published {one.published_on}, by the day only"
    if one.published_at is not None:
        return f"published {tell_time(one.published_at, one.timezone)}, precision unknown"
    return f"undated, first seen {tell_time(one.first_seen_at, one.timezone)}"


def _version(one: Citation) -> str:
    seen = f"seen {tell_time(one.seen_from, None)} to {tell_time(one.seen_to, None)}"
    return f"version {one.version_number} of {one.version_count} {seen}"


def _archived(one: Citation) -> Iterator[str]:
    if one.archive_record_id is None:
        yield f"no page archived, known from the outlet's {one.body_from} entry alone"
        return
    at = f"{one.retrieved_at:%Y-%m-%d %H:%M:%S} UTC" if one.retrieved_at else "at an unknown time"
    asked = f" from {one.archived_url}" if one.archived_url not in (None, one.url) else ""
    yield f"retrieved {at}{asked}"
    yield f"SHA-256 {one.page_sha256}"
    where = f" ({one.archive_file} at byte {one.offset_bytes})" if one.archive_file else ""
    yield f"WARC record {one.archive_record_id}{where}"
