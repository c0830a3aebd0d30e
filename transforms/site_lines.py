"""A site's own lines: learnt where page after page carries them, and taken out of its bodies."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from heapq import nsmallest

import numpy as np

from crawlers.catalogue import Source
from crawlers.job import CrawlJob, SiteLine
from crawlers.urls import host_of, key_hash
from transforms.article import Article
from transforms.body import count_words
from transforms.credited_names import find_names, known_as
from transforms.fingerprint import PERMUTATIONS, ROW, estimate_jaccard, fingerprint
from transforms.line_places import Place, Placed, countable_lines, without_lines
from transforms.lines import DAY

MIN_PAGES = 5
"""Below it a line that repeats is as often a story's that is stored twice (facts, measured)."""
SAMPLE = 200
"""Articles of a batch that are learnt from: enough to tell shares, whatever an import holds."""
MOST_LEARNT = 20
"""Lines a batch learns, at most: what repeats most comes first."""
IN_FORCE = 200
"""Lines of a source that are taken out, at most: the first stay, so that what is taken out, and
with it the extractor's version, does not change with every batch."""
HALF = 0.5
"""Of a source's texts: a subhead, a columnist's closing or a topic's background is on fewer."""
MOSTLY = 0.8
"""For whole sentences: many reports of one kind end in the same words, such as the police's."""
SENTENCE_END = (".", "۔", "।", "!", "?", "؟")
MIN_WORDS, SENTENCE_WORDS = 3, 25
"""A shorter line may be a date line's town or a name, and spoils little."""
SAME_TEXT = 0.5
"""Estimated Jaccard from which two pages count as one, as for stories."""
DATE = re.compile(DAY, re.IGNORECASE)
"""Changes from day to day: learnt today, it is another line tomorrow."""
CREDIT_WORDS = 8
CREDIT = re.compile(
    r"\b[A-Z]{2,6}\b|(?i:\b(press release"
    r"|news (agency|service|desk|wire)|newswire|agenc(y|ies)|bureau|correspondents?|reporters?)\b)"
    r"|^[(\[—–-]|ایجنس|آژانس|اژانس|نامہ نگار|نمائندہ|خبریال|بیورو|ڈیسک"
)
"""An agency or who writes for one; in a short line, that is a credit, which is read later."""
CREDITING = re.compile(
    r"\W*((with )?((additional|further) )?(inputs?|reporting|writing|editing|edited|compiled"
    r"|translated|reported|written) (from|by)\b|the (writer|author)s?\b)",
    re.IGNORECASE,
)


def learn_lines(articles: Iterable[Article], job: CrawlJob) -> tuple[SiteLine, ...]:
    """Find the lines that are the site's own by what is new in a batch and what was seen before.

    A line must stand on 5 pages of different text and on a good share of them all, and look like
    no credit: those are read later, and say where a text came from.
    """
    bodies = _different_texts(_sample(articles, job))
    texts = len(bodies) + job.seen_texts
    if not job.is_learning or not bodies or texts < MIN_PAGES:
        return ()
    counts: Counter[Placed] = Counter()
    for seen in job.seen_lines:
        counts[seen.line, seen.place] += seen.pages
    for body in bodies:
        counts.update(countable_lines(body))
    known = {one.line for one in job.site_lines} | kept_lines(job.source)
    own = known_as((job.source.name,), (host_of(job.source.home),))
    often = {line for (line, _), pages in counts.items() if pages >= MIN_PAGES} - known
    learnt = [
        one
        for line in often
        if _may_be_furniture(line, own) and (one := _judge(line, counts, texts)) is not None
    ]
    most = max(0, min(MOST_LEARNT, IN_FORCE - len(job.site_lines)))
    return tuple(sorted(learnt, key=lambda one: (-one.pages, one.line))[:most])


def lines_in_force(source: Source, lines: Iterable[SiteLine]) -> frozenset[Placed]:
    """Say of which lines and where bodies are to be freed: of none that the source file keeps."""
    kept = kept_lines(source)
    return frozenset((one.line, one.place) for one in lines if one.line not in kept)


def kept_lines(source: Source) -> frozenset[str]:
    """List the lines that the source file says are the articles'."""
    return frozenset(hint.selector for hint in source.hints if hint.field == "keep")


def without_site_lines(article: Article, lines: frozenset[Placed]) -> Article:
    """Take the site's own lines out of a body; one that is nothing else stays as it is."""
    if article.body is None or not lines:
        return article
    body = without_lines(article.body, lines)
    if not body or body == article.body:
        return article
    prints = fingerprint(article.title, body)
    return replace(
        article,
        body=body,
        word_count=count_words(body),
        content_hash=prints.content_hash,
        text_hash=prints.text_hash,
        shingle_count=prints.shingle_count,
        minhash=prints.minhash,
    )


def _judge(line: str, counts: Counter[Placed], texts: int) -> SiteLine | None:
    everywhere = counts[line, "anywhere"]
    place: Place = "anywhere"
    for edge in ("top", "end"):
        if counts[line, edge] >= MOSTLY * everywhere:
            place = edge
    words = count_words(line)
    if place == "anywhere" and words > SENTENCE_WORDS:
        return None
    share = MOSTLY if line.endswith(SENTENCE_END) else HALF
    pages = counts[line, place]
    if pages < max(MIN_PAGES, share * texts):
        return None
    return SiteLine(line=line, place=place, pages=pages)


def _may_be_furniture(line: str, own: Collection[str]) -> bool:
    words = count_words(line)
    if words < MIN_WORDS or DATE.search(line):
        return False
    return not CREDITING.match(line) and not (words <= CREDIT_WORDS and _names_agency(line, own))


def _names_agency(line: str, own: Collection[str]) -> bool:
    agencies = (one.who.name for one in find_names(line) if one.who.kind == "agency")
    return CREDIT.search(line) is not None or any(name not in own for name in agencies)


def _sample(articles: Iterable[Article], job: CrawlJob) -> list[Article]:
    """Take some articles that nothing was known of: the others are counted in seen_lines."""
    known = {page.url_key for page in job.known}
    hashes = frozenset(job.known_hashes)
    fresh = (
        (key_hash(one.url_key), one.url_key, one)
        for one in articles
        if one.shingle_count and one.url_key not in known
    )
    new = (one for one in fresh if one[0] not in hashes)
    return [one for _, _, one in nsmallest(SAMPLE, new, key=lambda found: found[:2])]


def _different_texts(articles: Sequence[Article]) -> list[str]:
    """Keep one body of each text: copies and twins of a story repeat all of its lines."""
    signatures = np.zeros((len(articles), PERMUTATIONS), dtype=ROW)
    bodies: list[str] = []
    for article in articles:
        signature = np.frombuffer(article.minhash, dtype=ROW)
        alike = estimate_jaccard(signatures[: len(bodies)], signature)
        if not (alike >= SAME_TEXT).any():
            signatures[len(bodies)] = signature
            bodies.append(article.body or "")
    return bodies
