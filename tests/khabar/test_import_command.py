import io
import json
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from khabar.commands import imports
from tests.khabar.command import Done, khabar

pytestmark = pytest.mark.usefixtures("warm_guards")

WORDS = (
    "council",
    "road",
    "bridge",
    "valley",
    "school",
    "water",
    "market",
    "clinic",
    "river",
    "hay",
)


def article(number: int) -> bytes:
    """Write a page whose text is another for each number."""
    sentences = [
        f"The {WORDS[(number + step) % 9]} of Tor Ghar, says report {step + 1} of day {number}, "
        f"will have its {WORDS[(2 * number + step) % 9]} mended before the winter begins."
        for step in range(12)
    ]
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in sentences)
    title = f"The {WORDS[number]} is mended"
    return (
        f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>"
        f"{paragraphs}</article></body></html>"
    ).encode()


def write_warc(path: Path, *captures: tuple[str, int, str]) -> None:
    """Write pages as url, number of the text, and day of capture."""
    with path.open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        for url, number, day in captures:
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], "HTTP/1.1")
            record = writer.create_warc_record(
                url, "response", payload=io.BytesIO(article(number)), http_headers=headers,
                warc_headers_dict={"WARC-Date": f"{day}T00:00:00Z"},
            )  # fmt: skip
            writer.write_record(record)


def rows(home: Path, query: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in khabar(home, "sql", query, "--json").stdout.splitlines()]


def taken(home: Path, *paths: Path) -> Done:
    done = khabar(home, "import", "--all", *map(str, paths))
    assert done.returncode == 0, done.stderr
    return done


def test_captures_of_one_address_become_its_versions(tmp_path: Path) -> None:
    home, url = tmp_path / "home", "https://v.test/a"
    days = ((1, "2019-05-01"), (2, "2019-05-02"), (1, "2019-05-03"))
    write_warc(tmp_path / "aba.warc.gz", *((url, number, day) for number, day in days))
    taken(home, tmp_path / "aba.warc.gz")
    assert rows(home, "SELECT title, version_count, found_by, source_id FROM articles") == [
        {
            "title": "The road is mended",
            "version_count": 3,
            "found_by": "import",
            "source_id": "web:v.test",
        }
    ]
    assert rows(
        home, "SELECT title, seen_from::DATE AS d FROM article_versions ORDER BY version_number"
    ) == [
        {"title": "The road is mended", "d": "2019-05-01"},
        {"title": "The bridge is mended", "d": "2019-05-02"},
    ]


def test_warc_imported_again_changes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    days = ("2019-05-01", "2019-05-02", "2019-05-03")
    captures = [(f"https://v.test/{number}", number, day) for number, day in enumerate(days)]
    write_warc(tmp_path / "x.warc.gz", *captures)
    taken(home, tmp_path / "x.warc.gz")
    query = "SELECT * FROM articles ORDER BY article_id"
    before = rows(home, query)
    assert len(before) == 3
    assert "3 in the archive already" in taken(home, tmp_path / "x.warc.gz").stderr
    assert rows(home, query) == before


def test_address_of_very_many_captures_is_taken_in_by_and_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "MAX_CAPTURES", 2)
    home, days = tmp_path / "home", ("2019-05-01", "2019-05-02", "2019-05-03")
    captures = [("https://v.test/a", number, day) for number, day in enumerate(days)]
    write_warc(tmp_path / "x.warc.gz", *captures)
    done = khabar(home, "import", "--all", str(tmp_path / "x.warc.gz"))
    assert done.returncode == 1
    [told] = [line for line in done.stderr.splitlines() if " left, of" in line]
    assert told.startswith("1 page is left, of")
    taken(home, tmp_path / "x.warc.gz")
    assert rows(home, "SELECT version_count FROM articles") == [{"version_count": 3}]


def test_account_prints_what_became_of_every_page(tmp_path: Path) -> None:
    write_warc(tmp_path / "x.warc.gz", ("https://v.test/a", 1, "2019-05-01"))
    done = taken(tmp_path / "home", tmp_path / "x.warc.gz")
    assert "new" in done.stdout
    assert "1 of 1 sources fine" in done.stdout
    [path] = [line.split(": ")[1] for line in done.stdout.splitlines() if "every page" in line]
    assert [json.loads(line)["outcome"] for line in Path(path).read_text().splitlines()] == [
        "imported"
    ]


def test_other_hosts_are_left_out_and_how_to_take_them_is_said(tmp_path: Path) -> None:
    write_warc(tmp_path / "x.warc.gz", ("https://v.test/a", 1, "2019-05-01"))
    done = khabar(tmp_path / "home", "import", str(tmp_path / "x.warc.gz"))
    assert done.returncode == 0
    assert "passed over 1 (other hosts; --all takes them)" in done.stderr


def test_account_as_json_is_all_that_is_printed(tmp_path: Path) -> None:
    write_warc(tmp_path / "x.warc.gz", ("https://v.test/a", 1, "2019-05-01"))
    done = khabar(tmp_path / "home", "import", "--all", str(tmp_path / "x.warc.gz"), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["import"]["pages"] == 1


SOURCE = """
name: Valley
home: https://valley.example/
languages: [en]
timezone: Asia/Karachi
entrances:
  - listing: https://valley.example/news
    pages: 3
"""


def test_pages_of_an_entrance_are_never_articles(tmp_path: Path) -> None:
    home, warc = tmp_path / "home", tmp_path / "own.warc.gz"
    (home / "sources").mkdir(parents=True)
    (home / "sources" / "valley.yml").write_text(SOURCE)
    paths = ("/news", "/news?page=2", "/news/page/3/", "/news?p=7", "/news/school")
    pages = [
        (f"https://valley.example{path}", number, "2026-11-20") for number, path in enumerate(paths)
    ]
    write_warc(warc, *pages)
    done = khabar(home, "import", str(warc))
    assert done.returncode == 0, done.stderr
    assert "passed over 3 (an entrance's page)" in done.stderr
    found = {row["url"] for row in rows(home, "SELECT url FROM fetches")}
    assert found == {"https://valley.example/news?p=7", "https://valley.example/news/school"}


@pytest.mark.parametrize("harm", ["cut", "middle"])
def test_a_damaged_file_is_named_and_the_exit_code_says_so(tmp_path: Path, harm: str) -> None:
    home, warc = tmp_path / "home", tmp_path / "harmed.warc.gz"
    write_warc(warc, *((f"https://hill.example/{n}", n, "2026-11-20") for n in range(3)))
    bytes_ = bytearray(warc.read_bytes())
    middle = len(bytes_) // 2
    if harm == "cut":
        del bytes_[middle:]
    else:
        bytes_[middle : middle + 40] = b"x" * 40
    warc.write_bytes(bytes_)
    done = khabar(home, "import", "--all", str(warc))
    assert done.returncode == 1
    assert "damaged file: harmed.warc.gz at " in done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("not all is in: harmed.warc.gz at ")
    assert rows(home, "SELECT count(*) AS n FROM articles")[0]["n"] in (1, 2)
