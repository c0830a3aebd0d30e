"""The words around a name by which a sentence credits it: "according to", "told", "کے مطابق".

An institution (a ministry, the police) is credited by what goes by it or by its paper, not where it
merely speaks: what it said is told in a report that is somebody else's.
"""

import re
from itertools import islice

from transforms.credited_names import WORD, Known, Named
from transforms.normalise import FOLDS, normalise_text

AROUND = 100
"""Letters before and behind a name that are looked at."""
CALLED = (
    r"(?:(?:a|an|the|its|official|private|local|state|state-run|state-owned|government|military"
    r"|(?:military|army|country|government|province|state|pakistan|afghanistan)['’]s|army|foreign"
    r"|international|national|french|british|american|afghan|pakistani|indian|iranian|russian"
    r"|turkish|qatar-based|us|u\.s\.|uk|semi-official|independent|news|wire|media|press|television"
    r"|tv|radio|broadcaster|channel|network|agency|agencies|service|outlet|wing|arm|newspaper"
    r"|daily|website)[ ,]{1,2}){0,8}"
)
"""What stands before a name, so that readers know whose it is."""
PAPER = (
    r"(?:statements?|(?:press |news )?releases?|handouts?|communiqu[eé]s?|press notes?|bulletins?"
    r"|reports?|notifications?|advisor(?:y|ies)|alerts?|data|figures|statistics"
    r"|stor(?:y|ies)|dispatch(?:es)?|tweets?|posts?)"
)
PEOPLE = r"(?:spokes(?:wo)?man|spokesperson|officials?)"
ISSUED = r"(?: (?:issued|released|shared|published|put out|carried|aired|compiled|collected))?"
WHEN = r"(?: (?:here|(?:late )?on \w+(?: \w+)?))?"
OF_ANY = re.compile(
    rf"\b(?:according to|as per|cit(?:ing|ed)|quot(?:ing|ed)|attributed to) {CALLED}"
    rf"(?:(?:\w+ )?{PAPER}{ISSUED}{WHEN} (?:by|from|of|in|on) {CALLED})?$"
    rf"|\b{PAPER}(?: (?:issued|released|shared|put out)){WHEN} by {CALLED}$"
    rf"|\b(?:statement|press release|handout|communiqu[eé]) (?:by|from|of) {CALLED}$",
    re.IGNORECASE,
)
"""Before the name of whomever is gone by."""
OF_PRESS_OFFICE = re.compile(
    rf"\b(?:(?:according to|as per|cit(?:ing|ed)|quot(?:ing|ed)) {CALLED})?"
    rf"{PEOPLE} (?:for|of|from) {CALLED}$",
    re.IGNORECASE,
)
"""Before the name of those whose work it is to speak."""
OF_MEDIA = re.compile(
    rf"\b(?:(?:told|reported by|quoted by|cited by|(?:report|story)(?: published)? (?:by|in)"
    r"|reports? for|seen by|reviewed by|speaking (?:to|with|on)|spoke (?:to|with)"
    rf"|talk(?:ing|ed) to|confirmed to|interview (?:with|to)) |, report(?:ed|s) ){CALLED}$",
    re.IGNORECASE,
)
"""Before the name of one that reports."""
SHORT = r"(?:,? ?[(][^()]{1,40}[)])?"
THEN = (
    r"(?:,? (?:also|has|had|have|later|earlier|further|however|spokes(?:man|woman|person)"
    r"|(?:late )?on \w+(?: \w+)?"
    r"|in (?:a|an|its|the) (?:\w+ ){0,2}(?:statement|report|release|handout|update|post|tweet)"
    r"(?: (?:issued|released))?),?){1,4}"
)
BY_PRESS_OFFICE = re.compile(
    rf"{SHORT}(?:{THEN},?)? (?:said|says|stated|added|reported|reports|confirmed)\b",
    re.IGNORECASE,
)
"""Behind the name of one that speaks; of "talks with ISPR, said the minister" that is not ISPR."""
WITNESS = r"(?:correspondent|journalist|reporter|witness|photographer|team)(?:e?s)?"
CALLED_SO = r"(?: (?:news |tv |television )?(?:agency|service|website|channel|network|newspaper))?"
BY_MEDIA = re.compile(
    rf"{SHORT}{CALLED_SO}(?:{THEN})?,? (?:reported|reports|quoted|quoting|cited|citing"
    rf"|said in (?:a|its) (?:report|dispatch|story))\b"
    rf"| {WITNESS}(?: \w+){{0,4}} (?:said|saw|reported|heard|counted)\b",
    re.IGNORECASE,
)
"""Behind the name of one that reports."""
AGAINST = re.compile(
    r"\b(?:reject|deni|deny|dismiss|condemn|criticis|criticiz|slam|refut|sued|suing|accus"
    r"|contradict)\w*(?: [\w'’-]+){0,5} ?$",
    re.IGNORECASE,
)
"""Before words that would credit: of that report somebody speaks, and does not go by it."""
STAFF = re.compile(
    r"(?:['’]s?)? (?:director|chief|head|chair|editor|anchor|building|headquarters|office"
    r"|employee|worker|union|journalist|reporter|founder|owner|producer|camera)"
    rf"|['’]s\b(?! (?:\w+ ){{0,2}}{PAPER}\b)",
    re.IGNORECASE,
)
"""Behind a name that something else is named by: a man of it, or its house; no paper of it."""
PERSONS = re.compile(
    r"(?:['’]s?)?(?: [\w'’-]+){0,2}? (?:officials?|sources?|spokes\w+|governors?|ministers?"
    r"|members?|presidents?|commissioners?|secretar\w+|lawyers?|counsels?|prosecutors?|investigators?"
    r"|experts?|teams?|personnel|staff|officers?|insiders?|forecasters?)\b",
    re.IGNORECASE,
)
"""Behind an institution's name: some of it speak, and not it."""

_SHORT = r"['\"]? ?(?:\( ?[^()]{1,40}\) ?)?"
_PAPER = (
    "(?:بیان|بیانات|اعلامیے|اعلامیہ|رپورٹ|رپورٹس|پریس ریلیز|ہینڈ آؤٹ|خبر|اعداد و شمار|نوٹیفکیشن"
    "|سروے|ایڈوائزری|الرٹ)"
)
_PEOPLE = "(?:ترجمان|ذرائع|حکام)"
_SPOKE = "(?:وایی|وویل|ویلی|لیکی|لیکلی|راپور ورکړی|خبر ورکړی)"
_BY = "(?:په وینا|په قول|په حواله|له قوله|له مخې|پر بنسټ)"


def _folded(pattern: str) -> re.Pattern[str]:
    """Compile words of Urdu or Pashto for texts in the matching form."""
    return re.compile(pattern.translate(FOLDS))


RTL_ANY = _folded(
    rf"{_SHORT}(?:(?:کے|کی) )?(?:(?:جاری کردہ|تازہ|ایک) ){{0,2}}(?:{_PAPER} )?(?:(?:کے|کی) ?)?"
    r"(?:مطابق|بقول)\b"
    rf"|{_SHORT}کی (?:جانب|طرف) سے (?:\w+ ){{0,4}}(?:بیان|اعلامی|رپورٹ|ہینڈ|پریس|تفصیل)"
    rf"|{_SHORT}(?:د (?!(?:\w+ ){{0,3}}(?:ویاند|چارواک|مشر|رییس))(?:\w+ ){{1,4}}?)?{_BY}\b"
)
"""Behind the name of whomever is gone by."""
RTL_SPEAKER = _folded(
    rf"{_SHORT}(?:(?:کے|کی) )?(?:{_PEOPLE} )?(?:(?:کے|کی) ?)?(?:مطابق|بقول|حوالے سے)\b"
    rf"|{_SHORT}کی (?:جانب|طرف) سے (?:\w+ ){{0,4}}(?:بتایا|کہا)"
    rf"|{_SHORT}(?:کا|کے ترجمان کا|حکام کا) (?:\w+ ){{0,3}}کہنا\b"
    rf"|{_SHORT}(?:کے ترجمان )?نے (?:\w+ ){{0,6}}?(?:کہا|بتایا|بتائی|لکھا|دعویٰ|خبر دی"
    rf"|رپورٹ (?:میں|کیا|دی))\b"
    rf"|{_SHORT}(?:د (?:\w+ ){{1,4}}?)?{_BY}\b"
    rf"|{_SHORT}(?:(?:په|پر) (?:\w+ ){{1,4}}?(?:کې )?)?{_SPOKE}\b"
)
"""Behind the name of one that speaks, and is more than an institution."""
RTL_MEDIA = _folded(
    r"['\"]? ?(?:(?:کو|سے) (?:\w+ ){0,3}?(?:بتایا|گفتگو|بات چیت|بات کرتے|انٹرویو)\b"
    r"|سره (?:په )?(?:\w+ ){0,2}?(?:خبرو|مرکه)\b"
    r"|ته (?:\w+ ){0,5}?(?:وویل|ویلی|ووې)\b)"
)
"""Behind the name of one that reports."""
RTL_HEADS = _folded(
    r"(?:سربراہ|چیئرمین|چیئرپرسن|گورنر|ڈائریکٹر|رکن|ممبر|سابق|رئیس|مشر|صدر)(?: \w+){0,4}[ (]{0,2}$"
)
"""Before the name of an institution or its press office: it is its head who speaks."""
RTL_PERSONS = _folded(r"(?:ترجمان|ذرائع|حکام|ویاند|چارواک\w*)[ (]{0,2}$")
"""Before an institution's name: some of it speak, and not it."""
RTL_BEFORE = _folded(r"(?:بحوالہ|بقول|د ویاند په وینا)$")


def crediting_words(line: str, named: Named) -> str | None:
    """Return the words by which a sentence goes by the one it names; None where it does not."""
    before = line[max(0, named.start - AROUND) : named.start]
    behind = line[named.end : named.end + AROUND]
    found = _found_before(before, behind, named.who)
    if found is not None and not AGAINST.search(before[: found.start()]):
        return line[named.start - len(before) + found.start() : named.end].strip(" ,")
    if named.who.speaks:
        said = (BY_MEDIA if named.who.reports else BY_PRESS_OFFICE).match(behind)
        if said is not None:
            return line[named.start : named.end + said.end()]
    return None if behind.isascii() and before.isascii() else _words_of_rtl(line, named)


def _found_before(before: str, behind: str, who: Known) -> re.Match[str] | None:
    found = None
    if not STAFF.match(behind) and (who.speaks or not PERSONS.match(behind)):
        found = OF_ANY.search(before)
    if found is None and who.reports:
        return OF_MEDIA.search(before)
    return OF_PRESS_OFFICE.search(before) if found is None and who.speaks else found


def _words_of_rtl(line: str, named: Named) -> str | None:
    behind = normalise_text(line[named.end : named.end + AROUND])
    before = normalise_text(line[max(0, named.start - AROUND) : named.start])
    who = named.who
    is_led = not who.reports and RTL_HEADS.search(before)
    if is_led or (not who.speaks and RTL_PERSONS.search(before)):
        return None
    said = RTL_ANY.match(behind)
    said = said or (RTL_SPEAKER.match(behind) if who.speaks else None)
    said = said or (RTL_MEDIA.match(behind) if who.reports else None)
    if said is None:
        return line[named.start : named.end] if RTL_BEFORE.search(before) else None
    count = len(WORD.findall(said[0]))
    last = next(islice(WORD.finditer(line, named.end), count - 1, None), None)
    return line[named.start : last.end() if last is not None else named.end]
