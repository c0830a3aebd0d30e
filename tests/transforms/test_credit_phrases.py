"""Sentences and headlines that credit; all of them are written for this."""

import pytest

from tests.transforms.credit_texts import EN, EN2, HERALD, credit_of
from transforms.credits import credited_in


@pytest.mark.parametrize(
    ("text", "source", "words"),
    [
        (
            "Seven men were killed, according to the Inter-Services Public Relations (ISPR).",
            "ISPR", "according to the Inter-Services Public Relations",
        ),
        (
            "According to a statement issued by the ISPR on Monday, seven men were killed.",
            "ISPR", "According to a statement issued by the ISPR",
        ),
        (
            "According to the military's media wing, the ISPR, seven men were killed.",
            "ISPR", "According to the military's media wing, the ISPR",
        ),
        ("Seven men were killed in the raid, the ISPR said in a statement.", "ISPR", "ISPR said"),
        (
            "The Inter-Services Public Relations (ISPR) said on Monday that seven were killed.",
            "ISPR", "Inter-Services Public Relations (ISPR) said",
        ),
        ("The officer told Radio Pakistan that the road was open.", "Radio Pakistan",
         "told Radio Pakistan"),
        ("Speaking to Geo News, the minister said prices would fall soon.", "Geo News",
         "Speaking to Geo News"),
        ("Seven people died in the flood, AFP reported on Monday.", "AFP", "AFP reported"),
        ("Prices rose again, according to the state-run news agency APP, on Monday.", "APP",
         "according to the state-run news agency APP"),
        ("He told the French news agency AFP that the talks would go on.", "AFP",
         "told the French news agency AFP"),
        ("A Reuters witness said he saw smoke over the bazaar at noon.", "Reuters",
         "Reuters witness said"),
        ("آئی ایس پی آر کے مطابق کارروائی میں سات دہشت گرد مارے گئے۔", "ISPR",
         "آئی ایس پی آر کے مطابق"),
        (
            "پاک فوج کے شعبہ تعلقات عامہ (آئی ایس پی آر) کے بیان کے مطابق کارروائی جاری ہے۔",
            "ISPR", "پاک فوج کے شعبہ تعلقات عامہ (آئی ایس پی آر) کے بیان کے مطابق",
        ),
        ("خبر رساں ادارے ’رائٹرز‘ کے مطابق تیل کی قیمت بڑھ گئی ہے۔", "Reuters", "رائٹرز‘ کے مطابق"),
        ("ریڈیو پاکستان سے گفتگو کرتے ہوئے وزیر نے کہا کہ سڑک کھل گئی۔", "Radio Pakistan",
         "ریڈیو پاکستان سے گفتگو"),
        ("حکام نے اے ایف پی کو بتایا کہ سڑک کھل گئی ہے۔", "AFP", "اے ایف پی کو بتایا"),
        ("د پوځ د ای ایس پي ار په وینا په عملیاتو کې اوه کسان ووژل شول.", "ISPR",
         "ای ایس پي ار په وینا"),
        ("ځايي چارواکي پژواک ته وویل چې د درې لار بېرته خلاصه ده.", "Pajhwok",
         "پژواک ته وویل"),
        ("رویټرز د سرچینو په حواله راپور ورکړی چې بیې لوړې شوې.", "Reuters",
         "رویټرز د سرچینو په حواله"),
    ],
)  # fmt: skip
def test_a_sentence_of_the_lead_credits_whom_it_goes_by(text: str, source: str, words: str) -> None:
    found = credit_of(f"{text}\n{EN2}")
    assert found is not None
    assert (found.source, found.origin) == (source, "text")
    assert found.words.startswith(words)


@pytest.mark.parametrize(
    "text",
    [
        "APP's director was arrested in the capital on Monday by the police.",
        "He criticised Reuters for its coverage of the elections in the valley.",
        "The minister rejected a report by Reuters about the road in the valley.",
        "The new app told users that the road was closed on Monday morning.",
        "Police closed the road near Radio Pakistan in the old town on Monday.",
        "According to the director of Radio Pakistan, the tower will be repaired.",
        "According to Reuters journalist Zala Khan's family, she is safe at home.",
        "He joined the ISPR in 2010 after ten years with the artillery in the hills.",
        "The National Accountability Bureau (NAB) arrested two contractors on Monday.",
        "The two countries began talks on a PTA, said the commerce ministry on Monday.",
        "He told dawn patrols that the road was closed until Monday morning.",
        "اے پی پی کے ڈائریکٹر کو پیر کے روز ہٹا دیا گیا ہے اور تحقیقات جاری ہیں۔",
        "چیئرمین ایف بی آر نے کہا ہے کہ وہ پیر کے روز استعفیٰ دے دیں گے۔",
        "د پژواک رییس د دوشنبې په ورځ له دندې ګوښه شو او پلټنې روانې دي.",
    ],
)
def test_a_mention_credits_nobody(text: str) -> None:
    assert credit_of(f"{text}\n{EN2}") is None


def test_only_the_lead_is_read_for_sentences() -> None:
    below = "The officer told Radio Pakistan that the road was open."
    assert credit_of(f"{EN}\n{EN2}\n{EN}\n{below}\n{EN2}") is None
    assert credit_of(f"{EN}\n{EN2}\n{below}\n{EN2}") is not None


@pytest.mark.parametrize(
    ("title", "source"),
    [
        ("Three killed in Bannu raid: ISPR", "ISPR"),
        ("Rain likely on Friday: Met Office", "Met Office"),
        ("سات دہشت گرد ہلاک، آئی ایس پی آر", "ISPR"),
        ("Reuters: a history of news", None),
        ("Three killed in Bannu raid: police", None),
    ],
)
def test_a_headline_ends_in_whose_word_it_is(title: str, source: str | None) -> None:
    found = credited_in(EN, EN, (), title, HERALD)
    assert (found and found.source) == source
