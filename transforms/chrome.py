"""What pages say to their readers in lines of their own, in the languages of the catalogue."""

import re

from transforms.normalise import normalise_text, words

CHROME = re.compile(
    r"(scroll|back) to (the )?top|share( this)?( (article|story|post|on [\w ]{2,20}))?:?"
    r"|(click to )?(share|print|tweet|whatsapp|facebook|twitter|email|copy link|pin it|telegram)"
    r"|(advertisements?( continue reading below)?|sponsored|anzeige|publicidad|pubblicità)\W*"
    r"|(read|also|continue) (more|read|also|reading)\W*|up top|more:|(most read|more from) .{0,30}"
    r"|related( (news|stories|articles|posts|topics|content))?\W*|czytaj więcej\W*"
    r"|(sign up|subscribe)( (now|here|(to|for) our newsletter))?\W*|follow us.{0,40}"
    r"|(leggi anche|auch interessant|lesen sie (auch|mehr)|(à )?lire aussi|lea también)\W*"
    r"|leave a (comment|reply).{0,20}|comments?( \(\d+\))?|loading\W*|passer la publicité\W*"
    r"|(published|posted|(last )?updated|last modified)( on| at)?:?|by|tags?:?"
    r"|(\d+ min(ute)?s? read|(lesedauer|reading time|temps de lecture)\W.{0,20})"
    r"|(getty images|reuters|ap photo|afp)|(image (source|caption)|foto|photo|фото)s?\s*:.{0,60}"
    r"|[\w .,-]{2,40}/\s?(getty images|reuters|afp|ap|epa|shutterstock)( via [\w ]{2,20})?"
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
CLOSING = re.compile(
    r"newsletter|subscribe (to|now|here)|sign up (for|to|here)|bookmark|^\W*(©|copyright)"
    r"|all rights reserved|click here to|follow .{2,40} on (twitter|facebook|instagram|x\b)"
    r"|(join|follow|subscribe|download|get).{1,60}whatsapp|whatsapp[ -]?(channel|group|kanal|canal)"
    r"|download (the|our) app|get the .{2,20} app|\S+@\S+\.\w|leave a comment|to comment"
    r"|join (our|the) (conversation|comment)|our standards:|log ?in (to|or)|you must be"
    r"|terms of (use|service)|privacy policy|premium subscription|your subscription"
    r"|earn (us )?a commission|share of the sale|support our work"
    r"|einloggen|mehr zum thema|lesen sie auch|partnermarke|tu suscripción|suscríbete"
    r"|abonnez-vous|iscriviti|واٹس ?ایپ چینل|چینل (کو )?(فالو|جوائن|سبسکرائب)|جملہ حقوق|فالو کریں"
    r"|(واټساپ|وټساپ) (چینل|ګروپ)|ټول حقوق",
    re.IGNORECASE,
)
"""What the last lines of a page say to the reader, after the author has ended."""
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
