import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from khabar.airflow.home import PROJECT
from khabar.settings import read_settings
from tests.warehouse.batches import BatchMaker, page, text
from tests.warehouse.lake.postgres import PASSWORD
from tests.warehouse.lake.same import assert_same
from tests.warehouse.lake.served import lake, server
from warehouse.lake.connect import open_lake
from warehouse.lake.place import Lake
from warehouse.lake.publish import fill_lake
from warehouse.lake.standing import Standing, read_standing
from warehouse.lease import hold_lease
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot

__all__ = ["lake", "server"]
TRIES = 3


class Airflow:
    """The task of the DAG `lake`, as Airflow reads and tries it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
        self._patch = monkeypatch
        self.said: list[str] = []
        monkeypatch.setenv("KHABAR_HOME", str(home))

    def dag(self, publish: str, data: Path) -> Any:
        from airflow.dag_processing.dagbag import DagBag

        self._patch.setenv("KHABAR_PUBLISH", publish)
        self._patch.setenv("KHABAR_LAKE_DATA", str(data))
        read_settings.cache_clear()
        bag = DagBag(str(PROJECT / "dags" / "lake.py"))
        assert bag.import_errors == {}
        return bag.dags["lake"]

    def tries(self, lake: Lake) -> list[str]:
        """Try it as often as Airflow does; name what each try ended with."""
        publish = f"ducklake:postgres:{lake.address}"
        if lake.password:
            publish += " password='" + lake.password.replace("'", "\\'") + "'"
        dag = self.dag(publish, lake.data)
        merge, ends = dag.get_task("merge").python_callable, []
        for number in range(1, TRIES + 1):
            ti = SimpleNamespace(
                try_number=number, max_tries=TRIES - 1,
                xcom_push=lambda _key, line: self.said.append(line),
            )  # fmt: skip
            self._patch.setattr("dags.running.get_current_context", lambda ti=ti: {"ti": ti})
            try:
                merge()
            except Exception as error:  # noqa: BLE001 (Airflow's own and ours: which, is asked)
                ends.append(type(error).__name__)
                if not isinstance(error, ChildProcessError):
                    return ends
            else:
                return [*ends, "green"]
        return ends


@pytest.fixture
def airflow(
    airflow_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Airflow]:
    yield Airflow(monkeypatch, tmp_path)
    read_settings.cache_clear()


def publish(home: Path, hour: int) -> None:
    load_batch(BatchMaker(home, hour).source(page(f"/{hour}", text("سیلاب"), hour=hour)).write())
    publish_snapshot(home)


def test_without_a_lake_there_is_no_such_dag(dags: Mapping[str, Any]) -> None:
    assert "lake" not in dags
    assert "ingest" in dags


def test_it_runs_after_each_publish_one_at_a_time_beside_the_writer(
    airflow: Airflow, dags: Mapping[str, Any], tmp_path: Path
) -> None:
    dag = airflow.dag("ducklake:postgres:dbname=lake", tmp_path / "lake")
    assert [asset.name for asset in dag.schedule] == ["snapshot"]
    assert dag.schedule == dags["ingest"].get_task("publish").outlets
    assert (dag.max_active_runs, dag.catchup) == (1, False)
    [task] = dag.tasks
    assert (task.pool, task.queue) == ("default_pool", "warehouse")
    assert "**Red**" in dag.doc_md
    assert "**Failed?**" in task.doc_md


def test_a_lake_that_is_away_is_tried_again_and_then_left_to_the_next_publish(
    airflow: Airflow, tmp_path: Path
) -> None:
    publish(tmp_path, 1)
    with socket.socket() as free:  # nobody listens there
        free.bind(("127.0.0.1", 0))
        address = f"host=127.0.0.1 port={free.getsockname()[1]} dbname=lake user=khabar"
        ends = airflow.tries(Lake(address=address, data=tmp_path / "lake"))
    assert ends == ["ChildProcessError", "ChildProcessError", "AirflowSkipException"]
    assert airflow.said[-1].endswith("the next publish brings the lake all of it")
    standing = read_standing(tmp_path)
    assert standing is not None
    assert "Connection refused" in str(standing.why)


def test_a_lake_that_is_busy_is_tried_again_and_then_left_to_the_next_publish(
    airflow: Airflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, 1)
    monkeypatch.setitem(hold_lease.__wrapped__.__kwdefaults__, "wait_seconds", 0.2)  # type: ignore[attr-defined]
    with hold_lease(tmp_path, of="lake", doing="tidying the lake"):
        ends = airflow.tries(Lake(address="dbname=lake", data=tmp_path / "lake"))
    assert ends == ["ChildProcessError", "ChildProcessError", "AirflowSkipException"]
    assert "is tidying the lake" in airflow.said[-1]


def test_a_lake_that_was_never_filled_is_red_and_then_followed(
    airflow: Airflow, tmp_path: Path, lake: Lake
) -> None:
    publish(tmp_path, 1)
    assert airflow.tries(lake) == ["AirflowFailException"]
    assert airflow.said == [f"{lake}: there is none yet; run `khabar lake fill`, which makes it"]
    fill_lake(tmp_path, lake, lambda _: None)
    publish(tmp_path, 30)
    assert airflow.tries(lake) == ["green"]
    assert "2 articles, version 2" in airflow.said[-1]
    assert_same(tmp_path, lake)
    news = read_standing(tmp_path)
    assert news is not None
    assert news == Standing(snapshot_id=news.snapshot_id)
    assert PASSWORD not in "".join(airflow.said)


def test_a_lake_of_somebody_else_is_red_and_named(
    airflow: Airflow, tmp_path: Path, lake: Lake
) -> None:
    publish(tmp_path, 1)
    with open_lake(lake, may_create=True) as con:
        con.execute("create table articles as select 7 as x")
    assert airflow.tries(lake) == ["AirflowFailException"]
    assert "holds the table articles, which no publish made" in airflow.said[-1]
    standing = read_standing(tmp_path)
    assert standing is not None
    assert standing.behind_since is not None


def test_a_file_that_is_missing_in_the_lake_is_red_and_noted(
    airflow: Airflow, tmp_path: Path, lake: Lake
) -> None:
    publish(tmp_path, 1)
    fill_lake(tmp_path, lake, lambda _: None)
    [lost] = (lake.data / "main" / "articles").glob("*.parquet")
    lost.unlink()
    publish(tmp_path, 2)
    assert airflow.tries(lake) == ["AirflowFailException"]
    assert "`khabar lake fill` makes anew" in airflow.said[-1]
    standing = read_standing(tmp_path)
    assert standing is not None
    assert standing.behind_since is not None
