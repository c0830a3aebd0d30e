"""Files that never change once they are whole, and what to say of one that has."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from crawlers.batch import file_stem
from crawlers.counted import counted
from khabar.backup.holdings import RELEASES, FoundFile, is_for_ever
from khabar.backup.manifest import BackedFile
from khabar.backup.shelf import Shelf
from warehouse.digest import file_digest
from warehouse.load_report import REPORT_JSON

_NAMED = 5
"""Changed files that a line names, at most."""
_LOADED = re.compile(
    r"(?P<batch>batches/[^/]+)/"
    r"(?:plan/(?P<plan>[^/]+)\.json"
    r"|crawl/(?P<crawl>[^/]+)/[^/]+\.jsonl"
    r"|extract/(?P<extract>[^/]+)/[^/]+\.parquet)"
)
"""What a load reads of a source, and notes the digest of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFile:
    """A file of the home that is not what it was when it was backed up."""

    path: str
    """Where it lies in the home."""
    good_copy: str | None
    """What the backup keeps of it; None where that copy is damaged, too."""


def is_closed(shelf: Shelf, named: Mapping[str, BackedFile], path: str) -> bool:
    """Tell whether a file was never to change after the backup that names it."""
    if path.startswith(("archive/", f"{RELEASES}/")):
        return is_for_ever(path, named)
    match = _LOADED.fullmatch(path)
    if match is None or path not in named:
        return False
    stem = match["plan"] or match["crawl"] or match["extract"]
    return _is_loaded(shelf, named, match["batch"], stem)


def _is_loaded(shelf: Shelf, named: Mapping[str, BackedFile], batch: str, stem: str) -> bool:
    """Tell whether a source was in the warehouse; one that was held may be extracted again."""
    if f"{batch}/status/accept.{stem}.json" in named:
        return True
    load = named.get(f"{batch}/status/load.json")
    if load is None:
        return False
    try:
        report = REPORT_JSON.validate_json(shelf.place(load.sha256).read_bytes())
    except (OSError, ValidationError):
        return True  # a good copy is not given up for a report that cannot be read
    loaded = {file_stem(one.source_id) for one in report.sources if one.status == "loaded"}
    return stem in loaded


def find_change(shelf: Shelf, found: FoundFile, before: BackedFile) -> ChangedFile | None:
    """Compare a file with what was backed up of it; None where its bytes are the same."""
    if file_digest(found.place) == before.sha256:
        return None
    copy = shelf.place(before.sha256)
    is_good = shelf.has(before) and file_digest(copy) == before.sha256
    return ChangedFile(path=str(found.place.absolute()), good_copy=str(copy) if is_good else None)


def tell_changed(changed: Sequence[ChangedFile]) -> str:
    """Say on one line which files have changed, and how to put them back."""
    told = "; ".join(map(_tell, changed[:_NAMED]))
    more = f"; and {len(changed) - _NAMED:,} more (--json lists them)" * (len(changed) > _NAMED)
    closed = counted(len(changed), "file that never changes is", "files that never change are")
    return (
        f"{closed} not what was backed up, so that this disk "
        f"or who writes there is to be doubted: {told}{more}; all else is backed up"
    )


def _tell(one: ChangedFile) -> str:
    if one.good_copy is None:
        return f"{one.path}: its copy is damaged, too, and was replaced by what is there now"
    return (
        f"{one.path}: the backup keeps the good copy, put it back: "
        f"`cp {shlex.quote(one.good_copy)} {shlex.quote(one.path)}`"
    )
