"""The Health page behind Airflow's own login, and as a browser shows it inside Airflow's UI."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from urllib.parse import quote

import httpx
import pytest

from khabar.airflow.home import USER
from tests.airflow_session import VIEWER, RealAirflow
from tests.dags.browser import CHROMIUM, open_browser
from tests.dags.health_client import SAME_ORIGIN, find_form, name_run, read_forms, read_table
from tests.dags.test_reprocess import other_hints
from tests.warehouse.batches import BatchMaker, skipped
from warehouse.connection import open_snapshot
from warehouse.dedup import dedup_batch
from warehouse.incidents import close_incident, list_incidents, open_incident
from warehouse.load import load_batch

pytestmark = pytest.mark.airflow
PAGE = "/khabar-health"
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


def test_an_admin_asks_an_outlet_again(real_airflow: RealAirflow) -> None:
    source = next(iter(real_airflow.town.outlets))
    name, url = real_airflow.town.outlets[source].name, real_airflow.home.url
    before = {run.id for run in real_airflow.api.runs("ingest")}
    with visitor(real_airflow, USER) as admin:
        form = find_form(admin.get("/").text, "Ask again", name)
        reply = form.press(admin, at=url)
        assert reply.headers["location"] == f"{PAGE}/?done=asked"
        elsewhere = admin.post(url + form.action, headers={"Sec-Fetch-Site": "cross-site"})
        assert elsewhere.status_code == 403
    (started,) = {run.id for run in real_airflow.api.runs("ingest")} - before
    crew, api = real_airflow.crew, real_airflow.api
    crew.wait_until(lambda: api.run("ingest", started).has_ended, 180, "the retry did not end")
    assert api.run("ingest", started).state == "success"
    with visitor(real_airflow, USER) as admin:
        tab = admin.get("/run", params={"dag": "ingest", "run": started}).text
    (row,) = read_table(tab, "")[1:]
    assert row[0] == name
    assert read_forms(tab) == []
    assert "1 of 1 sources fine" in tab


def test_an_admin_lets_the_failed_tasks_of_a_run_run_again(real_airflow: RealAirflow) -> None:
    crew, api = real_airflow.crew, real_airflow.api
    run = real_airflow.ingest(sources=["no_such_outlet"])
    assert run.state == "failed"
    with visitor(real_airflow, VIEWER) as viewer:
        shown = viewer.get("/run", params={"dag": "ingest", "run": run.id}).text
        assert "no source &#39;no_such_outlet&#39;" in shown
        assert read_forms(shown) == []
    with visitor(real_airflow, USER) as admin:
        shown = admin.get("/run", params={"dag": "ingest", "run": run.id}).text
        reply = find_form(shown, "Run failed tasks again").press(admin, at=real_airflow.home.url)
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
    name_run(held, "run1")
    dedup_batch(held)
    assert load_batch(held).held == ("mountain",)
    source, url = next(iter(real_airflow.town.outlets)), real_airflow.home.url
    path = f"/sources/mountain/accept?batch={held.id}"
    with visitor(real_airflow, VIEWER) as viewer:
        assert viewer.post(path, data={"why": "x"}, headers=SAME_ORIGIN).status_code == 403
    with visitor(real_airflow, USER) as admin:
        form = find_form(admin.get("/run?dag=ingest&run=run1").text, "Let it in")
        reply = form.press(admin, at=url, why="a twin is counted twice")
        assert reply.headers["location"] == f"{PAGE}/?done=accepted"
        # Today's extractor has read them: nothing would be done, and that is said.
        shown = admin.get(f"/sources/{source}").text
        form = find_form(shown, "Read rejected pages again")
        assert form.press(admin, at=url).headers["location"] == f"{PAGE}/sources/{source}?done=read"
        with other_hints(real_airflow.town.sources_folder / f"{source}.yml"):
            reply = form.press(admin, at=url)
            assert reply.headers["location"] == f"{PAGE}/sources/{source}?done=replayed"
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
        assert "opened no batch: nothing was due" in viewer.get("/run?dag=maintain&run=x").text
        assert "for each of its slices" in viewer.get("/run?dag=backfill&run=x").text
        assert "No batch of its own" in viewer.get("/run?dag=maintain&run=x").text


@needs_chromium
def test_in_airflows_ui_buttons_and_links_of_the_page_work(
    real_airflow: RealAirflow, incident: str
) -> None:
    url, town = real_airflow.home.url, real_airflow.town
    frame = "document.querySelector('iframe')?.contentDocument"
    with open_browser() as browser:
        browser.log_in(url, token(real_airflow, USER))
        browser.open(f"{url}/plugin/health")
        browser.wait_for(f"{frame}?.querySelectorAll('tbody tr').length === {len(town.outlets)}")
        assert browser.ask(f"{frame}.querySelectorAll('svg[role=img]').length") == 7
        press = f"{frame}.querySelector('form[action*=\"{incident}/acknowledge\"] button').click()"
        browser.ask(press)
        browser.wait_for(f"{frame}?.querySelector('.done')?.innerText.startsWith('Noted')")
        assert f"known to {USER}" in browser.ask(f"{frame}.body.innerText")
        # A link of the page leaves the frame, and leads to the log of this outlet's own cell.
        last = list(town.outlets)[-1]
        browser.ask(f"{frame}.querySelector('a[href$=\"/sources/{last}\"]').click()")
        browser.wait_for(
            f"{frame}?.querySelector('h1')?.innerText.startsWith({town.outlets[last].name!r})"
        )
        browser.ask(f"{frame}.querySelector('.buttons a[data-leave]').click()")
        browser.wait_for("location.pathname.includes('/tasks/source.crawl/mapped/')")
        browser.wait_for(f"document.body.innerText.includes('{last}: ')")
        run = quote(real_airflow.first.id, safe="")
        browser.open(f"{url}/dags/ingest/runs/{run}/plugin/health-run")
        browser.wait_for(f"{frame}?.querySelectorAll('tbody tr').length === {len(town.outlets)}")
    (known,) = list_incidents(real_airflow.home.home, is_open=True)
    assert known.acknowledged_by == USER
