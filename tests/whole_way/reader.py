"""An analyst in a process of its own: reads the snapshot over and over, and notes what is off.

`python reader.py SNAPSHOT UID` reads until its standard input ends, then prints a report as JSON.
"""

import json
import os
import select
import sys
import time
from contextlib import closing
from pathlib import Path

import duckdb
import pytz  # noqa: F401 (loaded before the right to read this file may be gone)

TABLES = ("articles", "article_versions", "fetches", "stories", "archive_records", "batches")


def look(file: str) -> tuple[str, list[str]]:
    """Read the snapshot twice on one connection, some time apart; tell what does not fit."""
    with closing(duckdb.connect(file, read_only=True)) as con:
        off = []
        for _ in range(2):
            [(snapshot_id, told)] = con.execute(
                "select snapshot_id, counts from snapshot"
            ).fetchall()
            counts = json.loads(told)
            for name in TABLES:
                [(found,)] = con.execute(f"select count(*) from {name}").fetchall()  # noqa: S608
                if found != counts[name]:
                    off.append(f"{snapshot_id}: {found} rows of {name}, told {counts[name]}")
            con.execute("select sum(length(body)) from articles").fetchall()
            time.sleep(0.005)
        return snapshot_id, off


def main(file: str, uid: int) -> None:
    """Read until told to stop."""
    if uid:
        os.setgid(uid)
        os.setuid(uid)
    reads, errors = 0, []
    seen: dict[str, None] = {}
    while not select.select([sys.stdin], [], [], 0)[0]:
        if not Path(file).exists():
            if seen:
                errors.append("the snapshot was away")
            time.sleep(0.01)
            continue
        try:
            snapshot_id, off = look(file)
        except (duckdb.Error, OSError) as error:
            errors.append(str(error)[:300])
            continue
        seen[snapshot_id] = None
        errors += off
        reads += 1
    sys.stdout.write(
        json.dumps({"reads": reads, "errors": errors, "seen": list(seen), "uid": os.getuid()})
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
