"""What pages say to their readers in lines of their own, in the languages of the catalogue."""

import re

from transforms.credited_names import photo_names
from transforms.normalise import normalise_text, words

CHROME = re.compile(
    r"(scroll|back) to (the )?top|share( this)?( (article|story|post|on [\w ]{2,20}))?:?"
    r"|(click to )?(share|print|tweet|whatsapp|facebook|twitter|email|copy link|pin it|telegram)"
    r"|(advertisements?( continue reading below)?|sponsored|anzeige|publicidad|pubblicità)\W*"
    r"|(read|also|continue) (more|read|also|reading)\W*|up top|more:|(most read|more from) .{0,30}"
    r"|related( (news|stories|articles|posts|topics|content|information))?\W*|czytaj więcej\W*"
    r"|(sign up|subscribe)( (now|here|(to|for) our newsletter))?\W*|follow us.{0,40}"
    r"|(leggi anche|auch interessant|lesen sie (auch|mehr)|(à )?lire aussi|lea también)\W*"
    r"|you (may|might) also (like|enjoy)\W*|report this page|(\[removed\]\s*)+"
    r"|loading\W*|(loading|fetching) [\w ]{2,40}(\.\.\.|…)"
    r"|leave a (comment|reply).{0,20}|comments?( \(\d+\))?|passer la publicité\W*"
    r"|(published|posted|(last )?updated|last modified)( on| at)?:?|by|tags?:?"
    r"|(\d+ min(ute)?s? read|(lesedauer|reading time|temps de lecture)\W.{0,20})"
    rf"|({photo_names()}|ap photo)|(image (source|caption)|foto|photo|фото)s?\s*:.{{0,60}}"
    rf"|[\w .,-]{{2,40}}/\s?({photo_names()})( via [\w ]{{2,20}})?"
    r"|(by|von|par|por) [^\W\d_]+( [^\W\d_]+){1,2}|externer inhalt.{0,60}"
    r"|follow .{2,30} on (twitter|x|facebook|instagram|google news)\W*",
    re.IGNORECASE,
)
"""Whole lines that are never an author's sentence, wherever they stand."""
READ_ALSO = re.compile(
    r"(also read|read (also|more)|see also|must read|related( (video|stor(y|ies)|news))?)\s*[:|]\s"
    r"|(leggi anche|lesen sie auch|(à )?lire aussi|lea también)\s*[:|]\s",
    re.IGNORECASE,
)
"""What a line begins with that names another page."""
RTL_CHROME = frozenset(
    " ".join(words(normalise_text(line)))
    for line in (
        # Urdu
        "مزید پڑھیں", "مزید پڑھیے", "مزید پڑھئے", "مزید جانیے", "مزید خبریں", "مزید دیکھیں",
        "یہ بھی پڑھیں", "یہ بھی پڑھیے", "یہ بھی پڑھئے", "یہ بھی دیکھیں", "یہ بھی دیکھیے",
        "شیئر", "شیئر کریں", "شیئر کیجیے", "شئیر کریں", "پرنٹ کریں", "لنک کاپی کریں", "کاپی لنک",
        "واٹس ایپ", "فیس بک", "ٹوئٹر", "ای میل", "اشتہار", "تبصرے", "تبصرہ کریں", "تبصرے دیکھیں",
        "اپنی رائے دیں", "متعلقہ خبریں", "متعلقہ عنوانات", "تازہ ترین خبریں", "مقبول خبریں",
        "سبسکرائب کریں", "ہمیں فالو کریں", "اوپر جائیں",
        # Pashto
        "نور ولولئ", "نور یې ولولئ", "نور لوستل", "دا هم ولولئ", "دا هم وګورئ", "لا نور",
        "شریک کړئ", "شریکه کړئ", "شریکول", "چاپ", "چاپ کړئ", "لینک کاپي کړئ", "اعلان", "تبصرې",
        "تبصره وکړئ", "اړوند خبرونه", "اړونده خبرونه", "وروستي خبرونه", "ښکته", "پورته",
    )
)  # fmt: skip
"""The same in Urdu and Pashto, in the matching form."""
RTL_READ_ALSO = tuple(
    normalise_text(start)
    for start in ("مزید پڑھی", "یہ بھی پڑھ", "یہ بھی دیکھ", "نور ولولئ", "دا هم ولولئ")
)
ASKS = re.compile(
    r"(?:^|[.!?:–—-] )\W*(?:please |bitte )?(?:subscribe (?:to|now|here|today)|sign up (?:now|here)"
    r"|sign up (?:for|to) .{0,60}(?:newsletter|briefing|alerts?|digest|inbox)\b"
    r"|(?:you can )?follow .{2,60} on (?:twitter|facebook|instagram|whatsapp|x)\b"
    r"|click here to (?:read|see|view|subscribe|join)"
    r"|(?:click here to )?(?:get|download) (?:the|our) (?:.{2,20} )?app\b|leave a (?:comment|reply)"
    r"|join the (?:conversation|discussion)|log ?in (?:to|or)|send (?:us )?(?:\w+ )?tips to"
    r"|you (?:must|need to|have to) (?:be )?log(?:ged)? ?in|would you like to comment"
    r"|our standards:|bookmark (?:this|our|us|\w+\.\w)|(?:support|donate to) our work"
    r"|want .{3,90}\? (?:start|subscribe|sign up|join|get)"
    r"|(?:do you )?(?:have|got) (?:a|any) (?:news|story|tip|correction)\b.{0,40}\?"
    r"|if you (?:buy|click|purchase) .{3,90}(?:earn .{0,30}commission|share of the sale)"
    r"|du musst dich (?:einloggen|anmelden)|abonniere\b|abonnieren sie|suscríbete|abonnez-vous"
    r"|iscriviti)|we may (?:earn|receive) .{0,30}commission"
    r"|(?:sign(?:ing)? up (?:for|to)|subscrib(?:e|ing) to|join|follow|download|get) our\b.{0,40}"
    r"\b(?:newsletters?|app|channel|group|page|forum|alerts)\b"
    r"|(?:^\W*|\b(?:ہمارے|ہمارا|ہمیں) )(?:واٹس ?ایپ|یوٹیوب|فیس ?بک|ٹوئٹر|ٹیلی ?گرام)(?: \S+){0,3}"
    r" (?:فالو|جوائن|سبسکرائب|لائک) (?:کریں|کیجیے|کیجئے|کیجیئے)\W*$"
    r"|^\W*(?:زموږ|زمونږ) (?:واټساپ|وټساپ|ټیلیګرام|یوټیوب|فېسبوک) (?:چینل|ګروپ|پاڼه)"
    r"(?: \S+){0,4}\W*$",
    re.IGNORECASE,
)
"""What the outlet, in its own voice, asks of its reader."""
RIGHTS = re.compile(
    r"\W*(?:(?:©|copyright\W{1,3}(?:©|\(c\)|(?=(?:19|20)\d\d))).{0,80}"
    r"(?:\b(?:19|20)\d\d\b|rights reserved).{0,160}|all rights reserved\W*"
    r"|(?:©.{0,40})?(?:(?:جملہ|تمام) حقوق.{0,40}محفوظ(?: ہیں)?"
    r"|ټول حقوق.{0,40}(?:خوندي|محفوظ)(?: دي)?)\W*)",
    re.IGNORECASE,
)
REPORTED = re.compile(
    r"[“”„\"«»]|\b(?:said|says|told|added|asked|urged|warned|according to)\b"
    r"|\b(?:کہا|کہنا|کہتے|بتایا|مطابق|وویل|ویلي|وايي|وینا)\b",
    re.IGNORECASE,
)
"""Somebody else is speaking: the ask is news."""
CLOSING_WORDS, CLOSING_LETTERS = 45, 500
MARKS = " -•|–"
MAX_CHROME, MAX_READ_ALSO = 130, 250


def is_chrome(line: str) -> bool:
    """Judge whether a line is the page's own word to its reader."""
    bare = line.strip(MARKS)
    if len(bare) > MAX_READ_ALSO:
        return False
    if READ_ALSO.match(bare) or (len(bare) <= MAX_CHROME and CHROME.fullmatch(bare)):
        return True
    if bare.isascii():
        return False
    folded = normalise_text(bare)
    said = " ".join(word for word in words(folded) if not word.isdigit())
    return said in RTL_CHROME or (":" in folded and folded.startswith(RTL_READ_ALSO))


def takes_leave(line: str) -> bool:
    """Judge whether one of a text's last lines is the outlet's word to its reader, by its form."""
    if len(line) > CLOSING_LETTERS or len(line.split()) >= CLOSING_WORDS:
        return False
    if RIGHTS.fullmatch(line):
        return True
    return ASKS.search(line) is not None and not REPORTED.search(line)
