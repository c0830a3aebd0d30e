"""An entrance dies for some hours: another stands in, nothing is lost, and it is tried again."""

from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from crawlers.urls import url_key
from khabar.newsroom.faults import Fault
from khabar.newsroom.outlets.bulk import BULK_ENTRANCE
from khabar.newsroom.running import RunningTown, running_town
from tests.whole_way.walk import Row, rows, run_batch
from warehouse.connection import snapshot_file

pytestmark = pytest.mark.usefixtures("warm_crawls", "warm_guards")

LEDGER = "mountain_ledger"
MAP = "/sitemap.xml"


def keep_the_ledger_alone(town: RunningTown) -> None:
    """Leave one outlet in the catalogue, with two entrances."""
    for path in town.sources_folder.glob("*.yml"):
        if path.stem != LEDGER:
            path.unlink()
    path = town.sources_folder / f"{LEDGER}.yml"
    entry = yaml.safe_load(path.read_text("utf-8"))
    entry["entrances"].append({"sitemap": f"{entry['home'].rstrip('/')}{BULK_ENTRANCE}"})
    path.write_text(yaml.safe_dump(entry, allow_unicode=True), "utf-8")


def looks(home: Path, batch_id: str) -> list[Row]:
    """Tell which entrances a batch asked, why they failed, and for which others they stood in."""
    return rows(
        snapshot_file(home),
        "select regexp_replace(entrance, '^http://[^/]+', ''), reason, "
        "regexp_replace(stands_in_for, '^http://[^/]+', '') from polls "
        "where batch_id = ? and part_of is null order by polled_at",
        batch_id,
    )


def test_dead_entrance_is_replaced_tried_again_and_nothing_is_lost(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running_town(articles=12) as town:
        keep_the_ledger_alone(town)
        told = []
        for hour in range(4):
            if hour == 1:
                town.misbehave(LEDGER, Fault(kind="status", status=404, paths=MAP))
            elif hour == 2:
                town.advance(1)
            elif hour == 3:
                town.heal(LEDGER)
            batch = run_batch(town, home, force=False, after=timedelta(hours=hour))
            told.append(looks(home, batch.id))
        assert told == [
            [(MAP, None, None), (BULK_ENTRANCE, None, None)],
            [(MAP, "gone", None), (BULK_ENTRANCE, None, MAP)],
            [(BULK_ENTRANCE, None, MAP)],
            [(MAP, None, None)],
        ]
        keys = {key for (key,) in rows(snapshot_file(home), "select url_key from fetches")}
        listed = [t for t in town.truth() if t.outlet == LEDGER and t.gone is None]
        assert [t.url for t in listed if not set(map(url_key, t.urls)) & keys] == []
    state = (
        "select failure_weight, is_stale from entrances where entrance like ? and part_of is null"
    )
    assert rows(snapshot_file(home), state, f"%{MAP}")[0] == (0, False)
