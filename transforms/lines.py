"""Lines that are the page's and not the author's: found, and taken out of a text."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from transforms.chrome import MARKS, is_chrome, takes_leave
from transforms.encoding import clean_characters
from transforms.normalise import normalise_text, words
from transforms.people import DESK
from transforms.running_text import letters_of
from transforms.tags import split_tags

DAY = (
    r"(?:\d{1,2}(?:st|nd|rd|th)?[\s./,-]+(?:[^\W\d]{3,12}\.?|\d{1,2})[\s./,-]+\d{2,4}"
    r"|[^\W\d]{3,12}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}|\d{4}[-./]\d{2}[-./]\d{2})"
)
CLOCK = r"(?:at\s*)?\d{1,2}[:.]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?)?(?:\s*\(?[A-Z]{2,5}\)?)?"
DATE_LINE = re.compile(
    rf"(?:-\s*)?(?:[^\W\d]+\W*(?:[^\W\d]+)?\W+(?:on|at|am)?\W*)?{DAY}(?:[\s,،|@–-]*(?:um\s*)?{CLOCK})?\W*",
    re.IGNORECASE,
)
PUBLISHED = re.compile(r"published (?:(?P<imprint>by)|in|on|at) (?P<name>[^.!?]+)", re.IGNORECASE)
"""Said in the page's own name; "first published in" is said of another's."""
DOMAIN = re.compile(r"^the |\.\w{2,4}(\.\w\w)?$")
NAME_END = re.compile(r"\s*[,،(\[|]")
"""What stands behind it is an edition or a place: "The Express Tribune, Khyber Pakhtunkhwa"."""
TOP_LINES, CLOSING_LINES = 4, 6
HEADLINE_WORDS = 4
MENU_LINES = 4
MAX_DATE_LINE = MAX_CREDIT = 200
CREDIT_WORDS, IMPRINT_WORDS = 12, 4
MAX_HEADLINES, MAX_HEADLINE = 20, 400
SAME_HEADLINE = 0.92
TEASER_RUN = 3
ECHOES, ECHO_WORDS = 3, 10
COPIED_LETTERS, COPY_SHARE = 60, 0.3
LEAD_LINES, LEAD_LETTERS = 2, 80
POINTER_WORDS, PHONE_DIGITS = 6, 6
HOUSE_WORDS = 4


def clean_lines(
    text: str,
    headlines: Sequence[str],
    tags: Sequence[str],
    links: Collection[str] = (),
    own_names: Collection[str] = (),
) -> tuple[str, tuple[str, ...]]:
    """Take out the headline, tag line and date line above a text, and the page's own lines.

    `links` are the texts of the page's links: a line that is nothing but one points elsewhere.
    `own_names` are the outlet's: that it published a text is no news, a credit to others is.
    Returns the text, and the tags that stood above it.
    """
    # A no-break space hides a line from every rule, and belongs to the text all the same.
    whole = [(" ".join(line.split()), line) for line in clean_characters(text).splitlines()]
    printed = dict(whole)
    lines = [line for line, _ in whole if line and not is_chrome(line)]
    lines = _without_second_copy(_without_echoes(lines))
    lines = without_teasers(_without_menu(lines, links), links)
    top, tagline = _clean_top(lines[:TOP_LINES], headlines, tags)
    kept = _clean_end(_without_lead([*top, *lines[TOP_LINES:]]))
    while len(kept) > 1 and (is_own_credit(kept[-1], own_names) or _leads_nowhere(kept[-1])):
        kept.pop()
    return "\n".join(printed[line].strip() for line in kept), tagline


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
    half = bare[: len(bare) // 2].strip()
    after = re.split(r"[:|]\s+", bare, maxsplit=1)[-1]
    is_led = len(bare) - len(after) < 30
    is_doubled = bare == f"{half} {half}"  # a picture's link, and the headline's
    return any(
        len(text.split()) >= HEADLINE_WORDS and text in links
        for text in (half if is_doubled else bare, after if is_led else "")
    )


def without_teasers(lines: list[str], links: Collection[str]) -> list[str]:
    """Drop headlines of other pages; with several in a list, what is said below each as well."""
    found = [n for n, line in enumerate(lines) if is_teaser(line, links)]
    dropped = set(found)
    run: list[int] = []
    for place in [*found, len(lines) + 2]:
        if run and place - run[-1] > 2:
            if len(run) >= TEASER_RUN:
                gaps = run[-1] - run[0] + 1 - len(run)
                dropped.update(range(run[0], run[-1] + (2 if gaps == len(run) - 1 else 1)))
            run = []
        run.append(place)
    return [line for n, line in enumerate(lines) if n not in dropped]


def _without_echoes(lines: list[str]) -> list[str]:
    """Leave one of what is said again and again: a notice in place of each embedded post."""
    counts = Counter(lines)
    said: set[str] = set()
    kept = []
    for line in lines:
        if line not in said:
            kept.append(line)
        if counts[line] >= ECHOES and len(line.split()) >= ECHO_WORDS:
            said.add(line)
    return kept


def _without_second_copy(lines: list[str]) -> list[str]:
    """Leave one of a text that stands twice on its page; a refrain or an item may be said again."""
    first: dict[str, int] = {}
    long = [n for n, line in enumerate(lines) if len(line) >= COPIED_LETTERS]
    again = [n for n in long if first.setdefault(lines[n], n) != n]
    places = [first[lines[n]] for n in again]
    is_run = len(again) > 1 and places == sorted(set(places))
    if not is_run or sum(len(lines[n]) for n in again) < COPY_SHARE * sum(map(len, lines)):
        return lines
    before = set(lines[: again[0]])
    copy = [n for n in range(again[0], again[-1] + 1) if lines[n] in before]
    return [line for n, line in enumerate(lines) if n not in set(copy)]


def _without_lead(lines: list[str]) -> list[str]:
    """Drop a first line that the text says again at once; a standfirst may begin as it does."""
    lead, *below = [letters_of(line) for line in lines[: LEAD_LINES + 1]] or [""]
    is_again = len(lead) >= LEAD_LETTERS and lead in below
    return lines[1:] if is_again else lines


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
        titles = headlines[:MAX_HEADLINES]
        if any(_is_headline(line, title) for title in titles) or _is_date_line(line):
            continue
        if not top and _is_desk(line):
            continue
        if not tagline and not top and is_tagline(line, tags):
            tagline = split_tags([line])
        else:
            top.append(line)
    return top, tagline


def _is_desk(line: str) -> bool:
    """Judge whether a line is who brings the text, and no person: "Our Correspondent"."""
    is_short = len(line.split()) <= HOUSE_WORDS and line[-1] not in ".!?۔؟:"
    return is_short and DESK.search(line) is not None


def _is_date_line(line: str) -> bool:
    # One endless word would be gone through from each of its letters.
    return len(line) <= MAX_DATE_LINE and DATE_LINE.fullmatch(line) is not None


def _clean_end(lines: list[str]) -> list[str]:
    start = max(1, len(lines) - CLOSING_LINES)
    closing = [line for line in lines[start:] if not takes_leave(line)]
    return lines[:start] + closing


def is_own_credit(line: str, own_names: Collection[str]) -> bool:
    """Judge whether a text's last line only says that it was published where it was found."""
    is_short = len(line) <= MAX_CREDIT and len(line.split()) <= CREDIT_WORDS
    said = PUBLISHED.fullmatch(line.strip(MARKS + "()[]*.")) if is_short else None
    if said is None:
        return False
    if said["imprint"]:
        return len(said["name"].split()) <= IMPRINT_WORDS
    folded = normalise_text(said["name"])
    first = DOMAIN.sub("", NAME_END.split(folded)[0])
    names = (DOMAIN.sub("", normalise_text(NAME_END.split(name)[0])) for name in own_names)
    return any(name and (name in folded or name.startswith(f"{first} ")) for name in names)


def _leads_nowhere(line: str) -> bool:
    """Judge whether a text's last line only names what was printed below it, or says nothing."""
    is_pointer = line[-1] in ":：" and len(line.split()) <= POINTER_WORDS
    is_number = "|" in line or sum(map(str.isdigit, line)) >= PHONE_DIGITS
    return is_pointer or not (is_number or any(map(str.isalpha, line)))


def _is_headline(line: str, title: str) -> bool:
    if max(len(line), len(title)) > MAX_HEADLINE:
        return line == title
    one, other = _spoken(line), _spoken(title)
    if one == other:
        return True
    if not one or abs(len(one) - len(other)) > 0.3 * len(other):
        return False
    likeness = SequenceMatcher(None, one, other, autojunk=False)
    # Each is no less than the one after it, and costs a tenth.
    bounds = (likeness.real_quick_ratio, likeness.quick_ratio, likeness.ratio)
    return all(bound() > SAME_HEADLINE for bound in bounds)


@lru_cache(maxsize=64)
def _spoken(text: str) -> str:
    return " ".join(words(normalise_text(text)))
