import json
import re
from pathlib import Path

import pytest

from khabar.dictionary import read_relations
from tests.khabar.command import assert_one_line, khabar
from warehouse.connection import open_snapshot
from warehouse.publish import publish_snapshot
from warehouse.query import open_session
from warehouse.schema import metadata


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("schema") / "home"
    publish_snapshot(folder)
    return folder


@pytest.fixture(scope="module")
def page(home: Path) -> str:
    done = khabar(home, "schema")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_table_view_and_macro_is_in_it_with_its_comment(home: Path, page: str) -> None:
    with open_snapshot(home) as con:
        views = con.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
        macros = con.execute(
            "SELECT function_name, comment FROM duckdb_functions() WHERE NOT internal"
        ).fetchall()
    tables = {table.name for table in metadata.sorted_tables} | {"snapshot"}
    titles = {line[4:] for line in page.splitlines() if line.startswith("### ")}
    assert titles == tables | {name for (name,) in views}
    for name, comment in macros:
        assert f"{name}(" in page
        assert str(comment).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*") in page
    assert f"{metadata.tables['articles'].c.gone_at.comment}" in page


def test_every_column_has_its_row_of_the_table(home: Path, page: str) -> None:
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    with open_session(home) as session:
        relations = read_relations(session)
    assert len(rows) == sum(len(one.columns) for one in relations) > 300
    assert "| `gone_at` | TIMESTAMP WITH TIME ZONE | yes |" in page
    assert "| `url` | VARCHAR | no | Address, the canonical one where it is believed |" in page
    for one in relations:
        cells = 3 if one.is_view else 4
        section = page.split(f"### {one.name}\n")[1].split("\n#", maxsplit=1)[0]
        for line in section.splitlines():
            if line.startswith("|"):
                assert line.replace("\\|", "").count("|") == cells + 1, line


def test_picture_draws_the_keys_that_tables_share(page: str) -> None:
    picture = page.split("```mermaid\n")[1].split("```", maxsplit=1)[0].splitlines()
    assert "  sources ||--o{ articles : source_id" in picture
    assert "  archive_records |o--o{ articles : archive_record_id" in picture
    assert "  articles ||--o{ article_versions : article_id" in picture
    assert "  batches ||--o{ batch_sources : batch_id" in picture
    assert "  stories ||--o{ story_articles : story_id" in picture
    assert not any(line.endswith("{ articles : batch_id") for line in picture)
    tables = {table.name for table in metadata.sorted_tables}
    assert {line.split()[0] for line in picture[3:]} <= tables


def test_picture_is_what_mermaid_can_read_and_no_wider_than_a_page(page: str) -> None:
    init, kind, direction, *lines = (
        page.split("```mermaid\n")[1].split("```", maxsplit=1)[0].splitlines()
    )
    settings = json.loads(init.removeprefix("%%{init: ").removesuffix("}%%"))
    assert settings["er"]["nodeSpacing"] < 140  # mermaid's own
    assert (kind, direction) == ("erDiagram", "  direction LR")
    word = "[a-z][a-z_]*"
    relation = re.compile(rf"  ({word}) (\|\||\|o)--o\{{ ({word}) : {word}")
    pairs = [relation.fullmatch(line) for line in lines]
    assert lines
    assert all(pairs)
    depth: dict[str, int] = {"sources": 0, "batches": 0, "stories": 0}
    for _ in lines:
        for pair in pairs:
            assert pair
            one, many = pair[1], pair[3]
            if (one, many) != ("articles", "archive_records"):  # goes back
                depth[many] = max(depth.get(many, 0), depth.get(one, 0) + 1)
    assert max(depth.values()) <= 4  # columns of about 200 pixels


def test_without_a_snapshot_it_says_what_to_do(tmp_path: Path) -> None:
    assert_one_line(khabar(tmp_path, "schema"), "nothing is published yet")
