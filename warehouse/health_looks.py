"""What the newest looks at an outlet's entrances found, by their batches' own files.

The snapshot knows only of looks that were loaded: those of a batch that is held, or under way, or
that no load took, are newer.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from pydantic import ValidationError

from crawlers.batch import Batch
from crawlers.ledger import read_polls
from crawlers.page import Poll
from crawlers.polling import weigh
from warehouse.health_files import list_live_ids
from warehouse.health_rows import EntranceFacts

BATCHES = 12
"""So many of an outlet's newest batches are read: half a day of hourly ones."""
log = logging.getLogger("khabar.health")


def look_again(
    home: Path, source_id: str, known: Sequence[EntranceFacts]
) -> tuple[EntranceFacts, ...]:
    """Tell of each entrance what the newest look at it found, loaded or not."""
    newest = {one.address: one for one in known}
    for poll in reversed(list(_polls(home, source_id))):
        before = newest.get(poll.entrance)
        if before is None or before.polled_at <= poll.polled_at:
            newest[poll.entrance] = _facts(poll, before)
    return tuple(sorted(newest.values(), key=lambda one: (one.kind, one.address)))


def _polls(home: Path, source_id: str) -> Iterator[Poll]:
    """Yield what was asked of entrances, the newest first."""
    batches = (Batch(id=one, home=home) for one in list_live_ids(home))
    looked = (one for one in batches if one.crawl_folder(source_id).is_dir())
    for batch in islice(looked, BATCHES):
        try:
            polls = read_polls(batch, source_id)
        except (OSError, ValidationError) as error:
            log.warning("%s: its looks at %s cannot be read: %s", batch.id, source_id, error)
            continue
        # Of what was not asked, as its host rests, the look before still tells.
        yield from (
            poll
            for poll in reversed(polls)
            if poll.part_of is None and (poll.reason is None or weigh(poll.reason))
        )


def _facts(poll: Poll, before: EntranceFacts | None) -> EntranceFacts:
    found = EntranceFacts(
        address=poll.entrance, kind=poll.kind, polled_at=poll.polled_at, answered_at=None,
        newest_at=before.newest_at if before else None,
        is_stale=before.is_stale if before else None, is_failing=poll.reason is not None,
    )  # fmt: skip
    if poll.reason is not None:
        why = f"{poll.reason}: {poll.detail}" if poll.detail else poll.reason
        return replace(found, answered_at=before.answered_at if before else None, why=why)
    return replace(
        found,
        answered_at=poll.polled_at,
        newest_at=poll.newest_at or found.newest_at,
        is_stale=poll.is_stale,
    )
