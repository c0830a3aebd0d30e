"""Which archive records prove articles, and their bytes, proved by SHA-256."""

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Final, Literal

from crawlers.archive import ArchiveError, place_of, read_record
from crawlers.members import Member, read_info, read_member, read_redirects, read_request
from crawlers.page import ArchiveRecord
from khabar.citation import Citation
from warehouse.query import Session

RECORDS: Final = """
    WITH had AS (
      SELECT * FROM archive_records WHERE archive_record_id IN (
        SELECT archive_record_id FROM articles WHERE article_id = {article_id}
        UNION ALL
        SELECT archive_record_id FROM article_versions WHERE article_id = {article_id} AND {is_each}
        UNION ALL
        SELECT archive_record_id FROM archive_records
        WHERE article_id = {article_id} AND {is_each})),
    same AS (
      SELECT o.* FROM archive_records o SEMI JOIN (FROM had WHERE kind = 'revisit') h
        ON o.source_id = h.source_id AND o.page_sha256 = h.page_sha256
      WHERE o.kind <> 'revisit')
    SELECT archive_record_id, url, coalesce(final_url, url) AS final_url, fetched_at, kind,
      page_sha256, file, offset_bytes, length_bytes,
      archive_record_id IN (SELECT archive_record_id FROM had) AS is_asked,
      (SELECT max(b.offset_bytes) FROM archive_records b
       WHERE b.file = r.file AND b.offset_bytes < r.offset_bytes) AS before_bytes
    FROM (FROM had UNION FROM same) r"""
_LONG_AGO: Final = datetime(1, 1, 1, tzinfo=UTC)


class EvidenceRefusedError(Exception):
    """Evidence that cannot be given; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One record that is wanted, as the snapshot tells of it."""

    archive_record_id: str
    url: str
    final_url: str
    fetched_at: datetime | None
    kind: Literal["response", "revisit", "resource"]
    page_sha256: str
    file: str
    offset_bytes: int
    length_bytes: int
    is_asked: bool
    """False for what may only have the bytes of a revisit."""
    before_bytes: int | None
    """Where the page lies that the file has before it; None where it is the first."""

    @property
    def record(self) -> ArchiveRecord:
        """Where it lies."""
        return ArchiveRecord(
            record_id=self.archive_record_id, file=self.file, offset=self.offset_bytes,
            length=self.length_bytes, kind=self.kind,
        )  # fmt: skip


def find_captures(
    home: Path, session: Session, citations: Sequence[Citation], *, is_each: bool
) -> list[Capture]:
    """Find the records of what is cited, and those that revisits stand for, by their places.

    Raises:
        EvidenceRefusedError: an article has no archived page.
        ArchiveError: the archive lacks a revisit, or holds it damaged.
    """
    wanted: dict[str, Capture] = {}
    for article_id in dict.fromkeys(one.article_id for one in citations):
        found = _read(session, RECORDS.format(article_id=article_id, is_each=is_each))
        for capture in found:
            if capture.is_asked:
                wanted[capture.archive_record_id] = capture
            if capture.kind == "revisit":
                original = _original(home, capture, found)
                wanted[original.archive_record_id] = original
    for one in citations:
        _check(one, wanted)
    return sorted(wanted.values(), key=lambda one: (one.file, one.offset_bytes))


def read_proved(home: Path, captures: Sequence[Capture]) -> Iterator[Member]:
    """Yield records as they stand in the archive, once each, with what goes with them.

    That is what opens their file, the redirects that led to them, and their requests. `captures`
    are in the order of their places.

    Raises:
        ArchiveError: the archive lacks a record, or holds another one than the snapshot says.
    """
    for file, some in groupby(captures, key=lambda one: one.file):
        seen = -1
        info = read_info(home, file)
        if info is not None:
            seen = info.offset
            yield info
        for capture in some:
            for member in _walk(home, capture):
                if member.offset > seen:
                    seen = member.offset
                    yield member


def _read(session: Session, query: str) -> list[Capture]:
    from pydantic import TypeAdapter

    answer = session.ask(query)
    rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    return TypeAdapter(list[Capture]).validate_python(rows)


def _check(one: Citation, wanted: Mapping[str, Capture]) -> None:
    if one.archive_record_id is None:
        raise EvidenceRefusedError(
            f"article {one.article_id} has no archived page, its outlet's {one.body_from} alone "
            f"told of it: leave it out ({one.url})"
        )
    if one.archive_record_id not in wanted:
        raise EvidenceRefusedError(
            f"article {one.article_id}: version {one.version_number} rests on WARC record "
            f"{one.archive_record_id}, which is not in archive_records"
        )


def _original(home: Path, revisit: Capture, found: Sequence[Capture]) -> Capture:
    """Find the record that has a revisit's bytes: the one that it names, else the newest."""
    same = [
        one for one in found if one.kind != "revisit" and one.page_sha256 == revisit.page_sha256
    ]
    if not same:
        raise EvidenceRefusedError(
            f"{place_of(revisit.record)}: says that nothing had changed, and archive_records has "
            f"no page of SHA-256 {revisit.page_sha256}"
        )
    named = read_member(home, revisit.record).refers_to
    return max(same, key=lambda one: (one.archive_record_id == named, one.fetched_at or _LONG_AGO))


def _walk(home: Path, capture: Capture) -> Iterator[Member]:
    answer = read_member(home, capture.record)
    _prove(capture, answer)
    if capture.url != capture.final_url:
        yield from read_redirects(home, answer, capture.url, capture.before_bytes or 0)
    yield answer
    request = read_request(home, answer)
    if request is not None:
        yield request


def _prove(capture: Capture, member: Member) -> None:
    place = place_of(capture.record)
    if member.kind != capture.kind:
        raise ArchiveError(f"{place}: is a {member.kind} record, not a {capture.kind}")
    if capture.kind == "revisit":
        return  # it has no bytes of its own; its original is proved
    _, _, body = read_record(io.BytesIO(member.data), capture.record)
    digest = hashlib.sha256(body).hexdigest()
    if digest != capture.page_sha256:
        raise ArchiveError(f"{place}: SHA-256 is {digest}, the snapshot says {capture.page_sha256}")
