import pytest

from crawlers.backlog import say_backlog
from crawlers.catalogue import Source
from crawlers.ledger import Outcome
from crawlers.page import Disposition, SkipReason


def line(disposition: Disposition, reason: SkipReason | None = None) -> Outcome:
    return Outcome(disposition=disposition, reason=reason, is_archived=False)


@pytest.mark.parametrize(
    ("left", "asked", "minutes", "said"),
    [
        (1240, 200, 60, "1,240 left over: about 7 more batches (7 hours)"),
        (40, 200, 60, "40 left over: about 1 more batch (1 hour)"),
        (10, 5, 15, "10 left over: about 2 more batches (30 minutes)"),
        (20_000, 200, 60, "20,000 left over: about 100 more batches (4 days)"),
        (3, 0, 60, "3 left over: about 3 more batches (3 hours)"),
        (0, 200, 60, None),
    ],
)
def test_backlog_is_told_with_an_estimate(
    left: int, asked: int, minutes: int, said: str | None
) -> None:
    source = Source(
        id="v", name="V", home="https://v.example/", languages=("en",), timezone=None,
        interval_minutes=minutes,
    )  # fmt: skip
    lines = [line("skipped", "deferred")] * left + [line("fetched")] * asked
    lines += [line("skipped", "robots"), line("skipped", "twin")]
    assert say_backlog(source, lines) == said
