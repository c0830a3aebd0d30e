import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from khabar.airflow.api import Run
from khabar.settings import read_settings
from tests.airflow_session import RUN_SECONDS, RealAirflow
from tests.post import open_mailbox, open_web
from warehouse.incidents import acknowledge, close_incident, list_incidents, open_incident

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
HOSTILE = "<b>{{ var.value.secret }} {% raw %} & <script>"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("KHABAR_HOME", str(tmp_path / "home"))
    read_settings.cache_clear()
    yield tmp_path / "home"
    read_settings.cache_clear()


def run(
    dags: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch, task: str, **settings: str
) -> str:
    """Run a task's own function; say `skipped` where it skips itself."""
    from airflow.sdk.exceptions import AirflowSkipException

    for name, value in settings.items():
        monkeypatch.setenv(f"KHABAR_{name.upper()}", value)
    read_settings.cache_clear()
    called = dags["watch"].get_task(task).python_callable
    ti = SimpleNamespace(xcom_push=lambda *_: None)
    context = {"ti": ti, "dag": dags["watch"], "triggering_asset_events": {"snapshot": [1]}}
    for place in (called.__globals__, run_globals()):
        monkeypatch.setitem(place, "get_current_context", lambda: context)
    try:
        return str(called())
    except AirflowSkipException as skipped:
        return f"skipped: {skipped}"


def run_globals() -> dict[str, Any]:
    from dags import running

    return vars(running)


def mail_connection(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    extra = {"disable_ssl": True, "disable_tls": True, "from_email": "khabar@example.org",
             "retry_limit": 0, "timeout": 5}  # fmt: skip
    conn = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(conn))


def test_it_looks_after_each_publish_and_each_hour_and_waits_for_no_writer(
    dags: Mapping[str, Any],
) -> None:
    dag = dags["watch"]
    assert (dag.max_active_runs, dag.catchup) == (1, False)
    assert "khabar://published/news.duckdb" in repr(dag.timetable.asset_condition)
    assert dag.timetable.timetable.expression == "50 * * * *"
    assert {task.pool for task in dag.tasks} == {"default_pool"}
    assert {task.task_id: task.downstream_task_ids for task in dag.tasks} == {
        "look": {"alert"}, "alert": set(), "heartbeat": set(),
    }  # fmt: skip


def test_look_says_what_it_found(
    dags: Mapping[str, Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(dags, monkeypatch, "look").startswith("watched 0 outlets: ")


def test_mail_is_sent_on_open_and_close_and_what_an_outlet_says_is_no_template(
    dags: Mapping[str, Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_incident(home, "dawn", "blocked", HOSTILE, NOW)
    with open_mailbox() as (port, letters):
        mail_connection(monkeypatch, port)
        asked = {"alerts": "mailto:desk@example.org"}
        assert run(dags, monkeypatch, "alert", **asked) == "told 1 of 1 channels"
        assert run(dags, monkeypatch, "alert", **asked).startswith("skipped")
        close_incident(home, opened.incident_id, NOW)
        assert run(dags, monkeypatch, "alert", **asked) == "told 1 of 1 channels"
    first, last = map(message_from_bytes, letters)
    assert str(make_header(decode_header(first["subject"]))) == "Khabar: 1 new: dawn blocked"
    assert (first["to"], first["from"]) == ("desk@example.org", "khabar@example.org")
    (part,) = (part for part in first.walk() if part.get_content_type() == "text/html")
    words = bytes(part.get_payload(decode=True)).decode()
    assert "&lt;b&gt;{{ var.value.secret }} {% raw %} &amp; &lt;script&gt;" in words
    assert "1 over: dawn blocked" in str(make_header(decode_header(last["subject"])))


def test_webhooks_are_posted_by_the_id_of_a_connection(
    dags: Mapping[str, Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_incident(home, "dawn", "blocked", HOSTILE, NOW)
    with open_web() as (address, asked):
        conn = {"conn_type": "http", "host": f"{address}/services", "password": "T0/B0/x"}
        monkeypatch.setenv("AIRFLOW_CONN_DESK", json.dumps(conn))
        assert run(dags, monkeypatch, "alert", alerts="slack:desk webhook:desk") == (
            "told 2 of 2 channels"
        )
    (path, slack), (_, hook) = asked
    assert path == "/services/T0/B0/x"
    assert (
        "&lt;b&gt;{{ var.value.secret }} {% raw %} &amp; &lt;script&gt;"
        in (json.loads(slack)["text"])
    )
    assert json.loads(slack).keys() == {"text"}
    assert json.loads(hook)["opened"] == [opened.incident_id]


def test_acknowledged_ones_are_told_to_nobody(
    dags: Mapping[str, Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_incident(home, "dawn", "silent", "x", NOW)
    acknowledge(home, opened.incident_id, "asma", NOW)
    with open_web() as (address, asked):
        conn = {"conn_type": "http", "host": address}
        monkeypatch.setenv("AIRFLOW_CONN_DESK", json.dumps(conn))
        assert run(dags, monkeypatch, "alert", alerts="webhook:desk").startswith("skipped")
    assert asked == []


def test_one_channel_that_fails_is_named_without_its_secret_and_told_later(
    dags: Mapping[str, Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_incident(home, "dawn", "silent", "x", NOW)
    channels = (
        "webhook:bad webhook:good webhook:missing webhook:led webhook:bare webhook:gone slack:bad "
        "mailto:desk@example.org"
    )
    with open_mailbox() as (port, _):
        mail_connection(monkeypatch, port)
    with open_web() as (gone, _):
        pass
    elsewhere = (("location", "/login"),)
    with (
        open_web(500) as (bad, _),
        open_web() as (good, asked),
        open_web(302, elsewhere) as (led, _),
    ):
        hosts = {"BAD": bad, "GOOD": good, "LED": led, "BARE": "example.org", "GONE": gone}
        for name, host in hosts.items():
            conn = {"conn_type": "http", "host": host, "password": "secret"}
            monkeypatch.setenv(f"AIRFLOW_CONN_{name}", json.dumps(conn))
        for times in (1, 2):
            with pytest.raises(ChildProcessError, match="alerts did not get out") as caught:
                run(dags, monkeypatch, "alert", alerts=channels)
            said = str(caught.value)
            assert "connection bad: 500:" in said
            assert "connection led: TooManyRedirects" in said
            assert "connection bare: its host must begin with https://" in said
            assert "connection gone: ConnectionError" in said
            assert "slack:bad: connection bad: " in said
            assert "webhook:missing: " in said
            assert "mailto:desk@example.org: " in said
            assert "secret" not in said
            assert "good" not in said
            assert len(asked) == 1, times


@pytest.mark.parametrize(
    ("channel", "conn", "words"),
    [
        ("slack:bad", {"password": "T0/B0/secret token"}, "InvalidURL"),
        ("slack:bad", {"password": " T0/B0/secret "}, "404"),
        ("slack:bad", {"password": "secret", "extra": {"proxy": 7}}, "AttributeError"),
        ("slack:bad", {"password": "secret", "host": "http://[secret"}, "ValueError"),
        ("slack:bad", {}, "does not contain password"),
        ("webhook:bad", {"password": "secret", "extra": {"x-secret": [1]}}, "InvalidHeader"),
        ("webhook:bad", {"password": "secret", "extra": {"proxies": 7}}, "AttributeError"),
        ("webhook:bad", {"password": "secret", "port": 70000}, "InvalidURL"),
        ("mailto:a@example.org", {"extra": {"ssl_context": "ours"}}, "`ssl_context` must be set"),
        ("mailto:a@example.org", {"extra": {"timeout": "soon"}}, "soon"),
    ],
)
def test_whatever_a_connection_holds_one_line_names_it_and_the_others_are_told(
    dags: Mapping[str, Any], home: Path, monkeypatch: pytest.MonkeyPatch, channel: str,
    conn: dict[str, Any], words: str,
) -> None:  # fmt: skip
    open_incident(home, "dawn", "silent", "x", NOW)
    name = "smtp_default" if channel.startswith("mailto") else "bad"
    page = "no such hook: /T0/B0/secret"
    with open_web(404, says=page) as (bad, _), open_web() as (good, asked):
        broken = {"conn_type": "http", "host": bad} | conn
        monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(broken))
        monkeypatch.setenv("AIRFLOW_CONN_GOOD", json.dumps({"conn_type": "http", "host": good}))
        with pytest.raises(ChildProcessError, match="alerts did not get out") as caught:
            run(dags, monkeypatch, "alert", alerts=f"{channel} webhook:good")
    said = str(caught.value)
    assert f"{channel}: connection {name}: " in said
    assert words in said
    assert "secret" not in said
    assert "T0/B0" not in said
    assert "\n" not in said
    assert len(asked) == 1


def test_heartbeat_is_asked_where_it_is_set_and_a_failure_is_no_red(
    dags: Mapping[str, Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(dags, monkeypatch, "heartbeat") == "skipped: KHABAR_HEARTBEAT is not set"
    with open_web() as (address, asked):
        assert "was asked" in run(dags, monkeypatch, "heartbeat", heartbeat=f"{address}/x")
        assert [path for path, _ in asked] == ["/x"]
    said = run(dags, monkeypatch, "heartbeat", heartbeat=f"{address}/x")
    assert said == "skipped: the address failed; see above"


def of_publish(airflow: RealAirflow, ingest: Run) -> Run | None:
    """Find the watch's run, once it has ended, that a publish of an ingest has set off."""
    for run in airflow.api.runs("watch"):
        path = f"dags/watch/dagRuns/{run.id}/upstreamAssetEvents"
        events = airflow.api.request("GET", path).raise_for_status().json()["asset_events"]
        if run.has_ended and ingest.id in {event["source_run_id"] for event in events}:
            return run
    return None


@pytest.mark.airflow
def test_watch_in_a_real_airflow_follows_a_publish_and_asks_the_heartbeat_then_only(
    real_airflow: RealAirflow,
) -> None:
    api, heard = real_airflow.api, real_airflow.heartbeats
    api.unpause("watch")
    opened = open_incident(real_airflow.home.home, "no_such_outlet", "silent", "x", NOW)
    before = len(heard)
    run = real_airflow.trigger("watch")
    assert run.state == "success", real_airflow.explain(run, "watch")
    assert real_airflow.states(run, "watch") == {
        "look": "success", "alert": "skipped", "heartbeat": "skipped",
    }  # fmt: skip
    assert "outlets: " in real_airflow.log(run, "look", "watch")
    assert real_airflow.note(run, "watch").startswith("a test\n\n▸ watched ")
    assert "nobody to tell it" in real_airflow.log(run, "alert", "watch")
    assert "nothing was published just now" in real_airflow.log(run, "heartbeat", "watch")
    assert len(heard) == before
    ended = list_incidents(real_airflow.home.home, is_open=False)
    assert opened.incident_id in {one.incident_id for one in ended}

    ingest = real_airflow.ingest(sources=[next(iter(real_airflow.town.outlets))])
    real_airflow.crew.wait_until(
        lambda: of_publish(real_airflow, ingest) is not None, RUN_SECONDS, "nothing followed"
    )
    followed = of_publish(real_airflow, ingest)
    assert followed is not None
    assert real_airflow.states(followed, "watch")["heartbeat"] == "success"
    assert heard[before:] == [("/alive", b"")]
