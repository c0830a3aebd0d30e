import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from types import FrameType, SimpleNamespace
from typing import Any

import psutil
import pytest

from khabar.backfill_state import alone
from khabar.newsroom.dates import LOCAL
from khabar.newsroom.faults import Fault
from khabar.newsroom.running import RunningTown, running_town
from tests.airflow_session import RealAirflow
from tests.khabar.test_import_command import write_warc
from warehouse.connection import open_snapshot
from warehouse.lease import hold_lease

Task = Callable[..., str]


def run(
    dags: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch, dag: str, **params: object
) -> str:
    """Run the one task of a DAG that is started by hand."""
    [task] = dags[dag].tasks
    called = task.python_callable
    context = {
        "params": params,
        "dag_run": SimpleNamespace(start_date=None),
        "outlet_events": defaultdict(SimpleNamespace),
    }
    monkeypatch.setitem(called.__globals__, "get_current_context", lambda: context)
    monkeypatch.setattr("dags.command.get_current_context", lambda: context)
    return str(called())


def test_what_people_start_has_no_schedule_and_takes_no_writers_slot(
    dags: Mapping[str, Any],
) -> None:
    for name in ("backfill", "import_archive"):
        assert dags[name].schedule is None
        assert {task.pool for task in dags[name].tasks} == {"default_pool"}


def test_form_of_a_backfill_refuses_what_is_no_source_and_no_day(dags: Mapping[str, Any]) -> None:
    from airflow.sdk.exceptions import ParamValidationError

    params = dags["backfill"].params
    assert "dawn" in params.get_param("source").schema["examples"]
    for name, bad in (("source", "--help"), ("source", "a b"), ("from", "yesterday")):
        with pytest.raises(ParamValidationError):
            params.get_param(name).resolve(bad)


def test_empty_inbox_is_green_and_says_so(
    dags: Mapping[str, Any], home: Path, said: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = run(dags, monkeypatch, "import_archive", names=[], all_hosts=False)
    assert line == said["line"] == "nothing to import"


def test_path_out_of_the_inbox_is_refused_and_read_by_nobody(
    dags: Mapping[str, Any], home: Path, said: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    home.mkdir()
    write_warc(home / "secret.warc.gz", ("https://a.example/1", 1, "2026-11-01"))
    for name in ("../secret.warc.gz", "--help"):
        with pytest.raises(AirflowFailException, match=r"is no name of|does not lie"):
            run(dags, monkeypatch, "import_archive", names=[name], all_hosts=True)
    assert "--help" in said["line"]
    assert not (home / "batches").exists()


def test_unknown_source_ends_red_with_the_commands_own_words(
    dags: Mapping[str, Any], home: Path, said: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    days = {"from": "2026-01-01", "to": "2026-01-02"}
    with pytest.raises(AirflowFailException, match="no source 'nobody'"):
        run(dags, monkeypatch, "backfill", source="nobody", **days)
    assert said["line"].startswith("no source 'nobody'")


def test_what_time_alone_mends_is_tried_again(
    dags: Mapping[str, Any], home: Path, said: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    days = {"from": "2026-01-01", "to": "2026-01-02"}
    with alone(home, "dawn"), pytest.raises(ChildProcessError, match="backfill of dawn"):
        run(dags, monkeypatch, "backfill", source="dawn", **days)
    assert said == {}


def test_of_all_that_a_command_says_only_first_and_last_line_are_kept(
    dags: Mapping[str, Any],
) -> None:
    from dags.command import _relay

    kept: list[str] = []
    only: list[str] = []
    _relay((f"line {number}\n" for number in range(1000)), kept)
    assert kept == ["line 0", "line 999"]
    _relay(["only\x1b\n", "\n"], only)
    assert only == ["only"]


def test_time_out_of_a_task_leaves_no_command_behind(
    dags: Mapping[str, Any], home: Path, said: dict[str, str]
) -> None:
    from dags.command import run_khabar

    def time_out(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, time_out)
    try:
        (home / "batches" / "begun").mkdir(parents=True)
        signal.alarm(8)
        with hold_lease(home, doing="testing"), pytest.raises(TimeoutError):
            run_khabar("publish")  # waits for the lease
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert commands_below(os.getpid()) == []


def test_kill_of_a_tasks_process_ends_the_command(home: Path, airflow_home: Path) -> None:
    (home / "batches" / "begun").mkdir(parents=True)
    with hold_lease(home, doing="testing"):
        task = subprocess.Popen(
            [sys.executable, "-c", "from dags.command import run_khabar; run_khabar('publish')"],
        )
        wait_for(lambda: commands_below(task.pid) != [], 60)
        [command] = commands_below(task.pid)
        task.kill()
        task.wait()
        wait_for(lambda: not command.is_running() or command.status() == "zombie", 10)


def commands_below(pid: int) -> list[psutil.Process]:
    children = psutil.Process(pid).children(recursive=True)
    return [one for one in children if "khabar.airflow.leash" in " ".join(one.cmdline())]


def wait_for(is_so: Callable[[], bool], seconds: float) -> None:
    import time

    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.1)


def test_backfill_killed_in_a_slice_goes_on_when_cleared_and_doubles_nothing(
    dags: Mapping[str, Any], home: Path, said: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC) - timedelta(days=2)
    day = now.astimezone(LOCAL).date() - timedelta(days=3)
    form = {"source": "roznama_tirwal", "from": str(day), "to": str(day)}
    with running_town(articles=48, now=now) as town:
        monkeypatch.setenv("KHABAR_CATALOGUE", str(town.sources_folder))
        monkeypatch.setenv("KHABAR_LOOPBACK", " ".join(sorted(town.loopback)))
        town.misbehave("roznama_tirwal", Fault(kind="slow", seconds=0.5, paths="/urdu/*"))

        def kill_in_mid_slice() -> None:
            wait_for(lambda: len(pages(town)) > 3, 120)
            for command in commands_below(os.getpid()):
                command.kill()

        killer = Thread(target=kill_in_mid_slice)
        killer.start()
        with pytest.raises(ChildProcessError, match="is to be tried again"):
            run(dags, monkeypatch, "backfill", **form)
        killer.join()
        town.heal("roznama_tirwal")
        out_then = [
            one for one in town.truth("roznama_tirwal")
            if one.published_at.astimezone(LOCAL).date() == day
        ]  # fmt: skip
        assert 3 < len(pages(town)) < len(out_then)
        for words in ("is done", "nothing was asked"):  # Clear, in mid-slice and at the end
            assert words in run(dags, monkeypatch, "backfill", **form)
            # Those two that were being answered at the kill were not archived yet.
            assert len(set(pages(town))) == len(out_then)
            assert len(pages(town)) <= len(out_then) + 2
    with open_snapshot(home) as con:
        urls = [url for (url,) in con.execute("SELECT url FROM articles").fetchall()]
    assert len(urls) == len(set(urls)) >= 6


def pages(town: RunningTown) -> list[str]:
    """List the article pages that were asked."""
    return [visit.path for visit in list(town.log) if visit.path.startswith("/urdu/")]


def count_articles(airflow: RealAirflow) -> int:
    with open_snapshot(airflow.home.home) as con:
        [(count,)] = con.execute("SELECT count(*) FROM articles").fetchall()
    return int(count)


@pytest.mark.airflow
def test_past_is_filled_in_a_real_airflow(real_airflow: RealAirflow) -> None:
    real_airflow.api.unpause("backfill")
    last = datetime.now(LOCAL).date() - timedelta(days=1)
    days = {"from": str(last - timedelta(days=1)), "to": str(last)}
    done = real_airflow.trigger("backfill", source="roznama_tirwal", **days)
    assert done.state == "success", real_airflow.explain(done, "backfill")
    log = real_airflow.log(done, "fill", "backfill")
    assert "slice 1: " in log
    assert f"roznama_tirwal from {days['from']} to {days['to']} is done" in log
    before = count_articles(real_airflow)
    clear(real_airflow, "backfill", done.id)
    real_airflow.crew.wait_until(
        lambda: real_airflow.api.run("backfill", done.id).has_ended, 120, "no end"
    )
    again = real_airflow.api.run("backfill", done.id)
    assert again.state == "success", real_airflow.explain(again, "backfill")
    assert count_articles(real_airflow) == before


def clear(airflow: RealAirflow, dag: str, run_id: str) -> None:
    """Do what the button *Clear* does to a run."""
    body = {"dry_run": False, "dag_run_id": run_id, "only_failed": False, "reset_dag_runs": True}
    airflow.api.request("POST", f"dags/{dag}/clearTaskInstances", body).raise_for_status()
    airflow.crew.wait_until(
        lambda: not airflow.api.run(dag, run_id).has_ended, 60, "the run was not cleared"
    )


@pytest.mark.airflow
def test_file_of_the_inbox_is_imported_in_a_real_airflow(real_airflow: RealAirflow) -> None:
    inbox = real_airflow.home.home / "inbox"
    inbox.mkdir()
    write_warc(inbox / "others.warc.gz", ("https://nobodys.example/1", 1, "2026-11-01"))
    real_airflow.api.unpause("import_archive")
    done = real_airflow.trigger("import_archive", names=["others.warc.gz"])
    assert done.state == "success", real_airflow.explain(done, "import_archive")
    assert "now in inbox/done: others.warc.gz" in real_airflow.log(
        done, "take_in", "import_archive"
    )
    assert (inbox / "done" / "others.warc.gz").is_file()
