"""Publishing to a lake that may not be there yet, as an operator fills it and then publishes."""

from pathlib import Path

from warehouse.lake import publish
from warehouse.lake.place import Lake, LakeEmpty
from warehouse.lake.publish import LakeReport, fill_lake, keep_up
from warehouse.publish import publish_snapshot


def publish_lake(home: Path, lake: Lake) -> LakeReport:
    try:
        return publish.publish_lake(home, lake)
    except LakeEmpty:
        return fill_lake(home, lake, lambda _: None)


def publish_both(home: Path, lake: Lake) -> str:
    publish_snapshot(home)
    told = keep_up(home, lake)
    assert told is not None
    if "there is none yet" in told:
        return fill_lake(home, lake, lambda _: None).line
    return told
