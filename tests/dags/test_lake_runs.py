"""A real Airflow that publishes to a lake in a real Postgres."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from khabar.airflow.api import Run
from tests.airflow_session import RUN_SECONDS, RealAirflow, running_airflow
from tests.warehouse.lake.postgres import PASSWORD, Postgres
from tests.warehouse.lake.same import assert_same
from tests.warehouse.lake.served import server
from warehouse.connection import open_snapshot
from warehouse.lake.place import Lake
from warehouse.lake.publish import fill_lake
from warehouse.lake.verify import held_snapshot, verify_lake
from warehouse.lease import hold_lease

__all__ = ["server"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def lake(server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    data = tmp_path_factory.mktemp("lakes") / "lake"
    return Lake(address=server.make_database(), password=PASSWORD, data=data)


@pytest.fixture(scope="module")
def airflow(lake: Lake) -> Iterator[RealAirflow]:
    secret = PASSWORD.replace("'", "\\'")
    told = {
        "KHABAR_PUBLISH": f"ducklake:postgres:{lake.address} password='{secret}'",
        "KHABAR_LAKE_DATA": str(lake.data),
    }
    with running_airflow("lake", **told) as airflow:
        yield airflow


def nth_run(airflow: RealAirflow, dag: str, number: int) -> Run:
    """Wait for the end of a DAG's so-manieth run, which nobody triggers; it is the last one."""
    crew, api = airflow.crew, airflow.api

    def runs() -> list[Run]:
        return sorted(api.runs(dag), key=lambda run: run.id)

    crew.wait_until(lambda: len(runs()) >= number, RUN_SECONDS, f"no run of {dag} began")
    wanted = runs()[number - 1]
    crew.wait_until(lambda: api.run(dag, wanted.id).has_ended, RUN_SECONDS, f"{dag} did not end")
    assert len(runs()) == number
    return api.run(dag, wanted.id)


def said(airflow: RealAirflow, run: Run) -> str:
    return airflow.api.xcom("lake", run.id, "merge", "line") or ""


def test_each_publish_brings_the_lake_up_once_it_is_filled(
    airflow: RealAirflow, lake: Lake
) -> None:
    home = airflow.home.home
    assert airflow.first.state == "success", airflow.explain(airflow.first)
    first = nth_run(airflow, "lake", 1)
    assert first.state == "failed"
    assert "run `khabar lake fill`" in said(airflow, first)
    fill_lake(home, lake, lambda _: None)
    before = held_snapshot(lake)

    ingest = airflow.ingest(sources=[next(iter(airflow.town.outlets))])
    assert ingest.state == "success", airflow.explain(ingest)
    second = nth_run(airflow, "lake", 2)
    assert second.state == "success", airflow.explain(second, "lake")
    assert "and proved, in" in said(airflow, second)
    assert held_snapshot(lake) != before
    assert_same(home, lake)

    airflow.api.unpause("maintain")
    night = nth_run(airflow, "maintain", 1)  # made up for, as it is when Airflow starts
    assert night.state == "success", airflow.explain(night, "maintain")
    assert airflow.states(night, "maintain")["lake"] == "success"
    third = nth_run(airflow, "lake", 3)
    assert third.state == "success", airflow.explain(third, "lake")
    assert_same(home, lake)
    verify_lake(lake, lambda _: None)
    logs = airflow.home.folder / "logs"
    assert not [one for one in logs.rglob("*.log") if "s3cret" in one.read_text()]


def test_publishes_that_come_while_the_lake_is_written_have_one_run_after_it(
    airflow: RealAirflow, lake: Lake
) -> None:
    home, outlet = airflow.home.home, next(iter(airflow.town.outlets))
    fill_lake(home, lake, lambda _: None)
    before = len(airflow.api.runs("lake"))
    with hold_lease(home, of="lake", doing="a test"):
        for _ in range(3):
            ingest = airflow.ingest(sources=[outlet])
            assert ingest.state == "success", airflow.explain(ingest)
        assert len(airflow.api.runs("lake")) == before + 1  # it waits, no ingest did
        assert published_id(home) != held_snapshot(lake)
    last = nth_run(airflow, "lake", before + 2)
    assert last.state == "success", airflow.explain(last, "lake")
    assert published_id(home) == held_snapshot(lake)


def published_id(home: Path) -> str:
    with open_snapshot(home) as con:
        return str(con.execute("select snapshot_id from snapshot").fetchall()[0][0])
