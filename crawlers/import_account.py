"""What became of all that an import found: a line each, and a report that counts them."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from crawlers.captures import Capture, Unusable
from crawlers.catalogue import Source
from crawlers.counted import counted

NAMED = 3
"""Damaged places that a report names, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import took in; every page of it is one line of the batch's `import.jsonl`."""

    sources: tuple[str, ...]
    pages: int
    """Pages archived, each with its line in the ledger."""
    twins: int
    """Pages equal to the one before at the same address: one line in the ledger for both."""
    known: int
    """Records that are in the archive already."""
    later: int
    """Pages that wait for a further batch: a ledger has one line an address."""
    bad: int
    """Lines and records that could not be read."""
    unaddressed: int
    """Pages, among those archived, whose address nobody knows."""
    passed_over: tuple[tuple[str, int], ...]
    """Records that hold no page, counted by what they are."""
    line: str
    damaged: tuple[str, ...] = ()
    """Places where a file is damaged or ends in mid-record, the first NAMED of them."""
    damaged_files: tuple[tuple[str, str], ...] = ()
    """Name of each such file, and what is wrong with it first."""


class Account:
    """Counts what an import finds, and gives each page its line, by `note`."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._counts: Counter[str] = Counter()
        self._passed: Counter[str] = Counter()
        self._damaged: list[str] = []
        self._damaged_files: dict[str, str] = {}

    def pass_over(self, why: str) -> None:
        """Count a record that holds no page."""
        self._passed[why] += 1

    def take(self, found: Capture, source: Source) -> None:
        """Count a page that was archived."""
        self._counts["unaddressed"] += found.is_unaddressed
        self.tell("imported", found, source)

    def refuse(self, found: Unusable, source: Source | None) -> None:
        """Count what could not be read, and say where a file is damaged."""
        self.tell("bad", found, source, found.detail)
        if not found.is_damage:
            return
        place = f"{found.origin}: {found.detail}"
        self._damaged_files.setdefault(found.origin.rpartition(" at ")[0], place)
        if len(self._damaged) < NAMED:
            self._damaged.append(place)

    def tell(
        self, outcome: str, found: Capture | Unusable, source: Source | None, detail: str = ""
    ) -> None:
        """Count an outcome, and write its line."""
        self._counts[outcome] += 1
        entry = {
            "origin": found.origin,
            "outcome": outcome,
            "url": found.url,
            "source": source.id if source else None,
            "detail": detail,
        }
        self._note(json.dumps(entry, ensure_ascii=False))

    def report(self, sources: tuple[str, ...]) -> ImportReport:
        """Report what was found, and what became of it."""
        counts = self._counts
        passed = tuple(sorted(self._passed.items()))
        parts = [
            f"imported {counted(counts['imported'], 'page')} of {counted(len(sources), 'source')}"
        ]
        parts += [
            f"{counts[outcome]:,} {words}"
            for outcome, words in (
                ("unaddressed", "of them without a known address"),
                ("twin", "twins of the page before at their address"),
                ("known", "in the archive already"),
                ("later", "later captures left for the next batch"),
                ("bad", "unreadable"),
            )
            if counts[outcome]
        ]
        parts += [f"passed over {count:,} ({why})" for why, count in passed]
        return ImportReport(
            sources=sources,
            pages=counts["imported"],
            twins=counts["twin"],
            known=counts["known"],
            later=counts["later"],
            bad=counts["bad"],
            unaddressed=counts["unaddressed"],
            passed_over=passed,
            line="; ".join(parts),
            damaged=tuple(self._damaged),
            damaged_files=tuple(self._damaged_files.items()),
        )
