import hashlib
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.khabar.command import assert_one_line, khabar
from tests.warehouse.batches import HOST, BatchMaker, failed, on, page, text
from transforms.article import Moment
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot

MINUTE = Moment(
    at=datetime(2026, 7, 31, 20, 15, tzinfo=UTC), on=date(2026, 8, 1), precision="minute",
    origin="meta",
)  # fmt: skip
AHEAD = Moment(
    at=datetime(2026, 8, 1, 0, 34, 12, tzinfo=UTC), on=date(2026, 8, 1), precision="second",
    origin="meta",
)  # fmt: skip
EVIL = "A \x1b[31mred\u202e headline"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("cite") / "home"
    first = [
        page("/minute", text("m"), title="12 killed", published=MINUTE),
        page("/day", text("d"), title="By the day", published=on("2026-07-30")),
        page("/ahead", text("h"), published=AHEAD),
        page("/tomorrow", text("t"), published=on("2026-08-02")),
        page("/undated", text("u"), title=EVIL),
        failed("/told", feed=text("told", 60)),
        page("/old", text("z")), page("/new", text("z")),
    ]  # fmt: skip
    load_batch(BatchMaker(home, 1).source(*first).write())
    later = page("/minute", text("m", but="more"), hour=19, title="15 killed")
    load_batch(BatchMaker(home, 20).source(later).write())
    both = page("/old", text("z"), hour=60, also=[(f"{HOST}/new", "redirect")])
    load_batch(BatchMaker(home, 61).source(both).write())
    publish_snapshot(home)
    return home


def asked(home: Path, query: str) -> dict[str, str]:
    row: dict[str, str] = json.loads(khabar(home, "sql", query, "--json").stdout)
    return row


def id_of(home: Path, name: str) -> str:
    query = f"SELECT article_id AS id FROM articles WHERE url LIKE '%/{name}'"  # noqa: S608
    return str(asked(home, query)["id"])


def cited(home: Path, *words: str) -> list[str]:
    done = khabar(home, "cite", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_line_holds_what_a_reader_needs_to_prove_it(home: Path) -> None:
    number = id_of(home, "day")
    (line,) = cited(home, number)
    query = (
        "SELECT name, file, offset_bytes, archive_record_id, snapshot_id "  # noqa: S608
        "FROM articles JOIN sources USING (source_id) JOIN archive_records "
        f"USING (archive_record_id), snapshot WHERE articles.article_id = {number}"
    )
    row = asked(home, query)
    sha256 = hashlib.sha256(f"By the day{text('d')}".encode()).hexdigest()
    assert line == (
        f"{row['name']}, “By the day”, published 2026-07-30, by the day only, {HOST}/day, "
        f"retrieved 2026-08-01 00:00:00 UTC, SHA-256 {sha256}, WARC record "
        f"{row['archive_record_id']} ({row['file']} at byte {row['offset_bytes']}). "
        f"Khabar article {number}, snapshot {row['snapshot_id']}."
    )


def test_each_version_is_cited_by_its_own_bytes_if_asked(home: Path) -> None:
    number = id_of(home, "minute")
    (newest,) = cited(home, number)
    old, new = cited(home, number, "--versions")
    assert "“15 killed”" in newest
    assert "version" not in newest
    assert "“12 killed”" in old
    assert "version 1 of 2 seen 2026-08-01 00:00 UTC to 2026-08-01 00:00 UTC" in old
    assert "published 2026-07-31 20:15 UTC (2026-08-01 01:15 Asia/Karachi)" in old
    assert hashlib.sha256(f"12 killed{text('m')}".encode()).hexdigest() in old
    assert "version 2 of 2 seen 2026-08-01 19:00 UTC" in new
    assert "retrieved 2026-08-01 19:00:00 UTC" in new
    assert newest.split("SHA-256 ")[1] == new.split("SHA-256 ")[1]


def test_what_is_not_known_is_said_and_nothing_commands_a_terminal(home: Path) -> None:
    undated, told = cited(home, id_of(home, "undated"), id_of(home, "told"))
    assert "undated, first seen 2026-08-01 00:00 UTC (05:00 Asia/Karachi)" in undated
    assert "\\x1b[31mred\\x202e" in undated
    assert not set(undated) & {"\x1b", "\u202e"}
    assert "no page archived, known from the outlet's feed entry alone" in told
    assert "None" not in told


@pytest.mark.parametrize(
    ("name", "is_after"),
    [("ahead", True), ("tomorrow", True), ("minute", False), ("day", False), ("undated", False)],
)
def test_publication_after_the_retrieval_is_said(home: Path, name: str, is_after: bool) -> None:
    number = id_of(home, name)
    (line,), (told,) = cited(home, number), cited(home, number, "--json")
    assert ("stated publication lies after the retrieval" in line) is is_after
    assert json.loads(told)["is_published_after_retrieval"] is is_after


def test_id_that_was_merged_is_said(home: Path) -> None:
    old = asked(home, "SELECT old_article_id AS id FROM article_merges")["id"]
    (line,) = cited(home, str(old))
    assert f"Khabar article {id_of(home, 'old')} (once {old})" in line


def test_json_is_an_object_a_citation(home: Path) -> None:
    (line,) = cited(home, id_of(home, "day"), "--json")
    row = json.loads(line)
    assert (row["published_on"], row["published_precision"]) == ("2026-07-30", "day")
    assert row["url"] == row["archived_url"] == f"{HOST}/day"


def test_unknown_id_is_one_line_and_nothing_else_is_cited(home: Path) -> None:
    done = khabar(home, "cite", id_of(home, "day"), "77")
    assert_one_line(done, "no article has the id 77")
    assert done.stdout == ""
