"""Evidence: the archived bytes of articles in one file that stock web-archive tools open."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from crawlers.counted import counted
from crawlers.members import Member
from crawlers.unfinished import new_file
from khabar.citation import Citation, read_citations
from khabar.evidence_records import Capture, EvidenceRefusedError, find_captures, read_proved
from khabar.shown import as_json
from khabar.unfinished import when_whole
from khabar.wacz import ARCHIVE, INDEX, PAGES, WaczWriter, index_line, page_list
from warehouse.query import open_session

MAX_IDS: Final = 1_000
MAX_BYTES: Final = 1 << 30
CITATIONS: Final = "khabar/citations.jsonl"
DESCRIPTION: Final = """\
Pages as outlets served them, from the archive of a Khabar warehouse (snapshot {snapshot_id}). \
Each record in archive/data.warc.gz is byte for byte the one in that archive. \
khabar/citations.jsonl says of each article which record is its page (archive_record_id), in which \
file of the archive and at which byte it lies, and the SHA-256 of the page's bytes with content \
coding undone (page_sha256). To check: `wacz validate -f FILE`, or hash each file and compare it \
with datapackage.json."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a bundle holds."""

    pages: int
    records: int
    size_bytes: int
    """Of the records."""


@dataclass(slots=True, kw_only=True)
class _Contents:
    """What is known of the records that were written so far."""

    moved: Callable[[int, int, int], None]
    total: int
    records: int = 0
    size: int = 0
    lines: list[str] = field(default_factory=list)
    """Of the index."""
    pages: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    """Address and time of each answer, by its record's id."""

    def take(self, members: Iterator[Member]) -> Iterator[bytes]:
        """Give the records' bytes, and note what the index will say of them."""
        for member in members:
            if member.kind in ("response", "revisit", "resource"):
                self._index(member)
            yield member.data
            self.records += 1
            self.size += len(member.data)
            if self.size > MAX_BYTES:
                raise _too_large(self.size)
            self.moved(self.size, max(self.size, self.total), self.records)

    def _index(self, member: Member) -> None:
        if member.at is None or not member.url:
            raise EvidenceRefusedError(
                f"archive/{member.file} at {member.offset}: has no WARC-Date or no address, by "
                "which every tool finds a page"
            )
        # A 304 has no page: readers that are led to one show an empty window.
        if member.status != "304":
            self.lines.append(index_line(member, self.size))
        self.pages[member.record_id] = (member.url, member.at)


def write_evidence(
    home: Path,
    ids: Sequence[int],
    file: Path,
    *,
    is_each: bool,
    moved: Callable[[int, int, int], None] = lambda *_: None,
) -> Evidence:
    """Bundle the archived pages of articles, each proved by its SHA-256 before it goes in.

    `moved` hears of bytes written, bytes of the pages in all, and records written.

    Raises:
        EvidenceRefusedError: the file exists, or something of it cannot be bundled.
        NoArticleError: no article has or had one of the ids.
        ArchiveError: the archive lacks a record, or holds it damaged.
    """
    file = file.resolve()
    _refuse(file, ids)
    with open_session(home) as session:
        citations = read_citations(session, list(dict.fromkeys(ids)), is_each=is_each)
        captures = find_captures(home, session, citations, is_each=is_each)
    total = sum(one.length_bytes for one in captures)
    if total > MAX_BYTES:
        raise _too_large(total)
    contents = _Contents(moved=moved, total=total)
    with when_whole(file, new_file, put=_put_new) as part:
        _write(home, part, citations, captures, contents)
    return Evidence(pages=len(citations), records=contents.records, size_bytes=contents.size)


def _refuse(file: Path, ids: Sequence[int]) -> None:
    if file.suffix != ".wacz":
        raise EvidenceRefusedError(f"{file}: name it .wacz, for that is its form")
    if file.exists():
        raise _taken(file)
    if len(ids) > MAX_IDS:
        raise EvidenceRefusedError(
            f"{len(ids):,} ids are more than {MAX_IDS:,}: make several bundles"
        )


def _put_new(part: Path, file: Path) -> None:
    """Give a whole file its name, unless somebody has taken that meanwhile."""
    try:
        try:
            file.hardlink_to(part)
        except FileExistsError:
            raise
        except OSError:  # disks that know no second names
            file.touch(exist_ok=False)
            part.replace(file)
    except FileExistsError:
        raise _taken(file) from None


def _taken(file: Path) -> EvidenceRefusedError:
    return EvidenceRefusedError(f"{file}: is there already; name a new file, or remove it")


def _too_large(size: int) -> EvidenceRefusedError:
    return EvidenceRefusedError(
        f"the records have {size >> 20:,} MB, more than {MAX_BYTES >> 20:,}: make several "
        "bundles, of fewer articles each"
    )


def _write(
    home: Path,
    part: Path,
    citations: Sequence[Citation],
    captures: Sequence[Capture],
    contents: _Contents,
) -> None:
    with part.open("wb") as out, WaczWriter(out, datetime.now(UTC)) as writer:
        writer.add(ARCHIVE, contents.take(read_proved(home, captures)))
        writer.add(INDEX, (line.encode() for line in sorted(contents.lines)))
        pages = [_page(one, *contents.pages[one.archive_record_id or ""]) for one in citations]
        writer.add(PAGES, page_list(pages))
        writer.add(CITATIONS, (f"{as_json(one)}\n".encode() for one in citations))
        writer.add_proof(
            title=f"Evidence of {counted(len(pages), 'page')}",
            description=DESCRIPTION.format(snapshot_id=citations[0].snapshot_id),
            software=f"Khabar/{version('khabar')}",
            mainPageUrl=pages[0]["url"],
            mainPageDate=pages[0]["ts"],
        )


def _page(one: Citation, url: str, at: datetime) -> dict[str, str]:
    """Tell of a page as a reader of the bundle will list it; JSON rounds no text."""
    return {
        "id": f"{one.asked_id}-{one.version_number}",
        "url": url,
        "ts": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "title": one.title or one.url,
        "article_id": str(one.article_id),
        "page_sha256": one.page_sha256 or "",
        "archive_record_id": one.archive_record_id or "",
    }
