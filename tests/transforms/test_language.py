"""Languages by text."""

import gzip
import json

import pytest

from tests.transforms.pages import PARAGRAPHS, SHARED, html, make_page, story, to_article
from transforms.language import Languages, detect_languages

URDU = "ضلعی انتظامیہ نے پیر کے روز دریا پر پل دوبارہ کھول دیا، جس کے بعد رابطہ بحال ہو گیا ہے۔"
PASHTO = "د ولسوالۍ چارواکو د دوشنبې په ورځ پر سیند پل بیا پرانیست او د کلیو اړیکې بیرته ونښتې."
PERSIAN = "مقام‌های محلی روز دوشنبه پل روی رودخانه را دوباره باز کردند و راه روستاها وصل شد."
DARI = "باشندگان ولسوالی می‌گویند که پل پس از سیلاب دوباره باز شده و بهای مواد در بازار پایین آمده."
ARABIC = "أعادت السلطات المحلية يوم الاثنين فتح الجسر فوق النهر بعد الفيضان الذي قطع الطريق."
SINDHI = "ضلعي انتظاميا سومر ڏينهن درياءَ تي پل ٻيهر کوليو، جنهن کان پوءِ ڳوٺن جو رستو بحال ٿيو آهي."
PUNJABI = (
    "ضلعے دی انتظامیہ نے سوموار نوں دریا دا پل فیر کھول دتا اے، تے پنڈاں دے لوک ایس توں خوش نیں۔"
)
SARAIKI = "ضلعے دی انتظامیہ سوموار کوں دریا دا پل ول کھول ݙتا، تے وسوں دے لوک ایں توں خوش ہن۔"
HINDKO = (
    "ضلع دی انتظامیہ نے پیر آلے دیہاڑے دریا دا پل فِر کھول دتا اے، تے گراں وچ لوک خوش ہو گئے نیں۔"
)
BALOCHI = "ضلع ءِ انتظامیہ ءَ دوشنبے ءِ روچ ءَ کور ءِ پل پدا پچ کت ءُ مردم وش بوتنت۔"
ROMAN_URDU = (
    "Zila intezamia ne peer ke roz darya par pul dobara khol diya hai aur log ghar ja rahe hain."
)
GERMAN = (
    "Die Kreisverwaltung hat die alte Brücke über den Fluss am Montag wieder geöffnet, nachdem das "
    "Hochwasser im Frühjahr ihren östlichen Pfeiler fortgerissen hatte."
)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (PARAGRAPHS[0], "en"),
        (URDU, "ur"),
        (PASHTO, "ps"),
        (PERSIAN, "fa"),
        (DARI, "fa"),
        (ARABIC, "ar"),
        (GERMAN, "de"),
        (PARAGRAPHS[0] + "\n" + "\n".join([URDU] * 4), "ur"),
        ("\n".join(PARAGRAPHS) + "\n" + URDU, "en"),
        ("", None),
        ("12:30 – 45", None),
        ("Bridge", None),
    ],
)
def test_the_text_decides(text: str, language: str | None) -> None:
    assert detect_languages(text).main == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (SINDHI, "sd"),
        (PUNJABI, "pa"),
        (SARAIKI, "pa"),
        (HINDKO, "pa"),
        (BALOCHI, None),
        (ROMAN_URDU, "ur"),
    ],
    ids=["Sindhi", "Punjabi", "Saraiki", "Hindko", "Balochi", "Urdu in Latin letters"],
)
def test_a_neighbour_is_not_taken_for_urdu_or_pashto(text: str, language: str | None) -> None:
    assert detect_languages(text, ("ur", "ps")).main == language


@pytest.mark.parametrize(
    "name",
    [
        "Imran Khan in Peshawar jalsa",
        "Fakhar Zaman, Babar Azam in Karachi",
    ],
)
def test_an_outlets_language_breaks_a_tie(name: str) -> None:
    assert detect_languages(name, ("en",)).main == "en"


@pytest.mark.parametrize(
    ("text", "expected", "language"),
    [(URDU, ("en",), "ur"), (PASHTO, ("ur",), "ps"), (GERMAN, ("en", "ur"), "de"),
     (PERSIAN, ("ps", "ur"), "fa"), (PARAGRAPHS[0], ("de", "ur"), "en")],
)  # fmt: skip
def test_it_never_overrules_a_clear_text(
    text: str, expected: tuple[str, ...], language: str
) -> None:
    assert detect_languages(text, expected).main == language


@pytest.mark.parametrize(
    ("lines", "main", "other"),
    [
        ([*PARAGRAPHS, URDU, URDU], "en", "ur"),
        ([URDU] * 6 + [PARAGRAPHS[0]], "ur", "en"),
        ([URDU] * 6 + [PASHTO] * 3, "ur", "ps"),
        ([*PARAGRAPHS[:2], GERMAN], "en", "de"),
        ([*PARAGRAPHS * 3, GERMAN], "en", None),
        ([URDU.replace("دریا", "River Zarin (Zarin Khwar)")] * 6, "ur", None),
        ([URDU] * 8 + ["Read the full story in English on our website"], "ur", None),
        ([*PARAGRAPHS, "Zala Khan", "Babar Azam", "ضلع سوات"], "en", None),
    ],
)
def test_a_second_language_is_told_where_it_has_paragraphs_of_its_own(
    lines: list[str], main: str, other: str | None
) -> None:
    assert detect_languages("\n".join(lines)) == Languages(main=main, other=other)


def test_leftovers_of_a_page_do_not_outvote_the_report() -> None:
    lines = [PARAGRAPHS[0], *[URDU] * 14, *PARAGRAPHS * 7]
    assert detect_languages("\n".join(lines)) == Languages(main="ur", other="en")


def test_an_article_carries_both_its_languages() -> None:
    page = html(
        f"<article><h1>Bridge reopens</h1>{story(*PARAGRAPHS, URDU, f'{URDU} {URDU}')}</article>"
    )
    made = to_article(make_page(page))
    assert (made.language, made.other_language) == ("en", "ur")


@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/corpus")
def test_real_urdu_articles_are_urdu_and_nothing_else() -> None:
    with gzip.open(SHARED / "corpus/urdu_articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines][::5]
    right = sum(detect_languages(text, ("en",)) == Languages(main="ur") for text in texts)
    assert right / len(texts) >= 0.995


@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/corpus")
def test_english_reports_stay_english_whatever_their_outlet_writes_in() -> None:
    manifest = (SHARED / "corpus/manifest.jsonl").read_text("utf-8").splitlines()
    rows = [row for row in map(json.loads, manifest) if row["id"].startswith("fundus_eval/")]
    texts = [row["body"] for row in rows if row.get("lang") == "en" and row.get("body")]
    found = [detect_languages(text, ("ur", "ps")) for text in texts]
    assert len(texts) > 30
    assert sum(one == Languages(main="en") for one in found) >= len(texts) - 1  # one is French
