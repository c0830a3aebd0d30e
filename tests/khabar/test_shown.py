import io
import json
import re
import unicodedata

import pytest
from rich.cells import cell_len
from rich.console import Console

from khabar.shown import END, RIGHT_TO_LEFT, as_json, cell, drop_columns, plain, table


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b]0;title\x07", "\\x1b[31mred\\x1b]0;title\\x07"),
        ("a\x9b2Jb\x7f", "a\\x9b2Jb\\x7f"),
        ("exe\u202etxt.jpg", "exe\\x202etxt.jpg"),
        ("خیبر پختون‌خوا", "خیبر پختون‌خوا"),
        ("\u200fپښتو\u200e", "\u200fپښتو\u200e"),
        ("\udcff", "\\xdcff"),
    ],
)
def test_terminal_codes_are_escaped_and_letters_stay(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_cell_is_one_line() -> None:
    assert cell("a\r\nb\tc") == "a ⏎ b c"
    assert cell(None) == ""


def test_markup_in_a_table_is_text() -> None:
    drawn = table(("[red]name[/]", "n"), [("[link=javascript:x]here[/]", 3)])
    assert [str(column.header) for column in drawn.columns] == ["[red]name[/]", "n"]
    assert [str(one) for one in drawn.columns[0].cells] == ["[link=javascript:x]here[/]"]
    assert [column.justify for column in drawn.columns] == ["left", "right"]


def test_json_is_safe_on_a_terminal_and_says_the_same() -> None:
    value = {"title": "\x1b[2J\x9b1m\u202eخبر"}
    line = as_json(value)
    assert plain(line) == line
    assert json.loads(line) == value


def test_on_a_narrow_terminal_ids_stay_whole_and_spare_columns_go() -> None:
    name = "peshawar_daily_herald_and_gazette"
    columns = ("id", "name", "state", "why")
    rows = [(name, "Peshawar Daily Herald and Gazette", "fine", None)]
    names, kept, dropped = drop_columns(columns, rows, 60, whole=("id",), spare=("name", "why"))
    assert (names, dropped) == (["id", "state", "why"], ["name"])
    out = io.StringIO()
    Console(file=out, width=60).print(table(names, kept, whole=("id",)))
    assert name in out.getvalue()
    assert drop_columns(columns, rows, 10_000, whole=("id",), spare=("name",))[2] == []


@pytest.mark.parametrize("width", [200, 40])
def test_each_line_of_a_right_to_left_cell_is_isolated_and_columns_stay_in_line(width: int) -> None:
    before, after = "بنوں میں 12 افراد ہلاک " * 3, "بنوں میں 15 افراد ہلاک " * 3
    out = io.StringIO()
    drawn = table(("سرخی", "after", "n"), [(before, after, "x"), ("plain", "۱۲", "y")])
    Console(file=out, width=width).print(drawn)
    lines = out.getvalue().splitlines()
    assert len({cell_len(line) for line in lines if line}) == 1
    assert all(line.count(RIGHT_TO_LEFT) == line.count(END) for line in lines)
    texts = [line for line in lines if "ہلاک" in line or "افراد" in line]
    assert len(texts) == 1 if width == 200 else len(texts) > 1
    for line in texts:
        outside = re.sub(f"{RIGHT_TO_LEFT}[^{END}]*{END}", "", line)
        assert not {unicodedata.bidirectional(char) for char in outside} & {"R", "AL", "AN"}
    assert any(line.count(END) == 2 for line in texts)
    assert (END in next(line for line in lines if "plain" in line)) is False
