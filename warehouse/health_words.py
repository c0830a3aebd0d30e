"""The sentence of the Health page, and how its instants are said."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from crawlers.counted import counted

_NUMBERS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Now, and the zone that most outlets keep: their day is what the operator watches."""

    now: datetime
    zone: str

    @classmethod
    def of(cls, now: datetime, zones: Iterable[str | None]) -> "Clock":
        """Choose the commonest zone; UTC where none is known."""
        counted = Counter(sorted(zone for zone in zones if zone))
        return cls(now=now.astimezone(UTC), zone=counted.most_common(1)[0][0] if counted else "UTC")

    def say(self, at: datetime) -> str:
        """Say an instant in UTC and local time, `06:12 UTC (11:12 PKT)`; its day if not today."""
        utc, local = at.astimezone(UTC), at.astimezone(ZoneInfo(self.zone))
        day = "" if utc.date() == self.now.date() else f"{utc:%-d %b} "
        if utc.year != self.now.year:
            day = f"{utc:%-d %b %Y} "
        if local.utcoffset() == utc.utcoffset():
            return f"{day}{utc:%H:%M} UTC"
        # Where it is another day over there, its weekday says so.
        other = f"{local:%a} " if local.date() != utc.date() else ""
        return f"{day}{utc:%H:%M} UTC ({other}{local:%H:%M %Z})"

    def ago(self, at: datetime) -> str:
        """Say how long ago an instant was, in one unit."""
        seconds = max(0, int((self.now - at).total_seconds()))
        for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
            if seconds >= 2 * length or (unit == "minute" and seconds >= length):
                count = seconds // length
                return f"{counted(count, unit)} ago"
        return "just now"


def say_sentence(
    rows: Sequence[tuple[bool, bool]],
    published: str,
    troubles: Sequence[str],
    new_problems: int,
    *,
    has_run: bool,
) -> str:
    """Say in one sentence how all is; a row is (is it fine, was its source file ever verified)."""
    if not has_run:
        what = ", ".join(troubles) or "trigger the DAG `ingest`, or `khabar run`"
        return f"Nothing has run yet: {what}"
    problems = f"{_number(new_problems)} new problem{'' if new_problems == 1 else 's'}"
    return ", ".join([_say_fine(rows), published, *troubles, problems])


def _say_fine(rows: Sequence[tuple[bool, bool]]) -> str:
    verified = [is_fine for is_fine, is_verified in rows if is_verified]
    others = [is_fine for is_fine, is_verified in rows if not is_verified]
    if not verified:
        return f"{sum(others)} of {len(others)} fine"
    said = f"{sum(verified)} of {len(verified)} fine"
    return f"{said} (and {sum(others)} of {len(others)} unverified)" if others else said


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)
