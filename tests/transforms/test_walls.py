"""Pages in an article's place, as servers, content managers and guards write them."""

import pytest

from tests.transforms.pages import (
    PARAGRAPHS,
    URL,
    html,
    ld,
    make_page,
    story,
    to_article,
    to_rejection,
)
from transforms.rejection import Reason

URDU = "ضلعی انتظامیہ نے پیر کے روز دریا پر پل دوبارہ کھول دیا، جس کے بعد رابطہ بحال ہو گیا ہے۔"


def bare(title: str, body: str, head: str = "") -> str:
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    )


def reason_of(markup: str, url: str = URL, final_url: str | None = None) -> Reason:
    return to_rejection(make_page(markup, url, final_url=final_url)).reason


CHALLENGES = {
    "Cloudflare": bare(
        "Just a moment...",
        "<noscript>Enable JavaScript and cookies to continue</noscript>"
        "<script>window._cf_chl_opt = {cType: 'managed'};</script>",
    ),
    "Cloudflare's block": bare(
        "Attention Required! | Cloudflare",
        "<h1>Sorry, you have been blocked</h1><p>Why have I been blocked?</p>",
    ),
    "Akamai": bare(
        "Access Denied",
        '<h1>Access Denied</h1>You don\'t have permission to access "http://x.example/a" on this '
        "server.<p>Reference #18.2f4</p>",
    ),
    "Imperva": bare("", '<iframe src="/_Incapsula_Resource?CWUDNSAI=23">Incident 4</iframe>'),
    "DataDome": bare(
        "valley.example",
        "<p>Please enable JS and disable any ad blocker</p>"
        '<script src="https://ct.captcha-delivery.com/c.js"></script>',
    ),
    "PerimeterX": bare(
        "Access to this page has been denied", '<div id="px-captcha"></div><p>Press & Hold</p>'
    ),
    "AWS": bare("", '<script src="https://a1.edge.sdk.awswaf.com/a1/challenge.js"></script>'),
    "a script": bare("valley.example", "<p>Turn on JavaScript and cookies to go on.</p>"),
    "German": bare("Nur einen Moment …", "<p>Wir prüfen Ihren Browser.</p>"),
}  # fmt: skip


@pytest.mark.parametrize("markup", CHALLENGES.values(), ids=CHALLENGES)
def test_a_bot_check_is_a_challenge(markup: str) -> None:
    assert reason_of(markup) is Reason.CHALLENGE


CONSENT = {
    "English": (
        "Before you continue",
        "We and our partners store cookies on your device. Accept tracking, or refuse it.",
    ),
    "German": (
        "Mit Werbung weiterlesen",
        "Mit Ihrer Einwilligung verarbeiten wir personenbezogene Daten und setzen Cookies.",
    ),
    "French": (
        "Votre vie privée",
        "Avec nos partenaires, nous déposons des cookies et des traceurs. Vous pouvez refuser.",
    ),
    "Spanish": (
        "Su privacidad",
        "Nosotros y nuestros socios guardamos cookies, con su consentimiento.",
    ),
    "Urdu": ("کوکیز", "ہم اور ہمارے شراکت دار کوکیز محفوظ کرتے ہیں۔ رازداری کی پالیسی پڑھیں۔"),
}


@pytest.mark.parametrize(("title", "text"), CONSENT.values(), ids=CONSENT)
def test_a_cookie_wall_is_a_consent_page(title: str, text: str) -> None:
    assert (
        reason_of(bare(title, f"<h1>{title}</h1><p>{text}</p><button>OK</button>"))
        is Reason.CONSENT
    )


FORM = "<form><input name=user><input type=password></form>"


@pytest.mark.parametrize(
    ("title", "url"),
    [
        ("Log in | Valley Herald", URL),
        ("Anmelden – Talzeitung", URL),
        ("Connexion", URL),
        ("لاگ ان", URL),
        ("Valley Herald", "https://valley.example/user/login"),
        ("Valley Herald", "https://valley.example/wp-login.php"),
    ],
)
def test_a_login_page_is_one_however_much_it_promises(title: str, url: str) -> None:
    page = bare(title, f"<h1>{title}</h1>{FORM}<article>{story()}</article>")
    assert reason_of(page, url) is Reason.LOGIN


MISSING = {
    "English": "Oops! That page can’t be found.",
    "English at length": "Sorry, the story you are looking for cannot be found.",
    "a code": "Error 404",
    "German": "Seite nicht gefunden",
    "French": "Cette page n’existe plus",
    "Spanish": "Página no encontrada",
    "Turkish": "Sayfa bulunamadı",
    "Arabic": "الصفحة غير موجودة",
    "Persian": "صفحه مورد نظر یافت نشد",
    "Urdu": "یہ صفحہ دستیاب نہیں ہے",
    "Pashto": "دا پاڼه شتون نه لري",
}


@pytest.mark.parametrize("title", MISSING.values(), ids=MISSING)
def test_a_missing_page_is_a_soft_404_in_many_languages(title: str) -> None:
    page = html(f"<main><h1>{title}</h1><p>Try the search.</p></main>", title=f"{title} - Valley")
    assert reason_of(page) is Reason.SOFT_404


@pytest.mark.parametrize(
    "page",
    [
        html(f"<h1>Nothing here</h1>{story()}").replace("<body>", '<body class="error404 wp-x">'),
        html(f"<h1>Page not found</h1><h2>Latest</h2>{story()}", title="Page not found - Valley"),
    ],
    ids=["by its class", "by its name"],
)
def test_a_missing_page_that_shows_other_texts_is_a_soft_404(page: str) -> None:
    assert reason_of(page) is Reason.SOFT_404


@pytest.mark.parametrize(
    ("asked", "final"),
    [
        ("https://valley.example/news/bridge-reopens-after-flood", "https://valley.example/en/"),
        ("https://valley.example/news/bridge-reopens-after-flood", "https://other.example/home"),
        (
            "https://valley.example/city/news/9183/x-2024-bridge",
            "https://valley.example/city/news/",
        ),
        ("https://valley.example/?p=9", "https://valley.example/index.php?utm_source=x"),
    ],
)
def test_a_redirect_to_a_home_or_section_page_is_a_soft_404(asked: str, final: str) -> None:
    assert reason_of(html(f"<h1>News</h1>{story()}"), asked, final) is Reason.SOFT_404


@pytest.mark.parametrize(
    ("asked", "final"),
    [
        ("https://valley.example/bridge-reopens-after-flood/amp", "https://valley.example/bridge-reopens-after-flood"),
        ("https://valley.example/?p=9", "https://valley.example/bridge"),
        ("https://valley.example/news/2024/bridge", "https://valley.example/news/2024"),
    ],
)  # fmt: skip
def test_another_redirect_is_none(asked: str, final: str) -> None:
    to_article(
        make_page(html(f"<h1>Bridge</h1><article>{story()}</article>"), asked, final_url=final)
    )


SERVERS = {
    "maintenance": bare("Valley", "<h1>We'll be back soon!</h1><p>We are doing maintenance.</p>"),
    "WordPress": bare(
        "Maintenance", "<p>The site is briefly unavailable for scheduled maintenance.</p>"
    ),
    "a parked domain": bare(
        "valley.example", "<h1>This domain is for sale</h1><p>Make an offer.</p>"
    ),
    "Apache": bare("", "<h1>It works!</h1>"),
    "Debian": bare("Apache2 Debian Default Page: It works", "<p>Replace this file.</p>"),
    "nginx": bare("Welcome to nginx!", "<h1>Welcome to nginx!</h1><p>It is installed.</p>"),
    "a host": bare("Account Suspended", "<h1>This account has been suspended.</h1>"),
    "a database": bare("Valley", "<h1>Error establishing a database connection</h1>"),
    "Urdu": bare("ویب سائٹ زیر تعمیر ہے", "<h1>ویب سائٹ زیر تعمیر ہے</h1><p>جلد واپس آئیں گے۔</p>"),
}


@pytest.mark.parametrize("markup", SERVERS.values(), ids=SERVERS)
def test_a_server_without_a_site_is_out_of_service(markup: str) -> None:
    assert reason_of(markup) is Reason.OUT_OF_SERVICE


TEXTLESS = {
    "an app's shell": (
        bare("Valley", "<div id=root></div><noscript>This app needs JavaScript.</noscript>"),
        Reason.NO_TEXT,
    ),
    "scripts alone": (bare("", "<script>start()</script><style>b{}</style>"), Reason.EMPTY),
    "a PDF viewer": (
        html('<h1>ePaper, 9 March</h1><iframe src="/pdf/viewer.html?file=9.pdf"></iframe>'),
        Reason.MEDIA,
    ),
    "a video": (
        html('<h1>Watch</h1><iframe src="https://www.youtube.com/embed/x"></iframe><p>Video</p>'),
        Reason.MEDIA,
    ),
    "a gallery": (
        html("<h1>In pictures</h1>" + "<figure><img src=a.jpg></figure>" * 9,
             ld('{"@type": "ImageGallery"}')),
        Reason.MEDIA,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("markup", "reason"), TEXTLESS.values(), ids=TEXTLESS)
def test_a_page_without_text_is_told_by_what_it_shows(markup: str, reason: Reason) -> None:
    assert reason_of(markup) is reason


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Access denied to journalists at rally", PARAGRAPHS[0]),
        ("BRT service suspended in Peshawar for maintenance", PARAGRAPHS[1]),
        ("Security check posts doubled", PARAGRAPHS[2]),
        ("Domain for sale: villagers auction the pasture", PARAGRAPHS[3]),
        ("Human rights body says article not found in law", PARAGRAPHS[0]),
        ("عدالت: ریکارڈ نہیں مل سکا، سماعت ملتوی", URDU * 2),
        ("Login details of 900 voters stolen", PARAGRAPHS[0]),
        ("Bridge reopens coming soon, says minister", PARAGRAPHS[0]),
    ],
)
def test_a_short_dated_report_on_such_a_matter_passes(title: str, text: str) -> None:
    head = '<meta property="article:published_time" content="2026-03-09T09:15:00+05:00">'
    page = html(f"<article><h1>{title}</h1><p>{text}</p></article>{FORM}", head, title=title)
    assert to_article(make_page(page)).title == title


def test_a_guards_silent_watch_makes_no_challenge_of_a_short_report() -> None:
    watch = '<script src="/_Incapsula_Resource?SWJIYLWA=7"></script>'
    jsd = '<script src="/cdn-cgi/challenge-platform/h/b/scripts/jsd/main.js"></script>'
    text = f"<p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p>"
    to_article(make_page(html(f"<article><h1>Bridge</h1>{text}</article>{watch}{jsd}")))
