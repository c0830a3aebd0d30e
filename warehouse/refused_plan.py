"""keep_refusal(): why the newest plan of all opened no batch; nothing else tells of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as parsed

from crawlers.batch import write_json
from crawlers.catalogue import CatalogueError
from crawlers.contact import ContactError
from warehouse.errors import WarehouseError


@parsed(frozen=True, kw_only=True)
class Refusal:
    """When a plan ended without a batch, and why, with the mend."""

    at: datetime
    why: str


_REFUSAL: TypeAdapter[Refusal] = TypeAdapter(Refusal)


@contextmanager
def keep_refusal(home: Path, now: datetime, *, is_of_all: bool) -> Iterator[None]:
    """Keep why a plan of all outlets was refused, until the next one is not.

    Of one that a person made in a shell, or of outlets they named, the answer is theirs alone.
    """
    try:
        yield
    except (CatalogueError, ContactError, WarehouseError) as error:
        if is_of_all and home.is_dir():
            told = {"at": now.astimezone(UTC).isoformat(), "why": str(error)}
            try:
                write_json(_path(home), told)
            except OSError as full:  # the error itself is what matters
                error.add_note(f"it could not be kept for the Health page: {full}")
        raise
    if is_of_all:
        _path(home).unlink(missing_ok=True)


def read_refusal(home: Path) -> Refusal | None:
    """Read why the newest plan of all opened no batch; None where it opened one."""
    try:
        return _REFUSAL.validate_json(_path(home).read_bytes())
    except (OSError, ValidationError):
        return None


def _path(home: Path) -> Path:
    return home / "locks" / "plan-refused.json"
