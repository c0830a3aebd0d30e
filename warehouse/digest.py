"""The digests that name exactly the files that a load reads."""

import hashlib
from collections.abc import Sequence

from crawlers.batch import Batch


def source_digest(batch: Batch, source_id: str) -> str:
    """Hash all files of one source that a load reads."""
    files = [batch.job(source_id), batch.status("crawl", source_id)]
    files += sorted(batch.crawl_folder(source_id).glob("*.jsonl"))
    files += sorted(batch.extract_folder(source_id).glob("*.parquet"))
    digest = hashlib.sha256()
    for path in files:
        if path.is_file():
            digest.update(f"{path.relative_to(batch.folder)}\n".encode())
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def input_digest(digests: Sequence[tuple[str, str]]) -> str:
    """Hash the digests of a batch's sources, in the order of their ids."""
    lines = "".join(f"{source_id} {digest}\n" for source_id, digest in sorted(digests))
    return hashlib.sha256(lines.encode()).hexdigest()
