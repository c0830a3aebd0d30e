import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len

from khabar.diff_shown import show_diff, tell_span
from khabar.version_diff import compare_versions, is_said_outside, read_article
from tests.khabar.command import assert_one_line, khabar
from tests.warehouse.batches import HOST, BatchMaker, page, text
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot

EN = [
    "At least 12 people were killed and 40 hurt in the old bazaar on Monday night.",
    "Rescuers sent nine vehicles.",
    "They left at dawn.",
    "A committee of five will report within a week.",
]
UR = (
    "بنوں میں پیر کی شب DHQ کے قریب دھماکے سے کم از کم ۱۲ افراد جاں بحق اور ۴۰ زخمی ہو گئے، "
    "پولیس نے بتایا۔"
)
EVIL = "A \x1b[31mred \u202elie\u2069 was told, the mayor said at noon today."


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("diff") / "home"
    later = [EN[0].replace("12", "15"), *EN[1:3], "A committee of six will report."]
    served = (
        [("/en", EN, "12 killed in bazaar fire"), ("/ur", [UR], "۱۲ جاں بحق"),
         ("/evil", [EVIL], "\x1b]0;owned\x07 news"), ("/one", EN, "Quiet"),
         ("/old", EN[1:], "Old"), ("/new", EN[1:], "Old")],
        [("/en", later, "15 killed in bazaar fire"),
         ("/ur", [UR.replace("۱۲", "۱۵")], "۱۵ جاں بحق"),
         ("/evil", [EVIL.replace("noon", "nine")], "\x1b]0;owned\x07 news")],
        [("/en", later, "Fifteen killed in bazaar fire")],
    )  # fmt: skip
    for number, pages in enumerate(served):
        lines = [
            page(path, "\n".join(body), hour=19 * number + 0.25, title=title)
            for path, body, title in pages
        ]
        load_batch(BatchMaker(home, 19 * number + 1).source(*lines).write())
    both = page("/old", text("z"), hour=60, also=[(f"{HOST}/new", "redirect")])
    load_batch(BatchMaker(home, 61).source(both).write())
    publish_snapshot(home)
    return home


def asked(home: Path, query: str) -> str:
    return str(json.loads(khabar(home, "sql", query, "--json").stdout)["id"])


def id_of(home: Path, name: str) -> str:
    return asked(home, f"SELECT article_id AS id FROM articles WHERE url LIKE '%/{name}'")  # noqa: S608


def shown(home: Path, name: str, *words: str) -> list[str]:
    done = khabar(home, "diff", id_of(home, name), *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_headline_numbers_and_words_are_shown_in_this_order(home: Path) -> None:
    lines = shown(home, "en", "--from", "1", "--to", "2")
    later = "(2026-08-02 00:15 Asia/Karachi)"
    assert lines[0].endswith(f"mountain  {HOST}/en")
    assert lines[1:4] == [
        "version 1 of 3  last seen 2026-08-01 00:15 UTC (05:15 Asia/Karachi)",
        f"version 2 of 3  first seen 2026-08-01 19:15 UTC {later}; the page tells of no change",
        "changed within these 19.0 hours",
    ]
    assert lines[4:] == [
        "headline",
        "- [-12-] killed in bazaar fire",
        "+ {+15+} killed in bazaar fire",
        "numbers 12 → 15",
        "text: 2 paragraphs changed, 5 words removed, 2 added",
        "- At least [-12-] people were killed and 40 hurt in the old bazaar on Monday night.",
        "+ At least {+15+} people were killed and 40 hurt in the old bazaar on Monday night.",
        "  Rescuers sent nine vehicles.",
        "  They left at dawn.",
        "- A committee of [-five-] will report [-within a week.-]",
        "+ A committee of {+six+} will report.",
    ]


@pytest.mark.parametrize(
    ("hour", "said"), [(-2, "older one was seen after that"), (9, None), (30, "after this look")]
)
def test_page_that_dates_its_change_outside_of_the_looks_is_doubted(
    home: Path, hour: int, said: str | None
) -> None:
    found = compare_versions(home, read_article(home, int(id_of(home, "en"))), 1, 2)
    told = replace(found.after, modified_at=found.before.seen_to + timedelta(hours=hour))
    is_outside = is_said_outside(found.before, told)
    diff = replace(found, after=told, is_said_outside=is_outside)
    line = str(list(show_diff(diff, width=200, is_coloured=False))[2])
    assert "the page says" in line
    assert ("outlet is wrong" in line or "date is wrong" in line) is is_outside
    assert is_outside is (said is not None)
    assert said is None or said in line


def test_the_last_change_is_shown_unless_others_are_named(home: Path) -> None:
    lines = shown(home, "en")
    assert lines[1].startswith("version 2 of 3  last seen 2026-08-01 19:15")
    assert "numbers 15 → none" in lines
    assert lines[-1] == "text: none of it changed"
    assert "numbers 12 → none" not in shown(home, "en", "--to", "2")
    assert shown(home, "en", "--from", "1")[2].startswith("version 3 of 3")


def test_right_to_left_lines_are_isolated_behind_their_sign(home: Path) -> None:
    lines = shown(home, "ur")
    assert "- \u2067[-۱۲-] جاں بحق\u2069" in lines
    assert "+ \u2067{+۱۵+} جاں بحق\u2069" in lines
    assert "numbers 12 → 15" in lines


def test_each_line_of_a_narrow_terminal_is_isolated_for_itself(home: Path) -> None:
    article = read_article(home, int(id_of(home, "ur")))
    diff = compare_versions(home, article, 1, 2)
    for is_coloured in (True, False):
        lines = list(show_diff(diff, width=40, is_coloured=is_coloured))
        text_lines = [one for one in lines if "\u2067" in one.plain]
        assert len(text_lines) >= 6
        for one in text_lines:
            assert one.plain[2:].lstrip()[0] == "\u2067"
            assert one.plain[-1] == "\u2069"
            assert one.plain.count("\u2067") == one.plain.count("\u2069") == 1
            assert one.cell_len <= 44
        edges = [cell_len(one.plain) for one in text_lines]
        assert edges == [edges[0]] * 2 + [edges[2]] * (len(edges) - 2)
    coloured = {
        one.plain[span.start : span.end]: span.style
        for one in show_diff(diff, width=200, is_coloured=True)
        for span in one.spans
    }
    assert coloured["۱۲"] == "bold red"
    assert coloured["۱۵"] == "bold green"


@pytest.mark.parametrize(
    ("hours", "told"), [(19, "19.0 hours"), (1, "1.0 hours"), (0.02, "1 minutes"), (0, "0 minutes")]
)
def test_less_than_an_hour_is_told_in_minutes(hours: float, told: str) -> None:
    assert tell_span(hours) == told


def test_terminal_codes_of_an_outlet_are_escaped(home: Path) -> None:
    out = "\n".join(shown(home, "evil"))
    assert "[-noon-]" in out
    assert "\\x1b[31mred" in out
    assert not set(out) & {"\x1b", "\x07", "\u202e", "\u2069"}
    told = khabar(home, "diff", id_of(home, "evil"), "--json").stdout
    assert not set(told) & {"\x1b", "\u202e", "\u2069"}


def test_json_has_changed_paragraphs_whole(home: Path) -> None:
    done = khabar(home, "diff", id_of(home, "en"), "--from", "1", "--to", "2", "--json")
    told = json.loads(done.stdout)
    assert (told["before"]["version_number"], told["after"]["version_number"]) == (1, 2)
    assert (told["numbers_before"], told["numbers_after"]) == ([12], [15])
    assert (told["is_title_changed"], told["within_hours"]) == (True, 19)
    first = told["changes"][0]
    assert (first["before"], first["removed"], first["added"]) == (EN[0], ["12"], ["15"])


def test_numbers_are_those_of_the_view(home: Path) -> None:
    number = id_of(home, "ur")
    told = json.loads(khabar(home, "diff", number, "--json").stdout)
    query = f"SELECT * FROM article_changes WHERE article_id = {number}"  # noqa: S608
    view = json.loads(khabar(home, "sql", query, "--json").stdout)
    for name in ("numbers_before", "numbers_after", "removed_word_count", "added_word_count",
                 "within_hours", "is_title_changed"):  # fmt: skip
        assert told[name] == view[name], name


def test_an_article_of_one_version_says_so(home: Path) -> None:
    number = id_of(home, "one")
    done = khabar(home, "diff", number)
    assert done.returncode == 0
    assert done.stdout == f"article {number} has one version: nothing of it was changed\n"
    assert json.loads(khabar(home, "diff", number, "--json").stdout)["changes"] == []


def test_an_id_that_was_merged_leads_to_its_article(home: Path) -> None:
    old = asked(home, "SELECT old_article_id AS id FROM article_merges")
    done = khabar(home, "diff", old)
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == (
        f"{old} proved to be the same article as {id_of(home, 'old')}"
    )


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("en", ["--to", "1"], "versions 1 to 3, none before 1; --to 2 shows the first change"),
        ("en", ["--from", "3"], "versions 1 to 3, none after 3; --from 2 shows the last change"),
        ("en", ["--to", "9"], "versions 1 to 3, no version 9"),
        ("en", ["--from", "7", "--to", "9"], "versions 1 to 3, no version 7"),
        ("en", ["--from", "2", "--to", "1"], "the older one, --to the newer, not 2 and 1"),
        ("en", ["--from", "2", "--to", "2"], "the older one, --to the newer, not 2 and 2"),
        ("one", ["--to", "2"], "one version, no version 2"),
        ("one", ["--from", "2"], "one version, no version 2"),
    ],
)
def test_versions_that_are_not_there_are_refused(
    home: Path, name: str, words: list[str], said: str
) -> None:
    done = khabar(home, "diff", id_of(home, name), *words)
    assert_one_line(done, said)
    for option in ("--from", "--to"):
        told = re.findall(rf"{option} (\d+)", done.stderr)
        for number in told:
            assert khabar(home, "diff", id_of(home, name), option, number).returncode == 0


def test_an_unknown_id_is_one_line(home: Path, tmp_path: Path) -> None:
    assert_one_line(khabar(home, "diff", "12345"), "no article has the id 12345")
    assert_one_line(khabar(tmp_path, "diff", "12345"), "khabar")
