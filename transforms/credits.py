"""Whom an article itself credits: its dateline, else its byline, a credit line, or its lead."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from crawlers.catalogue import Source
from crawlers.urls import host_of
from transforms.article import CreditPlace
from transforms.body import Body
from transforms.credit_lines import name_at_end, name_before_text, name_in_line, names_that_add
from transforms.credit_phrases import crediting_words
from transforms.credited_names import Known, Named, find_names, known_as, known_names, name_of
from transforms.dateline import Dateline, read_dateline
from transforms.metadata import Metadata
from transforms.normalise import FOLDS, normalise_text
from transforms.people import DESK, is_outlet

UNKNOWN = re.compile(r"(?![KW][A-Z]{2,3}$)[A-Z]{3,6}")
"""An agency's initials. Those with K or W are American stations', which print their own."""
POSTPOSITION = re.compile(r"(?:کے|کی|کا|نے|کو|میں|سے|پر|تک|هم|ته|کې)\b".translate(FOLDS))
"""What stands behind a name within a sentence: then its brackets only explain it."""
PLAIN_DATELINE = re.compile(
    r"[\W_]{0,4}(?P<place>[^\W\d_][^\W\d_ .'’-]{1,30})\s{0,2}(?:[-–—]{1,2}|[,،:])\s{0,2}"
)
BYLINE = re.compile(r"\s*[,،|/;&()\[\]\n•·]\s*|\s[-–—]\s|\s(?:and|with|via|for|اور|او)\s")
BYLINE_EDGES = re.compile(
    r"^(?:by|from|source|agency|courtesy|رپورٹ|بشکریہ)\b[\s:]*"
    r"|\s(?:staff|news agency|news desk|desk|monitoring|reporters?|correspondents?"
    r"|news service|newsroom|editors?)$",
    re.IGNORECASE,
)
HEADLINE = re.compile(r"(?:[:،؛]|\s[-–—])\s*(?P<who>[^:،؛]{2,60})$")
HEAD_LETTERS, LINE_LETTERS, TAIL_LETTERS, MAX_TEXT = 6_000, 600, 2_000, 20_000
DATELINE_LINES, LEAD_LINES, LEAD_WORDS, CLOSING, REMOVED = 4, 3, 6, 3, 12
MAX_WORDS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Credited:
    """Whom an article names as its source, where, and in which words."""

    source: str
    origin: CreditPlace
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """The names and hosts of the outlet, which is never credited."""

    names: tuple[str, ...]
    hosts: tuple[str, ...]

    def has_initials(self, initials: str) -> bool:
        """Judge whether initials that are no known agency's are the outlet's own."""
        labels = (label for host in self.hosts for label in host.split("."))
        is_host = any(label.startswith(initials.lower()) for label in labels)
        return is_host or is_outlet(initials, self.names)

    def is_other(self, who: Known) -> bool:
        """Judge whether somebody can be credited here: neither itself, nor pictures alone."""
        return who.kind != "pictures" and who.name not in known_as(self.names, self.hosts)

    def others(self, found: Iterable[Named]) -> list[Named]:
        """Leave those that can be credited here."""
        return [named for named in found if self.is_other(named.who)]


def read_credited(
    metadata: Metadata, body: Body, source: Source, url: str, summary: str | None = None
) -> Credited | None:
    """Tell whom an article at an address credits, by the strongest place that names somebody.

    The summary stands in for a text that could not be had.
    """
    own = (source.name, *source.credited_as, metadata.site_name)
    names = tuple(name for name in own if name)
    outlet = Outlet(names=names, hosts=(host_of(source.home), host_of(url)))
    bylines = (*metadata.credit.authors, metadata.credit.byline or "")
    return credited_in(body.text or summary or "", body.whole, bylines, metadata.title, outlet)


def credited_in(
    text: str, whole: str, bylines: Sequence[str], title: str | None, outlet: Outlet
) -> Credited | None:
    """Tell whom a text credits; `whole` is the text before credit lines were cleaned out of it."""
    lines = [line[:LINE_LETTERS] for line in text[:HEAD_LETTERS].split("\n")]
    return (
        _first(_in_dateline(line, outlet) for line in lines[:DATELINE_LINES])
        or _first(_in_byline(line, outlet) for line in bylines)
        or _first(_in_credit_lines(text, whole, outlet))
        or _first(_in_sentences(line, outlet) for line in _lead(lines))
        or (_in_headline(title, outlet) if title else None)
    )


def _first(found: Iterable[Credited | None]) -> Credited | None:
    return next((one for one in found if one is not None), None)


def _credited(source: str, origin: CreditPlace, words: str) -> Credited:
    return Credited(source=source, origin=origin, words=" ".join(words.split())[:MAX_WORDS])


def _in_dateline(line: str, outlet: Outlet) -> Credited | None:
    dateline = read_dateline(line)
    if dateline is None:
        return _in_plain_dateline(line, outlet)
    source = _named_in(dateline, outlet)
    return None if source is None else _credited(source, "dateline", dateline.words)


def _named_in(dateline: Dateline, outlet: Outlet) -> str | None:
    if found := outlet.others(find_names(dateline.credit)):
        is_plain = not found[0].who.reports or dateline.has_case
        within = POSTPOSITION.match(normalise_text(dateline.below[:20]))
        is_believed = dateline.is_marked or not (is_plain or within)
        return found[0].who.name if is_believed else None
    credit = dateline.credit
    is_sure = dateline.has_mark and dateline.place.isupper() and UNKNOWN.fullmatch(credit)
    is_other = is_sure and credit not in known_names().never and not any(find_names(credit))
    return credit if is_other and not outlet.has_initials(credit) else None


def _in_plain_dateline(line: str, outlet: Outlet) -> Credited | None:
    """Read a dateline without brackets: "ISLAMABAD - APP - The minister"."""
    match = PLAIN_DATELINE.match(line)
    if match is None or match["place"] != match["place"].upper():
        return None
    found = outlet.others(find_names(line[match.end() : match.end() + 50]))
    if not found or found[0].start or found[0].who.kind != "agency":
        return None
    end = match.end() + found[0].end
    is_ended = line[end : end + 3].lstrip()[:1] in {"-", "–", "—", ":"}
    return _credited(found[0].who.name, "dateline", line[:end]) if is_ended else None


def _in_byline(line: str, outlet: Outlet) -> Credited | None:
    for part in BYLINE.split(line[:MAX_WORDS]):
        bare = BYLINE_EDGES.sub("", BYLINE_EDGES.sub("", part or "")).strip(" .:")
        who = name_of(bare)
        if who is None or not outlet.is_other(who):
            continue
        # Initials are an agency's there, whatever they are elsewhere.
        if bare not in who.words or (bare.isupper() and not DESK.search(bare)):
            return _credited(who.name, "byline", line)
    return None


def _in_credit_lines(text: str, whole: str, outlet: Outlet) -> Iterator[Credited | None]:
    closing = text[-TAIL_LETTERS:].split("\n")[: -CLOSING - 1 : -1]
    opening = text[:TAIL_LETTERS].split("\n")[:CLOSING]
    for line in closing:
        yield _set_off(name_at_end(line), outlet)
    for line in (*closing, *opening):
        yield _in_line(line, outlet, is_sure=False)
    yield _set_off(name_before_text(opening[0]), outlet)
    for line in _removed(text, whole):
        yield _in_line(line, outlet, is_sure=True)
    for said in names_that_add(text[:MAX_TEXT]):
        yield _set_off(said, outlet)


def _set_off(said: tuple[list[Named], str] | None, outlet: Outlet) -> Credited | None:
    found = outlet.others(said[0]) if said is not None else []
    return _credited(found[0].who.name, "credit_line", said[1]) if said and found else None


def _in_line(line: str, outlet: Outlet, *, is_sure: bool) -> Credited | None:
    found = outlet.others(find_names(line.strip())) if len(line) <= MAX_WORDS else []
    named = name_in_line(line, found, is_sure=is_sure)
    return _credited(named.who.name, "credit_line", line) if named is not None else None


def _removed(text: str, whole: str) -> Iterator[str]:
    """Yield the lines around a text that cleaning took out of it, the last ones first."""
    if whole != text:
        closing = whole[-TAIL_LETTERS:].split("\n")[: -REMOVED - 1 : -1]
        for line in (*closing, *whole[:TAIL_LETTERS].split("\n")[:CLOSING]):
            if line.strip() and line.strip() not in text:
                yield line


def _lead(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if line.count(" ") >= LEAD_WORDS][:LEAD_LINES]


def _in_sentences(line: str, outlet: Outlet) -> Credited | None:
    for named in outlet.others(find_names(line)):
        words = None if named.is_word else crediting_words(line, named)
        if words is not None:
            return _credited(named.who.name, "text", words)
    return None


def _in_headline(title: str, outlet: Outlet) -> Credited | None:
    """Read a headline that ends in whose word it is: "Three killed in Bannu: ISPR"."""
    match = HEADLINE.search(title[-80:])
    found = outlet.others(find_names(match["who"])) if match is not None else []
    if match is None or not found or found[0].is_word or not found[0].who.speaks:
        return None
    is_whole = found[0].start == 0 and found[0].end >= len(match["who"].rstrip(" .۔"))
    return _credited(found[0].who.name, "text", match[0].lstrip(" :،؛")) if is_whole else None
