"""The page's buttons: which are there, what a browser sends for each, and what comes of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.dags.health_client import find_form, finish, name_run, read_forms, read_links
from tests.warehouse.batches import START, BatchMaker, page, rejected, text
from warehouse.incidents import list_incidents, mute, open_incident

if TYPE_CHECKING:
    from starlette.testclient import TestClient

pytestmark = pytest.mark.usefixtures("health_home")
Asked = list[tuple[str, dict[str, object]]]
RIVER, MOUNTAIN, TAB = "/sources/river", "/sources/mountain", "/run?dag=ingest&run=run7"
INGEST, CLEAR = "/api/v2/dags/ingest/dagRuns", "/api/v2/dags/{}/clearTaskInstances"


def labels(client: "TestClient", path: str) -> list[str]:
    return sorted(one.label for one in read_forms(client.get(path).text))


def conf(asked: Asked, path: str) -> object:
    """Take what the one call asked for."""
    [(called, body)] = asked
    assert called == path
    return body["conf"]


def test_pages_have_these_buttons_and_no_others(client: "TestClient", health_home: Path) -> None:
    assert labels(client, "/") == ["Ask again", "Ask again"]
    for path in (RIVER, MOUNTAIN):
        assert labels(client, path) == ["Ask again", "Read rejected pages again"]
    made = open_incident(health_home, "river", "failing", "HTTP 503", START)
    open_incident(health_home, None, "disk_low", "full", START)
    assert labels(client, RIVER) == [
        "Acknowledge", "Ask again", "Mute a day", "Read rejected pages again",
    ]  # fmt: skip
    assert labels(client, "/") == [
        "Acknowledge", "Acknowledge", "Ask again", "Ask again", "Mute a day", "Mute a day",
    ]  # fmt: skip
    mute(health_home, made.incident_id, datetime.now(UTC) + timedelta(days=1), "Asma")
    assert "Unmute" in labels(client, RIVER)
    assert "Mute a day" not in labels(client, RIVER)


@pytest.mark.parametrize(("path", "back"), [("/", "/"), (RIVER, RIVER)])
def test_an_incident_is_acknowledged_muted_and_heard_again(
    client: "TestClient", health_home: Path, path: str, back: str
) -> None:
    open_incident(health_home, "river", "failing", "HTTP 503", START)
    for label, done in (
        ("Acknowledge", "acknowledged"), ("Mute a day", "muted"), ("Unmute", "unmuted"),
    ):  # fmt: skip
        reply = find_form(client.get(path).text, label, "river, failing").press(client)
        began = datetime.now(UTC)
        assert (reply.status_code, reply.headers["location"]) == (303, f"{back}?done={done}")
        assert 'class="done" role="status"' in client.get(reply.headers["location"]).text
        (now,) = list_incidents(health_home)
        assert now.acknowledged_by == "Amina"
        if label != "Mute a day":
            assert now.muted_until is None
            continue
        assert now.muted_by == "Amina"
        assert now.muted_until is not None
        assert abs(now.muted_until - began - timedelta(days=1)) < timedelta(minutes=1)
    assert labels(client, RIVER) == ["Ask again", "Mute a day", "Read rejected pages again"]


@pytest.mark.parametrize("path", ["/", RIVER])
def test_an_outlet_is_asked_again_alone_due_or_not(
    client: "TestClient", asked: Asked, path: str
) -> None:
    reply = find_form(client.get(path).text, "Ask again", "River").press(client)
    assert reply.headers["location"] == f"{path}?done=asked"
    assert conf(asked, INGEST) == {"sources": ["river"], "force": True}


def test_rejected_pages_are_read_again(
    client: "TestClient", asked: Asked, health_home: Path
) -> None:
    finish(BatchMaker(health_home, 7).source(rejected("/t", hour=7)).write())
    form = find_form(client.get(MOUNTAIN).text, "Read rejected pages again")
    assert form.press(client).headers["location"] == f"{MOUNTAIN}?done=replayed"
    assert conf(asked, "/api/v2/dags/reprocess/dagRuns") == {
        "reason": "Amina has rejected pages read again from the Health page",
        "sources": ["mountain"],
        "only_rejected": True,
    }


@pytest.mark.parametrize("path", [MOUNTAIN, TAB])
def test_what_is_held_is_let_in_with_the_reason_that_was_written(
    client: "TestClient", asked: Asked, health_home: Path, path: str
) -> None:
    batch = BatchMaker(health_home, 7).source(page("/b", text("b")), miscount=1).write()
    name_run(batch, "run7")
    finish(batch)
    form = find_form(client.get(path).text, "Let it in")
    assert form.fields == {"why": ""}
    assert form.press(client, why=" ").status_code == 422
    assert asked == []
    reply = form.press(client, why="a twin")
    assert reply.headers["location"] == f"{MOUNTAIN}?done=accepted"
    assert conf(asked, "/api/v2/dags/accept/dagRuns") == {
        "batch": batch.id, "source": "mountain", "why": "a twin",
    }  # fmt: skip
    assert read_links(client.get("/").text)["Look, and let it in"] == MOUNTAIN


def test_a_retired_outlet_says_so_and_is_not_asked_again(
    client: "TestClient", asked: Asked, health_home: Path
) -> None:
    form = find_form(client.get(RIVER).text, "Ask again")
    with (health_home / "sources" / "river.yml").open("a") as file:
        file.write("retired: closed in <2026>\n")
    shown = client.get(RIVER).text
    assert 'River</bdi>: <bdi dir="auto">retired: closed in &lt;2026&gt;</bdi></h1>' in shown
    assert labels(client, RIVER) == ["Read rejected pages again"]
    refused = form.press(client)
    assert (refused.status_code, "is retired: closed" in refused.text) == (409, True)
    assert asked == []


def test_whoever_has_no_page_leads_to_that_of_all(
    client: "TestClient", asked: Asked, health_home: Path
) -> None:
    made = BatchMaker(health_home, 7).source(page("/w", text("w")), id="web:dawn.com", miscount=1)
    batch = made.write()
    name_run(batch, "run7")
    finish(batch)
    shown = client.get(TAB).text
    assert "web:dawn.com" in shown
    assert "/sources/web:dawn.com" not in read_links(shown).values()
    form = find_form(shown, "Let it in")
    assert form.press(client, why="a twin").headers["location"] == "/?done=accepted"
