"""A text that trafilatura cuts comes out whole; what stands beside an article stays outside."""

import time

import pytest
from lxml.html import document_fromstring

from tests.transforms.pages import html, make_page, to_article
from transforms.article import Article
from transforms.running_text import complete_text

NOUNS = (
    "river", "bridge", "council", "engineer", "village", "market", "flood", "pier", "railing",
    "lorry", "porter", "gorge", "bazaar", "footpath", "valley", "water", "school", "survey",
)  # fmt: skip
HEAD = "<h1>Bridge reopens after flood</h1>"


def paragraph(number: int) -> str:
    """Write one paragraph that no other number has."""
    told = " ".join(NOUNS[(number * number + step * 7 + number) % 18] for step in range(45))
    return f"Paragraph {number} tells of {told} at mile {number}."


TEXT = [paragraph(number) for number in range(24)]
OTHERS = [paragraph(number) for number in range(100, 140)]


def paragraphs(texts: list[str], tag: str = "p") -> str:
    """Set texts into one element each."""
    return "".join(f"<{tag}>{text}</{tag}>" for text in texts)


def parts(markup: str, size: int = 8) -> str:
    """Set the text into several containers in a row."""
    return "".join(
        markup.format(paragraphs(TEXT[start : start + size])) for start in range(0, 24, size)
    )


def read(body: str) -> Article:
    """Extract a page of this body."""
    return to_article(make_page(html(body)))


@pytest.mark.parametrize(
    "body",
    [
        f"<main>{HEAD}{parts('<div class=grid><div class=entry-content>{}</div></div>')}</main>",
        f"<main>{HEAD}{parts('<div class=row><div class=post-text>{}</div></div>', 6)}</main>",
        f"<article>{HEAD}{parts('<section class=chunk>{}</section>')}</article>",
        f"<div id=page>{HEAD}{parts('<section>{}</section>')}</div>",
        f"<article>{HEAD}{paragraphs(TEXT, 'div')}</article>",
        f"<div class=story>{HEAD}{'<br><br>'.join(TEXT)}</div>",
        f"<div class=story>{HEAD}<p>{'<br><br>'.join(TEXT)}</p></div>",
        f"<article>{HEAD}{paragraphs(TEXT[:8])}<article>{paragraphs(TEXT[8:])}</article></article>",
    ],
    ids=["rows", "uneven rows", "sections", "bare sections", "divs", "br", "br in p", "nested"],
)
def test_a_text_in_many_containers_comes_out_whole_and_in_order(body: str) -> None:
    made = read(body)
    assert (made.body or "").splitlines() == TEXT
    assert not made.is_truncated


def test_a_text_in_one_table_cell_comes_out_whole() -> None:
    for cell in (
        "<br><br>".join(TEXT),
        paragraphs(TEXT),
        "<br>".join(TEXT[:-1]) + f"<p>{TEXT[-1]}</p>",
    ):
        made = read(f"<table><tr><td>{cell.replace('flood', '<b>flood</b>')}</td></tr></table>")
        assert (made.body or "").splitlines() == TEXT


def test_a_table_of_several_columns_stays_one() -> None:
    rows = "<tr><td>Pier</td><td>East</td></tr><tr><td>Railing</td><td>West</td></tr>"
    made = read(f"<article>{HEAD}{paragraphs(TEXT[:8])}<table>{rows}</table></article>")
    assert "| Pier | East |" in (made.body or "")


def test_headings_between_missed_paragraphs_come_back_with_them() -> None:
    chunk = "<div class=row><div class=post-text>{}</div></div>"
    halves = [
        chunk.format(paragraphs(TEXT[:12])),
        chunk.format(f"<h2>What comes next</h2>{paragraphs(TEXT[12:])}"),
    ]
    made = read(f"<main>{HEAD}{''.join(halves)}</main>")
    assert (made.body or "").splitlines() == [*TEXT[:12], "What comes next", *TEXT[12:]]


@pytest.mark.parametrize(
    ("beside", "is_short"),
    [
        (f"<div class=row><div class=part2>{paragraphs(OTHERS[:20])}</div></div>", True),
        ("".join(f"<div class=tile{n}><p>{p}</p></div>" for n, p in enumerate(OTHERS)), False),
        (f"<div class=dialog__text>{paragraphs(OTHERS)}</div>", False),
    ],
    ids=["one box", "blurbs", "dialog"],
)
def test_running_text_of_another_make_is_left_out_and_flagged(beside: str, is_short: bool) -> None:
    page = html(f"<main>{HEAD}<div class=entry-content>{paragraphs(TEXT[:8])}</div>{beside}</main>")
    running = complete_text(document_fromstring(page), "\n".join(TEXT[:8]))
    assert running.text.splitlines() == TEXT[:8]
    assert running.is_short is is_short


@pytest.mark.parametrize(
    "beside",
    [
        f"<div class=comments>{paragraphs(OTHERS)}</div>",
        f"<section id=respond><ol>{paragraphs(OTHERS[:9], 'li')}</ol></section>",
        f"<aside>{paragraphs(OTHERS[:6])}</aside>",
        f"<section id=related-stories>{paragraphs(OTHERS[:6])}</section>",
        "".join(
            f"<div class=card><p><a href='/{n}'>{p}</a></p></div>" for n, p in enumerate(OTHERS)
        ),
    ],
    ids=["thread", "replies", "aside", "related", "cards"],
)
def test_comments_and_other_stories_are_no_missing_text(beside: str) -> None:
    made = read(f"<article>{HEAD}{paragraphs(TEXT[:8])}</article>{beside}")
    assert (made.body or "").splitlines() == TEXT[:8]
    assert not made.is_truncated


@pytest.mark.parametrize(
    ("text", "card"),
    [
        (
            "<div class=entry-content>{}</div>",
            "<div class=p-2><h3>{}</h3><p class=mb-4>{}</p></div>",
        ),
        (
            "<div class=entry-content><div class=card-body>{}</div></div>",
            "<div class=col><div class=card-body><h4>{}</h4><p>{}</p></div></div>",
        ),
        (
            "<div class=card-body>{}</div>",
            "<div class=card-body><h4><a href='/other'>{}</a></h4><p>{}</p></div>",
        ),
        (
            "<div class=card-body>{}</div>",
            "<div class=card-body><a href='/other'><h4>{}</h4></a><p>{}</p></div>",
        ),
    ],
    ids=["class of the paragraph", "class of the box", "linked heading", "heading in a link"],
)
def test_a_layouts_class_names_make_no_other_story_a_part_of_the_text(text: str, card: str) -> None:
    own = "".join(f"<p class=mb-4>{line}</p>" for line in TEXT[:8])
    cards = "".join(card.format(f"Other {n}", line) for n, line in enumerate(OTHERS[:6]))
    tree = document_fromstring(html(f"{HEAD}{text.format(own)}<div class=grid>{cards}</div>"))
    beside = document_fromstring(html(f"{HEAD}{text.format(own)}{cards}"))
    for page in (tree, beside):
        assert complete_text(page, "\n".join(TEXT[:8])).text.splitlines() == TEXT[:8]


def test_what_was_taken_from_outside_the_article_is_dropped() -> None:
    side = f"<section class=panel>{paragraphs(OTHERS[:5])}</section>"
    text = f"<article>{HEAD}{paragraphs(TEXT[:8])}</article>{side}"
    running = complete_text(document_fromstring(html(text)), "\n".join([*TEXT[:8], *OTHERS[:5]]))
    assert running.text.splitlines() == TEXT[:8]


def test_a_second_article_of_the_page_is_not_taken_for_a_missed_part() -> None:
    story = "<article><div class=entry-content>{}</div></article>"
    made = read(f"{HEAD}{story.format(paragraphs(TEXT))}{story.format(paragraphs(OTHERS))}")
    assert (made.body or "").splitlines() == TEXT
    assert not made.is_truncated


@pytest.mark.parametrize(
    "body",
    [
        f"<div>{'<br><br>'.join(TEXT[:8])}</div>",
        f"<article><p>{'<br><br>'.join(TEXT[:8])}</p></article>",
        f"<table><tr><td>{'<br>'.join(TEXT[:8])}</td></tr></table>",
        f"<article>{paragraphs(TEXT[:8], 'div')}</article>",
    ],
    ids=["br", "br in p", "br in a cell", "divs"],
)
def test_a_text_without_paragraphs_is_held_against_its_page_too(body: str) -> None:
    page = document_fromstring(html(f"{HEAD}{body}<div class=comments>{'<br>'.join(OTHERS)}</div>"))
    assert complete_text(page, "\n".join(TEXT[:3])).is_short
    assert not complete_text(page, "\n".join(TEXT[:7])).is_short
    assert not complete_text(page, "\n".join(TEXT[:8])).is_short


def test_a_text_that_is_none_of_the_pages_paragraphs_is_flagged() -> None:
    notice = "We and our many partners keep small files on the device that you hold in your hands."
    page = document_fromstring(
        html(f"<article>{HEAD}{paragraphs(TEXT[:8])}</article><div>{notice}</div>")
    )
    assert complete_text(page, notice).is_short
    listed = f"<ul>{paragraphs(TEXT[:8], 'li')}</ul>"
    for beside in (f"<div class=comments>{paragraphs(OTHERS)}</div>", paragraphs(OTHERS[:4])):
        page = document_fromstring(html(f"<article>{HEAD}{listed}</article>{beside}"))
        assert not complete_text(page, "\n".join(TEXT[:8])).is_short


def test_a_page_that_goes_on_elsewhere_is_flagged() -> None:
    last = "<p>The council will decide on a second bridge… Read more</p>"
    assert read(f"<article>{HEAD}{paragraphs(TEXT)}{last}</article>").is_truncated


@pytest.mark.parametrize("last", ["Read more:", "Loading..."])
def test_what_the_page_says_below_a_whole_text_does_not_cut_it(last: str) -> None:
    made = read(f"<article>{HEAD}{paragraphs(TEXT)}<p>{last}</p></article>")
    assert (made.body or "").splitlines() == TEXT
    assert not made.is_truncated


def test_a_page_of_endless_paragraphs_costs_little() -> None:
    many = document_fromstring(html("".join(f"<p>{n} {TEXT[0]}</p>" for n in range(20_000))))
    started = time.process_time()
    complete_text(many, "\n".join(TEXT * 20))
    assert time.process_time() - started < 5
    endless = TEXT[0] * 2_000
    assert complete_text(many, endless).text == endless
