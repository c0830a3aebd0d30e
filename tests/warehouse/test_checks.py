"""Every promise can be broken: by rows that a load wrote, and by old ones that nobody touched."""

from collections.abc import Iterable
from pathlib import Path

import duckdb
import pytest
import yaml

from crawlers.ledger import read_manifest
from tests.warehouse.batches import (
    HOST,
    BatchMaker,
    Line,
    failed,
    lay_warehouse,
    page,
    rejected,
    text,
)
from tests.warehouse.forms import FORMS, filled
from warehouse import load
from warehouse.checks import ALL_PROMISES, CheckFailed, check_warehouse, prove_warehouse
from warehouse.connection import open_writer

_WORDS = """
create temp macro aid(path) as (
    select min(article_id) from article_urls where url_key = '{host}' || path);
create temp macro sid(path) as (
    select story_id from story_articles where article_id = aid(path));
create temp macro old_id(path) as (
    select min(old_article_id) from article_merges where article_id = aid(path));
create temp macro batch_of(path) as (
    select min(batch_id) from articles where article_id = aid(path))
"""
HARMS: dict[str, dict[str, list[str]]] = yaml.safe_load(
    Path(__file__).with_name("harms.yml").read_text("utf-8")
)


def _first(era: str) -> tuple[Line, ...]:
    return (
        page(f"{era}/edited", text(f"{era}edited")),
        page(f"{era}/merged", text(f"{era}merged")),
        page(f"{era}/younger", text(f"{era}merged", but="younger"), hour=0.5),
    )


def _second(era: str, form: str, hour: float) -> tuple[Line, ...]:
    one = text(f"{era}one", 300)
    return (
        page(f"{era}/one", one, hour=hour),
        page(f"{era}/copy", f"{one} more", hour=hour + 0.1),
        page(f"{era}/other", text(f"{era}other"), hour=hour),
        page(f"{era}/edited", text(f"{era}edited", but="x"), hour=hour, canonical=f"{HOST}/"),
        page(
            f"{era}/merged", text(f"{era}merged", but="y"), hour=hour,
            also=[(f"{HOST}{era}/younger", "shortlink")],
        ),
        page(f"{era}/rates1", filled(form, 0), hour=hour),
        page(f"{era}/rates2", filled(form, 1), hour=hour + 0.1),
        rejected(f"{era}/section", hour=hour),
        failed(f"{era}/down"),
        failed(f"{era}/kept", feed=text(f"{era}kept")),
    )  # fmt: skip


@pytest.fixture(scope="module")
def loaded(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterable[tuple[duckdb.DuckDBPyConnection, str]]:
    home = tmp_path_factory.mktemp("checks")
    lay_warehouse(home)
    english = [form for form in FORMS if form.endswith("en")]
    casts = (_first("/old"), _second("/old", english[0], 1), _first("/new"),
             _second("/new", english[1], 3))  # fmt: skip
    with open_writer(home) as con:
        for hour, cast in enumerate(casts):
            batch = BatchMaker(home, hour).source(*cast).write()
            load._load(con, batch, read_manifest(batch), None, None)
        for macro in _WORDS.format(host=HOST).split(";\n"):
            con.execute(macro)
        yield con, batch.id


def _harmed(con: duckdb.DuckDBPyConnection, harm: str, era: str, batch_id: str | None) -> str:
    """Say what a check, or the whole proof, says of a harm."""
    con.execute("begin")
    try:
        con.execute(harm.format(era=era, host=HOST))
        with pytest.raises(CheckFailed) as caught:
            prove_warehouse(con) if batch_id is None else check_warehouse(con, batch_id)
        return str(caught.value)
    finally:
        con.execute("rollback")


def _harms(*kinds: str) -> list[tuple[str, str]]:
    return [(of, harm) for kind in kinds for of, some in HARMS[kind].items() for harm in some]


def test_every_promise_has_a_harm() -> None:
    assert {of for some in HARMS.values() for of in some} == set(ALL_PROMISES)


def test_what_is_loaded_keeps_every_promise(
    loaded: tuple[duckdb.DuckDBPyConnection, str],
) -> None:
    con, batch_id = loaded
    check_warehouse(con, batch_id)
    prove_warehouse(con)


@pytest.mark.parametrize(("promise", "harm"), _harms("touched", "of_load"))
def test_what_a_load_could_write_wrongly_stops_its_commit(
    loaded: tuple[duckdb.DuckDBPyConnection, str], promise: str, harm: str
) -> None:
    con, batch_id = loaded
    said = _harmed(con, harm, "/new", batch_id)
    assert f" {promise} (" in said
    assert "\n" not in said


@pytest.mark.parametrize("era", ["/old", "/new"])
@pytest.mark.parametrize(("promise", "harm"), _harms("touched"))
def test_the_whole_proof_finds_what_is_wrong_anywhere(
    loaded: tuple[duckdb.DuckDBPyConnection, str], promise: str, harm: str, era: str
) -> None:
    con, _ = loaded
    assert f" {promise} (" in _harmed(con, harm, era, None)
