"""Lines that are the page's and not the author's: found, and taken out of a text."""

import re
from collections.abc import Collection, Sequence
from difflib import SequenceMatcher

from transforms.encoding import clean_characters
from transforms.normalise import normalise_text, words
from transforms.tags import split_tags

CHROME = re.compile(
    r"(scroll|back) to (the )?top|share( this)?( (article|story|post|on [\w ]{2,20}))?:?"
    r"|(click to )?(share|print|tweet|whatsapp|facebook|twitter|email|copy link|pin it|telegram)"
    r"|(advertisements?( continue reading below)?|sponsored|anzeige|publicidad|pubblicità)\W*"
    r"|(read|also|continue) (more|read|also|reading)\W*|up top|more:|(most read|more from) .{0,30}"
    r"|related( (news|stories|articles|posts|topics|content))?\W*|czytaj więcej\W*"
    r"|(sign up|subscribe)( (now|here|(to|for) our newsletter))?\W*|follow us.{0,40}"
    r"|leave a (comment|reply).{0,20}|comments?( \(\d+\))?|loading\W*|passer la publicité\W*"
    r"|(published|posted|(last )?updated|last modified)( on| at)?:?|by|tags?:?"
    r"|(\d+ min(ute)?s? read|(lesedauer|reading time|temps de lecture)\W.{0,20})"
    r"|(getty images|reuters|ap photo|afp)|(image (source|caption)|foto|photo|фото)s?\s*:.{0,60}"
    r"|(by|von|par|por) [^\W\d_]+( [^\W\d_]+){1,2}|externer inhalt.{0,60}"
    r"|follow .{2,30} on (twitter|x|facebook|instagram|google news)\W*"
    r"|مزید پڑھیں\W*|شیئر( کریں)?\W*|یہ بھی پڑھیں\W*|نور ولولئ\W*",
    re.IGNORECASE,
)
"""Whole lines that are never an author's sentence, wherever they stand."""
CLOSING = re.compile(
    r"newsletter|subscribe (to|now|here)|sign up (for|to|here)|bookmark|^\W*(©|copyright)"
    r"|all rights reserved|click here to|follow .{2,40} on (twitter|facebook|instagram|x\b)"
    r"|whatsapp|download (the|our) app|get the .{2,20} app|\S+@\S+\.\w|leave a comment|to comment"
    r"|join (our|the) (conversation|comment)|our standards:|log ?in (to|or)|you must be"
    r"|terms of (use|service)|privacy policy|premium subscription|your subscription"
    r"|earn (us )?a commission|share of the sale|support our work"
    r"|einloggen|mehr zum thema|lesen sie auch|partnermarke",
    re.IGNORECASE,
)
"""What the last lines of a page say to the reader, after the author has ended."""
DAY = (
    r"(?:\d{1,2}(?:st|nd|rd|th)?[\s./,-]+(?:[^\W\d]{3,12}\.?|\d{1,2})[\s./,-]+\d{2,4}"
    r"|[^\W\d]{3,12}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}|\d{4}[-./]\d{2}[-./]\d{2})"
)
CLOCK = r"(?:at\s*)?\d{1,2}[:.]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?)?(?:\s*\(?[A-Z]{2,5}\)?)?"
DATE_LINE = re.compile(
    rf"(?:-\s*)?(?:[^\W\d]+\W*(?:[^\W\d]+)?\W+(?:on|at|am)?\W*)?{DAY}(?:[\s,،|@–-]*(?:um\s*)?{CLOCK})?\W*",
    re.IGNORECASE,
)
CREDIT = re.compile(
    r"((first|originally|previously) )?(published|distributed|provided|syndicated|supplied) "
    r"(by|in|on|at) [^.!?]+|(source|courtesy|credit|quelle)s?\s*[:：][^.!?]+|ماخذ\s*[:：].+",
    re.IGNORECASE,
)
"""Where a text came from: a line of its own below it, not a sentence."""
MARKS = " -•|–"
TOP_LINES, CLOSING_LINES = 4, 6
CLOSING_WORDS = 45
HEADLINE_WORDS = 4
MENU_LINES = 4
MAX_DATE_LINE = 200
CREDIT_WORDS = 10


def clean_lines(
    text: str, headlines: Sequence[str], tags: Sequence[str], links: Collection[str] = ()
) -> tuple[str, tuple[str, ...]]:
    """Take out the headline, tag line and date line above a text, and the page's own lines.

    `links` are the texts of the page's links: a line that is nothing but one points elsewhere.
    Returns the text, and the tags that stood above it.
    """
    lines = [line.strip() for line in clean_characters(text).splitlines()]
    lines = [line for line in lines if line and not CHROME.fullmatch(line.strip(MARKS))]
    lines = [line for line in _without_menu(lines, links) if not is_teaser(line, links)]
    top, tagline = _clean_top(lines[:TOP_LINES], headlines, tags)
    kept = [*top, *_clean_end(lines[TOP_LINES:])]
    while len(kept) > 1 and is_credit(kept[-1]):
        kept.pop()
    return "\n".join(kept), tagline


def is_tagline(line: str, tags: Sequence[str]) -> bool:
    """Judge whether a line is a list of tags: the page's own, or short phrases and no sentence."""
    parts = split_tags([line])
    known = {tag.casefold() for tag in tags}
    shared = known & {part.casefold() for part in parts}
    if len(parts) == len(shared) >= 2:
        return True
    if (tags and not shared) or len(parts) < 3 or len(line) > 300 or line[-1] in ".!?۔:;\"”'":
        return False
    return all(len(part.split()) <= 4 and sum(map(str.isalpha, part)) >= 2 for part in parts)


def is_teaser(line: str, links: Collection[str]) -> bool:
    """Judge whether a line is the headline of another page, with or without a word before it."""
    bare = line.strip(MARKS)
    after = re.split(r"[:|]\s+", bare, maxsplit=1)[-1]
    is_led = len(bare) - len(after) < 30
    return any(
        len(text.split()) >= HEADLINE_WORDS and text in links
        for text in (bare, after if is_led else "")
    )


def _without_menu(lines: list[str], links: Collection[str]) -> list[str]:
    """Drop the site's menu from above a text: several lines in a row, each a link and no more."""
    first = next((n for n, line in enumerate(lines) if line.strip(MARKS) not in links), len(lines))
    return lines[first:] if first >= MENU_LINES else lines


def _clean_top(
    lines: list[str], headlines: Sequence[str], tags: Sequence[str]
) -> tuple[list[str], tuple[str, ...]]:
    top: list[str] = []
    tagline: tuple[str, ...] = ()
    for line in lines:
        if any(_is_headline(line, title) for title in headlines) or _is_date_line(line):
            continue
        if not tagline and not top and is_tagline(line, tags):
            tagline = split_tags([line])
        else:
            top.append(line)
    return top, tagline


def _is_date_line(line: str) -> bool:
    # One endless word would be gone through from each of its letters.
    return len(line) <= MAX_DATE_LINE and DATE_LINE.fullmatch(line) is not None


def _clean_end(lines: list[str]) -> list[str]:
    start = max(0, len(lines) - CLOSING_LINES)
    closing = [
        line
        for line in lines[start:]
        if len(line.split()) >= CLOSING_WORDS or not CLOSING.search(line)
    ]
    return lines[:start] + closing


def is_credit(line: str) -> bool:
    """Judge whether a text's last line only says where the text came from."""
    bare = line.strip(MARKS + "()[]*")
    return len(bare.split()) <= CREDIT_WORDS and CREDIT.fullmatch(bare) is not None


def _is_headline(line: str, title: str) -> bool:
    one, other = (" ".join(words(normalise_text(text))) for text in (line, title))
    if one == other:
        return True
    if not one or abs(len(one) - len(other)) > 0.3 * len(other):
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() > 0.92
