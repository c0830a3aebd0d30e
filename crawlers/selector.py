"""Selectors of a source file: CSS, or XPath where it begins with `/`, `./` or `(`; checked once."""

import re
import time
from functools import lru_cache
from itertools import cycle
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import XPath, _Element

MAX_LENGTH = 300
MAX_NESTED = 4
"""How many conditions may stand inside each other: each multiplies the work as well."""
MAX_COST = 7
"""Times what it takes to number all elements among their siblings."""
LEVELS, SIBLINGS = 8, 256
MAX_SEARCHES = 3
"""How often one XPath may search all that lies below: each search multiplies the work."""
FUNCTIONS = frozenset(
    {
        "contains", "starts-with", "normalize-space", "string", "string-length", "substring",
        "substring-before", "substring-after", "translate", "concat", "not", "true", "false",
        "boolean", "number", "position", "last", "count", "name", "local-name", "text", "node",
    }
)  # fmt: skip
LITERAL = re.compile(r"\"[^\"]*\"|'[^']*'")
CALL = re.compile(r"([\w.:-]+)\s*\(")
SLOW_AXIS = re.compile(r"\b(?:preceding|following)\s*::")
SEARCH = re.compile(r"//|\bdescendant(?:-or-self)?\s*::")
ROOTED = re.compile(r"(?:^|[\[(,=<>|+]|\b(?:and|or)\s)\s*/")
PREFIX = re.compile(r"[\w-]:(?!:)")
NAMESPACE_AXIS = re.compile(r"\bnamespace\s*::")
FAR_SIBLING = re.compile(r"~(?!=)")
NAME = re.compile(
    r"(?:^|[(\[,/|+=<>!-]|::|\b(?:and|or|div|mod)\s)\s*([A-Za-z_][\w-]*)(?!\s*\(|\s*::|[\w-])"
)
ATTRIBUTE = re.compile(r"@([A-Za-z_][\w-]*)")
VALUE = re.compile(r"(?:@[\w-]+|\btext\(\))\s*\)?\s*$")


def is_xpath(selector: str) -> bool:
    """Tell XPath from CSS by how it begins."""
    return selector.startswith(("/", "./", "("))


def to_xpath(selector: str) -> str:
    """Write a checked selector as XPath, below the root of a page."""
    from cssselect import HTMLTranslator

    return selector if is_xpath(selector) else HTMLTranslator().css_to_xpath(selector)


def check_css(text: str) -> str:
    """Check a CSS selector.

    Raises:
        ValueError: where it is none; the message quotes it.
    """
    from cssselect import HTMLTranslator, SelectorError

    _check_length(text)
    try:
        HTMLTranslator().css_to_xpath(text)
    except (SelectorError, RecursionError) as error:
        raise ValueError(f"not a CSS selector: {text!r} ({error})") from None
    if len(FAR_SIBLING.findall(LITERAL.sub("''", text))) > 1:
        raise ValueError(f"not a usable CSS selector: {text!r}: more than one ~; name a parent")
    return text


def check_selector(text: str) -> str:
    """Check a CSS selector or an XPath that selects elements, attributes or texts.

    Raises:
        ValueError: where it is neither, or an XPath that could cost more than its page is worth.
    """
    text = text.strip()
    if not is_xpath(text):
        return check_css(text)
    _check_length(text)
    bare = LITERAL.sub("''", text)
    if (fault := _fault(bare)) is not None:
        raise ValueError(f"not a usable XPath: {text!r}: {fault}")
    _try(text)
    if _is_costly(text):
        raise ValueError(
            f"not a usable XPath: {text!r}: it searches much of the page again for each element; "
            "name a parent instead"
        )
    return text


def selects_values(selector: str) -> bool:
    """Say whether an XPath ends in an attribute or a text, and so can cut nothing out of a page."""
    ways = LITERAL.sub("''", selector).split("|")
    return is_xpath(selector) and any(VALUE.search(way) for way in ways)


def selects_all(selector: str) -> bool:
    """Say whether a selector takes the whole page, whatever page it is."""
    from lxml.etree import XPath
    from lxml.html import document_fromstring

    page = document_fromstring("<html><body><p>x</p></body></html>")
    found = XPath(to_xpath(selector))(page)
    return isinstance(found, list) and (page in found or page.find("body") in found)


def _check_length(text: str) -> None:
    if not 1 <= len(text) <= MAX_LENGTH:
        raise ValueError(f"a selector has 1 to {MAX_LENGTH} characters, this has {len(text)}")


def _fault(xpath: str) -> str | None:
    """Name what makes an XPath unfit, its literals already emptied."""
    unknown = sorted(set(CALL.findall(xpath)) - FUNCTIONS - {"and", "or", "div", "mod"})
    if "$" in xpath:
        return "it has a variable, and nothing could give it a value; write the value itself"
    if unknown:
        return f"no function {unknown[0]}() here; use one of {', '.join(sorted(FUNCTIONS))}"
    if SLOW_AXIS.search(xpath):
        return "preceding:: and following:: walk the page for each element; name a parent instead"
    if NAMESPACE_AXIS.search(xpath):
        return "namespace:: selects nothing that has a text"
    if PREFIX.search(xpath):
        return "a name with a prefix; HTML has none, use @*[name()='...']"
    if len(SEARCH.findall(xpath)) > MAX_SEARCHES * (1 + xpath.count("|")):
        return f"more than {MAX_SEARCHES} searches (//); name the steps between"
    if _depth(xpath) > MAX_NESTED:
        return f"more than {MAX_NESTED} conditions [...] inside each other"
    if any(ROOTED.search(inner) for inner in _predicates(xpath)):
        return "a path inside [...] begins at the page's root; begin it with ./ or a name"
    return None


def _predicates(xpath: str) -> list[str]:
    """List what stands in square brackets, the outermost ones whole."""
    found, depth, start = [], 0, 0
    for place, letter in enumerate(xpath):
        if letter == "[":
            depth += 1
            start = place + 1 if depth == 1 else start
        elif letter == "]":
            depth -= 1
            if depth == 0:
                found.append(xpath[start:place])
    return found


def _depth(xpath: str) -> int:
    """Tell how many square brackets are open at most."""
    depth = deepest = 0
    for letter in xpath:
        depth += (letter == "[") - (letter == "]")
        deepest = max(deepest, depth)
    return deepest


def _is_costly(xpath: str) -> bool:
    """Time an XPath on ever larger pages of the names that it asks for."""
    from lxml.etree import XPath

    asked = XPath(xpath)
    values = [literal[1:-1].strip() for literal in LITERAL.findall(xpath)]
    bare = LITERAL.sub("''", xpath)
    siblings = 1
    while siblings <= SIBLINGS:
        page = _page_of(siblings, NAME.findall(bare), ATTRIBUTE.findall(bare), values)
        limit = MAX_COST * _numbering_seconds()
        # Measured once more where it seems too slow: the machine may have been busy.
        if all(_seconds(asked, page) > limit for _ in range(3)):
            return True
        siblings *= 2
    return False


def _page_of(
    siblings: int, names: list[str], attributes: list[str], values: list[str]
) -> "_Element":
    """Make a page of the names and values of an XPath, every so many of them a stranger."""
    from lxml.etree import Element, SubElement

    root = Element("html")
    parent = SubElement(root, "body")
    tags, texts = cycle([*dict.fromkeys(names), "i"]), cycle([*dict.fromkeys(values), "x"])
    for _ in range(LEVELS):
        element = parent
        for _ in range(siblings):
            text = next(texts)
            element = SubElement(parent, next(tags), dict.fromkeys(attributes, text))
            element.text = text
        parent = element
    return root


@lru_cache(maxsize=1)
def _numbering_seconds() -> float:
    from lxml.etree import XPath

    page = _page_of(SIBLINGS, [], [], [])
    numbering = XPath("//*[count(preceding-sibling::*) > 3]")
    return min(_seconds(numbering, page) for _ in range(5))


def _seconds(asked: "XPath", page: "_Element") -> float:
    began = time.process_time()
    asked(page)
    return time.process_time() - began


def _try(xpath: str) -> None:
    """Evaluate an XPath on a page of nothing: a wrong one shows itself only when it is used."""
    from lxml.etree import XPath, XPathError
    from lxml.html import document_fromstring

    try:
        found = XPath(xpath)(document_fromstring("<html><body><p>x</p></body></html>"))
    except XPathError as error:
        raise ValueError(f"not an XPath: {xpath!r} ({error})") from None
    if not isinstance(found, list):
        raise ValueError(f"not a usable XPath: {xpath!r} selects nothing of a page, it computes")  # noqa: TRY004 (the text is at fault)
