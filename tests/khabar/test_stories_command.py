import json
from pathlib import Path

from typer.testing import CliRunner, Result

from khabar.cli import app

REPORT = (
    "The river rose past the old bridge on Tuesday night and the people of three villages slept "
    "on the roof of the school until the boats came up from the valley in the morning"
)


def run(path: Path) -> Result:
    return CliRunner().invoke(app, ["stories", str(path)], env={"COLUMNS": "400"})


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return path


def test_each_text_gets_its_story_in_the_order_of_the_file(tmp_path: Path) -> None:
    result = run(
        write(
            tmp_path / "texts.jsonl",
            {"id": 7, "text": REPORT, "title": "Flood", "url": "https://dawn.example/7"},
            {"id": "b", "text": "Something else was sold at the market in the old town " * 3},
            {"id": "c", "text": f"PESHAWAR: {REPORT}", "published_at": "2026-11-02T09:00:00+05:00"},
            {"id": "d", "text": REPORT.upper(), "published_at": "2026-11-02"},
        )
    )
    assert result.exit_code == 0
    printed = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(one["id"], one["story"]) for one in printed] == [
        (7, 7),
        ("b", "b"),
        ("c", 7),
        ("d", 7),
    ]
    assert [set(one) for one in printed] == [{"id", "story", "relation", "similarity"}] * 4
    assert [one["relation"] for one in printed] == [
        "copy",
        "earliest_known",
        "copy",
        "earliest_known",  # midnight of its day is before nine in the morning
    ]
    assert printed[1]["similarity"] is None
    assert printed[2]["similarity"] > 0.8


def test_urdu_letter_forms_of_two_keyboards_are_one_text(tmp_path: Path) -> None:
    urdu = "پشاور میں بارش کے بعد دریا کا پانی پل تک پہنچ گیا اور لوگ "
    urdu += "سکول کی چھت پر رات گزارنے پر مجبور ہو گئے"
    arabic = urdu.replace("ی", "ي").replace("ک", "ك")
    result = run(write(tmp_path / "t.jsonl", {"id": 1, "text": urdu}, {"id": 2, "text": arabic}))
    assert [json.loads(line)["story"] for line in result.stdout.splitlines()] == [1, 1]


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "t.jsonl", {"id": 1, "text": "a"}, {"id": 2})
    result = run(path)
    assert result.exit_code == 2
    assert "line 2: text: Field required" in result.output
    path.write_text('{"id": 1, "text": "a"}\nnot json\n')
    assert "line 2: the line: Invalid JSON" in run(path).output


def test_an_id_given_twice_is_named(tmp_path: Path) -> None:
    result = run(write(tmp_path / "t.jsonl", {"id": 1, "text": "a"}, {"id": 1, "text": "b"}))
    assert result.exit_code == 2
    assert "two texts have the id 1" in result.output


def test_an_empty_file_has_no_stories(tmp_path: Path) -> None:
    result = run(write(tmp_path / "t.jsonl"))
    assert (result.exit_code, result.stdout) == (0, "")
