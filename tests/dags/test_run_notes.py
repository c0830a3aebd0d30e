from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from khabar.airflow.api import AirflowApi, Run
from tests.airflow_session import RealAirflow


def note_of(api: AirflowApi, run: Run) -> str:
    reply = api.request("GET", f"dags/ingest/dagRuns/{run.id}").raise_for_status()
    return str(reply.json()["note"])


def test_green_run_is_noted_with_what_its_last_task_said(dags: Mapping[str, Any]) -> None:
    from dags.plugins.run_notes import compose_note

    ended = [("plan", "success", "7 due"), ("summary", "success", "7 of 7 fine")]
    assert compose_note(ended) == "7 of 7 fine"
    assert compose_note([("compact", "skipped", None)]) is None


def test_red_run_is_noted_with_what_broke_once_and_in_order(dags: Mapping[str, Any]) -> None:
    from dags.plugins.run_notes import compose_note

    ended = [
        ("plan", "success", "7 due"),
        ("load", "failed", None),
        ("summary", "failed", "red: load did not succeed"),
    ]
    note = compose_note(ended)
    assert note == "load failed without a word: see its log · red: load did not succeed"
    assert len(compose_note([("plan", "failed", "x" * 5000)]) or "") == 1000


def test_note_of_a_person_stays_and_that_of_an_earlier_try_goes(dags: Mapping[str, Any]) -> None:
    from dags.plugins.run_notes import join_notes

    first = join_notes("asked by Ayesha", "red: disk full")
    assert first == "asked by Ayesha\n\n▸ red: disk full"
    assert join_notes(first, "7 of 7 fine") == "asked by Ayesha\n\n▸ 7 of 7 fine"
    assert join_notes(join_notes(None, "red"), "fine") == "▸ fine"


def test_ingest_has_a_deadline_that_can_be_told(dags: Mapping[str, Any]) -> None:
    import asyncio
    from importlib import import_module

    [alert] = dags["ingest"].deadline
    module, _, name = alert.callback.path.rpartition(".")
    tell = getattr(import_module(module), name)
    context = {"dag_run": {"dag_id": "ingest", "dag_run_id": "manual__1"}}
    asyncio.run(tell(**alert.callback.kwargs, context=context))
    assert alert.interval == timedelta(hours=alert.callback.kwargs["hours"])


@pytest.mark.airflow
def test_published_run_says_in_words_and_counts_what_it_brought(
    real_airflow: RealAirflow,
) -> None:
    api, town = real_airflow.api, real_airflow.town
    assert note_of(api, real_airflow.first).startswith("▸ 7 of 7 sources fine")
    assets = api.request("GET", "assets/events?limit=100").raise_for_status().json()
    mine = [
        event["extra"]
        for event in assets["asset_events"]
        if event["source_run_id"] == real_airflow.first.id
    ]
    [extra] = mine
    assert extra["articles_new"] >= len(town.outlets)
    assert extra["articles_updated"] == 0
    assert "-ingest-" in extra["batch"]
    assert extra["snapshot"].startswith("1-")


@pytest.mark.airflow
def test_red_run_says_in_its_note_what_broke_below_the_persons_own(
    real_airflow: RealAirflow,
) -> None:
    run = real_airflow.ingest(sources=["no_such_outlet"])
    note = note_of(real_airflow.api, run)
    assert run.state == "failed"
    assert note.startswith("a test\n\n▸ ")
    assert "no_such_outlet" in note
