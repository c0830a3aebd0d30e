"""The article's text: trafilatura's, without the lines that are the page's and not the author's."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from lxml.cssselect import CSSSelector
from lxml.html import document_fromstring
from trafilatura import bare_extraction

from crawlers.page import ListedItem
from transforms import jsonld
from transforms.article import BodyFrom
from transforms.document import PARSER, Document
from transforms.encoding import clean_characters
from transforms.metadata import split_tags
from transforms.normalise import normalise_text, words

CHROME = re.compile(
    r"(scroll|back) to (the )?top|share( this)?( (article|story|post|on [\w ]{2,20}))?:?|(click to )?(share|print|tweet|whatsapp|facebook|twitter|email|copy link|pin it|linkedin|telegram)|"
    r"advertisements?( continue reading below)?|sponsored|read more\W*|continue reading\W*|read also\W*|also read\W*|related( (news|stories|articles|posts|topics|content))?\W*|"
    r"(sign up|subscribe)( (now|here|to our newsletter|for our newsletter))?\W*|listen to (this )?article|follow us.{0,40}|leave a (comment|reply).{0,20}|comments?( \(\d+\))?|loading\W*|"
    r"(published|posted|updated|last updated|last modified)( on| at)?:?|by|tags?:?|\d+ min(ute)?s? read|(getty images|reuters|ap photo|afp)|image (source|caption).{0,60}|follow .{2,30} on (twitter|x|facebook|instagram|google news)\W*|"
    r"مزید پڑھیں\W*|شیئر( کریں)?\W*|یہ بھی پڑھیں\W*|نور ولولئ\W*",
    re.IGNORECASE,
)
"""Whole lines that are never an author's sentence."""
DATE_LINE = re.compile(
    r"(?:(?:published|posted|updated|last updated|last modified|first published|date)\W*(?:on|at)?\W*)?"
    r"(?:[^\W\d]{2,12}[,،.]?\s+){0,2}(?:\d{1,2}(?:st|nd|rd|th)?[\s./,-]+(?:[^\W\d]{3,12}\.?|\d{1,2})[\s./,-]+\d{2,4}|[^\W\d]{3,12}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}|\d{4}[-./]\d{2}[-./]\d{2})"
    r"(?:[\s,،|@–-]*(?:at\s*)?\d{1,2}[:.]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?)?(?:\s*\(?[A-Z]{2,5}\)?)?)?\W*(?:\|.{0,40})?",
    re.IGNORECASE,
)
CUT = re.compile(
    r"(…|\.\.\.|\[…\]|\[\.\.\.\])\s*$|(read more|continue reading|مزید پڑھیں)\W*$", re.IGNORECASE
)
TOP_LINES = 4
MIN_FEED_WORDS = 40
PAID_TIERS = {"locked", "paid", "premium"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The text, and what stood above it that was not text."""

    text: str | None
    origin: BodyFrom
    tagline: tuple[str, ...] = ()
    """Tags that were printed as a line of their own above the text."""
    is_paywalled: bool = False
    is_truncated: bool = False

    @property
    def word_count(self) -> int:
        """Count the words of the text."""
        return len((self.text or "").split())


def read_body(document: Document, title: str | None, tags: Sequence[str]) -> Body:
    """Read the page's text and clean it."""
    raw = _main_text(document)
    said = _said_in_jsonld(document)
    is_cut = bool(raw and CUT.search(raw.rstrip()[-60:]))
    text, tagline = clean_lines(raw, title, tags)
    if len(words(text)) < 40 and len(words(said)) > 2 * len(words(text)) + 40:
        text = said
    is_short = len(words(said)) > 1.7 * len(words(text)) + 50
    return Body(
        text=text or None,
        origin="page",
        tagline=tagline,
        is_paywalled=_is_paywalled(document),
        is_truncated=is_cut or is_short,
    )


def feed_body(item: ListedItem | None) -> Body | None:
    """Make a body of the feed's full text, where it carries one."""
    if item is None or not item.full_text:
        return None
    text, tagline = clean_lines(text_of_fragment(item.full_text), item.title, ())
    if not text:
        return None
    return Body(
        text=text, origin="feed", tagline=tagline, is_truncated=bool(CUT.search(text[-60:]))
    )


def better_body(page: Body, feed: Body | None) -> Body:
    """Take the feed's text where the page is walled or cut and the feed has clearly more."""
    if feed is None or feed.word_count < max(MIN_FEED_WORDS, 1.5 * page.word_count):
        return page
    if page.is_paywalled or page.is_truncated or page.word_count < MIN_FEED_WORDS:
        return replace(feed, is_paywalled=page.is_paywalled, tagline=page.tagline or feed.tagline)
    return page


def text_of_fragment(fragment: str) -> str:
    """Turn a feed's HTML into paragraphs."""
    tree = document_fromstring(
        f"<div><article>{clean_characters(fragment)}</article></div>".encode(), parser=PARSER
    )
    blocks = tree.xpath(".//p | .//li | .//h2 | .//h3 | .//blockquote[not(.//p)]")
    lines = [" ".join(block.text_content().split()) for block in blocks]
    if sum(map(len, lines)) * 2 < len(tree.text_content().strip()):
        lines = [" ".join(line.split()) for line in tree.text_content().splitlines()]
    return "\n".join(line for line in lines if line)


def clean_lines(text: str, title: str | None, tags: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Drop a headline, tag line and date line above the text, and the page's own lines anywhere."""
    lines = [line.strip() for line in clean_characters(text).splitlines()]
    lines = [line for line in lines if line and not CHROME.fullmatch(line)]
    tagline: tuple[str, ...] = ()
    top: list[str] = []
    for line in lines[:TOP_LINES]:
        if (title and _is_headline(line, title)) or DATE_LINE.fullmatch(line):
            continue
        if not tagline and not top and is_tagline(line, tags):
            tagline = split_tags([line])
        else:
            top.append(line)
    return "\n".join(top + lines[TOP_LINES:]), tagline


def is_tagline(line: str, tags: Sequence[str]) -> bool:
    """Judge whether a line is a list of tags: the page's own, or short phrases and no sentence."""
    parts = split_tags([line])
    if (
        len(parts) >= 2
        and tags
        and {part.casefold() for part in parts} <= {tag.casefold() for tag in tags}
    ):
        return True
    if tags or len(parts) < 3 or len(line) > 300 or line[-1] in ".!?۔:;\"”'":
        return False
    return all(len(part.split()) <= 4 and sum(map(str.isalpha, part)) >= 3 for part in parts)


def _is_headline(line: str, title: str) -> bool:
    one, other = (" ".join(words(normalise_text(text))) for text in (line, title))
    if one == other:
        return True
    if not one or abs(len(one) - len(other)) > 0.3 * len(other):
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() > 0.92


def _main_text(document: Document) -> str:
    paths = [CSSSelector(css).path for css in document.source.hints.prune_css]
    found = bare_extraction(
        document.tree,
        url=document.page.final_url,
        include_comments=False,
        with_metadata=False,
        prune_xpath=paths or None,
    )
    return (found.text or "") if found is not None else ""


def _said_in_jsonld(document: Document) -> str:
    value = document.article_node.get("articleBody")
    return clean_characters(value).strip() if isinstance(value, str) and "<" not in value else ""


def _is_paywalled(document: Document) -> bool:
    free = jsonld_flag(document.article_node.get("isAccessibleForFree"))
    tier = (document.first_meta("article:content_tier") or "").lower()
    return free is False or tier in PAID_TIERS


def jsonld_flag(value: object) -> bool | None:
    """Read a schema.org Boolean in any of the ways outlets write it; None where not said."""
    if isinstance(value, bool):
        return value
    said = {text.lower().rsplit("/", 1)[-1] for text in jsonld.strings(value)}
    return False if "false" in said or "no" in said else True if said & {"true", "yes"} else None
