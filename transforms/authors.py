"""Who wrote it: people as authors; desks, agencies of the house and outlets as byline."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from trafilatura.metadata import extract_author

from transforms import jsonld
from transforms.article import Origin
from transforms.document import Document
from transforms.foreign_code import ask_or_none
from transforms.hints import hinted_texts

PREFIX = re.compile(
    r"^(?:(?:written|posted|published|reported|story|edited|words|text|report|article|photos?)\s+by"
    r"|by|von|par|por|di|da|av|af|door|de|autor(?:in|en)?|author|reporter|correspondent"
    r"|تحریر|از|رپورٹ|رپورټ|لیکوال|ليکوال)(?:\s*[:：]\s*|\s+)",
    re.IGNORECASE,
)
SPLIT = re.compile(
    r"\s*(?:[;|،\n•·]|\s/\s|&amp;|\s&\s|,(?!\s*(?:jr|sr|m\.?d|ph\.?d)\b)"
    r"|\s(?:and|und|et|og|och|with|mit|اور|او)\s"
    # Names have these words inside them, too: they part only two full names.
    r"|(?<=\w\s)(?<=[^\W\d_]{3}\s)(?:y|e|en|i)\s(?=[^\W\d_]+\s[^\W\d_]))\s*",
    re.IGNORECASE,
)
LEAD = re.compile(
    r"^.*?\b(?:by|von|par|posts by|interview|zum profil von)\s+(?=[^\W\d_])", re.IGNORECASE
)
NOISE = re.compile(
    r"\b(follow(ing)?|folgen|posted|published|updated|stand|quelle|source|view|says|shares?|getty"
    r"|profil\w*|interview|im gespräch|image|photos?|fotos?|name|e\.\s?v|gmbh|university|edition"
    r"|comments?|read|more|minutes?|uhr|januar|monday|article|artikel|nachrichten|link\d*|login"
    r"|subscribe)\b",
    re.IGNORECASE,
)
DESK = re.compile(
    r"\b(desk|staff|team|editorial|editors?|newsroom|admin(istrator)?|correspondents?|reporters?"
    r"|(news ?)?bureau|agenc(y|ies)|web|online|redaktion|rédaction|redacción|redazione|redactie"
    r"|newsdesk|webmaster|monitor(ing)?|contributors?|guest|user|unknown|anonymous|n/?a|report)\b"
    r"|ڈیسک|ویب|نامہ نگار|نیوز|رپورٹر|خبریں|ایڈیٹر|خبریال",
    re.IGNORECASE,
)
NOT_NAME = re.compile(r"https?:|www\.|@|\w\.[a-z]{2,4}$|\d{3,}|[<>{}\[\]=]|[!?]")
PARENTHESES = re.compile(r"\([^)]*\)?")
INITIAL = re.compile(r"\s(?:[A-Z]|[JS]r)$")
TRAILING = re.compile(
    r"\s*[-–—(,|]\s*(?:bbc|cnn|reuters|ap|afp|dpa|staff|correspondent|reporter|editor"
    r"|special to|the ).*$",
    re.IGNORECASE,
)
MAX_LENGTH = 1_000
META = (
    "author", "article:author", "og:article:author", "og:author", "parsely-author", "byl",
    "sailthru.author", "dc.creator", "dc:creator", "dcterms.creator", "citation_author", "authors",
    "creator", "rbauthors", "article:author_name", "cxenseparse:author", "dc.contributor",
    "dcsext.author", "shareaholic:article_author_name",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Who is named as author, where that was said, and the line as printed if it says more."""

    authors: tuple[str, ...] = ()
    origin: Origin | None = None
    byline: str | None = None


def read_authors(document: Document, site_names: tuple[str, ...]) -> Credit:
    """Take the authors from the first statement that names people; keep the first byline.

    Where the page credits its house, a name that merely stands about must at least be a full one:
    a lone word is an agency's or a writer's initials.
    """
    byline: str | None = None
    for texts, origin in _statements(document):
        people, rest = split_people(texts, site_names)
        if byline is None and rest:
            byline = ", ".join(dict.fromkeys(" ".join(text.split()) for text in texts))[:300]
        if people and origin not in {"feed", "sitemap"}:
            return Credit(authors=people, origin=origin, byline=byline)
        if people:
            return _fuller(people, origin, byline, _from_text(document), site_names)
    texts = _from_text(document)
    people, rest = split_people(texts, site_names)
    if byline is not None:
        people = tuple(name for name in people if " " in name)
    elif rest:
        byline = ", ".join(texts)[:300]
    return Credit(authors=people, origin="html" if people else None, byline=byline)


def _fuller(
    listed: tuple[str, ...],
    origin: Origin,
    byline: str | None,
    printed: list[str],
    site_names: tuple[str, ...],
) -> Credit:
    """Prefer the page's printed authors to the entrance's where they are the same and more."""
    people, _ = split_people(printed, site_names)
    if set(map(_key, listed)) < set(map(_key, people)):
        return Credit(authors=people, origin="html", byline=byline)
    return Credit(authors=listed, origin=origin, byline=byline)


def split_people(texts: Iterable[str], site_names: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    """Split author lines into people's names; also say whether anything else stood there."""
    outlets = {_key(name) for name in site_names} - {""}
    people: list[str] = []
    rest = False
    for text in texts:
        line = PREFIX.sub("", PARENTHESES.sub("", " ".join(text[:MAX_LENGTH].split())))
        names = [_trimmed(TRAILING.sub("", PREFIX.sub("", part))) for part in SPLIT.split(line)]
        # An outlet in front is an address line: "hessenschau.de, Frankfurt, Germany".
        is_address = len(names) > 1 and _key(names[0]) in outlets
        for name in names:
            if is_person(name) and _key(name) not in outlets and not is_address:
                people.append(name)
            elif name:
                rest = True
    unique = {_key(name): name for name in reversed(people)}
    return tuple(name for name in dict.fromkeys(people) if unique.get(_key(name)) == name), rest


def _trimmed(name: str) -> str:
    name = name.strip(" .,;:-–—|*'\"()")
    return f"{name}." if INITIAL.search(name) else name


def is_person(name: str) -> bool:
    """Judge whether a string can be a person's name."""
    if not 2 <= len(name) <= 60 or len(name.split()) > 6:
        return False
    return not DESK.search(name) and not NOT_NAME.search(name) and any(map(str.isalpha, name))


def _statements(document: Document) -> Iterator[tuple[list[str], Origin]]:
    yield hinted_texts(document, "authors"), "html"
    yield _from_jsonld(document), "json-ld"
    for name in META:
        if name in document.meta:
            yield (
                [text for text in document.meta[name] if not text.startswith(("http", "/"))],
                "meta",
            )
    yield list(_from_microdata(document)), "microdata"
    if document.page.item is not None and document.page.item.authors:
        yield list(document.page.item.authors), document.page.item.told_by


def _from_text(document: Document) -> list[str]:
    found = ask_or_none(lambda: extract_author(document.tree)) or ""
    names = [LEAD.sub("", text) for text in found.split("; ") if text]
    return [name for name in names if not NOISE.search(name)]


def _from_jsonld(document: Document) -> list[str]:
    names: list[str] = []
    for key in ("author", "creator"):
        value = document.article_node.get(key)
        for part in value if isinstance(value, list) else [value]:
            nodes = list(jsonld.resolve(part, document.node_index))
            if nodes:
                names += [name for node in nodes for name in jsonld.strings(node.get("name"))]
            else:
                names += jsonld.strings(part)
        if names:
            break
    return [name for name in names if not name.startswith("http")]


def _from_microdata(document: Document) -> Iterator[str]:
    for element in document.tree.iterfind(".//*[@itemprop='author']"):
        if element.tag == "meta":
            continue
        inner = element.find(".//*[@itemprop='name']")
        chosen = inner if inner is not None else element
        text = chosen.get("content") or chosen.text_content()
        if text and len(text) < 100:
            yield text


def _key(text: str) -> str:
    return re.sub(r"\W|\.(com|org|net)\b", "", text.lower().removeprefix("the "))
