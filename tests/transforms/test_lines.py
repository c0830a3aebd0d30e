"""What is the page's is taken out of a text; what is the author's stays."""

import pytest

from tests.transforms.pages import PARAGRAPHS, html, make_page, story, to_article
from transforms.lines import clean_lines, is_tagline

TEXT = "\n".join(PARAGRAPHS)


@pytest.mark.parametrize(
    "line",
    [
        "Scroll to Top", "Share this article", "ADVERTISEMENT", "Read more", "Also read:",
        "Getty Images", "5 min read", "مزید پڑھیں", "Follow us on Facebook", "Loading...",
    ],
)  # fmt: skip
def test_chrome_is_taken_out_wherever_it_stands(line: str) -> None:
    above, *rest = PARAGRAPHS
    assert clean_lines("\n".join([above, line, *rest]), (), ())[0] == TEXT


@pytest.mark.parametrize(
    "line",
    [
        "Bridge reopens after flood", "BRIDGE REOPENS AFTER FLOOD!", "9 March 2026",
        "Monday, March 9, 2026 at 10:15 am", "Published on 09.03.2026", "2026-03-09",
    ],
)  # fmt: skip
def test_headline_and_date_above_the_text_are_taken_out(line: str) -> None:
    assert clean_lines(f"{line}\n{TEXT}", ["Bridge reopens after flood"], ())[0] == TEXT


@pytest.mark.parametrize(
    "line",
    [
        "The flood carried away the bridge.",
        "Share prices fell in Karachi on Monday.",
        "On 9 March 2026 the bridge reopened.",
        "Read more books, the minister told pupils.",
        "Flour, salt, tea and sugar were carried over by porters.",
    ],
)
def test_sentences_stay(line: str) -> None:
    assert (
        clean_lines(f"{line}\n{TEXT}\n{line}", ["Bridge reopens"], ())[0]
        == f"{line}\n{TEXT}\n{line}"
    )


def test_teasers_of_other_pages_are_taken_out_but_not_links_in_a_sentence() -> None:
    links = {"Council opens new school in Zarin", "the bridge"}
    teaser = "Council opens new school in Zarin"
    teased = f"{TEXT}\n- {teaser}\nREAD ALSO: {teaser}\nthe bridge"
    assert clean_lines(teased, (), (), links)[0] == f"{TEXT}\nthe bridge"


def test_a_reader_is_only_addressed_at_the_end() -> None:
    ask = "Subscribe to our newsletter for more from the valley."
    inside = "\n".join([PARAGRAPHS[0], ask, *PARAGRAPHS, *PARAGRAPHS])
    assert clean_lines(f"{inside}\n{ask}", (), ())[0] == inside


@pytest.mark.parametrize(
    "credit",
    [
        "Published by Valley News Agency",
        "Source: VNA",
        "(Originally published in The Valley, 2026)",
    ],
)
def test_a_credit_line_below_the_text_is_taken_out(credit: str) -> None:
    assert clean_lines(f"{TEXT}\n{credit}", (), ())[0] == TEXT
    assert clean_lines(f"{credit}\n{TEXT}", (), ())[0] == f"{credit}\n{TEXT}"
    made = to_article(
        make_page(html(f"<article><h1>Bridge</h1>{story()}<p>{credit}</p></article>"))
    )
    assert (made.body, made.authors, made.tags) == (TEXT, (), ())


@pytest.mark.parametrize(
    "line",
    [
        "Published by the council in March, the plan names two sites.",
        "Source: the council said that a second bridge will be built. It did not say when.",
    ],
)
def test_a_sentence_below_the_text_stays(line: str) -> None:
    assert clean_lines(f"{TEXT}\n{line}", (), ())[0] == f"{TEXT}\n{line}"


def test_a_menu_above_the_text_is_taken_out_but_not_a_linked_line_or_two() -> None:
    links = {"Security", "Weather", "Health", "Law"}
    menu = "Security\nWeather\n- Health\nLaw"
    assert clean_lines(f"{menu}\n{TEXT}", (), (), links)[0] == TEXT
    assert clean_lines(f"Security\nWeather\n{TEXT}", (), (), links)[0].startswith("Security\n")


@pytest.mark.parametrize(
    ("line", "tags", "answer"),
    [
        ("Resistance, Khyber Pakhtunkhwa, terrorists, Security Forces", (), True),
        ("سیلاب، پل، زرین", (), True),
        ("Flood, Zarin", ("Zarin", "Flood"), True),
        ("Flood, Zarin", (), False),
        ("Flour, salt and tea were carried over, said the council.", (), False),
        ("Islamabad, Lahore, and 3, 4", (), False),
        ("Flood, Zarin, Bridge", ("City",), False),
    ],
)
def test_a_tag_line_is_known(line: str, tags: tuple[str, ...], answer: bool) -> None:
    assert is_tagline(line, tags) is answer


def test_a_text_that_breaks_off_is_flagged() -> None:
    cut = html(f"<article><h1>Bridge</h1>{story()}<p>The council will…</p></article>")
    assert to_article(make_page(cut)).is_truncated
