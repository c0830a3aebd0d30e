"""Which words two texts do not share."""

import time

from transforms.word_diff import MAX_LENGTH, MAX_LINES, diff_texts


def shown(before: str, after: str) -> list[str]:
    return [f"{one.sign} {one.text}" for one in diff_texts(before, after)[0]]


def test_a_line_that_is_gone_is_shown_whole() -> None:
    assert shown("First.\nShare this page.\nLast.", "First.\nLast.") == ["- Share this page."]
    assert shown("First.", "First.\nLast.") == ["+ Last."]


def test_a_change_inside_a_line_is_shown_with_the_words_around_it() -> None:
    before = "On Monday the council of Tor Ghar met and the blast in the old market was named."
    assert shown(before, before.replace("blast", "huge explosion")) == [
        "- … met and the blast in the old …",
        "+ … met and the huge explosion in the old …",
    ]


def test_right_to_left_words_stand_last_on_their_line() -> None:
    before = "پشاور میں دھماکے سے پانچ افراد ہلاک ہوئے\nشیئر کریں"
    assert shown(before, before.split("\n", maxsplit=1)[0]) == ["- شیئر کریں"]
    after = before.replace("پانچ", "چھ")
    assert shown(before, after)[0].startswith("- … میں دھماکے سے پانچ افراد")


def test_equal_texts_have_no_lines() -> None:
    assert diff_texts("a\nb", "a\nb") == ((), 0)


def test_long_changes_are_cut_and_the_rest_counted() -> None:
    before = "\n".join(f"Line number {n}." for n in range(40))
    lines, more = diff_texts(before, "")
    assert (len(lines), more) == (MAX_LINES, 40 - MAX_LINES)
    [line], _ = diff_texts("\n".join(["start", "word " * 3_000]), "start")
    assert line.words == 3_000
    assert len(line.text) <= MAX_LENGTH + 2
    assert line.text.endswith(" …")


def test_texts_made_to_be_slow_are_not() -> None:
    began = time.monotonic()
    diff_texts("a b " * 100_000, "b a " * 100_000)
    diff_texts("a\nb\n" * 100_000, "b\na\n" * 100_000)
    diff_texts("a\n" * 450 + "x", "y\n" + "a\n" * 440)
    assert time.monotonic() - began < 5
