"""Who of those that an author line names is a person, and who a desk or the outlet."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from transforms.credited_names import is_agency, reporters_houses
from transforms.dateline import read_dateline

BEFORE_NAME = (
    r"about the author|über den autor"
    r"|(?:written|posted|published|reported|story|words|text|report|article|column)\s+by"
    r"|(?:text|kolumne|kommentar|interview|bericht|beitrag|geschrieben|verfasst|erstellt"
    r"|eingestellt|gepostet)\s+von"
    r"|by|von|par|por|di|da|av|af|door|oleh|(?:text|interview)(?=\s*:)|auteur|author"
    r"|autor(?:in|en)?(?:/-?(?:autor)?(?:in)?)?|yazan|автор|作者|记者|责任编辑"
    r"|تحریر|رپورٹ|رپورٹر|مصنف|از قلم|لیکوال|ليکوال|نویسنده|بقلم"
)
"""Words that stand before an author's name wherever it is printed."""
LABEL = re.compile(
    rf"^(?:{BEFORE_NAME}|posts by|(?:edited|photos?)\s+by|text|de|reporter|correspondent"
    r"|رپورټ|راپور|از)(?:\s*[:：،]\s*|\s+-\s+|\s+|$)",
    re.IGNORECASE,
)
"""Words that stand before a name in what is said to be an author."""
GIVEN = re.compile(
    r"(?:di|da|de)\s+[^\W\d_]|(?:von|par|por|av|af|oleh)\s+[^\W\d_][\w.'’-]*\s*(?:[,;|،]|$)",
    re.IGNORECASE,
)
"""What begins so in data is a whole name as often (Di Wu, De Niro) as a label and a name."""
SPLIT = re.compile(
    r"\s*(?:[;|،\n•·]|\s/\s|(?<=[^\W\d_]{3})/(?=[^\W\d_]+\s[^\W\d_])|&amp;|\s&\s|,(?!\s*(?:jr|sr|m\.?d|ph\.?d)\b)"
    r"|\s(?:and|und|et|og|och|with|im gespräch mit|mit|اور|او)\s"
    # Names have these words inside them, too: they part only two full names.
    r"|(?<=\w\s)(?<=[^\W\d_]{3}\s)(?:y|e|en|i)\s(?=[^\W\d_]+\s[^\W\d_]))\s*",
    re.IGNORECASE,
)
DESK = re.compile(
    r"\b(desk|staff|team|editorial|editors?|newsroom|admin(istrator)?|correspondents?|reporters?"
    r"|(news ?)?bureau|agenc(y|ies)|web|online|redaktion|rédaction|redacción|redazione|redactie"
    r"|newsdesk|webmaster|monitor(ing)?|writer|contributors?|user|unknown|anonymous|n/?a|report)\b|^guest\b"
    r"|ڈیسک|ویب|نامہ نگار|نمائند|نیوز|رپورٹر|خبریں|ایڈیٹر|خبریال|بیورو|ایجنس",
    re.IGNORECASE,
)
NOT_NAME = re.compile(r"https?:|www\.|@|\w\.[a-z]{2,4}$|\d{3,}|[<>{}\[\]=]|[!?]")
ACCOUNT = re.compile(r"\S*admin\d*|(?=\S*\d)\S*[^\W_]_\S*", re.IGNORECASE)
"""Who is logged in to the publishing system, under no name that readers would know."""
AT = re.compile(r"(.+?) (?:in|[-–—]) (.+)")
LEADING_PLACE = re.compile(
    r"\W{0,3}([^\W\d_]+(?:[ /.'’-][^\W\d_]+){0,3})\s*(?:\([^()]{1,40}\)\s*)?[:–—-](?=\s|$)"
)
NOISE = re.compile(
    r"\b(follow(ing)?|folgen|posted|published|updated|stand|quelle|source|view|says|shares?|getty"
    r"|profil\w*|interview|im gespräch|image|photos?|fotos?|name|e\.\s?v|gmbh|university|edition"
    r"|comments?|read|more|minutes?|min|uhr|januar|monday|article|artikel\w*|nachrichten?|link\d*"
    r"|login|subscribe|google|scholar|search|donate|alle|all|zur|pressemitteilung|news|about|weitere?|mehr|sponsor\w*|gesponsert\w*|anzeige|advert\w*)\b",
    re.IGNORECASE,
)
"""Words that stand near names on a page and in no name."""
PARTICLES = frozenset(
    (
        "al", "ben", "bin", "da", "de", "del", "della", "den", "der", "di", "do", "dos", "du", "el",
        "et", "i", "ibn", "la", "le", "ten", "ter", "ul", "und", "van", "vom", "von", "y", "zu",
        "zur", "zum", "v", "af", "av",
    )
)  # fmt: skip
SENTENCE = re.compile(r"[\d:;©]|[^\W\d_]{3,}\.")
PARENTHESES = re.compile(r"\([^)]*\)?")
INITIAL = re.compile(r"\s(?:[A-Z]|[JS]r)$")
TRAILING = re.compile(
    rf"\s*[-–—(,|]\s*(?:{reporters_houses()}|staff|correspondent|reporter|editor"
    r"|special to|the)\b.*$",
    re.IGNORECASE,
)
ARTICLE = re.compile(r"^(?:the|die|der|das|le|la|el|los|il)\s+", re.IGNORECASE)
HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+")
MAX_INITIALS = 5
MAX_SITE = 200
MAX_HOUSE = 80
MAX_LENGTH = 1_000


def split_people(
    texts: Iterable[str], site_names: tuple[str, ...], *, is_printed: bool = False
) -> tuple[tuple[str, ...], bool]:
    """Split author lines into people's names; also say whether anything else stood there."""
    people: list[str] = []
    rest = False
    for text in (" ".join(one[:MAX_LENGTH].split()) for one in texts):
        names = _parts(text, is_printed)
        found = _people_of(text, [_unplaced(name, site_names) for name in names], site_names)
        people += found
        rest = rest or any(name not in found or is_agency(name) for name in names)
        # What is nothing but a label may be all that is said: "Correspondent".
        rest = rest or (not names and DESK.search(text) is not None)
    unique = {key_of(name): name for name in reversed(people)}
    return tuple(name for name in dict.fromkeys(people) if unique.get(key_of(name)) == name), rest


def _parts(text: str, is_printed: bool) -> list[str]:
    line = _unlabelled(PARENTHESES.sub("", text), is_printed)
    parts = (TRAILING.sub("", _unlabelled(part, is_printed)) for part in SPLIT.split(line))
    return [name for part in parts if (name := _trimmed(part))]


def _unplaced(name: str, site_names: tuple[str, ...]) -> str:
    """Cut off where, or for whom, a writer writes: "Zala Khan in Peshawar"."""
    match = AT.fullmatch(name)
    return match[1] if match and is_outlet(match[2], site_names) else name


def _unlabelled(text: str, is_printed: bool) -> str:
    return text if not is_printed and GIVEN.match(text) else LABEL.sub("", text)


def _people_of(text: str, names: list[str], site_names: tuple[str, ...]) -> list[str]:
    """Choose the people among a line's names; where they write or from is told beside them."""
    # An outlet in front or in brackets is an address line: "hessenschau.de, Frankfurt".
    explained = [name.strip("() ") for name in PARENTHESES.findall(text)]
    is_address = any(is_outlet(name, site_names) for name in (*explained, *names[:-1])[:1])
    if is_address and any(map(HOST.fullmatch, explained)):
        return []
    is_placed = len(names) == 2 and " " in names[0] and not is_agency(names[1])
    people: list[str] = []
    for name in names:
        is_place = " " not in name and (is_address or (is_placed and name == names[1]))
        if is_person(name) and not is_place and not is_outlet(name, site_names):
            people.append(name)
    return people


def is_outlet(name: str, site_names: tuple[str, ...]) -> bool:
    """Judge whether a name is the outlet's: in full, as its host, or by its initials."""
    key, bare = key_of(name), ARTICLE.sub("", name)
    first = name.split(" ", maxsplit=1)[0]
    for site in site_names:
        known = _forms(site[:MAX_SITE])
        if key and (key == known.key or name == known.initials or first == known.abbreviation):
            return True
        if " " not in bare and key_of(bare) in known.labels:
            return True
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Forms:
    """The forms under which a page names its outlet."""

    key: str
    labels: frozenset[str]
    initials: str | None
    abbreviation: str | None
    """"MDR", whose houses are named "MDR SACHSEN"."""


@lru_cache(maxsize=1024)
def _forms(site: str) -> _Forms:
    words = re.findall(r"\w+", site)
    return _Forms(
        key=key_of(site),
        labels=frozenset(site.lower().split(".") if HOST.fullmatch(site) else ()),
        initials="".join(word[0] for word in words).upper() if len(words) > 1 else None,
        abbreviation=site if site.isupper() and len(site) <= MAX_INITIALS else None,
    )


def _trimmed(name: str) -> str:
    name = name.strip(" .,;:-–—|*'\"()")
    return f"{name}." if INITIAL.search(name) else name


def is_person(name: str) -> bool:
    """Judge whether a string that is said to be an author can be a person's name."""
    if not 2 <= len(name) <= 60 or len(name.split()) > 6:
        return False
    if DESK.search(name) or NOT_NAME.search(name) or ACCOUNT.fullmatch(name):
        return False
    return any(map(str.isalpha, name))


def is_account(name: str) -> bool:
    """Judge whether a name is a login of the publishing system, or an address."""
    return bool(ACCOUNT.fullmatch(name) or (" " not in name and NOT_NAME.search(name)))


def is_house(text: str, site_names: tuple[str, ...]) -> bool:
    """Judge whether a printed line names the outlet, a desk of it or an agency."""
    line = LABEL.sub("", text)
    is_known = DESK.search(line) or is_agency(line) or is_outlet(line, site_names)
    return len(line) <= MAX_HOUSE and bool(is_known)


def credit_in_dateline(text: str) -> str | None:
    """Return the desk or agency in front of a text: "PESHAWAR (APP): ...", else None."""
    dateline = read_dateline(text)
    if dateline is None:
        return None
    is_house = DESK.search(dateline.credit) or (dateline.is_marked and is_agency(dateline.credit))
    return dateline.credit if is_house else None


def place_in_dateline(text: str) -> tuple[str, ...]:
    """Return the place in front of a text ("PESHAWAR: ..."): one word, or words in capitals."""
    match = LEADING_PLACE.match(text[:100])
    if match is None or (" " in match[1] and not match[1].isupper()):
        return ()
    return (*match[1].title().split("/"),)


def looks_like_name(text: str) -> bool:
    """Judge whether a string that merely stands on a page looks like a person's name."""
    words = text.split()
    if NOISE.search(text) or (len(words) > 1 and any(map(str.isdigit, text))):
        return False
    capitals = [word for word in words if word not in PARTICLES]
    return len(words) == 1 or (bool(capitals) and not any(word[0].islower() for word in capitals))


def looks_like_signature(text: str) -> bool:
    """Judge whether a line without any mark of an author is a person's full name all the same."""
    words = text.split()
    return 2 <= len(words) <= 4 and not SENTENCE.search(text) and looks_like_name(text)


def key_of(text: str) -> str:
    """Reduce a name to what tells two apart."""
    return re.sub(
        r"\W|\.(com|org|net)\b", "", text.lower().removeprefix("the ").removeprefix("www.")
    )
