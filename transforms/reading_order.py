"""What a reader sees of a page, in reading order: without sidebars, menus, footers and comments."""

import re
from dataclasses import dataclass, field

from lxml import etree
from lxml.html import HtmlElement

from transforms.document import flat_text

ASIDE = re.compile(
    r"(^|[\s_-])(sidebar|related|recommend\w*|widget_\w+|comments?|footer|latest|"
    r"most-?(read|popular)|trending|also-?read|ticker|promo(?!ted)|recirc|more-(news|from|stories)|"
    r"newsletter|copyright|masthead|site-?header|top-?(bar|header)|nav(bar|igation)|"
    r"(current|today)s?-?date)",
    re.IGNORECASE,
)
LETTER = re.compile(r"[^\W_]")
DROPPED_TAGS = frozenset(
    ("aside", "nav", "footer", "script", "style", "noscript", "iframe", "meta", "link", "template")
)
BLOCKS = frozenset(("div", "section", "ul", "ol", "p", "article", "header"))
HEADINGS = frozenset(("h1", "h2"))
MAX_ASIDE_SHARE = 0.5
MAX_HEADING = 300


@dataclass(slots=True, eq=False)
class Block:
    """A block that calls itself an aside: none if it holds the headline, or most of the page."""

    outer: "Block | None"
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """An `<h1>` or `<h2>`, and the number of lines before it."""

    tag: str
    text: str
    start: int
    block: Block | None


@dataclass(slots=True)
class Walk:
    """What was met on the way through a page, each with the innermost aside that it lies in."""

    lines: list[tuple[str, Block | None]] = field(default_factory=list)
    times: list[tuple[HtmlElement, Block | None]] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    titling: set[int] = field(default_factory=set)
    """Numbers of the lines that stand in a heading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a reader sees: folded lines of text, `<time>`s, and where the headline stands."""

    lines: tuple[str, ...]
    times: tuple[HtmlElement, ...]
    headline: int | None
    """Number of the line that opens the headline; None where there is none that is sure."""
    titling: frozenset[int]
    """Numbers of the lines that stand in a heading."""


def see(tree: HtmlElement, titles: str) -> Seen:
    """Read a page once from top to bottom; `titles` is what it calls itself."""
    body = tree.find(".//body")
    walk = _walk(body if body is not None else tree)
    least = MAX_ASIDE_SHARE * sum(len(line) for line, _ in walk.lines)
    headline = _headline(walk.headings, titles)
    first = [one for one in walk.headings if one.tag == "h1" or one is headline]
    main = _main_blocks(walk.blocks, first, least)
    start = len(walk.lines) if headline is None else headline.start
    kept = [number for number, (_, block) in enumerate(walk.lines) if block in main]
    return Seen(
        lines=tuple(walk.lines[number][0] for number in kept),
        times=tuple(element for element, block in walk.times if block in main),
        headline=None if headline is None else sum(number < start for number in kept),
        titling=frozenset(place for place, number in enumerate(kept) if number in walk.titling),
    )


def _main_blocks(blocks: list[Block], headings: list[Heading], least: float) -> set[Block | None]:
    """Choose the blocks that are no asides, and lie in none; outer blocks come before inner."""
    for block in reversed(blocks):
        if block.outer is not None:
            block.outer.size += block.size
    holding: set[Block] = set()
    for heading in headings:
        around = heading.block
        while around is not None and around not in holding:
            holding.add(around)
            around = around.outer
    main: set[Block | None] = {None}
    for block in blocks:
        if block.outer in main and (block in holding or block.size >= least):
            main.add(block)
    return main


def is_aside(element: HtmlElement) -> bool:
    """Judge whether an element calls itself a sidebar, a masthead, a footer or the like."""
    tag = element.tag
    if tag in DROPPED_TAGS:
        return True
    if tag not in BLOCKS:
        return False
    # The page's own <header> shows today's date; an article's shows its own.
    is_masthead = tag == "header" and not _is_of_article(element)
    return is_masthead or ASIDE.search(_name(element)) is not None


def _is_of_article(header: HtmlElement) -> bool:
    is_within = next(header.iterancestors("article", "main"), None) is not None
    return is_within or header.find(".//h1") is not None


def _walk(root: HtmlElement) -> Walk:
    walk = Walk()
    block: Block | None = None
    opened: list[HtmlElement] = []
    steps = etree.iterwalk(root, events=("start", "end"))
    for event, element in steps:
        if event == "start":
            if element.tag in DROPPED_TAGS:
                steps.skip_subtree()
                continue
            if is_aside(element):
                opened.append(element)
                block = Block(block)
                walk.blocks.append(block)
            _note(walk, element, block)
            text = element.text
        else:
            if block is not None and opened[-1] is element:
                opened.pop()
                block = block.outer
            if element.tag in HEADINGS:
                _close(walk)
            text = element.tail
        if text and not text.isspace():
            _note_line(walk, text, block)
    return walk


def _note(walk: Walk, element: HtmlElement, block: Block | None) -> None:
    if element.tag == "time":
        walk.times.append((element, block))
    elif element.tag in HEADINGS:
        text = flat_text(element)
        start = len(walk.lines)
        walk.headings.append(Heading(tag=element.tag, text=text, start=start, block=block))


def _close(walk: Walk) -> None:
    heading = walk.headings[-1]
    # A heading that was never closed may hold the whole page.
    if len(heading.text) <= MAX_HEADING:
        walk.titling.update(range(heading.start, len(walk.lines)))


def _note_line(walk: Walk, text: str, block: Block | None) -> None:
    line = " ".join(text.split())
    # A line of punctuation alone parts what belongs together: "9 March 2026", "|", "9:25pm".
    if LETTER.search(line):
        walk.lines.append((line, block))
        if block is not None:
            block.size += len(line)


def _headline(headings: list[Heading], titles: str) -> Heading | None:
    """Choose, of several headings, the one that the page's title repeats."""
    repeated = [one for one in headings if len(one.text) > 8 and one.text in titles]
    if repeated:
        return max(repeated, key=lambda one: len(one.text))
    alone = [one for one in headings if one.tag == "h1"]
    return alone[0] if len(alone) == 1 else None


def _name(element: HtmlElement) -> str:
    return f"{element.get('class', '')} {element.get('id', '')}"
