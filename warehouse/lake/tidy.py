"""tidy_lake(): old versions expire, small files become large ones, and what nobody reads goes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from warehouse.lake.connect import open_lake, quoted
from warehouse.lake.ledger import filled_ledger
from warehouse.lake.place import Lake

KEPT_DAYS = 30
"""For so long the lake can be asked as it was; releases are for ever."""
READ_DAYS = 2
"""For so long files stay that no version has any more: somebody may be reading them."""
_FILES = "SELECT sum(file_count)::BIGINT FROM ducklake_table_info('lake')"
_STEPS: Final = (
    "CALL ducklake_expire_snapshots('lake', older_than => {kept})",
    "CALL ducklake_merge_adjacent_files('lake')",
    "CALL ducklake_rewrite_data_files('lake')",
    "CALL ducklake_cleanup_old_files('lake', older_than => {read})",
    "CALL ducklake_delete_orphaned_files('lake', older_than => {read})",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TidyReport:
    """What was done."""

    line: str
    files_before: int
    files_now: int


def tidy_lake(lake: Lake, now: datetime) -> TidyReport:
    """Tidy the lake while it is read; a state of the last 30 days can still be asked.

    Raises:
        LakeAway: it cannot be reached, or somebody was publishing; nothing is lost.
        LakeEmpty: nothing was ever filled into it.
    """
    until = {
        "kept": f"TIMESTAMPTZ {quoted((now - timedelta(days=KEPT_DAYS)).isoformat())}",
        "read": f"TIMESTAMPTZ {quoted((now - timedelta(days=READ_DAYS)).isoformat())}",
    }
    with open_lake(lake) as con:
        filled_ledger(con, lake)
        [(before,)] = con.execute(_FILES).fetchall()
        for step in _STEPS:
            con.execute(step.format(**until)).fetchall()
        [(after,)] = con.execute(_FILES).fetchall()
    return TidyReport(
        line=f"{lake}: {before:,} files are {after:,} now; it can be asked as it was in the last "
        f"{KEPT_DAYS} days",
        files_before=before,
        files_now=after,
    )
