"""Real batch files, made by hand: what a crawl and an extraction would have left behind."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from crawlers.batch import (
    MANIFEST_JSON,
    Batch,
    BatchManifest,
    Found,
    new_batch_id,
    write_json,
    write_whole,
)
from crawlers.catalogue import Entrance, Expectations, Source
from crawlers.job import JOB_JSON, CrawlJob, SiteLine
from crawlers.ledger import read_fetches
from crawlers.page import (
    FETCH_JSON,
    POLL_JSON,
    ArchiveRecord,
    FailReason,
    Fetch,
    ListedItem,
    Poll,
    SkipReason,
)
from crawlers.urls import url_key
from transforms.article import Article, KeyHow, Moment, PageKey
from transforms.batch_files import write_articles, write_rejections, write_site_lines
from transforms.fingerprint import fingerprint
from transforms.rejection import Reason, Rejection
from warehouse.connection import open_writer, warehouse_file

START = datetime(2026, 8, 1, 0, 0, tzinfo=UTC)
HOST = "https://mountain.example"


def text(name: str, words: int = 80, *, but: str = "") -> str:
    """A text like no other name's; `but` replaces its last word."""
    return " ".join([f"{name}{n}" for n in range(words - 1)] + [but or f"{name}last"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A ledger line, and what extraction made of it."""

    fetch: Fetch
    article: Article | None = None
    rejection: Rejection | None = None
    is_again: bool = False


def page(
    path: str,
    body: str,
    *,
    hour: float = 0,
    title: str = "A headline",
    also: Iterable[tuple[str, KeyHow]] = (),
    canonical: str | None = None,
    published: Moment | None = None,
    extractor: str = "x1",
    host: str = HOST,
    listed: bool = True,
    fetched_at: datetime | str | None = "hour",
    again: str | None = None,
) -> Line:
    """A page that was fetched at an hour after START and became an article."""
    url = host + path
    at = START + timedelta(hours=hour) if fetched_at == "hour" else fetched_at
    assert at is None or isinstance(at, datetime)
    final = next((u for u, how in also if how == "final"), url)
    sha = hashlib.sha256(f"{title}{body}".encode()).hexdigest()
    record = again or _record_id(url, hour, sha)
    own = [*also, (canonical, "canonical")] if canonical else list(also)
    keys = {url_key(url): "asked"}
    for said, how in own:
        keys.setdefault(url_key(str(said)), how)
    printed = fingerprint(title, body)
    article = Article(
        source_id="", url=url, url_key=url_key(url), final_url=final, canonical_url=canonical,
        keys=tuple(PageKey(url_key=key, how=how) for key, how in keys.items()),  # type: ignore[arg-type]
        fetched_at=at, page_sha256=sha, record_id=record, title=title, title_from="meta",
        authors=(), authors_from=None, byline=None, credited_source=None, credited_from=None,
        credited_words=None, body=body, body_from="page", section=None,
        section_from=None, tags=("hills",), tags_from="meta", image_url=None, image_from=None,
        site_name=None, site_name_from=None, language="en", other_language=None,
        published=published, modified=None, word_count=len(body.split()),
        is_paywalled=False, is_truncated=False, content_hash=printed.content_hash,
        text_hash=printed.text_hash, shingle_count=printed.shingle_count,
        minhash=printed.minhash, extractor_version=extractor,
    )  # fmt: skip
    fetch = Fetch(
        source_id="", url=url, url_key=url_key(url), entrance=None, listed=listed,
        disposition="fetched", status=200, final_url=final, fetched_at=at, page_sha256=sha,
        body_bytes=len(body), etag=f'"{sha[:6]}"', record=_record(record, "response"),
    )  # fmt: skip
    return Line(fetch=fetch, article=article)


def same(path: str, body: str, *, hour: float, title: str = "A headline", host: str = HOST) -> Line:
    """A page that was asked again and had not changed (304)."""
    line = page(path, body, hour=hour, title=title, host=host)
    record_id = _record_id(line.fetch.url, hour, "304")
    fetch = replace(
        line.fetch, disposition="not_modified", status=304, record=_record(record_id, "revisit")
    )
    return Line(fetch=fetch)


def rejected(path: str, *, hour: float = 0, reason: Reason = Reason.LISTING) -> Line:
    """A page that is no article."""
    line = page(path, f"no article at {path}", hour=hour)
    assert line.article is not None
    one = line.article
    return Line(
        fetch=line.fetch,
        rejection=Rejection(
            source_id="", url=one.url, url_key=one.url_key, final_url=one.final_url,
            fetched_at=one.fetched_at, page_sha256=one.page_sha256 or "",
            record_id=one.record_id or "", reason=reason, detail="looks it", title=None,
            extractor_version="x1",
        ),
    )  # fmt: skip


def failed(path: str, reason: FailReason = "timeout", *, feed: str | None = None) -> Line:
    """A page that could not be had; `feed` is what the feed said of it."""
    return _without_page(path, "failed", reason, feed)


def skipped(path: str, reason: SkipReason = "deferred", *, feed: str | None = None) -> Line:
    """A page that was not asked."""
    return _without_page(path, "skipped", reason, feed)


def _without_page(
    path: str, disposition: str, reason: FailReason | SkipReason, feed: str | None
) -> Line:
    url = HOST + path
    item = None if feed is None else ListedItem(title="From the feed", summary=feed)
    fetch = Fetch(
        source_id="", url=url, url_key=url_key(url), entrance=HOST + "/feed", listed=True,
        disposition=disposition, reason=reason, detail="so it was", item=item,  # type: ignore[arg-type]
    )  # fmt: skip
    if feed is None:
        return Line(fetch=fetch)
    told = page(path, feed, title="From the feed").article
    assert told is not None
    told = replace(
        told, fetched_at=None, page_sha256=None, record_id=None, body_from="feed",
        title_from="feed",
    )  # fmt: skip
    return Line(fetch=fetch, article=told)


def again(
    path: str, body: str, *, record_of: Line, extractor: str, title: str = "A headline"
) -> Line:
    """An archived record read again by another extractor; no ledger line of its own."""
    assert record_of.article is not None
    assert record_of.article.record_id is not None
    line = page(path, body, title=title, extractor=extractor, again=record_of.article.record_id)
    assert line.article is not None
    article = replace(
        line.article,
        fetched_at=record_of.article.fetched_at,
        page_sha256=record_of.article.page_sha256,
    )
    return Line(fetch=record_of.fetch, article=article, is_again=True)


def on(day: str) -> Moment:
    """A day without a time."""
    return Moment(at=None, on=date.fromisoformat(day), precision="day", origin="meta")


class BatchMaker:
    """Collects sources, then writes the batch's files."""

    def __init__(
        self, home: Path, hour: int, *, dag: str = "ingest", found_by: Found = "live"
    ) -> None:
        self.batch = Batch(
            id=new_batch_id(START + timedelta(hours=hour), dag, f"run{hour}"), home=home
        )
        lay_warehouse(home)
        self._found_by: Found = found_by
        self._dag = dag
        self._sources: list[str] = []

    def source(
        self,
        *lines: Line,
        id: str = "mountain",  # noqa: A002
        miscount: int = 0,
        known_not_due: int = 0,
        polls: Iterable[Poll] = (),
        crawl: bool = True,
        extract: bool = True,
        lose: int = 0,
        failed: str | None = None,
        zone: str | None = "Asia/Karachi",
        max_rejected_share: float = 0.6,
        host: str = HOST,
        verified: bool = True,
        learnt: Iterable[SiteLine] = (),
    ) -> "BatchMaker":
        """Add a source, with the lines of its ledger."""
        made = Source(
            id=id, name=id.title(), home=host + "/", languages=("en",), timezone=zone,
            entrances=(Entrance(kind="feed", url=host + "/feed"),),
            hosts=(host.split("/")[2],), expect=Expectations(max_rejected_share=max_rejected_share),
            verified=verified,
        )  # fmt: skip
        self._sources.append(id)
        job = CrawlJob(batch_id=self.batch.id, home=str(self.batch.home), source=made, contact="x")
        write_whole(self.batch.job(id), JOB_JSON.dump_json(job))
        if crawl:
            self._write_crawl(
                id, lines, list(polls), known_not_due + miscount, known_not_due, failed
            )
        if extract:
            self._write_extract(id, lines, lose, learnt)
        return self

    def _write_crawl(
        self, source_id: str, lines: Iterable[Line], polls: list[Poll], extra: int, resting: int,
        failed: str | None,
    ) -> None:  # fmt: skip
        fetches = [replace(one.fetch, source_id=source_id) for one in lines if not one.is_again]
        for record in filter(None, (one.record for one in fetches)):
            write_whole(self.batch.home / "archive" / record.file, b"")
        folder = self.batch.crawl_folder(source_id)
        polled = [replace(poll, source_id=source_id) for poll in polls]
        for name, made in (
            ("fetches", [FETCH_JSON.dump_json(one) for one in _once(fetches)]),
            ("polls", [POLL_JSON.dump_json(one) for one in polled]),
        ):
            write_whole(folder / f"1.{name}.jsonl", b"".join(one + b"\n" for one in made))
        read = read_fetches(self.batch, source_id)
        kinds = Counter(one.disposition for one in read)
        report = {
            "source_id": source_id,
            "attempt": 1,
            "listed": sum(one.listed for one in read) + extra,
            "known_not_due": resting,
            "fetched": kinds["fetched"],
            "not_modified": kinds["not_modified"],
            "failed_pages": kinds["failed"],
            "gone_pages": sum(one.reason == "gone" for one in read),
            "skipped": kinds["skipped"],
            "pages_archived": sum(one.record is not None for one in read),
            "failed": failed is not None,
            "reason": failed,
        }
        write_json(self.batch.status("crawl", source_id), report)

    def _write_extract(
        self, source_id: str, lines: Iterable[Line], lose: int, learnt: Iterable[SiteLine]
    ) -> None:
        folder = self.batch.extract_folder(source_id)
        articles = [replace(one.article, source_id=source_id) for one in lines if one.article]
        rejections = [replace(one.rejection, source_id=source_id) for one in lines if one.rejection]
        write_articles(folder / "articles.parquet", articles[lose:])
        write_rejections(folder / "rejections.parquet", rejections)
        write_site_lines(folder / "site_lines.parquet", source_id, learnt)

    def write(self) -> Batch:
        """Write what the batch is."""
        manifest = BatchManifest(
            batch_id=self.batch.id, dag=self._dag, run_id="run", found_by=self._found_by,
            sources=tuple(self._sources), code_version="0.1.0",
        )  # fmt: skip
        write_whole(self.batch.manifest, MANIFEST_JSON.dump_json(manifest))
        return self.batch


@lru_cache(maxsize=1)
def _empty_warehouse() -> bytes:
    with TemporaryDirectory() as folder:
        with open_writer(Path(folder)):
            pass
        return warehouse_file(Path(folder)).read_bytes()


def lay_warehouse(home: Path) -> None:
    """Give a home an empty warehouse, sooner than the migrations would."""
    if not warehouse_file(home).exists():
        home.mkdir(parents=True, exist_ok=True)
        warehouse_file(home).write_bytes(_empty_warehouse())


def rows(home: Path, sql: str) -> list[tuple[object, ...]]:
    """Ask the private warehouse."""
    with duckdb.connect(str(warehouse_file(home)), read_only=True) as con:
        con.execute("SET TimeZone = 'UTC'")
        return con.execute(sql).fetchall()


def outcomes(home: Path, batch: Batch) -> dict[str, str]:
    """Each line's outcome by its path."""
    with duckdb.connect(str(warehouse_file(home)), read_only=True) as con:
        found = con.execute(
            "SELECT url, outcome FROM fetches WHERE batch_id = ? ORDER BY url", [batch.id]
        ).fetchall()
    return {url.removeprefix(HOST): outcome for url, outcome in found}


def _once(fetches: Iterable[Fetch]) -> Iterable[Fetch]:
    return {one.url_key: one for one in fetches}.values()


def _record_id(url: str, hour: float, sha: str) -> str:
    return f"urn:uuid:{hashlib.sha256(f'{url} {hour} {sha}'.encode()).hexdigest()[:32]}"


def _record(record_id: str, kind: str) -> ArchiveRecord:
    return ArchiveRecord(
        record_id=record_id,
        file="mountain/2026/08/x.warc.gz",
        offset=0,
        length=9,
        kind=kind,  # type: ignore[arg-type]
    )
