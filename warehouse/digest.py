"""Digests that name exactly what a load reads, and what a table holds."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import duckdb

from crawlers.batch import Batch

# An empty list has the hash of NULL, so the values of each column are counted, too.
_ROWS = "SELECT count(*), coalesce(sum(hash(*COLUMNS(*))::HUGEINT), 0), count(COLUMNS(*)) FROM {}"


def file_digest(path: Path) -> str:
    """Hash a file; SHA-256, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def source_digest(batch: Batch, source_id: str) -> str:
    """Hash all files of one source that a load reads."""
    files = [batch.job(source_id), batch.status("crawl", source_id)]
    files += sorted(batch.crawl_folder(source_id).glob("*.jsonl"))
    files += sorted(batch.extract_folder(source_id).glob("*.parquet"))
    digest = hashlib.sha256()
    for path in files:
        if path.is_file():
            digest.update(f"{path.relative_to(batch.folder)}\n".encode())
            digest.update(bytes.fromhex(file_digest(path)))
    return digest.hexdigest()


def input_digest(digests: Sequence[tuple[str, str]]) -> str:
    """Hash the digests of a batch's sources, in the order of their ids."""
    lines = "".join(f"{source_id} {digest}\n" for source_id, digest in sorted(digests))
    return hashlib.sha256(lines.encode()).hexdigest()


def table_digest(con: duckdb.DuckDBPyConnection, table: str) -> tuple[int, ...]:
    """Read a table whole: its rows, a hash that no order changes, and each column's values."""
    quoted = '"' + table.replace('"', '""') + '"'
    return tuple(map(int, con.execute(_ROWS.format(quoted)).fetchall()[0]))
