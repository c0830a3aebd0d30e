"""Two outlets over the hours: new articles, copies, updates, removals and merges in each batch."""

import hashlib
import json
from contextlib import closing
from pathlib import Path
from typing import Any

from crawlers.batch import Batch
from tests.warehouse.batches import HOST, BatchMaker, Line, failed, page, rejected, same, skipped
from tests.warehouse.texts import prose
from warehouse.connection import connect
from warehouse.snapshot import count_tables

VALLEY = "https://valley.example"
BALANCE = """
SELECT (SELECT count(*) FROM fetches) = (SELECT coalesce(sum(new + updated + unchanged + rejected
            + failed + skipped), 0) FROM batch_sources)
   AND (SELECT count(*) FROM (SELECT batch_id FROM fetches UNION SELECT batch_id FROM batch_sources)
        ANTI JOIN batches USING (batch_id)) = 0
   AND (SELECT count(*) FROM batches ANTI JOIN fetches USING (batch_id)) = 0
"""
"""Each batch has all of its ledger lines, and there is none of an unlisted batch."""


def write_hour(home: Path, hour: int, size: int = 30) -> Batch:
    """Write the batch of an hour, from 1 on."""
    mountain = [page(f"/{hour}-{n}", prose(hour * 1000 + n), hour=hour) for n in range(size)]
    mountain += [_numbered(hour), rejected(f"/list{hour}", hour=hour), skipped(f"/later{hour}")]
    if hour > 1:
        mountain += _later(hour)
    if hour > 2:
        mountain.append(failed(f"/{hour - 2}-0", "gone"))
    copies = [
        page(f"/{hour}-{n}", f"agency {prose(hour * 1000 + n)}", hour=hour + 0.5, host=VALLEY)
        for n in range(0, size, 3)
    ]
    maker = BatchMaker(home, hour).source(*mountain)
    return maker.source(*copies, id="valley", host=VALLEY).write()


def _numbered(hour: int) -> Line:
    """An address that the next hour shows to be that of the article before it."""
    body = f"{prose(hour * 1000 + 1)} then changed"
    return page(f"/?p={hour}", body, hour=hour + 0.2)


def _later(hour: int) -> list[Line]:
    """What became of the last hour's articles."""
    last = hour - 1
    at = hour + 0.3
    merged = page(
        f"/{last}-1", f"{prose(last * 1000 + 1)} then changed", hour=at,
        also=[(f"{HOST}/?p={last}", "shortlink")],
    )  # fmt: skip
    changed = [page(f"/{last}-{n}", f"{prose(last * 1000 + n)} amended", hour=at) for n in (2, 3)]
    asked = [same(f"/{last}-{n}", prose(last * 1000 + n), hour=at) for n in (4, 5)]
    return [failed(f"/{last}-0", "gone"), merged, *changed, *asked]


def look_published(public: Path) -> str:
    """Open the public file as an analyst would, see that it is one whole state; name it."""
    with closing(connect(public, read_only=True)) as con:
        [(snapshot_id, told)] = con.execute("SELECT snapshot_id, counts FROM snapshot").fetchall()
        counts = count_tables(con)
        assert json.loads(told) == counts
        assert con.execute(BALANCE).fetchall() == [(True,)]
    return str(snapshot_id)


def card_of(public: Path) -> dict[str, Any]:
    """Read what is said of the public file."""
    card: dict[str, Any] = json.loads(public.with_name("news.json").read_bytes())
    return card


def sha256_of(path: Path) -> str:
    """Hash a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
