"""What changed the warehouse, and in which order: what a rebuild replays."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as parsed

from crawlers.batch import BATCH_ID, Batch
from warehouse.load_report import REPORT_JSON
from warehouse.rebuild_losses import NotRebuildable

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change of the warehouse, as its batch's files tell it."""

    batch_id: str
    source_id: str | None = None
    """The held source that was accepted; None for the load of the batch."""
    why: str | None = None


@parsed(frozen=True, kw_only=True)
class _Accepted:
    state_number: int
    source_id: str
    why: str


_ACCEPTED_JSON: TypeAdapter[_Accepted] = TypeAdapter(_Accepted)


def read_steps(home: Path) -> list[Step]:
    """Put loads and acceptances in the order in which they were made.

    Each raised the state number by one: acceptances know theirs, loads fill the gaps in order.

    Raises:
        NotRebuildable: naming a report that is damaged.
    """
    loads: list[tuple[int, str]] = []
    accepted: dict[int, Step] = {}
    for batch in _loaded(home):
        report = _read(REPORT_JSON, batch, batch.status("load"))
        loads.append((report.load_number, batch.id))
        for path in sorted(batch.status("load").parent.glob("accept.*.json")):
            note = _read(_ACCEPTED_JSON, batch, path)
            accepted[note.state_number] = Step(
                batch_id=batch.id, source_id=note.source_id, why=note.why
            )
    steps: list[Step] = []
    for _, batch_id in sorted(loads):
        while len(steps) + 1 in accepted:
            steps.append(accepted.pop(len(steps) + 1))
        steps.append(Step(batch_id=batch_id))
    return steps + [accepted[number] for number in sorted(accepted)]


def _loaded(home: Path) -> Iterator[Batch]:
    for folder in sorted((home / "batches").glob("*")):
        batch = Batch(id=folder.name, home=home)
        if BATCH_ID.fullmatch(folder.name) and batch.status("load").is_file():
            yield batch


def _read(kind: TypeAdapter[T], batch: Batch, path: Path) -> T:
    try:
        return kind.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        mend = (
            f"while the warehouse is there, `khabar load {batch.id}` writes it anew; else put it "
            f"back from a backup, or move it away, rebuild, and then `khabar load {batch.id}`"
        )
        raise NotRebuildable(f"{path}: is damaged; {mend}") from None
