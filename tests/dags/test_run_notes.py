from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.airflow_session import RealAirflow
from warehouse.prune import prune_home

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def note(*ended: tuple[str, ...]) -> str | None:
    """Compose the note of (task, state, line, cell); the last two may be left out."""
    from dags.plugins.run_notes import Ended, compose_note

    names = ("task_id", "state", "line", "cell")
    return compose_note([Ended(**dict(zip(names, one, strict=False))) for one in ended])


def test_green_run_is_noted_with_all_that_its_tasks_said_and_not_that_nothing_was_to_do(
    dags: Mapping[str, Any], tmp_path: Path
) -> None:
    look, told = "watched 7 outlets: 3 incidents opened, 0 closed, 3 open", "told 1 of 1 channels"
    found = note(("look", "success", look), ("alert", "success", told), ("heartbeat", "success"))
    assert found == f"{look} · {told}"
    idle = prune_home(tmp_path, NOW)
    night = [("tidy", "success", "removed 0 logs older than 30 days (0.0 MB)"),
             ("prune", "success", idle), ("verify", "success", "verified 10 files"),
             ("lake", "skipped", "the lake is away")]  # fmt: skip
    assert note(*night) == "verified 10 files · the lake is away"
    assert note(*night[:2]) == idle
    assert note(("compact", "skipped")) is None


def test_red_run_is_noted_with_what_broke_once_and_first_and_then_with_what_was_found(
    dags: Mapping[str, Any],
) -> None:
    red = note(
        ("plan", "success", "7 due"), ("load", "failed"), ("publish", "upstream_failed"),
        ("summary", "failed", "red: load did not succeed"),
        ("again", "failed", "red: load did not succeed"),
    )  # fmt: skip
    assert red == "load failed without a word: see its log · red: load did not succeed · 7 due"
    assert note(("look", "success", "3 opened"), ("alert", "failed", "a did not get out")) == (
        "a did not get out · 3 opened"
    )
    long = note(("plan", "failed", "x" * 5000)) or ""
    assert (len(long), long[-1]) == (1000, "…")


def test_red_run_counts_and_names_the_outlets_for_which_a_task_failed(
    dags: Mapping[str, Any],
) -> None:
    names = ("Dawn", "Herald", "3", "Khyber", "Wire")
    cells = [("extract", "failed", "" if name == "3" else f"no {name} page", name)
             for name in names]  # fmt: skip
    judge = ("judge", "upstream_failed")
    red = note(("plan", "success", "9 rows"), *cells, ("extract", "success", "", "Fine"), judge)
    assert red == (
        "extract failed for 5 of 6: Dawn (no Dawn page), Herald (no Herald page), "
        "3 (see its log), and 2 more · 9 rows"
    )
    green = ("summary", "success", "5 of 6 fine, not: Dawn")
    assert note(cells[0], green) == "5 of 6 fine, not: Dawn"


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
    assert real_airflow.note(real_airflow.first).startswith("▸ 7 of 7 sources fine")
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
    note = real_airflow.note(run)
    assert run.state == "failed"
    assert note.startswith("a test\n\n▸ ")
    assert "no_such_outlet" in note
