import pytest

from crawlers.backlog import say_backlog


@pytest.mark.parametrize(
    ("left", "asked", "minutes", "said"),
    [
        (1240, 200, 60, "1,240 left over: about 7 more batches (7 hours)"),
        (40, 200, 60, "40 left over: about 1 more batch (1 hour)"),
        (10, 5, 15, "10 left over: about 2 more batches (30 minutes)"),
        (20_000, 200, 60, "20,000 left over: about 100 more batches (4 days)"),
        (3, 0, 60, "3 left over: about 3 more batches (3 hours)"),
        (1240, 200, None, "1,240 left over for the next slices"),
        (0, 200, 60, None),
    ],
)
def test_backlog_is_told_with_an_estimate(
    left: int, asked: int, minutes: int | None, said: str | None
) -> None:
    assert say_backlog(left, asked, minutes) == said
