"""The texts: the same for the same seed, various, and in the right letters."""

import re
from collections.abc import Iterable
from itertools import combinations

from khabar.newsroom.phrases import load_bank
from khabar.newsroom.town import Town
from khabar.newsroom.truth import Truth
from tests.newsroom.conftest import NOW


def _originals(town: Town) -> list[Truth]:
    return [
        truth
        for truth in town.truth()
        if truth.kind == "article" and truth.relation == "original" and truth.series is None
    ]


def _shingles(paragraphs: Iterable[str]) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", " ".join(paragraphs).lower())
    return set(zip(words, words[1:], words[2:], strict=False))


def test_the_same_seed_gives_the_same_town() -> None:
    assert list(Town(now=NOW).truth()) == list(Town(now=NOW).truth())


def test_another_seed_gives_other_texts() -> None:
    first, second = _originals(Town(now=NOW)), _originals(Town(now=NOW, seed=2))
    shared = {truth.paragraphs for truth in first} & {truth.paragraphs for truth in second}
    assert not shared


def test_no_two_originals_look_like_copies() -> None:
    originals = _originals(Town(now=NOW))
    assert len(originals) >= 30 * 6
    cut = [(truth, _shingles(truth.paragraphs)) for truth in originals]
    for (one, left), (other, right) in combinations(cut, 2):
        alike = len(left & right) / len(left | right)
        assert alike < 0.3, f"{alike:.2f}: {one.story_key} and {other.story_key}"


def test_articles_are_as_long_as_news() -> None:
    for truth in _originals(Town(now=NOW)):
        words = len(" ".join(truth.paragraphs).split())
        assert 140 <= words <= 600, truth.story_key


def test_no_slot_or_choice_is_left_open() -> None:
    for truth in Town(now=NOW, articles=120).truth():
        text = "\n".join((truth.title, *truth.paragraphs))
        assert not re.search(r"[{}|\[\]]", text), text


def test_letters_belong_to_the_language() -> None:
    arabic_only = set("يكه")
    for language, own, foreign in (
        ("ur", set("ٹڈڑںےیکہھ"), set("ټډړښږځڅېۍګ") | arabic_only),
        ("ps", set("ټډړښځڅېۍګهيک"), set("ٹڈڑںےہھگ") | {"ك"}),
    ):
        text = "".join(
            "".join((truth.title, *truth.paragraphs))
            for truth in _originals(Town(now=NOW))
            if truth.language == language
        )
        assert own <= set(text)
        assert not foreign & set(text), foreign & set(text)


def test_every_topic_can_be_told_in_full() -> None:
    for language, topics in (("en", 10), ("ur", 7), ("ps", 6)):
        bank = load_bank(language)
        assert len(bank.topics) >= topics
        assert any(topic.deaths for topic in bank.topics)
        for topic in bank.topics:
            assert topic.titles
            assert topic.updates
            assert topic.leads
            assert len(topic.body) >= 8
