"""How the lake stands to what is published: a small file at home, for those who watch."""

from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as parsed

from crawlers.batch import write_json
from warehouse.connection import snapshot_file


@parsed(frozen=True, kw_only=True)
class Standing:
    """What the lake has of what is published."""

    snapshot_id: str | None = None
    """Published snapshot that it holds; None where it never held one."""
    behind_since: datetime | None = None
    """First publish that it has not got, UTC; None where it has the last one."""
    why: str | None = None


NOBODY_CAME = (
    "nobody brought it what was published since then; in Airflow, is *Bring the lake up* paused, "
    "red or still at work?"
)
_JSON: TypeAdapter[Standing] = TypeAdapter(Standing)


def read_standing(home: Path) -> Standing | None:
    """Read it; None where there is no lake."""
    try:
        return _JSON.validate_json(_card(home).read_bytes())
    except (OSError, ValidationError):
        return None


def note_merged(home: Path, snapshot_id: str) -> None:
    """Note that the lake holds a snapshot."""
    _write(home, Standing(snapshot_id=snapshot_id))


def note_due(home: Path) -> None:
    """Note at a publish that its lake has yet to get it: nobody may come to bring it there."""
    standing = read_standing(home)
    if standing is not None and standing.behind_since is None:
        note_behind(home, NOBODY_CAME)


def note_behind(home: Path, why: str) -> None:
    """Note that a publish did not reach the lake, and since when none did."""
    old = read_standing(home) or Standing()
    since = old.behind_since or datetime.now(UTC)
    _write(home, Standing(snapshot_id=old.snapshot_id, behind_since=since, why=why))


def _write(home: Path, standing: Standing) -> None:
    write_json(_card(home), _JSON.dump_python(standing, mode="json"))


def _card(home: Path) -> Path:
    return snapshot_file(home).with_name("lake.json")
