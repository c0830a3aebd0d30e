"""Whether a page is an article at all; in doubt it is."""

import re
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from transforms import jsonld
from transforms.body import count_words
from transforms.document import Document
from transforms.listings import SLUG, is_home, refuse_listing
from transforms.rejection import Reason, Rejected
from transforms.signs import Signs, most_of
from transforms.walls import SHORT_WORDS, STUB_WORDS, refuse_walls

NOT_FOUND = re.compile(
    r"\b(page|article|story|content|post|file|item|document|url)\b.{0,30}"
    r"(\bnot|n['’]t|\bcannot|\bno longer)\b.{0,12}\b(found|available|exists?)\b"
    r"|^\W*(error\W*)?404\b|\b404\b.{0,12}(error|not found|page)"
    r"|^\W*(oops\W*)?not found|nothing (was )?found|\b(page|article|story) (is )?missing"
    r"|(seite|artikel|inhalt) .{0,20}(nicht (gefunden|verfügbar)|existiert nicht)"
    r"|^\W*nicht gefunden|page (introuvable|non trouvée)|n['’]existe (pas|plus)"
    r"|página (no|não) (encontrada|existe)|pagina (non|niet) (trovata|gevonden)|nie znaleziono"
    r"|sayfa bulunamadı|страница не найдена|الصفحة غير موجودة|لم يتم العثور"
    r"|صفحه.{0,20}(یافت|پیدا) نشد"
    r"|(صفحہ|خبر|مضمون|مواد).{0,30}(نہیں مل|موجود نہیں|دستیاب نہیں)|نہیں مل سکا"
    r"|پاڼه.{0,12}(ونه موندل|نشته|شتون نه لري)|ونه موندل شو|पृष्ठ नहीं मिला|পাতাটি পাওয়া যায়নি",
    re.IGNORECASE,
)
NOT_FOUND_NAME = re.compile(
    r"(error\W*)?404\W*(error|page)?\W*((page|file)? ?not found)?|(page|file|article) not found"
    r"|page introuvable|seite nicht gefunden|صفحہ (نہیں ملا|موجود نہیں)|پاڼه ونه موندل شوه",
    re.IGNORECASE,
)
"""What is no article's name, however much a page shows below it."""
OUT_OF_SERVICE = re.compile(
    r"\b(we|(web)?site|page|service)(['’](re|ll)| is| are| will)\b.{0,40}"
    r"\b(maintenance|back (soon|shortly|online)|under construction|unavailable)\b"
    r"|(this|the|your) (domain|website|account)( name)?( \S+)? (is|may be|has|has been) .{0,20}"
    r"\b(for sale|parked|expired|suspended|available)\b|buy this domain|(domain|\.\w+) is for sale"
    r"|(scheduled|under|site) maintenance|maintenance mode|under construction"
    r"|bandwidth limit exceeded|apache2? \w+ default page"
    r"|welcome to (nginx|openresty|centos)|^it works!?$|\bdefault (web )?(page|site|server)\b"
    r"|(http server|apache2?) .{0,20}test page|iis windows( server)?$|error establishing a database"
    r"|wartungsarbeiten|wartungsmodus|site en maintenance|en mantenimiento"
    r"|(سائٹ|ویب سائٹ|صفحہ).{0,20}(زیر (مرمت|تعمیر)|عارضی طور پر بند)",
    re.IGNORECASE,
)
INDEX_OF = re.compile(r"index of /", re.IGNORECASE)
VIEWERS = ".//iframe[@src] | .//embed | .//object | .//video | .//audio"
VIEWED = re.compile(
    r"\.pdf\b|pdfjs|viewer\.html|youtube|youtu\.be|vimeo|dailymotion|player", re.IGNORECASE
)
MEDIA_TYPES = frozenset(
    {"VideoObject", "ImageGallery", "MediaGallery", "AudioObject", "PodcastEpisode"}
)
SENTENCE_END = re.compile(r"[.!?…۔؟।॥。！？։።။។]\W*$")
FEW_WORDS = 15
BRIEF_WORDS = 40
SENTENCE_WORDS, LONG_LINE_WORDS = 5, 12
OPENING = 300


def refuse_non_articles(document: Document, signs: Signs) -> None:
    """Let an article pass, and every page that may be one.

    Raises:
        Rejected: with the first reason that holds, and what gave it away.
    """
    _refuse_moved(document)
    _refuse_missing(document, signs)
    _refuse_out_of_service(document, signs)
    refuse_walls(document, signs)
    refuse_listing(document, signs)
    if signs.own_words < FEW_WORDS:
        _refuse_media(document, signs)
    if signs.word_count < FEW_WORDS or (
        signs.own_words < BRIEF_WORDS and not any(map(_is_sentence, signs.body.splitlines()))
    ):
        _refuse_without_text(document, signs)


def _refuse_moved(document: Document) -> None:
    """Find addresses that are gone: the outlet says so, or leads to its front or section page."""
    page = document.page
    if page.status in {404, 410}:
        raise Rejected(Reason.SOFT_404, f"HTTP {page.status}")
    if is_home(page.final_url) and not is_home(page.url):
        raise Rejected(Reason.SOFT_404, f"{page.url} led to the home page"[:200])
    asked, final = (urlsplit(url).path.strip("/").split("/") for url in (page.url, page.final_url))
    is_above = len(final) < len(asked) and asked[: len(final)] == final
    is_cut = is_above and SLUG.search(asked[-1]) and not any(map(SLUG.search, final))
    if is_cut and not document.is_article_said:
        raise Rejected(Reason.SOFT_404, f"{page.url} led to its section"[:200])


def _refuse_missing(document: Document, signs: Signs) -> None:
    if "error404" in document.body_classes:
        raise Rejected(Reason.SOFT_404, "calls itself an error 404")
    if document.is_article_said:
        return
    for name in signs.headlines:
        if NOT_FOUND_NAME.fullmatch(name.strip(" .!»«")):
            raise Rejected(Reason.SOFT_404, f"its headline is {name[:80]!r}")
    if signs.word_count >= SHORT_WORDS or signs.has_date:
        return
    for text in (signs.title, signs.heading):
        if NOT_FOUND.search(text):
            raise Rejected(Reason.SOFT_404, f"its headline is {text[:80]!r}")


def _refuse_out_of_service(document: Document, signs: Signs) -> None:
    if signs.has_date or document.is_article_said:
        return
    if INDEX_OF.match(signs.title):
        raise Rejected(Reason.LISTING, f"a folder's files: {signs.title[:80]!r}")
    if signs.word_count >= SHORT_WORDS:
        return
    said = next(filter(None, (most_of(OUT_OF_SERVICE, name) for name in signs.headlines)), None)
    if not said and signs.word_count < STUB_WORDS:
        said = OUT_OF_SERVICE.search(document.visible_text[:OPENING])
    if said:
        raise Rejected(Reason.OUT_OF_SERVICE, f"it says {said[0][:80]!r}")


def _refuse_media(document: Document, signs: Signs) -> None:
    kinds = {name for node in document.nodes for name in jsonld.types(node)} & MEDIA_TYPES
    og_type = (document.first_meta("og:type") or "").lower()
    is_media = og_type.startswith(("video", "music"))
    if is_media or (kinds and not document.article_node):
        what = og_type if is_media else min(kinds)
        raise Rejected(Reason.MEDIA, f"{what} and {signs.own_words} words of text")
    shown = next(filter(_is_viewer, document.tree.xpath(VIEWERS)), None)
    if shown is not None and signs.word_count < FEW_WORDS:
        raise Rejected(Reason.MEDIA, f"<{shown.tag}> and {signs.word_count} words of text")


def _is_sentence(line: str) -> bool:
    """Judge whether a line is more than a name, a date or a caption; a brief needs but one."""
    words = count_words(line)
    is_ended = words >= SENTENCE_WORDS and SENTENCE_END.search(line[-OPENING:]) is not None
    return is_ended or words >= LONG_LINE_WORDS


def _is_viewer(element: HtmlElement) -> bool:
    told = " ".join(element.get(name) or "" for name in ("src", "data", "type"))
    return element.tag in {"video", "audio"} or VIEWED.search(told) is not None


def _refuse_without_text(document: Document, signs: Signs) -> None:
    if not document.visible_text:
        raise Rejected(Reason.EMPTY, "a page without any text")
    raise Rejected(Reason.NO_TEXT, f"{signs.word_count} words of text")
