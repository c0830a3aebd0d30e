"""Every Reason has its page, and pages that only look like one pass."""

import gzip

import pytest

from tests.transforms.pages import (
    PARAGRAPHS,
    URL,
    article_html,
    html,
    ld,
    make_page,
    story,
    to_article,
    to_rejection,
)
from transforms.parsing import MAX_PAGE_BYTES
from transforms.rejection import Reason

HEADLINES = "".join(
    f'<li><a href="/news/{n}">Council of village number {n} opens its new school</a></li>'
    for n in range(60)
)
CONSENT = (
    "<h1>We value your privacy</h1><p>We and our 812 partners store cookies and process personal "
    "data. You can give your consent or refuse tracking.</p><button>Accept all cookies</button>"
)
PAGES: dict[Reason, str | bytes] = {
    Reason.EMPTY: b"  \n",
    Reason.NOT_HTML: b'<?xml version="1.0"?><rss version="2.0"><channel></channel></rss>',
    Reason.TOO_LARGE: b"<html><body><p>" + b"word " * (MAX_PAGE_BYTES // 5) + b"</p></body></html>",
    Reason.BROKEN: b"<!-- nothing that a parser could begin with -->",
    Reason.CHALLENGE: html(
        "<h1>Checking your browser</h1><p>This takes a few seconds.</p>", title="Just a moment..."
    ),
    Reason.CONSENT: html(CONSENT, title="Before you continue"),
    Reason.LOGIN: html(
        "<h1>Sign in</h1><form><input name=user><input type=password></form>", title="Sign in"
    ),
    Reason.PAYWALL: html(
        '<h1>Bridge reopens</h1><p>The old bridge reopened on Monday.</p><div class="paywall">'
        "<p>Subscribe to continue reading.</p></div>"
    ),
    Reason.SOFT_404: html(
        "<h1>Page not found</h1><p>The page you asked for is not here.</p>", title="Page not found"
    ),
    Reason.OUT_OF_SERVICE: html("<h1>This site is down for maintenance</h1>", title="Maintenance"),
    Reason.LISTING: html(f"<ul>{HEADLINES}</ul>", title="Valley Herald: latest news"),
    Reason.MEDIA: html(
        "<h1>Watch: the bridge</h1><video src=a.mp4></video>",
        head='<meta property="og:type" content="video.other">',
    ),
    Reason.NO_TEXT: html("<h1>Bridge</h1><div id=app></div><script>render()</script>"),
}


@pytest.mark.parametrize("reason", Reason)
def test_page_is_rejected_with_its_reason(reason: Reason) -> None:
    made = to_rejection(make_page(PAGES[reason]))
    assert made.reason is reason
    assert made.detail
    assert "\n" not in made.detail


@pytest.mark.parametrize(
    "body",
    [
        b"%PDF-1.7 ...",
        gzip.compress(b"<html>", mtime=0),
        b"\x89PNG\r\n\x1a\n",
        b'{"id": 1}',
        b"plain words",
    ],
)
def test_what_is_no_web_page_is_not_html(body: bytes) -> None:
    kind = "application/json" if body.startswith(b"{") else "text/html"
    assert to_rejection(make_page(body, content_type=kind)).reason is Reason.NOT_HTML


def test_a_redirect_to_the_home_page_is_a_soft_404() -> None:
    page = make_page(
        article_html(), "https://valley.example/?p=9", final_url="https://valley.example/"
    )
    assert to_rejection(page).reason is Reason.SOFT_404


def test_a_home_page_that_calls_itself_an_article_is_a_listing() -> None:
    head = '<meta property="og:type" content="article">'
    page = make_page(html(f"<ul>{HEADLINES}</ul>{story()}", head), "https://valley.example/")
    assert to_rejection(page).reason is Reason.LISTING


@pytest.mark.parametrize(
    "title",
    [
        "Missing boy not found after flood",
        "Court asks NADRA: why was the page not found",
        "Sign in for Haj by Friday, ministry says",
        "Cookies banned in school canteens",
        "Security check posts doubled in Zarin",
    ],
)
def test_an_article_on_such_a_matter_passes(title: str) -> None:
    page = make_page(html(f"<article><h1>{title}</h1>{story()}</article>", title=title))
    assert to_article(page).title == title


MENU = "".join(f'<li><a href="/{n}">{n}</a></li>' for n in ("Security", "Weather", "Health", "Law"))
VIDEO = "<h1>Watch: the bridge</h1><video src=a.mp4></video><p>Video report</p>"


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="og:type" content="video.other">',
        ld('{"@type": "VideoObject", "name": "Watch: the bridge"}'),
    ],
    ids=["og:type", "VideoObject"],
)
def test_a_video_is_none_the_less_without_text_for_the_menu_around_it(head: str) -> None:
    related = "".join(f"<p><a href='/{n}'>Village number {n} opens a school</a></p>" for n in "abc")
    page = html(f"<ul>{MENU}</ul>{VIDEO}{related}", head, title="Watch: the bridge")
    assert to_rejection(make_page(page)).reason is Reason.MEDIA


def test_a_video_with_a_report_passes() -> None:
    head = '<meta property="og:type" content="video.other">'
    page = html(f"<h1>Watch: the bridge</h1><article>{story()}</article>", head)
    assert to_article(make_page(page)).body == "\n".join(PARAGRAPHS)


def test_a_day_in_the_address_makes_no_article_of_a_missing_page() -> None:
    page = html(
        f"<ul>{MENU}</ul><h1>This item does not exist.</h1>", title="This item does not exist."
    )
    url = "https://valley.example/2026/03/09/bridge-reopens.html"
    assert to_rejection(make_page(page, url)).reason is Reason.SOFT_404


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("آپ کی رازداری", "یہ سائٹ اور اس کے شراکت دار آپ کے آلے پر کوکیز محفوظ کرتے ہیں۔"),
        ("ستاسو محرمیت", "دا پاڼه او ملګري شرکتونه یې ستاسو په وسیله کې کوکیز ساتي."),
    ],
    ids=["Urdu", "Pashto"],
)
def test_consent_walls_are_known_in_the_regions_languages(title: str, text: str) -> None:
    page = html(f"<h1>{title}</h1><p>{text}</p><p>{text}</p><button>OK</button>", title=title)
    url = "https://valley.example/2026/03/09/bridge-reopens.html"
    assert to_rejection(make_page(page, url)).reason is Reason.CONSENT


def test_a_report_on_privacy_in_urdu_passes() -> None:
    text = "عدالت نے شہریوں کی رازداری کے تحفظ کے لیے ویب سائٹس پر کوکیز کے قانون کی منظوری دے دی۔ "
    head = '<meta property="article:published_time" content="2026-03-09T09:15:00+05:00">'
    page = html(f"<article><h1>کوکیز پر قانون منظور</h1><p>{text * 2}</p></article>", head)
    assert to_article(make_page(page)).language == "ur"


def test_a_short_report_passes() -> None:
    text = "A bus fell into the Zarin gorge early on Friday; all eleven passengers were rescued."
    head = '<meta property="article:published_time" content="2026-03-09T09:15:00+05:00">'
    page = make_page(html(f"<article><h1>Bus falls into gorge</h1><p>{text}</p></article>", head))
    assert to_article(page).body == text


def test_a_long_page_with_a_login_form_and_a_cookie_banner_passes() -> None:
    extras = f"<form><input type=password></form>{CONSENT.replace('<h1>', '<b>')}"
    body = f"<article><h1>Bridge reopens after flood</h1>{story()}</article>{extras}"
    assert PARAGRAPHS[0] in (to_article(make_page(html(body))).body or "")


def test_a_rejection_keeps_what_the_page_said() -> None:
    made = to_rejection(make_page(PAGES[Reason.PAYWALL]))
    assert made.title == "Bridge reopens"
    assert (made.url, made.record_id) == (URL, "urn:uuid:1")


def test_a_collection_that_is_dated_stays_a_listing() -> None:
    said = '{"@type": ["WebPage", "CollectionPage"], "datePublished": "2017-09-22T14:04:13+00:00"}'
    page = make_page(
        html(f"<ul>{HEADLINES}</ul>{story()}", ld(said)), "https://valley.example/all/"
    )
    assert to_rejection(page).reason is Reason.LISTING


@pytest.mark.parametrize("path", ["latest/category/arts", "amp/category/arts/2018-08-26"])
def test_a_section_below_another_path_is_no_article(path: str) -> None:
    teasers = html(f"<h1>Contact us</h1>{story()}")
    url = f"https://valley.example/{path}"
    assert to_rejection(make_page(teasers, url)).reason == Reason.LISTING
    dated = '<meta property="article:published_time" content="2026-03-09T01:30:00+05:00">'
    to_article(make_page(article_html(dated), url))
    to_article(make_page(teasers, "https://valley.example/category/bridge-reopens-after-flood"))


def test_a_sections_further_page_is_no_article_though_its_items_are_dated() -> None:
    items = f'<article><time datetime="2026-03-09T01:30:00+05:00">9 March</time>{story()}</article>'
    url = "https://valley.example/khyber-hills/page/10/"
    assert to_rejection(make_page(html(items), url)).reason is Reason.LISTING
    said = '<meta property="og:type" content="article">'
    to_article(make_page(article_html(said), url))
    to_article(make_page(html(items), "https://valley.example/bridge-reopens-after-flood/page/2/"))


CARTOON = story(
    "Valley Herald, your right to know", "March 9, 2026", *["TODAY’S CARTOON BY ALI KHAN"] * 3
)


def test_a_picture_page_that_is_names_and_dates_alone_has_no_text() -> None:
    made = to_rejection(make_page(html(f"<article><h1>Cartoon</h1>{CARTOON}</article>")))
    assert made.reason is Reason.NO_TEXT


@pytest.mark.parametrize(
    "brief",
    [
        "The old bridge over the Zarin river reopened on Monday.",
        "زرین دریا کا پرانا پل تین ہفتوں کی بندش کے بعد پیر کے روز کھل گیا۔",
        "زرین دریا کا پرانا پل تین ہفتوں کی بندش کے بعد پیر کے روز کھل گیا",
        "ज़रीन नदी का पुराना पुल सोमवार को फिर खुल गया।",
    ],
)
def test_a_brief_of_one_sentence_is_an_article(brief: str) -> None:
    body = f"<article><h1>Bridge reopens</h1><p>Lahore</p><p>{brief}</p><p>Ali Khan</p></article>"
    padding = "<p>Read the news of the day</p>" * 2
    to_article(make_page(html(f"{body}{padding}")))
