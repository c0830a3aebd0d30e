"""Charsets that lie, and characters that no page may hold."""

import pytest

from tests.transforms.pages import article_html, html, make_page, story, to_article
from transforms.encoding import decode_page

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
    assert decode_page(body, header).endswith(URDU)


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
    assert decode_page(body, header).endswith(ARABIC)


def test_a_few_bad_bytes_do_not_turn_a_page_into_another_charset() -> None:
    body = (URDU * 20).encode() + b"\xff\xfe\xfd"
    assert decode_page(body, "text/html; charset=utf-8").startswith(URDU * 20)


def test_a_guess_is_the_last_resort() -> None:
    text = "Die Brücke über den Fluss wurde am Montag nach dem Hochwasser wieder geöffnet. " * 5
    assert "Brücke" in decode_page(text.encode("cp1252"), None)


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
    kept = "old\t\r\nبرج\ufffd\ufdd0\U0001f309\x7f\x85"
    assert decode_page(kept.encode()) == kept
    for code in (*range(0x20), 0xFFFE, 0xFFFF):
        if code not in {0x09, 0x0A, 0x0D}:
            assert decode_page(f"{kept}{chr(code)}{kept}".encode()) == kept + kept
