"""Readers with nothing of ours: stock DuckDB, two extensions, and what the README says."""

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.lake.begun import publish_lake
from tests.warehouse.lake.postgres import Postgres
from tests.warehouse.texts import Text, prose, put
from warehouse.connection import open_writer
from warehouse.lake.place import Lake
from warehouse.publish import publish_snapshot

README = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
READ = """
import duckdb, json, sys
con = duckdb.connect(config={"autoinstall_known_extensions": False})
for file in sys.argv[2:]:
    con.execute(f"LOAD '{file}'")
answers = []
for statement in json.loads(sys.argv[1]):
    try:
        answers.append(con.execute(statement).fetchall())
    except duckdb.Error as error:
        answers.append(str(error))
print(json.dumps(answers, default=str))
"""


def files() -> list[str]:
    found = []
    for name in ("postgres_scanner", "ducklake"):
        spec = find_spec(f"duckdb_extension_{name}")
        assert spec is not None
        assert spec.submodule_search_locations is not None
        folder = Path(spec.submodule_search_locations[0])
        found += [str(one) for one in folder.rglob(f"v{duckdb.__version__}/*.duckdb_extension")]
    return found


def statements(address: str) -> list[str]:
    """Take the README's block for readers, for a lake elsewhere."""
    (block,) = re.findall(r"^```sql\n(ATTACH 'ducklake.*?)^```", README, re.MULTILINE | re.DOTALL)
    said = re.sub(r"'ducklake:postgres:[^']*'", f"'ducklake:postgres:{address}'", block)
    return [one for one in re.sub(r"--.*", "", said).split(";") if one.strip()]


@pytest.mark.slow
def test_a_stock_reader_who_may_only_read_does_what_the_readme_says(
    tmp_path: Path, lake: Lake, server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        with open_writer(tmp_path) as con:
            put(con, [Text(id=number, body=f"police {prose(number)}")], batch=f"b{number}")
        publish_snapshot(tmp_path)
        publish_lake(tmp_path, lake)
    server.let_read("reader", "readers")
    monkeypatch.setenv("PGPASSWORD", "readers")
    address = lake.address.replace("user=khabar", "user=reader")
    asked = [
        *statements(address),
        "SELECT count(*) FROM articles",
        "SELECT count(*) FROM articles WHERE contains(search_form(body), ' police')",
        "SELECT count(*) FROM search('police')",
        "DELETE FROM articles",
        "SELECT count(*) FROM articles AT (VERSION => 1)",
    ]
    done = subprocess.run(
        [sys.executable, "-c", READ, json.dumps(asked), *files()],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    answers = json.loads(done.stdout)
    told = [said for said in answers[:-5] if isinstance(said, str)]
    assert told == []
    assert answers[-5:-2] == [[[2]]] * 3
    assert "read-only" in answers[-2]
    assert answers[-1] == [[1]]
