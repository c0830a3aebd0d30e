"""The article's text: trafilatura's, without the lines that are the page's and not the author's."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from lxml.html import HtmlElement, document_fromstring
from trafilatura import bare_extraction

from crawlers.page import ListedItem
from transforms.ad_boxes import without_ads
from transforms.article import BodyFrom
from transforms.cells import split_cells
from transforms.chrome import MARKS
from transforms.document import SHOWN, Document
from transforms.encoding import clean_characters
from transforms.foreign_code import ask_or_reject
from transforms.hidden_copies import without_hidden_copies
from transforms.hints import hinted_tree
from transforms.joiners import has_joiners, hide_joiners, restore_joiners
from transforms.lines import clean_lines
from transforms.metadata import read_site_name
from transforms.onward_link import has_onward_link
from transforms.parsing import PARSER
from transforms.paywall import find_wall
from transforms.rejection import Reason, Rejected
from transforms.running_text import RunningText, complete_text, letters_of
from transforms.standfirst import missing_standfirst

CUT = re.compile(
    r"(…|\.\.\.|\[…\]|\[\.\.\.\])\s*$|(read more|continue reading|مزید پڑھیں)\W*$"
    r"|read the (full|whole|entire|rest of the) (story|article|text)[^.]{0,30}$",
    re.IGNORECASE,
)
UNSPACED = re.compile("[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
MIN_FEED_WORDS = 40
MAX_BODY = 1_000_000
"""Letters: a book has as many, and no article a tenth."""
ENDING = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The text, and what stood above it that was not text."""

    text: str | None
    origin: BodyFrom
    tagline: tuple[str, ...] = ()
    """Tags that were printed as a line of their own above the text."""
    is_paywalled: bool = False
    is_truncated: bool = False
    links: frozenset[str] = frozenset()
    """The texts of the page's links."""
    whole: str = ""
    """The text before it was cleaned: lines that credit somebody are taken out of it, too."""

    @property
    def word_count(self) -> int:
        """Count the words of the text."""
        return count_words(self.text or "")

    @property
    def own_word_count(self) -> int:
        """Count the words of the lines that are not links and no more."""
        lines = (self.text or "").splitlines()
        return sum(count_words(line) for line in lines if line.strip(MARKS) not in self.links)


def count_words(text: str) -> int:
    """Count words; two characters are one in scripts that are written without spaces."""
    unspaced = 0 if text.isascii() else len(UNSPACED.findall(text))
    return len(text.split()) + unspaced // 2


def read_body(document: Document, title: str | None, tags: Sequence[str]) -> Body:
    """Read the page's text and clean it."""
    said = _said_in_jsonld(document)
    links = frozenset(document.link_texts)
    running = _running_text(document)
    whole = running.text
    names = [document.source.name, read_site_name(document)[0] or ""]
    headlines = _headlines(document, title)
    text, tagline = clean_lines(whole, headlines, tags, links, names)
    standfirst = missing_standfirst(document, text) or ""
    if standfirst := clean_lines(standfirst, headlines, tags)[0]:
        text = f"{standfirst}\n{text}"
    said_words, word_count = count_words(said), count_words(text)
    if word_count < 40 and said_words > 2 * word_count + 40:
        text, word_count = said, said_words
    text = _bounded(text)
    is_said = bool(said) and _is_only_said(document, text, said)
    # "Read more:" below a whole text is taken out; what stood above it may end in dots.
    is_cut = _breaks_off(text) and (is_said or _breaks_off(whole))
    is_left = not is_said and (running.is_short or has_onward_link(document, text))
    is_short = said_words > 1.7 * word_count + 50 and not _ends_as(text, said)
    is_paywalled, is_stub = find_wall(document, word_count)
    return Body(
        text=text or None,
        origin="json-ld" if is_said else "page",
        tagline=tagline,
        is_paywalled=is_paywalled,
        is_truncated=is_cut or is_left or is_short or is_stub,
        links=links,
        whole=whole,
    )


def _bounded(text: str) -> str:
    if len(text) > MAX_BODY:
        raise Rejected(Reason.TOO_LARGE, f"{len(text) / 1e6:.1f} million letters of text")
    return text


def feed_body(item: ListedItem | None) -> Body | None:
    """Make a body of the feed's full text, where it carries one."""
    if item is None or not item.full_text:
        return None
    whole = text_of_fragment(item.full_text)
    text, tagline = clean_lines(whole, [item.title or ""], ())
    if not 0 < len(text) <= MAX_BODY:
        return None
    is_cut = _breaks_off(text)
    return Body(text=text, origin="feed", tagline=tagline, is_truncated=is_cut, whole=whole)


def better_body(page: Body, feed: Body | None) -> Body:
    """Take the feed's text where the page is walled or cut and the feed has clearly more."""
    if feed is None or feed.word_count < max(MIN_FEED_WORDS, 1.5 * page.word_count):
        return page
    if page.is_paywalled or page.is_truncated or page.word_count < MIN_FEED_WORDS:
        return replace(feed, is_paywalled=page.is_paywalled, tagline=page.tagline or feed.tagline)
    return page


def _breaks_off(text: str) -> bool:
    """Judge whether a text's last line says that there is more of it."""
    return CUT.search(text.rstrip()[-60:]) is not None


def _ends_as(text: str, said: str) -> bool:
    """Judge whether what is said to be the text ends within it: it is longer by what is doubled."""
    return letters_of(said[-ENDING:]) in letters_of(text)


def text_of_fragment(fragment: str) -> str:
    """Turn a feed's HTML into paragraphs."""
    tree = document_fromstring(
        f"<div><article>{clean_characters(fragment)}</article></div>".encode(), parser=PARSER
    )
    blocks = [
        one for one in tree.iter("p", "li", "h2", "h3", "blockquote") if one.find("p") is None
    ]
    lines = [" ".join("".join(map(str, block.itertext())).split()) for block in blocks]
    whole = "".join(map(str, tree.itertext())).strip()
    if sum(map(len, lines)) * 2 < len(whole):
        lines = [" ".join(line.split()) for line in whole.splitlines()]
    return "\n".join(line for line in lines if line)


def _running_text(document: Document) -> RunningText:
    tree = without_ads(without_hidden_copies(hinted_tree(document)))
    if not has_joiners(document.text):
        return complete_text(tree, _main_text(tree, document.page.final_url))
    tree = hide_joiners(tree)
    running = complete_text(tree, _main_text(tree, document.page.final_url))
    return replace(running, text=restore_joiners(running.text))


def _main_text(tree: HtmlElement, url: str) -> str:
    found = ask_or_reject(
        lambda: bare_extraction(
            tree,
            url=url,
            include_comments=False,
            with_metadata=False,
        )
    )
    return split_cells(tree, _bounded(found.text or "")) if found is not None else ""


def _is_only_said(document: Document, text: str, said: str) -> bool:
    """Judge whether a text is JSON-LD's: trafilatura falls back on that by itself, too."""
    letters = letters_of(text)
    return letters == letters_of(said) and letters[:ENDING] not in letters_of(
        "".join(cast("list[str]", SHOWN(document.tree)))
    )


def _headlines(document: Document, title: str | None) -> list[str]:
    return [text for text in dict.fromkeys((title, *document.headings)) if text]


def _said_in_jsonld(document: Document) -> str:
    value = document.article_node.get("articleBody")
    return clean_characters(value).strip() if isinstance(value, str) and "<" not in value else ""
