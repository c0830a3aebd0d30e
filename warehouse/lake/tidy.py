"""tidy_lake(): old versions expire, small files become large ones, and what nobody reads goes."""

from dataclasses import dataclass
from typing import Final

from warehouse.lake.connect import open_lake
from warehouse.lake.place import Lake

KEPT_DAYS = 30
"""For so long the lake can be asked as it was; releases are for ever."""
READ_DAYS = 2
"""For so long files stay that no version has any more: somebody may be reading them."""
_FILES = "SELECT sum(file_count)::BIGINT FROM ducklake_table_info('lake')"
_STEPS: Final = (
    f"CALL ducklake_expire_snapshots('lake', older_than => now() - INTERVAL {KEPT_DAYS} DAY)",
    "CALL ducklake_merge_adjacent_files('lake')",
    "CALL ducklake_rewrite_data_files('lake')",
    f"CALL ducklake_cleanup_old_files('lake', older_than => now() - INTERVAL {READ_DAYS} DAY)",
    f"CALL ducklake_delete_orphaned_files('lake', older_than => now() - INTERVAL {READ_DAYS} DAY)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TidyReport:
    """What was done."""

    line: str
    files_before: int
    files_now: int


def tidy_lake(lake: Lake) -> TidyReport:
    """Tidy the lake while it is read; a state of the last 30 days can still be asked.

    Raises:
        LakeAway: it cannot be reached, or somebody was publishing; nothing is lost.
    """
    with open_lake(lake) as con:
        [(before,)] = con.execute(_FILES).fetchall()
        for step in _STEPS:
            con.execute(step).fetchall()
        [(now,)] = con.execute(_FILES).fetchall()
    return TidyReport(
        line=f"{lake}: {before:,} files are {now:,} now; it can be asked as it was in the last "
        f"{KEPT_DAYS} days",
        files_before=before,
        files_now=now,
    )
