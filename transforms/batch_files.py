"""Parquet out, Parquet in: the batch files that this room leaves for the warehouse."""

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter

from crawlers.batch import write_whole
from crawlers.job import SiteLine
from transforms.article import Article, Moment
from transforms.fingerprint import ALGORITHM_VERSION
from transforms.rejection import Rejection

ROWS_AT_ONCE = 1_000
INSTANT = pa.timestamp("us", tz="UTC")
TEXTS = pa.list_(pa.string())
KEYS = pa.list_(pa.struct([("url_key", pa.string()), ("how", pa.string())]))
_ARTICLE_COLUMNS: list[tuple[str, pa.DataType]] = [
        ("source_id", pa.string()), ("url", pa.string()), ("url_key", pa.string()),
        ("final_url", pa.string()), ("canonical_url", pa.string()), ("keys", KEYS),
        ("fetched_at", INSTANT), ("page_sha256", pa.string()), ("record_id", pa.string()),
        ("title", pa.string()), ("title_from", pa.string()), ("authors", TEXTS),
        ("authors_from", pa.string()), ("byline", pa.string()),
        ("credited_source", pa.string()), ("credited_from", pa.string()),
        ("credited_words", pa.string()), ("body", pa.string()),
        ("body_from", pa.string()), ("section", pa.string()), ("section_from", pa.string()),
        ("tags", TEXTS), ("tags_from", pa.string()), ("image_url", pa.string()),
        ("image_from", pa.string()), ("site_name", pa.string()), ("site_name_from", pa.string()),
        ("language", pa.string()), ("other_language", pa.string()),
        ("published_at", INSTANT), ("published_on", pa.date32()),
        ("published_precision", pa.string()), ("published_from", pa.string()),
        ("modified_at", INSTANT), ("modified_on", pa.date32()),
        ("modified_precision", pa.string()), ("modified_from", pa.string()),
        ("word_count", pa.int32()), ("is_paywalled", pa.bool_()), ("is_truncated", pa.bool_()),
        ("content_hash", pa.int64()), ("text_hash", pa.int64()), ("shingle_count", pa.int32()),
        ("minhash", pa.binary()), ("extractor_version", pa.string()),
        ("algorithm_version", pa.int32()),
]  # fmt: skip
_REJECTION_COLUMNS: list[tuple[str, pa.DataType]] = [
        ("source_id", pa.string()), ("url", pa.string()), ("url_key", pa.string()),
        ("final_url", pa.string()), ("fetched_at", INSTANT), ("page_sha256", pa.string()),
        ("record_id", pa.string()), ("reason", pa.string()), ("detail", pa.string()),
        ("title", pa.string()), ("extractor_version", pa.string()),
]  # fmt: skip
_SITE_LINE_COLUMNS: list[tuple[str, pa.DataType]] = [
        ("source_id", pa.string()), ("line", pa.string()), ("place", pa.string()),
        ("pages", pa.int32()),
]  # fmt: skip
ARTICLES = pa.schema(_ARTICLE_COLUMNS)
REJECTIONS = pa.schema(_REJECTION_COLUMNS)
SITE_LINES = pa.schema(_SITE_LINE_COLUMNS)
ARTICLE: TypeAdapter[Article] = TypeAdapter(Article)
REJECTION: TypeAdapter[Rejection] = TypeAdapter(Rejection)
MOMENTS = ("published", "modified")
STAMP = "algorithm_version"
"""Which version of fingerprint.py made a row's hashes; a file without it is of the first."""
PLAIN = tuple(field.name for field in fields(Article) if field.name not in (*MOMENTS, "keys"))


def write_articles(path: Path, articles: Iterable[Article]) -> None:
    """Write articles as one Parquet file, whole or not at all, even where there are none."""
    _write(path, ARTICLES, map(_article_row, articles))


def write_rejections(path: Path, rejections: Iterable[Rejection]) -> None:
    """Write rejections as one Parquet file, whole or not at all."""
    names = REJECTIONS.names
    _write(path, REJECTIONS, [{name: getattr(one, name) for name in names} for one in rejections])


def write_site_lines(path: Path, source_id: str, lines: Iterable[SiteLine]) -> None:
    """Write the lines that a batch learnt to be the site's own, whole or not at all."""
    _write(path, SITE_LINES, [{"source_id": source_id, **asdict(one)} for one in lines])


def read_articles(path: Path) -> Iterator[Article]:
    """Read articles back, equal to those written; what an older file has no column for is None."""
    for stored in _rows(path):
        row = dict.fromkeys(ARTICLES.names) | stored
        moments = {name: _moment(row, name) for name in MOMENTS}
        yield ARTICLE.validate_python({name: row[name] for name in (*PLAIN, "keys")} | moments)


def is_whole(path: Path) -> bool:
    """Tell whether a Parquet file is there and has its end."""
    try:
        pq.read_metadata(path)
    except (OSError, pa.ArrowInvalid):
        return False
    return True


def missing_columns(path: Path) -> frozenset[str]:
    """Name the columns of articles that a file of an older Khabar does not have."""
    return frozenset(ARTICLES.names) - frozenset(pq.read_schema(path).names) - {STAMP}


def read_rejections(path: Path) -> Iterator[Rejection]:
    """Read rejections back."""
    for row in _rows(path):
        yield REJECTION.validate_python(row)


def read_site_lines(path: Path) -> Iterator[SiteLine]:
    """Read learnt lines back."""
    for row in _rows(path):
        yield SiteLine(line=row["line"], place=row["place"], pages=row["pages"])


def _article_row(article: Article) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(article, name) for name in PLAIN}
    row[STAMP] = ALGORITHM_VERSION
    row["keys"] = [{"url_key": key.url_key, "how": key.how} for key in article.keys]
    for name in MOMENTS:
        moment: Moment | None = getattr(article, name)
        row[f"{name}_at"] = moment.at if moment else None
        row[f"{name}_on"] = moment.on if moment else None
        row[f"{name}_precision"] = moment.precision if moment else None
        row[f"{name}_from"] = moment.origin if moment else None
    return row


def _moment(row: Mapping[str, Any], name: str) -> Moment | None:
    on: date | None = row[f"{name}_on"]
    if on is None:
        return None
    return Moment(
        at=row[f"{name}_at"],
        on=on,
        precision=row[f"{name}_precision"],
        origin=row[f"{name}_from"],
    )


def _write(path: Path, schema: pa.Schema, rows: Iterable[dict[str, object]]) -> None:
    buffer, left = io.BytesIO(), iter(rows)
    with pq.ParquetWriter(buffer, schema, compression="zstd") as file:
        while part := list(islice(left, ROWS_AT_ONCE)):
            file.write_table(pa.Table.from_pylist(part, schema=schema))
    write_whole(path, buffer.getvalue())


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with pq.ParquetFile(path) as file:
        for part in file.iter_batches(batch_size=512):
            for row in part.to_pylist():
                yield {name: _in_utc(value) for name, value in row.items()}


def _in_utc(value: object) -> object:
    # Arrow gives its own zone object back; equal instants must also look equal.
    return value.astimezone(UTC) if isinstance(value, datetime) else value
