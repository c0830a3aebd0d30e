"""verify_archive(): the raw pages, file by file and night by night, until all were read."""

import time
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from crawlers.archive import find_damage
from crawlers.batch import write_whole
from warehouse.connection import NoSnapshot, open_snapshot

NAMED = 5
MEND = (
    "put the file back from a backup (`khabar restore DEST` into another KHABAR_HOME brings the "
    "good one)"
)
_ENDS = """
SELECT file, max(offset_bytes + length_bytes)::BIGINT FROM archive_records GROUP BY file
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """How far a round through the archive has come."""

    began_at: str
    """ISO 8601, UTC."""
    after: str = ""
    """The last file that was read; files are read in the order of their names."""
    files: int = 0
    bytes: int = 0
    damaged: tuple[str, ...] = ()
    """A line each, naming the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """What was verified."""

    line: str
    damaged: tuple[str, ...]
    """Of the whole round up to now, and files that are missing."""
    is_whole: bool
    """Whether the round came to its end."""


_ROUND: TypeAdapter[Round] = TypeAdapter(Round)


def verify_archive(home: Path, *, now: datetime, seconds: float) -> VerifyReport:
    """Read the archive's files on from where the last call ended, for so many seconds.

    Every gzip member and every digest is proved, and that each file is as long as the snapshot's
    records say. Killed at any moment, it goes on with the file that it was at.
    """
    ends, began = _ends(home), time.monotonic()
    files = {
        path.relative_to(home / "archive").as_posix(): path
        for path in (home / "archive").rglob("*.warc.gz")
    }
    state = _recall(home) or Round(began_at=now.isoformat(timespec="seconds"))
    todo = sorted(name for name in files if name > state.after)
    for name in todo:
        if time.monotonic() - began >= seconds:
            break
        state = _read_one(state, name, files[name], ends.get(name, 0))
        write_whole(_state_file(home), _ROUND.dump_json(state))
    is_whole = not todo or state.after == todo[-1]
    if is_whole:
        _state_file(home).unlink(missing_ok=True)
    missing = [f"{name}: is missing" for name in sorted(ends.keys() - files.keys())]
    return _report(replace(state, damaged=(*state.damaged, *missing)), len(files), is_whole)


def _read_one(state: Round, name: str, path: Path, end: int) -> Round:
    size = path.stat().st_size
    problem = find_damage(path)
    if problem is None and size < end:
        problem = f"ends at byte {size:,}, where its records go on to {end:,}"
    return replace(
        state,
        after=name,
        files=state.files + 1,
        bytes=state.bytes + size,
        damaged=(*state.damaged, f"{name}: {problem}") if problem else state.damaged,
    )


def _ends(home: Path) -> dict[str, int]:
    """Map each file that the snapshot knows to where its last record ends."""
    try:
        with closing(open_snapshot(home)) as con:
            return {str(file): int(end) for file, end in con.execute(_ENDS).fetchall()}
    except NoSnapshot:
        return {}


def _state_file(home: Path) -> Path:
    return home / "locks" / "archive-verified.json"


def _recall(home: Path) -> Round | None:
    """Recall the round that was begun; one that cannot be read begins anew."""
    try:
        return _ROUND.validate_json(_state_file(home).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def _report(state: Round, total: int, is_whole: bool) -> VerifyReport:
    megabytes = f"{state.bytes / 1e6:,.1f} MB"
    how_far = (
        f"all {total:,} files of the archive" if is_whole else f"{state.files:,} of {total:,} files"
    )
    line = f"verified {how_far} ({megabytes}) since {state.began_at[:10]}"
    line += "" if is_whole else f"; the next call goes on after {state.after or 'none'}"
    bad = state.damaged
    if bad:
        more = f" and {len(bad) - NAMED} more" if len(bad) > NAMED else ""
        line = f"{len(bad):,} damaged: {'; '.join(bad[:NAMED])}{more}; {MEND}. {line}"
    return VerifyReport(line=line, damaged=bad, is_whole=is_whole)
