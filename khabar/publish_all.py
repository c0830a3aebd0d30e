"""publish_all(): what commands publish, the file and then the lake, as Airflow's DAGs do."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from khabar.settings import read_settings
from warehouse.lake.publish import keep_up
from warehouse.publish import PublishReport, publish_snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedAll(PublishReport):
    """What was published, and where."""

    lake: str | None
    """What became of the lake; None where there is none."""


def publish_all(
    home: Path,
    batch_id: str | None = None,
    *,
    scan: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> PublishedAll:
    """Publish the file, then bring the lake up, if KHABAR_PUBLISH names one.

    A lake that does not get it is said in the report's line: the file is published all the same.

    Raises:
        WarehouseError: as publish_snapshot().
    """
    report = publish_snapshot(home, batch_id, scan=scan, tell=tell)
    reached = keep_up(home, read_settings().lake)
    told = {"line": report.line if reached is None else f"{report.line}; {reached}"}
    return PublishedAll(**asdict(report) | told, lake=reached)
