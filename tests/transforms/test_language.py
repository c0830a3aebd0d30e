"""Language by text."""

import gzip
import json

import pytest

from tests.transforms.pages import PARAGRAPHS, SHARED
from transforms.language import detect_language

URDU = "ضلعی انتظامیہ نے پیر کے روز دریا پر پل دوبارہ کھول دیا، جس کے بعد رابطہ بحال ہو گیا ہے۔"
PASHTO = "د ولسوالۍ چارواکو د دوشنبې په ورځ پر سیند پل بیا پرانیست او د کلیو اړیکې بیرته ونښتې."
PERSIAN = "مقام‌های محلی روز دوشنبه پل روی رودخانه را دوباره باز کردند و راه روستاها وصل شد."


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (PARAGRAPHS[0], "en"),
        (URDU, "ur"),
        (PASHTO, "ps"),
        (PERSIAN, "fa"),
        (PARAGRAPHS[0] + "\n" + "\n".join([URDU] * 4), "ur"),
        ("\n".join(PARAGRAPHS) + "\n" + URDU, "en"),
        ("", None),
        ("12:30 – 45", None),
        ("Bridge", None),
    ],
)
def test_the_text_decides(text: str, language: str | None) -> None:
    assert detect_language(text) == language


@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/corpus")
def test_real_urdu_articles_are_urdu() -> None:
    with gzip.open(SHARED / "corpus/urdu_articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines][::5]
    right = sum(detect_language(text) == "ur" for text in texts)
    assert right / len(texts) >= 0.995
