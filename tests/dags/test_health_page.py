"""The Health page's app by itself: what it shows, and whom it refuses."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from khabar.settings import read_settings
from tests.dags.health_client import SAME_ORIGIN
from tests.warehouse.batches import START, BatchMaker, page, rejected, text
from warehouse.dedup import dedup_batch
from warehouse.incidents import list_incidents, open_incident
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot

pytestmark = pytest.mark.usefixtures("health_home")

if TYPE_CHECKING:
    from starlette.testclient import TestClient


def test_page_begins_with_the_sentence_and_has_a_row_an_outlet(client: "TestClient") -> None:
    reply = client.get("/")
    assert reply.status_code == 200
    first = re.search(r"<h1[^>]*>(.*?)</h1>", reply.text)
    assert first is not None
    assert first[1].startswith("1 of 2 fine, published ")
    assert reply.text.count('<tr role="row" class=') == 2
    assert "1 listed → 1 fetched → 1 new" in reply.text


def test_text_of_an_outlet_is_escaped_and_its_direction_is_its_own(client: "TestClient") -> None:
    for path in ("/", "/sources/mountain", "/sources/river"):
        text = client.get(path).text
        assert "<script>alert" not in text
        assert "<b>Post" not in text
        assert 'x" onload' not in text
    assert '<bdi dir="auto" lang="en">&lt;script&gt;' in client.get("/sources/mountain").text
    assert '<bdi dir="auto">Mountain &lt;b&gt;' in client.get("/").text


def test_nothing_is_loaded_from_elsewhere_and_nothing_is_written_inline(
    client: "TestClient",
) -> None:
    for path in ("/", "/sources/mountain", "/run?dag=ingest&run=run", "/sources/nobody"):
        reply = client.get(path)
        policy = reply.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self';")
        assert "unsafe" not in policy
        loaded = re.findall(r'(?:src|href|action)="([^"]*)"', reply.text)
        assert all(one.startswith("/") and not one.startswith("//") for one in loaded)
        assert " style=" not in reply.text
        assert "<style" not in reply.text
        assert re.findall(r"<script(?! src=)", reply.text) == []


def test_every_chart_says_in_words_what_it_shows(client: "TestClient") -> None:
    text = client.get("/").text
    charts = re.findall(r"<svg[^>]*>", text)
    assert all('role="img"' in one and 'aria-label="' in one for one in charts)
    assert '<th role="columnheader" scope="col">28 days</th>' in text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {},
    ],
)
def test_a_button_pressed_on_another_site_does_nothing(
    client: "TestClient", health_home: Path, headers: dict[str, str]
) -> None:
    made = open_incident(health_home, "river", "failing", "HTTP 503", START)
    for path in (
        f"/incidents/{made.incident_id}/acknowledge",
        f"/incidents/{made.incident_id}/mute",
        "/sources/river/retry",
        "/run/clear?run=x",
    ):
        assert client.post(path, headers=headers).status_code == 403
    assert list_incidents(health_home) == (made,)


def test_an_old_browser_says_its_origin_instead(client: "TestClient", health_home: Path) -> None:
    made = open_incident(health_home, "river", "failing", "HTTP 503", START)
    path = f"/incidents/{made.incident_id}/acknowledge"
    assert client.post(path, headers={"Origin": "http://testserver"}).status_code == 303


def test_what_is_not_there_is_a_page_that_says_so(client: "TestClient", health_home: Path) -> None:
    assert client.get("/sources/nobody").status_code == 404
    assert client.get("/static/../app.py").status_code == 404
    reply = client.post(
        "/incidents/20260801T000000Z-failing-00000000/acknowledge", headers=SAME_ORIGIN
    )
    assert reply.status_code == 409
    assert "there is no incident" in reply.text
    made = open_incident(health_home, "river", "failing", "HTTP 503", START)
    for back in ("//elsewhere.example", "sources/nobody", "sources//elsewhere.example", "/x"):
        path = f"/incidents/{made.incident_id}/mute?back={back}"
        assert client.post(path, headers=SAME_ORIGIN).headers["location"] == "/?done=muted"


def test_every_refusal_is_a_page(client: "TestClient") -> None:
    for method, path, status, why in (
        ("GET", "/nowhere", 404, "Not Found"),
        ("POST", "/sources/river", 405, "Method Not Allowed"),
        ("POST", "/run/clear", 422, "run: Field required"),
        ("POST", "/run/clear?run=x&dag=watch", 422, "dag: String should match"),
        ("POST", "/sources/river/accept?batch=<x>", 422, "batch: String should match"),
    ):
        reply = client.request(method, path, headers=SAME_ORIGIN)
        assert (reply.status_code, reply.headers["content-type"]) == (
            status, "text/html; charset=utf-8",
        )  # fmt: skip
        assert why in reply.text
        assert '<a href="/">To the Health page</a>' in reply.text
        assert reply.headers["content-security-policy"].startswith("default-src 'none'")


def test_an_outlet_whose_file_is_spoilt_keeps_its_row_and_its_page(
    client: "TestClient", health_home: Path
) -> None:
    with (health_home / "sources" / "river.yml").open("a") as file:
        file.write("timezon: UTC\n")
    (health_home / "sources" / "No <b>.yml").write_text("name: [")
    first = client.get("/").text
    assert '<h1 class="unwell">1 of 3 fine, ' in first
    assert ", two new problems</h1>" in first
    assert "river.yml: unknown key &#39;timezon&#39;; known keys are name" in first
    assert "mend its file" in first
    assert 'action="/sources/river/retry"' not in first
    assert 'href="/sources/No%20%3Cb%3E"' in first
    for address in ("/sources/river", "/sources/No%20%3Cb%3E"):
        shown = client.get(address)
        assert shown.status_code == 200
        assert "source file cannot be used: " in shown.text
        assert "Ask again" not in shown.text
    assert client.get("/sources/nobody").status_code == 404


def test_what_is_held_can_be_let_in_with_a_reason_and_with_none_it_is_not(
    client: "TestClient", health_home: Path
) -> None:
    made = BatchMaker(health_home, 7).source(page("/b", text("b")), miscount=1)
    batch = made.source(page("/r", text("r")), id="river").write()
    manifest = batch.manifest.read_text()
    batch.manifest.write_text(manifest.replace('"run_id":"run"', '"run_id":"run7"'))
    dedup_batch(batch)
    load_batch(batch)
    action = f'action="/sources/mountain/accept?batch={batch.id}'
    assert action in client.get("/sources/mountain").text
    assert action in client.get("/run", params={"dag": "ingest", "run": "run7"}).text
    assert "/accept" not in client.get("/sources/river").text
    path = f"/sources/mountain/accept?batch={batch.id}"
    silent = client.post(path, data={"why": " "}, headers=SAME_ORIGIN)
    assert (silent.status_code, "Say why" in silent.text) == (422, True)
    elsewhere = client.post(path, data={"why": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status_code == 403
    no_batch = client.post("/sources/mountain/accept?batch=../x", headers=SAME_ORIGIN)
    assert no_batch.status_code == 422


def test_pages_that_are_held_are_links_to_look_at_for_viewers_too(
    client: "TestClient", health_home: Path
) -> None:
    from dags.health.access import has_buttons
    from dags.health.app import app

    app.dependency_overrides[has_buttons] = lambda: False
    lines = [rejected(f"/t{number}?a=1&b=<i>", hour=7) for number in range(12)]
    batch = BatchMaker(health_home, 7).source(*lines, page("/b", text("b"), hour=7)).write()
    dedup_batch(batch)
    load_batch(batch)
    shown = client.get("/sources/mountain").text
    links = re.findall(
        r'<a data-leave target="_blank" rel="noopener noreferrer" href="([^"]*)', shown
    )
    assert links[0] == "https://mountain.example/t0?a=1&amp;b=&lt;i&gt;"
    assert len(links) == 5
    assert "listing: <a" in shown
    assert f"<code>khabar held {batch.id} mountain</code>" in shown
    assert "/accept" not in shown
    assert "13 listed → 13 fetched" in shown
    assert "waits to be let in" in shown
    # A failed look since then leaves held what is.
    BatchMaker(health_home, 8).source(failed="dns: no such host").write()
    assert f"Batch {batch.id} waits to be let in" in client.get("/sources/mountain").text
    assert "waits to be let in" not in client.get("/sources/river").text
    (batch.extract_folder("mountain") / "rejections.parquet").write_bytes(b"no file")
    assert client.get("/sources/mountain").status_code == 200


def test_no_address_of_an_outlet_is_a_link_that_runs() -> None:
    from dags.health.pages import is_web

    assert is_web("HTTPS://mountain.example/a")
    for url in ("javascript:alert(1)//http://a", "data:text/html,x", " https://a", "//a", ""):
        assert not is_web(url)


def test_rejected_pages_are_read_again_only_where_another_extractor_had_read_them(
    client: "TestClient", health_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def replay(_request: object, source_id: str, user: str) -> None:
        asked.append((source_id, user))

    monkeypatch.setattr("dags.health.app.replay_rejected", replay)
    shown = client.get("/sources/mountain").text
    assert "Rejected pages are read again only where its source file, Khabar or" in shown
    path = "/sources/mountain/replay?back=sources/mountain"
    reply = client.post(path, headers=SAME_ORIGIN)
    assert (asked, reply.headers["location"]) == ([], "/sources/mountain?done=read")
    assert "Nothing to read again" in client.get("/sources/mountain?done=read").text
    batch = BatchMaker(health_home, 7).source(rejected("/t", hour=7)).write()
    dedup_batch(batch)
    load_batch(batch)
    publish_snapshot(health_home, batch.id)
    reply = client.post(path, headers=SAME_ORIGIN)
    assert asked == [("mountain", "Amina")]
    assert reply.headers["location"] == "/sources/mountain?done=replayed"


def test_a_refusal_of_airflow_is_told_whatever_it_is_written_in(airflow_home: Path) -> None:
    import httpx

    from dags.health.airflow_calls import _refusal

    for body, told in (
        ('{"detail": "no such run"}', "no such run"),
        ('["odd"]', "['odd']"),
        ("<h1>Bad Gateway</h1>", "<h1>Bad Gateway</h1>"),
        ("", "Bad Gateway"),
    ):
        assert _refusal(httpx.Response(502, text=body)) == told


def test_page_speaks_where_nothing_ever_ran(
    client: "TestClient", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KHABAR_HOME", str(tmp_path / "new"))
    read_settings.cache_clear()
    for path in ("/", "/run?dag=ingest&run=run"):
        assert client.get(path).status_code == 200
    assert "Nothing has run yet" in client.get("/").text


def test_whole_app_is_guarded(airflow_home: Path) -> None:
    from dags.health.access import may_edit, may_read, same_origin
    from dags.health.app import app

    for route in app.routes:
        needed = {one.call for one in route.dependant.dependencies}  # type: ignore[attr-defined]
        assert may_read in needed, route
        if "POST" in route.methods:  # type: ignore[attr-defined]
            assert {may_edit, same_origin} <= needed, route
