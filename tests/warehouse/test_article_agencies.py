import json
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.texts import Text, prose, put, zones
from transforms.credited_names import known_names
from warehouse.connection import open_writer
from warehouse.views import FOLDER, create_views


def test_kinds_of_credited_names_are_those_of_the_data_file() -> None:
    kinds = {who.name: who.kind for who in known_names().everyone if who.kind != "pictures"}
    with duckdb.connect() as con:
        script = (FOLDER / "credited_kind.sql").read_text("utf-8")
        con.execute(script)
        names = [*kinds, "VNA", "Our Correspondent", "a", None]
        found = con.execute(
            "select name, credited_kind(name) from (select unnest(?::varchar[]) as name)", [names]
        ).fetchall()
    assert len(kinds) > 100
    others = {"VNA": "agency", "Our Correspondent": None, "a": None, None: None}
    assert dict(found) == kinds | others


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (("APP", None), [("APP", "credited"), ("APP", "shared")]),
        (("APP", "INP"), [("APP", "credited"), ("INP", "credited")]),
        (("ISPR", "Dawn"), [(None, "none"), (None, "none")]),
        ((None, None), [(None, "none"), (None, "none")]),
    ],
)
def test_an_agency_is_that_of_the_article_or_else_of_its_story(
    tmp_path: Path, named: tuple[str | None, str | None], expected: list[object]
) -> None:
    one, other = named
    with open_writer(tmp_path) as con:
        put(con, [Text(id=1, body=prose(1), credits=one),
                  Text(id=2, body=f"x {prose(1)}", source="jang", hours=1, credits=other),
                  Text(id=3, body=prose(3), hours=2)])  # fmt: skip
        # What load does at its end.
        con.execute("update articles set story_id = s.story_id from story_articles s "
                    "where s.article_id = articles.article_id")  # fmt: skip
        create_views(con)
        found = con.execute(
            "select agency, agency_basis from article_agencies order by article_id"
        ).fetchall()
    assert found == [*expected, (None, "none")]


@pytest.mark.parametrize("named", [None, "Valley News Agency"])
def test_an_outlet_that_signs_as_an_agency_is_one(tmp_path: Path, named: str | None) -> None:
    with open_writer(tmp_path) as con:
        put(con, [Text(id=1, body=prose(1), source="wire"),
                  Text(id=2, body=f"x {prose(1)}", source="jang", hours=1, credits=named),
                  Text(id=3, body=prose(3), source="wire", hours=2, credits="APP"),
                  Text(id=4, body=prose(4), source="jang", hours=3)])  # fmt: skip
        zones(con, wire=None, jang=None)
        signs = json.dumps({"credited_as": ["VNA", "Valley News Agency"]})
        con.execute("update sources set definition = $1 where source_id = 'wire'", [signs])
        con.execute("update articles set story_id = s.story_id from story_articles s "
                    "where s.article_id = articles.article_id")  # fmt: skip
        create_views(con)
        found = con.execute(
            "select agency, agency_basis from article_agencies order by article_id"
        ).fetchall()
    other = "shared" if named is None else "credited"
    assert found == [("VNA", "own"), ("VNA", other), ("APP", "credited"), (None, "none")]
