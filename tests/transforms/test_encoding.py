"""Charsets that lie, and characters that no page may hold."""

import pytest

from tests.transforms.pages import SOURCE, article_html, html, ld, make_page, story, to_article
from transforms.encoding import NOT_IN_PAGES, decode_page
from transforms.parsing import parse_page

URDU = "پشاور میں پل دوبارہ کھول دیا گیا، ضلعی انتظامیہ نے تصدیق کر دی"
ARABIC = "أعيد فتح الجسر القديم فوق النهر يوم الاثنين بعد الفيضان"


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (URDU.encode(), "text/html; charset=windows-1256"),
        (URDU.encode(), "text/html; charset=iso-8859-1"),
        (b'<meta charset="windows-1252">' + URDU.encode(), "text/html"),
        (b"\xef\xbb\xbf" + URDU.encode(), "text/html; charset=latin1"),
        (b"\xff\xfe" + URDU.encode("utf-16-le"), "text/html; charset=utf-8"),
    ],
)
def test_bytes_beat_header_and_meta(body: bytes, header: str) -> None:
    assert decode_page(body, header).text.endswith(URDU)


@pytest.mark.parametrize(
    ("meta", "header"),
    [
        ("windows-1256", "text/html"),
        ("utf-8", "text/html; charset=windows-1256"),
        ("windows-1256", "text/html; charset=UTF-8"),
        ("cp1256", "text/html; charset=no-such-charset"),
    ],
)
def test_windows_1256_is_read_though_one_of_two_lies(meta: str, header: str) -> None:
    body = f'<meta charset="{meta}">{ARABIC}'.encode("cp1256")
    assert decode_page(body, header).text.endswith(ARABIC)


def test_a_few_bad_bytes_do_not_turn_a_page_into_another_charset() -> None:
    body = (URDU * 20).encode() + b"\xff\xfe\xfd"
    assert decode_page(body, "text/html; charset=utf-8").text.startswith(URDU * 20)


def test_a_guess_is_the_last_resort() -> None:
    text = "Die Brücke über den Fluss wurde am Montag nach dem Hochwasser wieder geöffnet. " * 5
    assert "Brücke" in decode_page(text.encode("cp1252"), None).text


def test_nuls_and_lone_surrogates_never_reach_an_article() -> None:
    page = article_html().replace("old bridge", "old\x00 bri\x0bdge").encode()
    body = to_article(make_page(page + b"\xed\xa0\x80")).body or ""
    assert "old bridge" in body
    assert body.isprintable() or "\n" in body


def test_a_page_in_windows_1256_comes_out_in_its_own_letters() -> None:
    body = html(f"<article><h1>{ARABIC}</h1>{story(*[ARABIC + ' ' + ARABIC + '.'] * 6)}</article>")
    made = to_article(
        make_page(body.encode("cp1256", "ignore"), content_type="text/html; charset=utf-8")
    )
    assert made.title == ARABIC or ARABIC in (made.body or "")
    assert made.language == "ar"


def test_every_character_that_no_page_may_hold_is_dropped_alone() -> None:
    kept = "old\t\r\nبرج\ufffd\ufdd0\U0001f309\x7f"
    assert decode_page(kept.encode()).text == kept
    for code in (*range(0x20), 0xFFFE, 0xFFFF):
        if code not in {0x09, 0x0A, 0x0D}:
            assert decode_page(f"{kept}{chr(code)}{kept}".encode()).text == kept + kept


def test_letters_of_windows_that_were_taken_over_by_number_are_read() -> None:
    assert (
        decode_page("the king\x92s bridge\x85 \x81\xa0\xab".encode()).text
        == "the king’s bridge… \xa0«"
    )
    data = ld(r'{"@type": "Article", "headline": "The king\u0092s bridge reopens"}')
    assert to_article(make_page(article_html(data))).title == "The king’s bridge reopens"


CONTROLS = [*range(0x20), 0xD800, 0xFFFE, 0xFFFF]


def references(code: int) -> str:
    return f"a&#{code};b&#000{code} c&#x{code:x};d&#X0{code:X} g&#&#{code};{code};"


@pytest.mark.parametrize("joiner", ["", "\u200c", "&zwj;"])
@pytest.mark.parametrize("code", CONTROLS)
def test_a_control_character_named_by_its_number_costs_no_word(code: int, joiner: str) -> None:
    dirty = references(code) + joiner
    head = (
        f'<meta property="article:tag" content="{dirty}"><meta name="author" content="{dirty}">'
        f'<meta property="og:site_name" content="{dirty}">'
    )
    page = html(f"<article id='{dirty}'><h1>{dirty}</h1>{story(dirty)}{story()}", head, dirty)
    made = to_article(make_page(page))
    assert made.word_count > 100
    kept = (made.title, *made.tags, *made.authors, made.byline, made.site_name, made.body)
    assert not NOT_IN_PAGES.search("".join(filter(None, kept)))
    tree = parse_page(make_page(page), SOURCE).tree
    values = [value for element in tree.iter() for value in element.values()]
    assert not NOT_IN_PAGES.search("".join((*tree.itertext(), *values)))


def test_references_to_what_a_page_may_hold_stay() -> None:
    kept = "&#9;&#10;&#x0d;&#32;&#65;&#110;&#x1b0;&#655340;&#146;&#x200c;&#;&#x;&#27a"
    assert decode_page(kept.encode()).text == kept.replace("&#27", "")
