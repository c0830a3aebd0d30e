import gzip
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
    assert {frozenset(one) for one in printed} == {
        frozenset(("id", "story", "relation", "similarity", "containment", "matched_to", "method"))
    }
    assert [(one["matched_to"], one["method"]) for one in printed] == [
        ("d", "exact"),
        (None, "first"),
        (None, "first"),
        ("c", "minhash"),
    ]
    assert [one["relation"] for one in printed] == [
        "copy",
        "earliest_known",
        "earliest_known",
        "copy",  # its day may have begun before nine in the morning, and may not
    ]
    assert printed[1]["similarity"] is None
    assert printed[3]["similarity"] > 0.8


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


def test_a_gzipped_file_and_a_stream_are_read_as_the_file_is(tmp_path: Path) -> None:
    path = write(tmp_path / "t.jsonl", {"id": 1, "text": REPORT}, {"id": 2, "text": REPORT})
    plain = run(path).stdout
    assert len(plain.splitlines()) == 2
    packed = tmp_path / "t.jsonl.gz"
    packed.write_bytes(gzip.compress(b"\xef\xbb\xbf" + path.read_bytes()))
    assert run(packed).stdout == plain
    for given in (path.read_bytes(), packed.read_bytes()):
        assert CliRunner().invoke(app, ["stories", "-"], input=given).stdout == plain


def test_what_cannot_be_read_ends_in_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl.gz"
    whole = gzip.compress(json.dumps({"id": 1, "text": REPORT}).encode() + b"\n")
    for broken in (whole[:-12], whole[:20] + b"x" + whole[21:], b"\x1f\x8bnothing"):
        path.write_bytes(broken)
        result = run(path)
        assert result.exit_code == 2, result.output
        assert "Traceback" not in result.output
        assert result.stdout == ""
    path.write_bytes(b'{"id": 1, "text": "\\ud800"}\n{"id": 2, "text": "a\\u0000b"}\n')
    assert run(path).exit_code in (0, 2)
    assert run(tmp_path / "missing.jsonl").exit_code == 2


def test_a_higher_toll_of_the_same_night_is_told_as_an_update(tmp_path: Path) -> None:
    lines = [
        {
            "id": toll,
            "text": f"{REPORT} where {toll} were drowned",
            "published_at": f"2026-11-02T{at}",
        }
        for toll, at in ((4, "05:00:00+05:00"), (9, "13:00:00Z"))
    ]
    printed = [
        json.loads(line) for line in run(write(tmp_path / "t.jsonl", *lines)).stdout.splitlines()
    ]
    assert [(one["story"], one["relation"]) for one in printed] == [
        (4, "earliest_known"),
        (4, "update"),
    ]
