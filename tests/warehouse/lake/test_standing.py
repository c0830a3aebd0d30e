from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.warehouse.texts import Text, prose, put
from warehouse.connection import open_writer
from warehouse.lake.standing import NOBODY_CAME, Standing, note_behind, note_merged, read_standing
from warehouse.publish import publish_snapshot


def publish(home: Path) -> None:
    with open_writer(home) as con:
        put(con, [Text(id=1, body=prose(1))])
    publish_snapshot(home)


def test_a_publish_that_nobody_brings_to_its_lake_is_noted(tmp_path: Path) -> None:
    publish(tmp_path)
    note_merged(tmp_path, "1-x")
    before = datetime.now(UTC)
    publish_snapshot(tmp_path)
    standing = read_standing(tmp_path)
    assert standing is not None
    assert (standing.snapshot_id, standing.why) == ("1-x", NOBODY_CAME)
    assert standing.behind_since is not None
    assert before <= standing.behind_since < before + timedelta(minutes=1)
    publish_snapshot(tmp_path)
    assert read_standing(tmp_path) == standing


def test_a_publish_leaves_it_said_why_the_lake_is_away(tmp_path: Path) -> None:
    note_behind(tmp_path, "Postgres is down")
    standing = read_standing(tmp_path)
    publish(tmp_path)
    assert read_standing(tmp_path) == standing


def test_a_publish_notes_nothing_where_there_is_no_lake(tmp_path: Path) -> None:
    publish(tmp_path)
    assert read_standing(tmp_path) is None
    note_merged(tmp_path, "1-x")
    assert read_standing(tmp_path) == Standing(snapshot_id="1-x")
