"""Lengths: what a text has of its page's running text, and what was missed."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

from transforms.apart import is_named_apart

MIN_LETTERS = 60
SAMPLE = 40
MAX_BLOCKS = 5_000
"""Every block is looked for in the text: a bound for what no article is."""
CUT_SHARE, CUT_LETTERS = 0.3, 200


def weigh_paragraphs(tree: HtmlElement, squeezed: str) -> tuple[int, Counter[HtmlElement | None]]:
    """Compare lengths by the beginnings of paragraphs: nearly every page is done with that.

    Returns how much was missed, and how much was taken from which `<article>`.
    """
    taken: Counter[HtmlElement | None] = Counter()
    missed = 0
    for element in islice(tree.iter("p"), MAX_BLOCKS):
        text = (element.text or "").strip()
        if len(text) < MIN_LETTERS:
            text = element.text_content().strip()
        if len(text) < MIN_LETTERS:
            continue
        if "".join(text[:SAMPLE].split()) in squeezed:
            taken[outer_article(element)] += len(text)
        else:
            missed += len(text)
    return missed, taken


def is_cut_between_breaks(tree: HtmlElement, squeezed: str) -> bool:
    """Judge whether much was missed of the line-broken or plain box that holds the text."""
    taken: set[HtmlElement] = set()
    missed: Counter[HtmlElement] = Counter()
    for home, text in dict.fromkeys(_unblocked(tree)):
        piece = "".join(text.split())
        if piece[:SAMPLE] in squeezed:
            taken.add(home)
        else:
            missed[home] += len(piece)
    return sum(missed[home] for home in taken) > CUT_SHARE * len(squeezed) + CUT_LETTERS


def outer_article(element: HtmlElement) -> HtmlElement | None:
    """Return the outermost `<article>` that an element stands in."""
    outer = None
    for outer in element.iterancestors("article"):  # noqa: B007 (the last is the outermost)
        pass
    return outer


def _unblocked(tree: HtmlElement) -> Iterator[tuple[HtmlElement, str]]:
    """Go through texts that are no paragraphs, each with the box that it shares with the next."""
    broken: dict[HtmlElement, None] = {}
    for line in islice(tree.iter("br"), MAX_BLOCKS):
        if line.tail and len(line.tail) >= MIN_LETTERS:
            broken[line.getparent()] = None
            yield line.getparent(), line.tail
    for box in islice(tree.iter("div", "td"), MAX_BLOCKS):
        text = (box.text or "").strip()
        if len(text) >= MIN_LETTERS and box not in broken and not is_named_apart(box):
            yield box.getparent(), text
    for box in broken:
        if box.text and len(box.text) >= MIN_LETTERS:
            yield box, box.text
