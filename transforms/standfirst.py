"""The standfirst: what a page says of its article, printed between headline and text."""

from collections.abc import Iterator

from lxml.html import HtmlElement

from transforms.document import Document
from transforms.jsonld import strings
from transforms.running_text import letters_of

DESCRIPTIONS = ("og:description", "description", "twitter:description")
PLACES = ("p", "h2", "h3", "h4", "h5", "div", "span", "strong", "em")
MAX_CHILDREN = 2
MIN_LETTERS = 30
CERTAIN_LETTERS = 45
MAX_TEXT = 1500


def missing_standfirst(document: Document, text: str) -> str | None:
    """Return the printed standfirst that a text lacks; None where it has it, or there is none."""
    whole = letters_of(text)
    described = {
        letters
        for said in _descriptions(document)
        if len(letters := letters_of(said)) >= MIN_LETTERS
        and letters[:CERTAIN_LETTERS] not in whole
    }
    if not described or not whole:
        return None
    first = letters_of(text.split("\n", 1)[0])[:CERTAIN_LETTERS]
    for shown in _printed(document, {letters[:1] for letters in (*described, first)}):
        letters = letters_of(shown)
        if first and letters.startswith(first):
            return None
        if any(_is_same(letters, said) for said in described):
            is_taken = letters[-CERTAIN_LETTERS:] in whole
            return None if is_taken else " ".join(shown.split())
    return None


def _printed(document: Document, initials: set[str]) -> Iterator[str]:
    """Go through the short texts of a page that begin with one of these letters."""
    for element in document.tree.iter(*PLACES):
        if len(element) > MAX_CHILDREN:
            continue
        shown = (element.text_content() if len(element) else element.text or "").strip()
        if (
            MIN_LETTERS <= len(shown) <= MAX_TEXT
            and not initials.isdisjoint(shown[:2])
            and not _is_caption(element)
        ):
            yield shown


def _descriptions(document: Document) -> list[str]:
    in_head = [document.first_meta(name) for name in DESCRIPTIONS]
    return [said for said in (*in_head, *strings(document.article_node.get("description"))) if said]


def _is_caption(element: HtmlElement) -> bool:
    return next(element.iterancestors("figure", "figcaption", "aside"), None) is not None


def _is_same(letters: str, said: str) -> bool:
    """Judge whether a printed text is the description, or the whole of one that was cut."""
    if letters == said:
        return True
    return (
        len(said) >= CERTAIN_LETTERS and letters.startswith(said) and len(letters) < 2 * len(said)
    )
