"""What is the page's is taken out of a text; what is the author's stays."""

import json

import pytest

from tests.transforms.pages import PARAGRAPHS, SHARED, html, make_page, story, to_article
from transforms.chrome import RIGHTS, takes_leave
from transforms.lines import clean_lines, is_tagline

TEXT = "\n".join(PARAGRAPHS)


@pytest.mark.parametrize(
    "line",
    [
        "Scroll to Top", "Share this article", "ADVERTISEMENT", "Read more", "Also read:",
        "Getty Images", "5 min read", "Follow us on Facebook", "Loading...", "Loading playlists...",
        "Zala/Getty Images",
        "Also read: Council opens school", "Related: A second bridge", "مزید پڑھیں", "شئیر کریں",
        "یہ بھی پڑھیے: پل کی مرمت مکمل", "شيئر کريں", "تبصرے (3)", "نور ولولئ", "شریک کړئ", "تبصرې",
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
    more = [f"The council's plan number {number} names one more site." for number in range(6)]
    inside = "\n".join([PARAGRAPHS[0], ask, *PARAGRAPHS[1:], *more])
    assert clean_lines(f"{inside}\n{ask}", (), ())[0] == inside
    assert clean_lines(f"{PARAGRAPHS[0]}\n{ask}", (), ())[0] == PARAGRAPHS[0]


@pytest.mark.parametrize(
    "line",
    [
        "ہمارے واٹس ایپ چینل کو فالو کریں", "جملہ حقوق محفوظ ہیں", "زموږ واټساپ چینل",
        "Join our WhatsApp channel for the latest news", "© 2026 Valley Herald",
    ],
)  # fmt: skip
def test_the_page_takes_leave_of_its_reader_in_any_language(line: str) -> None:
    assert clean_lines(f"{TEXT}\n{line}", (), ())[0] == TEXT


@pytest.mark.parametrize(
    "line",
    [
        "CLICK HERE TO GET THE HILL NEWS APP", "Our Standards: The Hill Trust Principles.",
        "Want to keep articles for later? Start your Hill Premium subscription today.",
        "Ali Khan is a reporter of the Herald. You can follow him on Twitter @alikhan.",
        "For the latest stories from the valley, sign up for our newsletters.",
        "Download our app to read the Herald on your way", "You must be logged in to comment.",
        "Copyright 2026 Valley Herald. All rights reserved.", "جملہ حقوق بحق ادارہ محفوظ ہیں",
        "مزید خبروں کے لیے ہمارا واٹس ایپ چینل جوائن کریں", "ټول حقوق خوندي دي",
    ],
)  # fmt: skip
def test_what_an_outlet_asks_of_its_reader_is_taken_out_at_the_end(line: str) -> None:
    assert clean_lines(f"{TEXT}\n{line}", (), ())[0] == TEXT


@pytest.mark.parametrize(
    "line",
    [
        "A spokesman for the ministry declined to comment.",
        "The council did not respond to a request to comment.",
        "The killers had lured him through a WhatsApp group, police said.",
        "“You must be patient,” the doctor said.",
        "Drivers said you must be at the check post before nine.",
        "Users will get the new feature on WhatsApp next month.",
        "Police said the threat had reached her on WhatsApp.",
        "He asked followers to join the WhatsApp channel of his party.",
        "The suspects downloaded the app to get messages on WhatsApp.",
        "Complaints may be sent to help@council.example, the notice said.",
        "The minister told pupils to sign up for the new scholarship.",
        "The party urged people to follow its leader on Facebook.",
        "Copyright law has not been changed since 1962.",
        "The bank changed its privacy policy after the leak.",
        "The terms of service were signed on Monday.",
        "The commission will earn a share of the sale of the land.",
        "Parents may log in to the portal from Monday to see the marks.",
        "Villagers followed the search on Facebook and Twitter.",
        "The editor started a newsletter after she was dismissed.",
        "The bookmark was found in the victim's diary.",
        "To comment on the draft, residents have until Friday.",
        "Ali Khan can be reached at ali@herald.example.",
        "پولیس کے مطابق ملزمان واٹس ایپ چینل کے ذریعے لوگوں کو دھوکہ دیتے تھے۔",
        "ترجمان نے کہا کہ شہری ہدایات کو فالو کریں۔",
        "انہوں نے کہا کہ ہمارے واٹس ایپ چینل کو فالو کریں۔",
        "ہمارے نوجوان مغربی فیشن کو فالو کرتے ہیں۔",
        "ملزم نے فیس بک پر متاثرہ لڑکی کی تصاویر شیئر کیں۔",
        "عدالت نے کہا کہ شہریوں کے تمام حقوق محفوظ ہیں۔",
        "پولیسو وویل چې تورنو د واټساپ ګروپ له لارې خلک تېر ایستل.",
        "د هغه واټساپ چینل پرون بند شو.",
        "د ښځو ټول حقوق باید خوندي شي، وزیر وویل.",
    ],
)
def test_a_closing_sentence_of_the_news_stays(line: str) -> None:
    for text in (f"{TEXT}\n{line}", f"{PARAGRAPHS[0]}\n{line}\n{PARAGRAPHS[1]}"):
        assert clean_lines(text, (), ())[0] == text


@pytest.mark.skipif(not SHARED.exists(), reason="the corpus is not here")
def test_true_bodies_lose_no_closing_line_but_their_copyright() -> None:
    rows = map(json.loads, (SHARED / "corpus" / "manifest.jsonl").open(encoding="utf-8"))
    lines = [line.strip() for row in rows for line in (row.get("body") or "").splitlines()[-6:]]
    assert len(lines) > 1000
    lost = [line for line in lines if takes_leave(line) and not RIGHTS.fullmatch(line)]
    # One answer keeps that its outlet is to be followed on Facebook.
    assert len(lost) <= 1, lost


def test_a_list_of_teasers_goes_with_what_is_said_below_each() -> None:
    headlines = [f"Council opens new school number {number}" for number in range(3)]
    blurbs = [f"A blurb on the school, number {number}." for number in range(3)]
    listed = [line for pair in zip(headlines, blurbs, strict=True) for line in pair]
    doubled = [f"{line} {line}" if line in headlines else line for line in listed]
    for shown in (listed, doubled):
        text = "\n".join([PARAGRAPHS[0], *shown, *PARAGRAPHS[1:]])
        assert clean_lines(text, (), (), set(headlines))[0] == TEXT
    one = "\n".join([PARAGRAPHS[0], *listed[:2]])
    assert clean_lines(one, (), (), set(headlines))[0] == f"{PARAGRAPHS[0]}\n{blurbs[0]}"


def test_what_is_said_again_and_again_is_said_once() -> None:
    notice = "Your settings keep this post from being shown on this page of ours today."
    noticed = "\n".join(f"{notice}\n{line}" for line in PARAGRAPHS)
    assert clean_lines(noticed, (), ())[0] == f"{notice}\n{TEXT}"
    twice = "\n".join([*PARAGRAPHS, PARAGRAPHS[1], "Yes.", "Yes.", "Yes."])
    assert clean_lines(twice, (), ())[0] == twice


@pytest.mark.parametrize(
    "line",
    [
        "Published in The Valley Herald, March 2nd, 2026.", "Published by Valley News Agency",
    ],
)  # fmt: skip
def test_that_an_outlet_published_its_own_text_is_no_part_of_it(line: str) -> None:
    made = to_article(make_page(html(f"<article><h1>Bridge</h1>{story()}<p>{line}</p></article>")))
    assert (made.body, made.authors, made.tags) == (TEXT, (), ())


@pytest.mark.parametrize(
    "credit",
    [
        "Published by arrangement with the Hill Times", "Source: VNA", "(APP)", "— Reuters",
        "Courtesy: The Hill Times", "(Originally published in The Valley, 2026)", "ماخذ: وادی نیوز",
    ],
)  # fmt: skip
def test_who_had_a_text_first_stays_below_it(credit: str) -> None:
    made = to_article(
        make_page(html(f"<article><h1>Bridge</h1>{story()}<p>{credit}</p></article>"))
    )
    assert (made.body, made.authors, made.tags) == (f"{TEXT}\n{credit}", (), ())


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


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("The News International", "The News, March 2nd, 2026"),
        ("The Valley Post, Upper Zarin", "The Valley Post, March 2nd, 2026."),
        ("The Valley Post (Urdu)", "Valley Post"),
    ],
)
def test_an_outlet_knows_its_name_without_edition_or_place(name: str, said: str) -> None:
    assert clean_lines(f"{TEXT}\nPublished in {said}", (), (), (), [name])[0] == TEXT
    other = f"{TEXT}\nPublished in The Hill Times, March 2nd, 2026"
    assert clean_lines(other, (), (), (), [name])[0] == other


@pytest.mark.parametrize("line", ["Read\xa0more: Council opens school", "9\xa0March\u202f2026"])
def test_a_no_break_space_hides_no_line(line: str) -> None:
    assert clean_lines(f"{line}\n{TEXT}", (), ())[0] == TEXT
    own = "Published in\xa0Valley Herald, March 2nd 2026."
    assert clean_lines(f"{TEXT}\n{own}", (), (), (), ["Valley Herald"])[0] == TEXT
    spaced = TEXT.replace("Monday", "Monday\xa09")
    assert clean_lines(spaced, (), ())[0] == spaced


def test_a_text_that_stands_twice_is_read_once() -> None:
    assert clean_lines(f"{TEXT}\nA subhead\n{TEXT}", (), ())[0] == f"{TEXT}\nA subhead"


def test_a_refrain_and_a_line_that_comes_again_stay() -> None:
    one = "Down by the river of Zarin the water runs high in the spring,"
    other = "and under the bridge of the valley the old men still sing."
    first, second, *rest = PARAGRAPHS
    for text in ([one, first, other, one, second, other, *rest], [first, second, *rest, first]):
        many = [*text, *(f"The council's plan number {n} names a site." for n in range(9))]
        assert clean_lines("\n".join(many), (), ())[0] == "\n".join(many)


def test_a_lead_that_the_text_says_again_is_read_once() -> None:
    caption = "The bridge on Monday"
    lead = PARAGRAPHS[0].replace("on Monday", "on  Monday")
    assert clean_lines(f"{lead}\n{caption}\n{TEXT}", (), ())[0] == f"{caption}\n{TEXT}"
    shorter = f"{PARAGRAPHS[0][:110]}\n{caption}\n{TEXT}"
    assert clean_lines(shorter, (), ())[0] == shorter


@pytest.mark.parametrize(
    "line",
    [
        "Lue myös:", "You may also like:", "Related information", "Report this page", "-->",
        "1 / 22", "[removed][removed]", "---",
    ],
)  # fmt: skip
def test_a_last_line_that_leads_nowhere_is_taken_out(line: str) -> None:
    assert clean_lines(f"{TEXT}\n{line}", (), ())[0] == TEXT


@pytest.mark.parametrize(
    "line",
    [
        "The engineer closed with what everyone in the valley had asked him:",
        "| 12 | 30 |",
        "02-751-1500",
        "Yes.",
    ],
)
def test_a_last_line_of_the_author_stays(line: str) -> None:
    assert clean_lines(f"{TEXT}\n{line}", (), ())[0] == f"{TEXT}\n{line}"


@pytest.mark.parametrize("line", ["F.P. Report", "Our Correspondent", "Web Desk", "ویب ڈیسک"])
def test_the_desk_above_a_text_is_no_part_of_it(line: str) -> None:
    assert clean_lines(f"{line}\n{TEXT}", (), ())[0] == TEXT
    below = f"{PARAGRAPHS[0]}\n{line}\n{PARAGRAPHS[1]}"
    assert clean_lines(below, (), ())[0] == below


def test_a_sentence_on_a_desk_above_a_text_stays() -> None:
    for line in ("The report is out.", "The web of the council and its agencies"):
        assert clean_lines(f"{line}\n{TEXT}", (), ())[0] == f"{line}\n{TEXT}"
