"""A page made to hang or kill its reader costs only itself, and within its time."""

import time
from collections.abc import Iterator

import pytest

from tests.transforms.hostile_pages import HOSTILE
from tests.transforms.pages import SOURCE, article_html, make_page
from transforms.article import Article
from transforms.guard import Guard, OverLimitError, PageDiedError
from transforms.pipeline import transform_page
from transforms.rejection import Rejection

OVER_TIME = {
    "20,000 headings", "100,000 scripts between words", "50,000 paragraphs", "50,000 date lines",
    "100,000 attributes", "headlines nested 100 deep around 5 MB",
    "tag boxes nested 200 deep around 3 MB",
}  # fmt: skip
"""The guard ends these: justext, readability and libxml2 take quadratic time on most of them."""
SECONDS_LONG = {
    "9 MB of one line", "9 MB of one word", "50,000 links and an article", "50,000 times",
    "100,000 canonical links", "100,000 meta tags of one name", "a headline of 2 MB",
}  # fmt: skip
NAMES = [
    pytest.param(name, marks=pytest.mark.slow if name in SECONDS_LONG else ())
    for name in sorted(HOSTILE.keys() - OVER_TIME)
]


@pytest.fixture(scope="module")
def guard() -> Iterator[Guard]:
    with Guard() as open_guard:
        yield open_guard


def outcome(guard: Guard, body: bytes) -> str:
    """Tell what came of a page: article, rejected, or ended by the guard."""
    try:
        made = guard.call(transform_page, make_page(body), SOURCE)
    except OverLimitError:
        return "over its limit"
    assert isinstance(made, (Article, Rejection))
    return "article" if isinstance(made, Article) else "rejected"


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_page_is_read_or_rejected_within_its_time(guard: Guard, name: str) -> None:
    assert outcome(guard, HOSTILE[name]()) in {"article", "rejected"}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(OVER_TIME))
def test_a_page_that_hangs_a_reader_costs_only_itself(guard: Guard, name: str) -> None:
    assert outcome(guard, HOSTILE[name]()) in {"article", "rejected", "over its limit"}
    assert outcome(guard, article_html().encode()) == "article"


def hang(_: bytes) -> None:
    """Compute without end, as a library does on a page that it cannot leave."""
    while True:
        pass


def test_what_computes_without_end_is_ended_and_the_next_page_is_read() -> None:
    began = time.monotonic()
    with Guard(seconds=1) as short:
        with pytest.raises(PageDiedError, match="processor time"):
            short.call(hang, b"")
        assert outcome(short, article_html().encode()) == "article"
    assert time.monotonic() - began < 60
