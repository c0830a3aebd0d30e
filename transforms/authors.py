"""Who wrote it: people as authors; desks, agencies of the house and outlets as byline."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from transforms import jsonld
from transforms.article import Origin
from transforms.document import Document
from transforms.hints import hinted_texts
from transforms.microdata import own_microdata
from transforms.people import (
    credit_in_dateline,
    is_account,
    is_house,
    key_of,
    looks_like_name,
    looks_like_signature,
    place_in_dateline,
    split_people,
)
from transforms.printed_authors import PrintedAuthors

ACADEMIC = re.compile(r"^(?:(?:dr|prof|ing|mag)\.?\s+)+", re.IGNORECASE)
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
    byline, is_data = "", False
    printed = PrintedAuthors(document=document)
    own_names = site_names
    site_names = (*own_names, *document.source.regions, *place_in_dateline(printed.opening))
    for texts, origin in _statements(document, printed, site_names):
        people, rest = split_people(texts, site_names, is_printed=origin == "html")
        if origin in {"json-ld", "meta"} and _is_contradicted(people, printed, origin, site_names):
            continue
        if origin == "html" and byline:
            people = tuple(name for name in people if " " in name)
        if is_data and origin == "html" and _is_answered(byline, people, rest, texts, printed):
            byline = ""
        if rest and not byline:
            byline, is_data = _line(texts), origin in {"json-ld", "meta"}
        if people:
            people = tuple(_in_full(name, printed, own_names) for name in people)
            return Credit(authors=people, origin=origin, byline=byline or None)
    return Credit(byline=byline or credit_in_dateline(printed.opening))


def credit_of(texts: Sequence[str], origin: Origin, site_names: tuple[str, ...]) -> Credit:
    """Read one statement of the authors by itself."""
    people, rest = split_people(texts, site_names, is_printed=origin == "html")
    return Credit(
        authors=people, origin=origin if people else None, byline=_line(texts) if rest else None
    )


def _is_answered(
    byline: str,
    people: Sequence[str],
    rest: bool,
    texts: Sequence[str],
    printed: PrintedAuthors,
) -> bool:
    """Judge whether a printed line says better who wrote it than the byline that data gave."""
    if is_account(byline):
        return bool(people or rest)
    lines = " ".join(text for line in (*printed.near, *printed.labelled[:1]) for text in line)
    return bool(people) and all(text in lines for text in texts)


def _line(texts: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(" ".join(text.split()) for text in texts))[:300]


def _statements(
    document: Document, printed: PrintedAuthors, site_names: tuple[str, ...]
) -> Iterator[tuple[Sequence[str], Origin]]:
    yield hinted_texts(document, "authors"), "html"
    yield _from_jsonld(document), "json-ld"
    yield list(_from_microdata(document)), "microdata"
    for name in META:
        if name in document.meta:
            yield (
                [text for text in document.meta[name] if not text.startswith(("http", "/"))],
                "meta",
            )
    for sure in (printed.near, printed.labelled[:1]):
        yield _names(sure, site_names) or _houses(sure, site_names), "html"
    for lines in printed.far:
        yield _names([lines], site_names), "html"
    yield [line for line in printed.signatures if _is_signature(line, site_names)], "html"
    if document.page.item is not None and document.page.item.authors:
        yield list(document.page.item.authors), document.page.item.told_by


def _is_contradicted(
    people: tuple[str, ...], printed: PrintedAuthors, origin: Origin, site_names: tuple[str, ...]
) -> bool:
    """Judge whether readers see other people named: data may know who typed the text in.

    Meta often names the site's owner on every page, so that any other name refutes it; to refute
    JSON-LD takes full names in an author's element.
    """
    lines = printed.near or (printed.labelled[:1] if origin == "meta" else ())
    shown = _names(lines, site_names)
    said = {key_of(name) for name in people}
    return bool(said and shown) and all(
        (" " in name or origin == "meta")
        and not any(key in key_of(name) or key_of(name) in key for key in said)
        for name in shown
    )


def _names(lines: Iterable[Iterable[str]], site_names: tuple[str, ...]) -> list[str]:
    """Return the names in printed lines; lone words only where there is no full name."""
    people = [name for line in lines for name in split_people(line, site_names, is_printed=True)[0]]
    found = [name for name in people if looks_like_name(name)]
    return [name for name in found if " " in name] or found


def _houses(lines: Iterable[Iterable[str]], site_names: tuple[str, ...]) -> list[str]:
    texts = [part for line in lines for text in line for part in text.split(" | ")]
    return [text for text in texts if is_house(text, site_names)]


def _is_signature(line: str, site_names: tuple[str, ...]) -> bool:
    people, rest = split_people([line], site_names, is_printed=True)
    return not rest and all(looks_like_signature(name) for name in people)


def _in_full(name: str, printed: PrintedAuthors, site_names: tuple[str, ...]) -> str:
    """Give a first name the family name that the page prints beside it."""
    if " " in name or not name.isalpha():
        return name
    lines = [text for line in (*printed.near, *printed.labelled, *printed.far) for text in line]
    shown = [
        *split_people(lines, (), is_printed=True)[0],
        *(ACADEMIC.sub("", site) for site in site_names),
    ]
    return next((one for one in shown if _is_fuller(one, name)), name)


def _is_fuller(full: str, name: str) -> bool:
    first, *others = full.split()
    is_family = 1 <= len(others) <= 2 and others[-1][0].isupper() and name not in others
    return first == name and is_family and looks_like_name(full)


def _from_jsonld(document: Document) -> list[str]:
    names: list[str] = []
    for key in ("author", "creator"):
        value = document.article_node.get(key)
        for part in value if isinstance(value, list) else [value]:
            nodes = list(jsonld.resolve(part, document.node_index))
            for node in nodes:
                names += jsonld.strings(node.get("name"))
            if not nodes:
                names += jsonld.strings(part)
        if names:
            break
    return [name for name in names if not name.startswith("http")]


def _from_microdata(document: Document) -> Iterator[str]:
    for element in own_microdata(document, "author"):
        if element.tag == "meta":
            continue
        inner = element.find(".//*[@itemprop='name']")
        chosen = inner if inner is not None else element
        text = chosen.get("content") or chosen.text_content()
        if text and len(text) < 100 and looks_like_name(text.strip()):
            yield text
