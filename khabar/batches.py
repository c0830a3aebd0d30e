"""The batches that lie under KHABAR_HOME, and how far each has come."""

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from crawlers.batch import BATCH_ID, MANIFEST_JSON, Batch


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchState:
    """How far a batch has come."""

    batch_id: str
    found_by: str
    sources: int
    state: str
    line: str
    """What its last stage said."""


def list_batches(home: Path, last: int) -> list[BatchState]:
    """List the newest batches, newest first; reads no database."""
    folder = home / "batches"
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    ids = sorted((name for name in names if BATCH_ID.fullmatch(name)), reverse=True)
    return [_state(Batch(id=batch_id, home=home)) for batch_id in ids[:last]]


def _state(batch: Batch) -> BatchState:
    try:
        manifest = MANIFEST_JSON.validate_json(batch.manifest.read_bytes())
    except (OSError, ValidationError):
        return BatchState(
            batch_id=batch.id, found_by="", sources=0, state="broken", line="never opened whole"
        )
    state, line = _progress(batch, manifest.sources)
    return BatchState(
        batch_id=batch.id,
        found_by=manifest.found_by,
        sources=len(manifest.sources),
        state=state,
        line=line,
    )


def _progress(batch: Batch, sources: tuple[str, ...]) -> tuple[str, str]:
    for stage, state in (("publish", "published"), ("load", "loaded"), ("dedup", "decided")):
        if batch.status(stage).exists():
            return state, _line(batch.status(stage))
    if not sources:
        stage = "import" if batch.status("import").exists() else "plan"
        return "nothing to do", _line(batch.status(stage))
    done = {
        stage: sum(batch.status(stage, source).exists() for source in sources)
        for stage in ("crawl", "extract")
    }
    if done["extract"]:
        return "extracted", f"{done['extract']} of {len(sources)} sources"
    if done["crawl"]:
        return "crawled", f"{done['crawl']} of {len(sources)} sources"
    return "planned", _line(batch.status("plan"))


def _line(path: Path) -> str:
    try:
        return str(json.loads(path.read_bytes()).get("line", ""))
    except (OSError, ValueError, AttributeError):
        return ""
