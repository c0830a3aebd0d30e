import time

import pytest

from transforms.paragraph_diff import Changed, Kept, count_words, diff_line, diff_paragraphs

LINES = [f"Paragraph {n} tells of a bridge at mile {n}." for n in range(9)]


def marked(before: str, after: str) -> list[str]:
    told = []
    for part in diff_paragraphs(before, after):
        if isinstance(part, Kept):
            told.append(f"={part.count}")
            continue
        for sign, pieces in (("-", part.before), ("+", part.after)):
            words = " ".join(f"<{one.text}>" if one.is_changed else one.text for one in pieces)
            told += [f"{sign} {words}"] if words else []
    return told


def test_changed_words_stand_out_among_those_that_stayed() -> None:
    after = [*LINES[:4], "Paragraph 4 tells of two bridges at mile 4.", *LINES[5:]]
    assert marked("\n".join(LINES), "\n".join(after)) == [
        "=4",
        "- Paragraph 4 tells of <a bridge> at mile 4.",
        "+ Paragraph 4 tells of <two bridges> at mile 4.",
        "=4",
    ]


def test_a_paragraph_put_in_does_not_part_those_that_were_changed() -> None:
    after = ["It rained.", LINES[0].replace("bridge", "tunnel"), *LINES[1:]]
    assert marked("\n".join(LINES), "\n".join(after))[:3] == [
        "+ <It rained.>",
        "- Paragraph 0 tells of a <bridge> at mile 0.",
        "+ Paragraph 0 tells of a <tunnel> at mile 0.",
    ]


def test_layout_case_quotes_and_letter_variants_are_kept() -> None:
    before = "He said: “Go.”\nکیا یہ پہلا واقعہ ہے؟ ۱۲"
    after = "\n\nHe  said: 'GO'\n\n  كيا يه پہلا واقعہ ہے 12 "
    assert marked(before, after) == ["=2"]


def test_places_are_those_of_each_text() -> None:
    parts = [one for one in diff_paragraphs("a\nb\nc", "a\nc\nd") if isinstance(one, Changed)]
    places = [(one.place_before, one.place_after) for one in parts]
    assert places == [(2, None), (None, 3)]


def test_words_that_moved_are_not_counted() -> None:
    assert count_words("one two three", "three two one") == (0, 0)
    assert count_words("12 killed, 40 hurt", "15 killed, 40 hurt, two missing") == (1, 3)


def test_headlines_are_compared_word_by_word() -> None:
    change = diff_line("12 killed in fire", "15 killed in fire")
    assert [one.text for one in change.before + change.after if one.is_changed] == ["12", "15"]


@pytest.mark.parametrize(
    "after",
    ["Blast in Bannu: 5 killed", "— Blast in Bannu , 5 killed !", "Blast in Bannu-5 killed"],
)
def test_marks_alone_are_no_changed_words(after: str) -> None:
    change = diff_line("Blast in Bannu — 5 killed", after)
    assert not any(one.is_changed for one in change.before + change.after)
    assert " ".join(one.text for one in change.after) == after
    change = diff_line("Blast in Bannu — 5 killed", after.replace("5", "6"))
    changed = [one.text for one in change.before + change.after if one.is_changed]
    assert any("6" in one for one in changed)
    assert not any("Blast" in one for one in changed)


def test_texts_made_to_be_slow_are_not() -> None:
    began = time.process_time()
    list(diff_paragraphs("a b " * 30_000, "b a " * 30_000))
    list(diff_paragraphs("a\nb\n" * 30_000, "b\na\n" * 30_000))
    list(diff_paragraphs("\n".join(map(str, range(30_000))), "\n".join(map(str, range(9, 30_000)))))
    list(diff_paragraphs("x y z\n" * 30_000, "\n".join(f"x {n}" for n in range(30_000))))
    assert time.process_time() - began < 8
