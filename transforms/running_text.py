"""A text held against all running text of its page: what was missed is put back, or flagged."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

BLOCKS = ("p", "h2", "h3", "h4", "li", "blockquote")
HEADINGS = ("h2", "h3", "h4", "h5", "h6")
NESTED = frozenset({"li", "blockquote"})
APART = frozenset(
    {"a", "aside", "button", "dialog", "figure", "footer", "form", "header", "nav", "template"}
)
APART_NAME = re.compile(
    r"comment|disqus|repl(y|ies)\b|respond|related|recommend|promo|newsletter|sidebar|footer|share"
    r"|social|author|byline|teaser|caption|cookie|consent|subscri|popular|trending|outbrain|taboola"
    r"|\bnav|menu|modal|popup|banner|advert|sponsor|widget|copyright|most-?read|read-?more|credit"
    r"|\bbio\b",
    re.IGNORECASE,
)
"""What class or id say of a box that is no part of the text, whatever stands in it."""
NOT_LETTERS = re.compile(r"[\W_]+")
MIN_LETTERS = 60
SAMPLE = 40
MAX_LINKED = 0.5
HOME_SHARE = 0.3
MISSED_SHARE = 0.15
SHORT_SHARE = 0.3
SHORT_LETTERS = 400
ARTICLE_SHARE = 0.5
MAX_TEXT, MAX_BLOCKS = 200_000, 5_000
"""Every block is looked for in the text: bounds for what no article is."""
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
    share_missed, articles = _weigh(tree, "".join(text.split()))
    article = articles.most_common(1)[0][0] if articles else None
    if article is not None and len(articles) > 1:
        text = _without_other_boxes(tree, text, article)
    if share_missed < MISSED_SHARE:
        return RunningText(text=text, is_short=False)
    return _with_missed(tree, text, article)


def _weigh(tree: HtmlElement, squeezed: str) -> tuple[float, Counter[HtmlElement | None]]:
    """Compare lengths by the beginnings of paragraphs: nearly every page is done with that.

    Returns the missed share of what was taken, and how much was taken from which `<article>`.
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
            taken[_outer_article(element)] += len(text)
        else:
            missed += len(text)
    count = taken.total()
    return (missed / count if count else 0.0), taken


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
    beside = other = 0
    for block in paragraphs:
        if _is_in(block, whole) or not _is_text(block, run):
            continue
        if run.homes.isdisjoint(_homes_of(block.element)):
            other += len(block.letters)
        else:
            beside += len(block.letters)
    if taken and beside >= MISSED_SHARE * count:
        text = _merge(tree, text, run)
        count += beside
    is_short = bool(taken) and other > SHORT_SHARE * count + SHORT_LETTERS
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
    return Run(homes=homes, around=around, article=article, teasers=_teasers(tree))


def _teasers(tree: HtmlElement) -> set[HtmlElement | None]:
    """Find the boxes whose heading leads to another page."""
    boxes = set()
    for heading in islice(tree.iter(*HEADINGS), MAX_BLOCKS):
        box = heading.getparent()
        if box is not None and box.tag == "a":
            boxes.add(box.getparent())
        elif heading.find(".//a[@href]") is not None:
            boxes.add(box)
    return boxes


def _outer_article(element: HtmlElement) -> HtmlElement | None:
    outer = None
    for outer in element.iterancestors("article"):  # noqa: B007 (the last is the outermost)
        pass
    return outer


def _is_text(block: Block, run: Run) -> bool:
    """Judge whether a paragraph is the article's: in no box of its own, and not mostly links."""
    element: HtmlElement | None = block.element
    if element is None or _outer_article(element) is not run.article:
        return False
    linked = sum(len(letters_of(link.text_content())) for link in element.iter("a"))
    if linked > MAX_LINKED * len(block.letters) or element.find(".//script") is not None:
        return False
    while element is not None and element not in run.around:
        name = f"{element.get('class') or ''} {element.get('id') or ''}"
        if element.tag in APART or element in run.teasers or APART_NAME.search(name):
            return False
        element = element.getparent()
    return True


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
            and _is_text(block, run)
        ):
            put[place].append(block.text)
    merged = list(put[-1])
    for number, line in enumerate(lines):
        merged += [line, *put[number]]
    return "\n".join(merged)
