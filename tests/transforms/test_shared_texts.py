"""One text under many addresses of an outlet is no article; a republished one is."""

from pathlib import Path

import pytest

from tests.transforms.pages import html, ld
from tests.transforms.test_extract import SOURCE_ID, import_pages
from tests.transforms.test_site_lines import own_words
from transforms.batch_files import read_rejections
from transforms.extract import extract_source

pytestmark = pytest.mark.usefixtures("warm_guards")

DATED = '<meta property="article:published_time" content="2026-03-09T10:00:00+05:00">'
SORRY = (
    "We looked for the page that you wished to read and it has moved to another shelf of our "
    "house. Please begin at the front door, or tell the editors which way you came to us."
)
LONG = "".join(f"<p>{line}</p>" for line in own_words("long", 8))


def moved(title: str = "Moved", text: str = f"<p>{SORRY}</p>", head: str = "") -> str:
    return html(f"<article><h1>{title}</h1>{text}</article>", head, title=title)


def reasons(folder: Path, pages: dict[str, str]) -> dict[str, int]:
    batch = import_pages(folder, pages)
    report = extract_source(batch, SOURCE_ID)
    found = dict(report.rejections)
    assert report.articles + sum(found.values()) == len(pages)
    rejections = read_rejections(batch.extract_folder(SOURCE_ID) / "rejections.parquet")
    assert all(
        "addresses have this text, such as https://valley" in one.detail for one in rejections
    )
    return found


def test_one_short_text_under_four_addresses_is_a_soft_404(tmp_path: Path) -> None:
    assert reasons(tmp_path, {f"old-{n}": moved() for n in range(4)}) == {"soft_404": 4}


def test_an_article_under_three_addresses_stays(tmp_path: Path) -> None:
    assert reasons(tmp_path, {f"old-{n}": moved() for n in range(3)}) == {}


def test_four_addresses_that_end_alike_are_one_article_of_many_sections(tmp_path: Path) -> None:
    for section in range(4):
        (tmp_path / f"s{section}").mkdir()
    assert reasons(tmp_path, {f"s{n}/dam-opens": moved() for n in range(4)}) == {}


def test_four_addresses_of_one_canonical_link_are_one_article(tmp_path: Path) -> None:
    link = '<link rel="canonical" href="https://valley.example/dam-opens">'
    assert reasons(tmp_path, {f"old-{n}": moved(head=link) for n in range(4)}) == {}


@pytest.mark.parametrize(
    ("title", "text", "head", "is_refused"),
    [
        ("Moved", f"<p>{SORRY}</p>", DATED, True),
        ("Moved {}", f"<p>{SORRY}</p>", "", True),
        ("Moved", LONG, "", True),
        ("Moved {}", f"<p>{SORRY}</p>", DATED, False),
        ("Moved", LONG, DATED, False),
        ("Moved {}", LONG, "", False),
        ("Moved", LONG, ld('{"@type":"NewsArticle","datePublished":"2026-03-09"}'), False),
    ],
)
def test_two_of_three_signs_are_needed(
    tmp_path: Path, title: str, text: str, head: str, is_refused: bool
) -> None:
    pages = {f"old-{n}": moved(title.format(n), text, head) for n in range(5)}
    assert reasons(tmp_path, pages) == ({"soft_404": 5} if is_refused else {})


def test_a_daily_notice_of_the_same_words_is_an_article_each_day(tmp_path: Path) -> None:
    says = '{{"@type":"NewsArticle","headline":"Gold rates","datePublished":"2026-03-0{}"}}'
    pages = {f"rates-{day}": moved("Gold rates", head=ld(says.format(day))) for day in range(1, 6)}
    assert reasons(tmp_path, pages) == {}
