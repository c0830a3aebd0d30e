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
        ("Rain likely on Friday: Met Office", None),
        ("سات دہشت گرد ہلاک، آئی ایس پی آر", "ISPR"),
        ("Reuters: a history of news", None),
        ("Three killed in Bannu raid: police", None),
    ],
)
def test_a_headline_ends_in_whose_word_it_is(title: str, source: str | None) -> None:
    found = credited_in(EN, EN, (), title, HERALD)
    assert (found and found.source) == source


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("According to the PDMA, five people died in the floods of this week.", "PDMA"),
        ("Five people died in the floods, according to data released by the PDMA.", "PDMA"),
        ("A statement issued by the NAB on Monday named the two contractors.", "NAB"),
        ("Prices rose for a third week, according to the PBS's weekly report.", "PBS"),
        ("Prices rose for a third week, as per figures of the PBS.", "PBS"),
        ("پی ڈی ایم اے کے مطابق سیلاب سے پانچ افراد جاں بحق ہوئے۔", "PDMA"),
        ("پی ڈی ایم اے کی جانب سے جاری بیان میں سیلاب سے پانچ اموات کی تصدیق کی گئی۔", "PDMA"),
        ("ادارہ شماریات کے اعداد و شمار کے مطابق مہنگائی میں کمی ہوئی۔", "PBS"),
        ("محکمہ موسمیات کی تازہ رپورٹ کے مطابق جمعے کو بارش ہو گی۔", "Met Office"),
        ("د پي ډي اېم اې د معلوماتو له مخې په سېلاب کې پنځه کسان مړه شوي دي.", "PDMA"),
    ],
)  # fmt: skip
def test_an_institution_is_credited_where_a_text_goes_by_it(text: str, source: str) -> None:
    found = credit_of(f"{text}\n{EN2}")
    assert found is not None
    assert (found.source, found.origin) == (source, "text")


@pytest.mark.parametrize(
    "text",
    [
        "Five people died in the floods of this week, the PDMA said on Monday.",
        "The PDMA said in a statement that five people had died in the floods.",
        "The National Accountability Bureau (NAB) stated that two men were held.",
        "Rescue 1122 confirmed that the five bodies were taken to the hospital.",
        "According to a spokesman for the FBR, the rules will change in March.",
        "A spokesperson for the Foreign Office said the talks would go on.",
        "According to FBR officials, the rules for traders will change in March.",
        "According to the FBR's sources, the rules for traders will change in March.",
        "According to the SBP governor, the rate will remain where it is until March.",
        "پی ڈی ایم اے نے بتایا کہ سیلاب سے پانچ افراد جاں بحق ہوئے۔",
        "پی ڈی ایم اے کا کہنا ہے کہ سیلاب سے پانچ افراد جاں بحق ہوئے۔",
        "ترجمان پی ڈی ایم اے کے مطابق سیلاب سے پانچ افراد جاں بحق ہوئے۔",
        "ایف بی آر ذرائع کے مطابق مارچ میں قواعد تبدیل کیے جائیں گے۔",
        "ایف بی آر حکام کے مطابق مارچ میں قواعد تبدیل کیے جائیں گے۔",
        "ایف بی آر کے حوالے سے وزیر کا کہنا تھا کہ قواعد تبدیل ہوں گے۔",
        "د پي ډي اېم اې د ویاند په وینا په سېلاب کې پنځه کسان مړه شوي دي.",
        "پي ډي اېم اې وایي چې په سېلاب کې پنځه کسان مړه شوي دي.",
    ],
)
def test_what_an_institution_or_some_of_it_merely_said_credits_nobody(text: str) -> None:
    assert credit_of(f"{text}\n{EN2}") is None


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("An ISPR spokesman said seven men were killed in the raid on Monday.", "ISPR"),
        ("A spokesman for the ISPR said seven men were killed in the raid.", "ISPR"),
        ("آئی ایس پی آر نے بتایا کہ کارروائی میں سات دہشت گرد مارے گئے۔", "ISPR"),
        ("آئی ایس پی آر کا کہنا ہے کہ کارروائی میں سات دہشت گرد مارے گئے۔", "ISPR"),
        ("ای ایس پي ار وایي چې په عملیاتو کې اوه کسان ووژل شول.", "ISPR"),
        ("Seven people died in the flood, the Anadolu news agency reported.", "Anadolu"),
        ("According to Reuters' report, seven people died in the flood.", "Reuters"),
        ("A spokesman for Reuters said the two journalists were safe at home.", None),
        ("According to an official of Radio Pakistan, the tower will be repaired.", None),
        ("According to Reuters's editor, the two journalists were safe at home.", None),
        ("سربراہ آئی ایس پی آر نے کہا ہے کہ وہ پیر کے روز استعفیٰ دے دیں گے۔", None),
    ],
)
def test_a_press_office_and_an_agency_are_credited_where_they_speak(
    text: str, source: str | None
) -> None:
    found = credit_of(f"{text}\n{EN2}")
    assert (found and found.source) == source
