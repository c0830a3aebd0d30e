"""Whether a page is an article at all; in doubt it is."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from transforms import jsonld
from transforms.document import Document
from transforms.rejection import Reason, Rejected

CHALLENGE_TITLE = re.compile(
    r"just a moment|attention required|checking your browser|ddos.?(protection|guard)|robot check"
    r"|access denied|are you (a )?(robot|human)|security check|pardon our interruption|captcha"
    r"|verify(ing)? (that )?you are (a )?human|bot verification|one more step",
    re.IGNORECASE,
)
CHALLENGE_MARK = re.compile(
    r"cf-browser-verification|cf[-_]chl[-_]|challenge-platform|_Incapsula_Resource|px-captcha"
    r"|/sorry/index|sgcaptcha|ddos-guard|captcha-delivery\.com",
    re.IGNORECASE,
)
CONSENT_TITLE = re.compile(
    r"before you continue|your (privacy|data)( choices)?|cookie (consent|settings|wall)|consent"
    r"|we value your privacy|datenschutz|privacy (gate|center|wall)|zustimmung"
    r"|رازداری|پرائیویسی|کوکیز|محرمیت",
    re.IGNORECASE,
)
CONSENT_TEXT = re.compile(
    r"\b(cookies?|consent|privacy|personal data|partners|gdpr|tracking|einwillig|datenschutz"
    r"|کوکی|رازداری|پرائیویسی|شراکت دار|محرمیت|ملګري شرکت)\w*",
    re.IGNORECASE,
)
LOGIN_TITLE = re.compile(
    r"^\s*(log ?in|sign ?in|log in or sign up|member login|anmelden|لاگ ان)\b", re.IGNORECASE
)
NOT_FOUND = re.compile(
    r"\b(page|article|story|content|post|file|item|document)\b.{0,30}"
    r"\b(not|n't|no longer|cannot be)\b.{0,12}"
    r"\b(found|available|exists?)\b|^\W*(error\s*)?404\b|\b404\b.{0,12}(error|not found|page)"
    r"|^\W*not found|nothing (was )?found|nicht gefunden|page introuvable"
    r"|صفحہ (نہیں ملا|موجود نہیں)|نہیں مل سکا|پاڼه ونه موندل شوه",
    re.IGNORECASE,
)
PAYWALL_TEXT = re.compile(
    r"subscribe (now )?to (continue|read|unlock)|subscribers? only|to continue reading"
    r"|this (article|content|story) is (for|available to|reserved for) (our )?(subscribers|members)"
    r"|already a subscriber|unlock (this|the full) (article|story)|become a (member|subscriber)"
    r"|nur für abonnenten|réservé aux abonnés|premium content",
    re.IGNORECASE,
)
PAYWALL_MARK = re.compile(
    r"paywall|subscriber-only|piano-|tp-modal|premium-content|regwall|metered", re.IGNORECASE
)
LISTING_TYPES = frozenset({"CollectionPage", "SearchResultsPage", "ItemList", "ProfilePage"})
MEDIA_TYPES = frozenset(
    {"VideoObject", "ImageGallery", "MediaGallery", "AudioObject", "PodcastEpisode"}
)
LISTING_PATH = re.compile(
    r"^/?(index\.(html?|php|aspx?)|home(-?page)?/?|[a-z]{2}/?|search/?|tags?/[^/]+/?|category/.+"
    r"|author/[^/]+/?|page/\d+/?)?$",
    re.IGNORECASE,
)
SECTION_PATH = re.compile(
    r"/(?:category|tags?|author)/([^/]+?)(?:/(?:page/\d+|\d{4}-\d\d-\d\d|index))?(?:\.\w+)?/?$",
    re.IGNORECASE,
)
"""A section that lies below another path; what it names must be no article's slug."""
FURTHER_PATH = re.compile(r"/([^/]+)/page/\d+/?$")
"""A section's further page: its items' dates and openings read like an article's (Daily Times)."""
SLUG = re.compile(r"[^/-]+(-[^/-]+){3}|\d{4}")
STUB_WORDS = 60
SHORT_WORDS = 120
FEW_WORDS = 15
HEADLINE_WORDS = 4
MANY_LINKS = 20
MOSTLY = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What the gate looks at."""

    title: str
    heading: str
    body: str
    word_count: int
    own_words: int
    """Words of the text that stand in no link."""
    has_date: bool
    """Whether the page itself says when; its address or the feed are no proof of an article."""
    is_paywalled: bool
    is_from_feed: bool


def refuse_non_articles(document: Document, signs: Signs) -> None:
    """Let an article pass, and every page that may be one.

    Raises:
        Rejected: with the first reason that holds, and what gave it away.
    """
    if signs.is_from_feed:
        return
    _refuse_missing(document, signs)
    if signs.word_count < SHORT_WORDS:
        _refuse_walls(document, signs)
    _refuse_listing(document, signs)
    if signs.own_words < FEW_WORDS:
        _refuse_media(document, signs)
    if signs.word_count < FEW_WORDS:
        _refuse_without_text(document, signs)


def is_article_said(document: Document) -> bool:
    """Say whether the page calls itself an article."""
    return (
        bool(document.article_node) or (document.first_meta("og:type") or "").lower() == "article"
    )


def _refuse_missing(document: Document, signs: Signs) -> None:
    page = document.page
    if page.status in {404, 410}:
        raise Rejected(Reason.SOFT_404, f"HTTP {page.status}")
    asked, final = urlsplit(page.url), urlsplit(page.final_url)
    if (asked.path.strip("/") or asked.query) and not final.path.strip("/") and not final.query:
        raise Rejected(Reason.SOFT_404, f"{page.url} led to the home page"[:200])
    if signs.word_count >= SHORT_WORDS or signs.has_date:
        return
    for text in (signs.title, signs.heading):
        if NOT_FOUND.search(text):
            raise Rejected(Reason.SOFT_404, f"its headline is {text[:80]!r}")


def _refuse_walls(document: Document, signs: Signs) -> None:
    if match := CHALLENGE_TITLE.search(signs.title) or (
        None if is_article_said(document) else CHALLENGE_MARK.search(document.text)
    ):
        raise Rejected(Reason.CHALLENGE, f"{match[0]!r} and {signs.word_count} words of text")
    if signs.has_date:
        _refuse_paywall(document, signs)
        return
    told = len(CONSENT_TEXT.findall(signs.body))
    if told >= 2 and (CONSENT_TITLE.search(signs.title) or told * 12 > signs.word_count):
        raise Rejected(Reason.CONSENT, f"{told} words on cookies and consent in {signs.word_count}")
    if LOGIN_TITLE.search(signs.title) or (
        signs.word_count < STUB_WORDS and not signs.has_date and _has_password_field(document)
    ):
        raise Rejected(Reason.LOGIN, f"a log-in form and {signs.word_count} words of text")
    _refuse_paywall(document, signs)


def _refuse_paywall(document: Document, signs: Signs) -> None:
    if signs.word_count >= STUB_WORDS:
        return
    told = PAYWALL_TEXT.search(signs.body) or PAYWALL_TEXT.search(document.tree.text_content())
    if signs.is_paywalled or (told and PAYWALL_MARK.search(document.text)):
        raise Rejected(Reason.PAYWALL, f"a paywall and {signs.word_count} words of text")


def _refuse_listing(document: Document, signs: Signs) -> None:
    """Find home, section and search pages; an og:type is no proof, home pages say `article` too."""
    if document.article_node:
        return
    parts = urlsplit(document.page.final_url)
    section = SECTION_PATH.search(parts.path)
    is_undated = not signs.has_date and not is_article_said(document)
    if section and is_undated and not SLUG.search(section[1]):
        raise Rejected(Reason.LISTING, f"the section {section[1]!r}, and no date of its own"[:200])
    further = FURTHER_PATH.search(parts.path)
    if further and not is_article_said(document) and not SLUG.search(further[1]):
        raise Rejected(Reason.LISTING, f"a further page of the section {further[1]!r}"[:200])
    links = [" ".join(link.text_content().split()) for link in document.tree.iter("a")]
    headlines = {text for text in links if len(text.split()) >= HEADLINE_WORDS}
    if len(headlines) < MANY_LINKS:
        return
    if LISTING_PATH.match(parts.path) and not parts.query:
        raise Rejected(Reason.LISTING, f"a home or section page: {len(headlines)} headlines")
    listed = {name for node in document.nodes for name in jsonld.types(node)} & LISTING_TYPES
    if listed and not signs.has_date and not SLUG.search(parts.path):
        raise Rejected(Reason.LISTING, f"calls itself {min(listed)}")
    if signs.word_count < FEW_WORDS and not is_article_said(document):
        raise Rejected(Reason.LISTING, f"{len(headlines)} headlines and no text")
    share = _share_in_links(signs.body, headlines)
    if share > MOSTLY:
        raise Rejected(Reason.LISTING, f"{share:.0%} of its text are headlines of other pages")


def _share_in_links(body: str, headlines: set[str]) -> float:
    lines = [line.strip(" -•") for line in body.splitlines()]
    linked = sum(len(line) for line in lines if line in headlines)
    return linked / (sum(map(len, lines)) or 1)


def _refuse_media(document: Document, signs: Signs) -> None:
    kinds = {name for node in document.nodes for name in jsonld.types(node)} & MEDIA_TYPES
    og_type = (document.first_meta("og:type") or "").lower()
    is_media = og_type.startswith(("video", "music"))
    if is_media or (kinds and not document.article_node):
        what = og_type if is_media else min(kinds)
        raise Rejected(Reason.MEDIA, f"{what} and {signs.own_words} words of text")


def _refuse_without_text(document: Document, signs: Signs) -> None:
    if not document.tree.text_content().strip():
        raise Rejected(Reason.EMPTY, "a page without any text")
    raise Rejected(Reason.NO_TEXT, f"{signs.word_count} words of text")


def _has_password_field(document: Document) -> bool:
    return bool(document.tree.xpath(".//input[@type='password']"))
