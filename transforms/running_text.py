"""A text held against all running text of its page: what was missed is put back, or flagged."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

from transforms.apart import stands_apart, teaser_boxes
from transforms.running_length import (
    MAX_BLOCKS,
    MIN_LETTERS,
    SAMPLE,
    is_cut_between_breaks,
    outer_article,
    weigh_paragraphs,
)

BLOCKS = ("p", "h2", "h3", "h4", "li", "blockquote")
NESTED = frozenset({"li", "blockquote"})
NOT_LETTERS = re.compile(r"[\W_]+")
MAX_LINKED = 0.5
HOME_SHARE = 0.3
MISSED_SHARE = 0.15
SHORT_SHARE = 0.3
SHORT_LETTERS = 400
ARTICLE_SHARE = 0.5
MAX_TEXT = 200_000
"""Every block is looked for in the text: a bound for what no article is."""
Home = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningText:
    """A text with what had been missed of it."""

    text: str
    is_short: bool
    """Whether clearly more running text stands beside it, of which nobody knows whose it is."""


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, heading or list item."""

    element: HtmlElement
    text: str
    letters: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Where on the page the text stands."""

    homes: set[Home]
    around: set[HtmlElement]
    """Every element that holds a part of the text: what they are called says nothing."""
    article: HtmlElement | None
    teasers: set[HtmlElement | None]


def letters_of(text: str) -> str:
    """Leave the letters and digits of a text: what two readings of it have in common."""
    return NOT_LETTERS.sub("", text)


def complete_text(tree: HtmlElement, text: str) -> RunningText:
    """Put back what stands in the same run as the text, and leave out what stands elsewhere."""
    if len(text) > MAX_TEXT:
        return RunningText(text=text, is_short=False)
    squeezed = "".join(text.split())
    missed, articles = weigh_paragraphs(tree, squeezed)
    is_cut = is_cut_between_breaks(tree, squeezed)
    if not articles:
        is_elsewhere = 0 < len(squeezed) < missed and _is_missed(tree, squeezed)
        return RunningText(text=text, is_short=is_cut or is_elsewhere)
    article = articles.most_common(1)[0][0]
    if article is not None and len(articles) > 1:
        text = _without_other_boxes(tree, text, article)
    if missed < MISSED_SHARE * articles.total():
        return RunningText(text=text, is_short=is_cut)
    whole = _with_missed(tree, text, article)
    return RunningText(text=whole.text, is_short=is_cut or whole.is_short)


def _is_missed(tree: HtmlElement, squeezed: str) -> bool:
    """Judge whether the page has more running text than a text that is none of it."""
    teasers = teaser_boxes(tree)
    blocks = _blocks(tree, ("p",), MIN_LETTERS)
    found = sum(len(block.letters) for block in blocks if _is_text(block, set(), teasers))
    return found > len(squeezed) + SHORT_LETTERS


def _without_other_boxes(tree: HtmlElement, text: str, article: HtmlElement) -> str:
    """Drop lines that the page prints outside the article from which most of the text comes."""
    inside = letters_of(article.text_content())
    outside = {block.letters for block in _blocks(tree, BLOCKS, 1)}
    lines = [(line, letters_of(line)) for line in text.splitlines()]
    kept = [line for line, letters in lines if letters in inside or letters not in outside]
    whole = sum(len(letters) for _, letters in lines)
    is_most = sum(len(letters_of(line)) for line in kept) >= ARTICLE_SHARE * whole
    return "\n".join(kept) if is_most else text


def _with_missed(tree: HtmlElement, text: str, article: HtmlElement | None) -> RunningText:
    whole = letters_of(text)
    paragraphs = list(_blocks(tree, ("p",), MIN_LETTERS))
    taken = [block for block in paragraphs if _is_in(block, whole)]
    count = sum(len(block.letters) for block in taken)
    run = _run_of(tree, taken, article)
    beside = 0
    other: Counter[HtmlElement] = Counter()
    for block in paragraphs:
        if _is_in(block, whole) or not _is_articles(block, run):
            continue
        if run.homes.isdisjoint(_homes_of(block.element)):
            other[block.element.getparent()] += len(block.letters)
        else:
            beside += len(block.letters)
    if taken and beside >= MISSED_SHARE * count:
        text = _merge(tree, text, run)
        count += beside
    # Teasers stand in a box each; what goes on elsewhere, in one.
    most = max(other.values(), default=0)
    is_short = bool(taken) and most > SHORT_SHARE * max(count, len(whole)) + SHORT_LETTERS
    return RunningText(text=text, is_short=is_short)


def _blocks(tree: HtmlElement, tags: tuple[str, ...], least: int) -> Iterator[Block]:
    seen = set()
    for element in islice(tree.iter(*tags), MAX_BLOCKS):
        if element.tag in NESTED and element.find(".//p") is not None:
            continue
        text = element.text_content()
        letters = letters_of(text) if len(text) >= least else ""
        if len(letters) >= least and letters not in seen:
            seen.add(letters)
            yield Block(element, " ".join(text.split()), letters)


def _is_in(block: Block, whole: str) -> bool:
    return block.letters[:SAMPLE] in whole or block.letters[-SAMPLE:] in whole


def _homes_of(element: HtmlElement) -> set[Home]:
    """Name a paragraph's home: its parent, or one that is reached by boxes of the same classes.

    The whole way counts: a layout's class names (`mb-4`, `card-body`) stand all over a page.
    """
    parent = element.getparent()
    homes: set[Home] = {(parent,)}
    named = parent if parent is not None and parent.get("class") else element
    if name := named.get("class"):
        homes.add(
            (named.tag, name, *((one.tag, one.get("class")) for one in named.iterancestors()))
        )
    return homes


def _run_of(tree: HtmlElement, taken: list[Block], article: HtmlElement | None) -> Run:
    count = sum(len(block.letters) for block in taken)
    weights: Counter[Home] = Counter()
    around: set[HtmlElement] = set()
    for block in taken:
        around.update(block.element.iterancestors())
        for home in _homes_of(block.element):
            weights[home] += len(block.letters)
    homes = {home for home, weight in weights.items() if weight >= HOME_SHARE * count}
    return Run(homes=homes, around=around, article=article, teasers=teaser_boxes(tree))


def _is_articles(block: Block, run: Run) -> bool:
    """Judge whether a paragraph may be of the article from which the text comes."""
    is_inside = outer_article(block.element) is run.article
    return is_inside and _is_text(block, run.around, run.teasers)


def _is_text(block: Block, around: set[HtmlElement], teasers: set[HtmlElement | None]) -> bool:
    """Judge whether a paragraph is running text: in no box of its own, and not mostly links."""
    linked = sum(len(letters_of(link.text_content())) for link in block.element.iter("a"))
    if linked > MAX_LINKED * len(block.letters) or block.element.find(".//script") is not None:
        return False
    return not stands_apart(block.element, around, teasers)


def _merge(tree: HtmlElement, text: str, run: Run) -> str:
    """Set each missed block below the line that stands above it on the page."""
    lines = text.splitlines()
    places = {letters_of(line): number for number, line in enumerate(lines)}
    whole = letters_of(text)
    put: defaultdict[int, list[str]] = defaultdict(list)
    place = -1
    for block in _blocks(tree, BLOCKS, 1):
        if block.letters in places:
            place = places[block.letters]
        elif (
            not _is_in(block, whole)
            and not run.homes.isdisjoint(_homes_of(block.element))
            and _is_articles(block, run)
        ):
            put[place].append(block.text)
    merged = list(put[-1])
    for number, line in enumerate(lines):
        merged += [line, *put[number]]
    return "\n".join(merged)
