"""The Health page behind Airflow's own login, and as a browser shows it inside Airflow's UI."""

import struct
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from khabar.airflow.home import USER
from tests.airflow_session import VIEWER, RealAirflow
from tests.dags.browser import CHROMIUM, read_page, take_picture
from tests.dags.test_reprocess import other_hints
from tests.warehouse.batches import BatchMaker, skipped
from warehouse.connection import open_snapshot
from warehouse.dedup import dedup_batch
from warehouse.incidents import close_incident, list_incidents, open_incident
from warehouse.load import load_batch

pytestmark = pytest.mark.airflow
PAGE = "/khabar-health"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="needs Chromium (Debian's package chromium)"
)


def token(airflow: RealAirflow, user: str) -> str:
    login = {"username": user, "password": airflow.home.password}
    reply = httpx.post(f"{airflow.home.url}/auth/token", json=login, trust_env=False)
    return str(reply.raise_for_status().json()["access_token"])


def visitor(airflow: RealAirflow, user: str | None) -> httpx.Client:
    """Come as a browser does: with the login's cookie, or none."""
    cookies = {"_token": token(airflow, user)} if user else {}
    url = airflow.home.url + PAGE
    return httpx.Client(base_url=url, cookies=cookies, trust_env=False, timeout=60)


@pytest.fixture
def incident(real_airflow: RealAirflow) -> Iterator[str]:
    home, source = real_airflow.home.home, next(iter(real_airflow.town.outlets))
    made = open_incident(home, source, "failing", "HTTP 404 since five batches", datetime.now(UTC))
    yield made.incident_id
    close_incident(home, made.incident_id, datetime.now(UTC))


def test_a_stranger_is_told_nothing(real_airflow: RealAirflow, incident: str) -> None:
    with visitor(real_airflow, None) as stranger:
        for path in ("/", "/sources/astra", "/run", "/static/health.css", "/openapi.json"):
            assert stranger.get(path).status_code in (401, 404), path
        assert stranger.get("/").status_code == 401
        path = f"/incidents/{incident}/acknowledge"
        assert stranger.post(path, headers=SAME_ORIGIN).status_code == 401
    assert list_incidents(real_airflow.home.home, is_open=True)[0].acknowledged_by is None


def test_a_viewer_reads_and_can_press_nothing(real_airflow: RealAirflow, incident: str) -> None:
    with visitor(real_airflow, VIEWER) as viewer:
        page = viewer.get("/")
        assert page.status_code == 200
        assert " of 7 fine, published " in page.text
        assert "HTTP 404 since five batches" in page.text
        assert "<button" not in page.text
        source = next(iter(real_airflow.town.outlets))
        for path in (f"/incidents/{incident}/mute", f"/sources/{source}/retry", "/run/clear?run=x"):
            assert viewer.post(path, headers=SAME_ORIGIN).status_code == 403, path
    assert list_incidents(real_airflow.home.home, is_open=True)[0].muted_until is None


def test_an_admin_acknowledges_and_asks_again(real_airflow: RealAirflow, incident: str) -> None:
    source = next(iter(real_airflow.town.outlets))
    before = {run.id for run in real_airflow.api.runs("ingest")}
    with visitor(real_airflow, USER) as admin:
        assert "Acknowledge</button>" in admin.get("/").text
        path = f"/incidents/{incident}/acknowledge"
        assert admin.post(path, headers=SAME_ORIGIN).status_code == 303
        assert admin.post(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        reply = admin.post(f"/sources/{source}/retry", headers=SAME_ORIGIN)
        assert reply.headers["location"] == f"{PAGE}/?done=asked"
        assert f"known to <bdi>{USER}</bdi>" in admin.get("/").text
    (started,) = {run.id for run in real_airflow.api.runs("ingest")} - before
    crew, api = real_airflow.crew, real_airflow.api
    crew.wait_until(lambda: api.run("ingest", started).has_ended, 180, "the retry did not end")
    assert api.run("ingest", started).state == "success"
    with visitor(real_airflow, USER) as admin:
        tab = admin.get("/run", params={"dag": "ingest", "run": started}).text
    name = real_airflow.town.outlets[source].name
    assert tab.count('<th scope="row">') == 1
    assert name in tab


def test_an_admin_lets_the_failed_tasks_of_a_run_run_again(real_airflow: RealAirflow) -> None:
    crew, api = real_airflow.crew, real_airflow.api
    run = real_airflow.ingest(sources=["no_such_outlet"])
    assert run.state == "failed"
    with visitor(real_airflow, USER) as admin:
        reply = admin.post("/run/clear", params={"run": run.id}, headers=SAME_ORIGIN)
        assert reply.status_code == 303
        assert reply.headers["location"].endswith("&done=cleared")
        unknown = admin.post("/run/clear", params={"run": "no_such_run"}, headers=SAME_ORIGIN)
        assert (unknown.status_code, "Airflow refused" in unknown.text) == (404, True)

    def tries() -> int:
        return max(one.try_number for one in api.tasks("ingest", run.id) if one.task == "plan")

    crew.wait_until(
        lambda: tries() == 2 and api.run("ingest", run.id).has_ended, 120, "it did not run again"
    )


def test_an_admin_lets_in_what_is_held_and_has_rejected_pages_read_again(
    real_airflow: RealAirflow,
) -> None:
    crew, api, home = real_airflow.crew, real_airflow.api, real_airflow.home.home
    held = BatchMaker(home, 1).source(skipped("/held", "robots"), miscount=1).write()
    dedup_batch(held)
    assert load_batch(held).held == ("mountain",)
    source = next(iter(real_airflow.town.outlets))
    path = f"/sources/mountain/accept?batch={held.id}"
    with visitor(real_airflow, VIEWER) as viewer:
        assert viewer.post(path, data={"why": "x"}, headers=SAME_ORIGIN).status_code == 403
    with visitor(real_airflow, USER) as admin:
        reply = admin.post(path, data={"why": "a twin is counted twice"}, headers=SAME_ORIGIN)
        assert reply.headers["location"] == f"{PAGE}/?done=accepted"
        # Today's extractor has read them: nothing would be done, and that is said.
        reply = admin.post(f"/sources/{source}/replay", headers=SAME_ORIGIN)
        assert reply.headers["location"] == f"{PAGE}/?done=read"
        with other_hints(real_airflow.town.sources_folder / f"{source}.yml"):
            reply = admin.post(f"/sources/{source}/replay", headers=SAME_ORIGIN)
            assert reply.headers["location"] == f"{PAGE}/?done=replayed"
            for dag in ("accept", "reprocess"):
                api.unpause(dag)
                (run,) = api.runs(dag)[:1]
                crew.wait_until(lambda: api.run(dag, run.id).has_ended, 240, f"{dag} did not end")  # noqa: B023
                assert api.run(dag, run.id).state == "success"
    with closing(open_snapshot(home)) as con:
        asked = "SELECT accepted_why FROM batch_sources WHERE batch_id = ?"
        assert con.execute(asked, [held.id]).fetchall() == [("a twin is counted twice",)]


def test_a_run_that_opened_no_batch_has_a_tab_that_says_so(real_airflow: RealAirflow) -> None:
    with visitor(real_airflow, VIEWER) as viewer:
        assert "No batch" in viewer.get("/run", params={"dag": "maintain", "run": "x"}).text


@needs_chromium
def test_airflows_ui_shows_the_page_and_the_tab(real_airflow: RealAirflow) -> None:
    secret, url = token(real_airflow, VIEWER), real_airflow.home.url
    outer = read_page(f"{url}/plugin/health", secret)
    assert f'src="{PAGE}/"' in outer
    run = quote(real_airflow.first.id, safe="")
    tab = read_page(f"{url}/dags/ingest/runs/{run}/plugin/health-run", secret)
    assert f"{PAGE}/run?dag=ingest&amp;run={run}" in tab
    inner = read_page(f"{url}{PAGE}/", secret)
    assert inner.count('role="img"') == 7


@needs_chromium
def test_page_is_drawn_light_dark_and_on_a_phone(real_airflow: RealAirflow, tmp_path: Path) -> None:
    secret, url = token(real_airflow, USER), f"{real_airflow.home.url}/plugin/health"
    shots = {"light": (1280, 900), "dark": (1280, 900), "phone": (390, 844)}
    for name, size in shots.items():
        take_picture(url, secret, tmp_path / f"{name}.png", size, dark=name == "dark")
        head = (tmp_path / f"{name}.png").read_bytes()[:24]
        assert struct.unpack(">II", head[16:]) == size
    drawn = {name: (tmp_path / f"{name}.png").read_bytes() for name in shots}
    assert drawn["light"] != drawn["dark"]
    assert all(len(picture) > 20_000 for picture in drawn.values())  # an empty page has 8 KB
