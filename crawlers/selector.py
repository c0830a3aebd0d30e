"""Selectors of a source file: CSS, or XPath where it begins with `/`, `./` or `(`; checked once."""

import re

MAX_LENGTH = 300
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
    return text


def selects_values(selector: str) -> bool:
    """Say whether an XPath ends in an attribute or a text, and so can cut nothing out of a page."""
    ways = LITERAL.sub("''", selector).split("|")
    return is_xpath(selector) and any(VALUE.search(way) for way in ways)


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
    if PREFIX.search(xpath):
        return "a name with a prefix; HTML has none, use @*[name()='...']"
    if len(SEARCH.findall(xpath)) > MAX_SEARCHES * (1 + xpath.count("|")):
        return f"more than {MAX_SEARCHES} searches (//); name the steps between"
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
