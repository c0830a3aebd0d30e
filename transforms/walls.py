"""Walls in an article's place: bot checks, consent, log-in and payment."""

import re
from urllib.parse import urlsplit

from transforms.document import Document
from transforms.paywall import PAYWALL_MARK, PAYWALL_TEXT
from transforms.rejection import Reason, Rejected
from transforms.signs import Signs, most_of

CHALLENGE_TITLE = re.compile(
    r"just a moment|attention required|checking your browser|ddos.?(protection|guard)|robot check"
    r"|access denied|access to this page has been denied|are you (a )?(robot|human)|robot or human"
    r"|human verification|security (check|verification)|pardon our interruption|captcha"
    r"|verify(ing)? (that )?you are (a )?human|bot verification|one more step"
    r"|(request|you have been|you are) (blocked|rejected)|nur einen moment|un instant"
    r"|zugriff verweigert|accès refusé|acceso denegado",
    re.IGNORECASE,
)
CHALLENGE_TEXT = re.compile(
    r"(enable|turn on|activate) (javascript|js) and (cookies|disable)|(you are|you're) not a robot"
    r"|(confirm|verify) (that )?you are (a )?human|unusual (traffic|activity)"
    r"|press (and|&) hold|request unsuccessful|connection is secure before proceeding"
    r"|you don't have permission to access .{1,200} on this server|automated (access|requests)"
    r"|why have i been blocked",
    re.IGNORECASE,
)
CHALLENGE_MARK = re.compile(
    r"cf-browser-verification|cf[-_]chl[-_]|challenge-platform/(?!.{0,30}jsd)|_Incapsula_Resource"
    r"|px-captcha|/sorry/index|sgcaptcha|ddos-guard|captcha-delivery\.com|awswaf\.com|AwsWaf",
    re.IGNORECASE,
)
"""Some stand in whole articles too, as a silent watch: with a text or a date they say nothing."""
CONSENT_TITLE = re.compile(
    r"before you continue|your (privacy|data)( choices)?|cookie (consent|settings|wall)|consent"
    r"|we value your privacy|privacy (gate|center|wall)"
    r"|datenschutz|zustimmung|einwilligung|vie privée|consentement|cookies|privacidad"
    r"|رازداری|پرائیویسی|کوکیز|محرمیت|خصوصیت",
    re.IGNORECASE,
)
CONSENT_TEXT = re.compile(
    r"\b(cookies?|consent|privacy|personal data|partners|gdpr|tracking"
    r"|einwillig|zustimm|datenschutz|werbung|personenbezogen"
    r"|traceurs|vie privée|confidentialité|partenaires|données personnelles"
    r"|privacidad|consentimiento|socios"
    r"|کوکی|رازداری|پرائیویسی|شراکت دار|محرمیت|ملګري شرکت|ذاتی معلومات)\w*",
    re.IGNORECASE,
)
LOGIN_NAME = re.compile(
    r"(user |member |customer )?(log|sign)[ -]?(in|on|up)( or .{1,30}| to .{1,30}| / .{1,20})?"
    r"|register|registration|create (an |your )?account|my account|forgot(ten)? (your )?password"
    r"|anmelde?n|anmeldung|einloggen|registrier(en|ung)|(se )?connecte?r?|connexion|mon compte"
    r"|iniciar sesi[oó]n|acceder|accedi|entrar|вход|авторизация|регистрация|giriş( yap)?"
    r"|لاگ ان( کریں)?|سائن ان|ننوتل|ورود|تسجيل الدخول|ログイン|登录",
    re.IGNORECASE,
)
LOGIN_PATH = re.compile(
    r"/(user/|account/|customer/|member/)*(wp-)?(log|sign)[-_]?(in|on|up)(\.\w+)?/?$"
    r"|/(register|registration|signup|my-?account|account/(create|register|signin))(\.\w+)?/?$",
    re.IGNORECASE,
)
STUB_WORDS = 60
SHORT_WORDS = 120
FORM_WORDS = 400
"""A log-in page says no more, with its terms and its reasons to join."""


def refuse_walls(document: Document, signs: Signs) -> None:
    """Find what stands in an article's place and asks the reader for something.

    Raises:
        Rejected: challenge, consent, login or paywall.
    """
    if signs.word_count < FORM_WORDS and not signs.has_date and not document.is_article_said:
        _refuse_login(document, signs)
    if signs.word_count >= SHORT_WORDS:
        return
    _refuse_challenge(document, signs)
    if not signs.has_date:
        _refuse_consent(document, signs)
    _refuse_paywall(document, signs)


def _refuse_challenge(document: Document, signs: Signs) -> None:
    match = next(filter(None, (most_of(CHALLENGE_TITLE, name) for name in signs.headlines)), None)
    if not match and not document.is_article_said and not signs.has_date:
        match = CHALLENGE_TITLE.search(signs.title)
        if not match and signs.word_count < STUB_WORDS:
            match = CHALLENGE_MARK.search(document.text)
            match = match or CHALLENGE_TEXT.search(document.visible_text)
    if match:
        raise Rejected(Reason.CHALLENGE, f"{match[0][:80]!r} and {signs.word_count} words of text")


def _refuse_consent(document: Document, signs: Signs) -> None:
    text = signs.body if signs.body.strip() else document.visible_text
    words = len(text.split())
    told = len(CONSENT_TEXT.findall(text))
    is_named = any(CONSENT_TITLE.search(name) for name in signs.headlines)
    if words < SHORT_WORDS and told >= 2 and (is_named or told * 12 > words):
        raise Rejected(Reason.CONSENT, f"{told} words on cookies and consent in {words}")


def _refuse_login(document: Document, signs: Signs) -> None:
    is_named = any(LOGIN_NAME.fullmatch(name.strip(" .!»«")) for name in signs.headlines)
    is_addressed = LOGIN_PATH.search(urlsplit(document.page.final_url).path) is not None
    has_form = document.tree.find(".//input[@type='password']") is not None
    is_short = signs.word_count < STUB_WORDS
    if ((is_named or is_addressed or is_short) and has_form) or (is_named and is_short):
        raise Rejected(Reason.LOGIN, f"a log-in form and {signs.word_count} words of text")


def _refuse_paywall(document: Document, signs: Signs) -> None:
    if signs.word_count >= STUB_WORDS:
        return
    # Some pages have their wall in a program, which shows it.
    texts = (signs.body, document.tree.text_content(), document.text)
    told = any(map(PAYWALL_TEXT.search, texts))
    if signs.is_paywalled or (told and PAYWALL_MARK.search(document.text)):
        raise Rejected(Reason.PAYWALL, f"a paywall and {signs.word_count} words of text")
