"""What a reader sees of a page, in reading order: without sidebars, menus, footers and comments."""

import re
from dataclasses import dataclass, field

from lxml import etree
from lxml.html import HtmlElement

ASIDE = re.compile(
    r"(^|[\s_-])(sidebar|related|recommend\w*|widget_\w+|comments?|footer|latest|"
    r"most-?(read|popular)|trending|also-?read|ticker|promo|recirc|more-(news|from|stories)|"
    r"newsletter|copyright)",
    re.IGNORECASE,
)
DROPPED_TAGS = frozenset(
    ("aside", "nav", "footer", "script", "style", "noscript", "iframe", "meta", "link", "template")
)
BLOCKS = frozenset(("div", "section", "ul", "ol", "p", "article", "header"))
MAX_ASIDE_SHARE = 0.5


@dataclass(slots=True)
class Block:
    """A block that calls itself an aside: none if it holds the headline, or most of the page."""

    has_h1: bool = False
    size: int = 0


@dataclass(slots=True)
class Walk:
    """What was met on the way through a page, each with the asides that it lies in."""

    lines: list[tuple[str, tuple[Block, ...]]] = field(default_factory=list)
    times: list[tuple[HtmlElement, tuple[Block, ...]]] = field(default_factory=list)
    headings: list[tuple[str, str, int]] = field(default_factory=list)
    """Tag, text, and the number of lines before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a reader sees: folded lines of text, `<time>`s, and where the headline stands."""

    lines: tuple[str, ...]
    times: tuple[HtmlElement, ...]
    headline: int | None
    """Number of the line that opens the headline; None where there is none that is sure."""


def see(tree: HtmlElement, titles: str) -> Seen:
    """Read a page once from top to bottom; `titles` is what it calls itself."""
    body = tree.find(".//body")
    walk = _walk(body if body is not None else tree)
    size = sum(len(line) for line, _ in walk.lines)

    def is_main(blocks: tuple[Block, ...]) -> bool:
        return all(block.has_h1 or block.size >= MAX_ASIDE_SHARE * size for block in blocks)

    kept = [number for number, (_, blocks) in enumerate(walk.lines) if is_main(blocks)]
    start = _headline(walk.headings, titles)
    return Seen(
        lines=tuple(walk.lines[number][0] for number in kept),
        times=tuple(element for element, blocks in walk.times if is_main(blocks)),
        headline=None if start is None else sum(number < start for number in kept),
    )


def is_aside(element: HtmlElement) -> bool:
    """Judge whether an element calls itself a sidebar, a footer or the like."""
    is_block = element.tag in BLOCKS and ASIDE.search(_name(element)) is not None
    return element.tag in DROPPED_TAGS or is_block


def _walk(root: HtmlElement) -> Walk:
    walk = Walk()
    blocks: tuple[Block, ...] = ()
    opened: list[HtmlElement] = []
    steps = etree.iterwalk(root, events=("start", "end"))
    for event, element in steps:
        if event == "start":
            if element.tag in DROPPED_TAGS:
                steps.skip_subtree()
                continue
            if element.tag in BLOCKS and ASIDE.search(_name(element)):
                opened.append(element)
                blocks = (*blocks, Block())
            _note(walk, element, blocks)
        elif opened and opened[-1] is element:
            opened.pop()
            blocks = blocks[:-1]
        _note_line(walk, element.text if event == "start" else element.tail, blocks)
    return walk


def _note(walk: Walk, element: HtmlElement, blocks: tuple[Block, ...]) -> None:
    if element.tag == "time":
        walk.times.append((element, blocks))
    elif element.tag in {"h1", "h2"}:
        text = " ".join(element.text_content().split())
        walk.headings.append((element.tag, text, len(walk.lines)))
        for block in blocks if element.tag == "h1" else ():
            block.has_h1 = True


def _note_line(walk: Walk, text: str | None, blocks: tuple[Block, ...]) -> None:
    line = " ".join((text or "").split())
    # A line of punctuation alone parts what belongs together: "9 March 2026", "|", "9:25pm".
    if any(map(str.isalnum, line)):
        walk.lines.append((line, blocks))
        for block in blocks:
            block.size += len(line)


def _headline(headings: list[tuple[str, str, int]], titles: str) -> int | None:
    """Choose, of several headings, the one that the page's title repeats."""
    repeated = [(text, at) for _, text, at in headings if len(text) > 8 and text in titles]
    if repeated:
        return max(repeated, key=lambda one: len(one[0]))[1]
    alone = [at for tag, _, at in headings if tag == "h1"]
    return alone[0] if len(alone) == 1 else None


def _name(element: HtmlElement) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}"
