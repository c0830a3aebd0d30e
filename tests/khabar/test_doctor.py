import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from threading import Thread

import pytest

from khabar import doctor
from khabar.airflow.api import COMPONENTS
from khabar.airflow.home import EVERYWHERE, lock_home, prepare_home
from khabar.doctor import Finding, examine
from khabar.settings import Settings
from tests.airflow_session import free_port
from tests.khabar.command import khabar
from tests.warehouse.batches import BatchMaker, page, text
from warehouse.connection import connect, snapshot_file, warehouse_file
from warehouse.lease import hold_lease
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot

STACK = {"AIRFLOW__CORE__EXECUTION_API_SERVER_URL": "{}/execution/"}
"""What a container has of the others, as docker-compose.yml says it."""
SOURCE = """\
name: Valley Herald
home: https://valleyherald.example/
languages: [en]
timezone: Asia/Karachi
entrances:
  - feed: https://valleyherald.example/feed/
article: /\\d{4}/
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "valley_herald.yml").write_text(SOURCE)
    home = tmp_path / "home"
    publish_snapshot(home)
    return Settings(
        home=home, catalogue=tmp_path / "sources", contact="a@b.example", port=free_port()
    )


def look(settings: Settings, now: datetime | None = None) -> dict[str, Finding]:
    return {one.what: one for one in examine(settings, now or datetime.now(UTC))}


def ailing(found: dict[str, Finding]) -> dict[str, str]:
    return {what: one.words for what, one in found.items() if not one.is_fine}


def test_sound_machine_has_nothing_to_mend(settings: Settings) -> None:
    assert ailing(look(settings)) == {}
    assert list(settings.home.glob(".clock-*")) == []


def test_home_that_was_never_begun_is_fine_and_not_made(settings: Settings) -> None:
    nowhere = settings.home.parent / "nowhere"
    assert ailing(look(settings.model_copy(update={"home": nowhere}))) == {}
    assert not nowhere.exists()


def test_package_of_another_version_is_named_with_the_mend(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "version", lambda name: {"duckdb": "0.1"}.get(name, version(name)))
    wanted = version("duckdb")
    assert ailing(look(settings)) == {
        "versions": f"duckdb 0.1 instead of {wanted}; run `make install`"
    }


def test_python_that_is_too_old_is_named_with_the_mend(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 0))
    [told] = [one for one in examine(settings, datetime.now(UTC)) if one.what == "versions"]
    assert not told.is_fine
    assert told.words == "Python 3.10; Khabar needs 3.11-3.13: make install PYTHON=…"


def test_home_that_may_not_be_written_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    assert "you may not write there" in ailing(look(settings))["home"]


def test_catalogue_without_a_source_file_is_named_with_the_setting(settings: Settings) -> None:
    (settings.catalogue / "valley_herald.yml").unlink()
    assert "set KHABAR_CATALOGUE" in ailing(look(settings))["catalogue"]


def test_spoilt_source_file_and_missing_contact_are_named(settings: Settings) -> None:
    (settings.catalogue / "bad.yml").write_text("name: [")
    found = ailing(look(settings.model_copy(update={"contact": "https://khabar.invalid/contact"})))
    assert set(found) == {"catalogue", "contact"}
    assert "bad.yml" in found["catalogue"]
    assert "KHABAR_CONTACT" in found["contact"]


def test_disk_below_the_floor_is_named_with_the_setting(settings: Settings) -> None:
    found = ailing(look(settings.model_copy(update={"disk_floor_mb": 1 << 40})))
    assert "KHABAR_DISK_FLOOR_MB" in found.pop("disk")
    assert found == {}


def test_disk_without_room_for_a_snapshot_is_named(settings: Settings) -> None:
    os.truncate(warehouse_file(settings.home), 4 << 40)  # a hole: nothing is written
    assert "make room" in ailing(look(settings))["disk"]


def test_clock_of_the_disk_that_is_off_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 60)
    assert ailing(look(settings))["clock"] == ("the disk's clock is off by -60 s; set both by NTP")


def test_lock_of_another_user_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with hold_lease(settings.home, doing="loading a batch"):
        pass
    owner = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    monkeypatch.setattr(os, "access", lambda path, _: "locks" not in str(path))
    assert "run Khabar as one user only" in ailing(look(settings))["locks"]


def test_snapshot_of_a_newer_khabar_and_a_spoilt_one_are_named(settings: Settings) -> None:
    file = snapshot_file(settings.home)
    file.chmod(0o644)
    with closing(connect(file)) as con:
        con.execute("UPDATE snapshot SET schema_version = 999")
    assert "update this one" in ailing(look(settings))["snapshot"]
    file.write_bytes(b"no database")
    assert str(file) in ailing(look(settings))["snapshot"]


def test_a_snapshot_that_is_cut_off_or_missing_is_named_with_its_mend(settings: Settings) -> None:
    file = snapshot_file(settings.home)
    whole = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(whole[: len(whole) * 9 // 10])
    said = ailing(look(settings))["snapshot"]
    assert (str(file) in said, "`khabar publish` makes it anew" in said) == (True, True)
    file.unlink()
    assert ailing(look(settings))["snapshot"] == (
        f"{file}: is missing; `khabar publish` makes it of the warehouse"
    )
    told = khabar(settings.home, "status").stdout.splitlines()[0]
    assert told == f"{file}: is missing; `khabar publish` makes it of the warehouse"
    file.write_bytes(whole)
    warehouse_file(settings.home).unlink()
    lost = ailing(look(settings))["snapshot"]
    assert f"warehouse.duckdb: is missing, but {file} is there; put it back" in lost


def test_both_files_lost_are_named_with_their_mend(settings: Settings) -> None:
    load_batch(BatchMaker(settings.home, 1).source(page("/a", text("a"))).write())
    snapshot_file(settings.home).unlink()
    warehouse_file(settings.home).unlink()
    said = ailing(look(settings))["snapshot"]
    assert said.endswith("load.json is there; put it back or run `khabar rebuild`")
    assert khabar(settings.home, "status").stdout.splitlines()[0] == said


def test_damaged_report_of_a_load_is_named_before_a_rebuild_needs_it(settings: Settings) -> None:
    batch = BatchMaker(settings.home, 1).source(page("/a", text("a"))).write()
    load_batch(batch)
    assert look(settings)["batches"].words.startswith("1 were loaded")
    report = batch.status("load")
    report.write_text('{"x')
    said = ailing(look(settings))["batches"]
    assert said.startswith(f"{report}: is damaged; while the warehouse is there, `khabar load ")


def test_clock_behind_the_newest_batch_is_named(settings: Settings) -> None:
    (settings.home / "batches" / "20270101T000000Z-run-0123abcd").mkdir(parents=True)
    assert "set the clock" in ailing(look(settings))["clock"]


def test_old_snapshot_stray_log_and_open_password_are_named(settings: Settings) -> None:
    later = datetime.now(UTC) + timedelta(days=3)
    assert "72 hours ago" in ailing(look(settings, later))["snapshot"]
    airflow = prepare_home(settings.home, settings.port)
    airflow.passwords.chmod(0o644)
    assert "chmod 600" in ailing(look(settings))["home"]
    wal = settings.home / "published" / "news.duckdb.wal"
    wal.touch()
    assert "news.duckdb.wal" in ailing(look(settings))["snapshot"]


def test_who_writes_now_is_told(settings: Settings) -> None:
    with hold_lease(settings.home, doing="loading a batch"):
        assert "loading a batch now" in look(settings)["locks"].words


@pytest.fixture
def taken(settings: Settings) -> Iterator[Settings]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", settings.port))
        server.listen()
        yield settings


def test_port_of_another_program_is_named(taken: Settings) -> None:
    assert set(ailing(look(taken))) == {"port"}


def test_port_is_looked_for_on_the_address_of_the_page(taken: Settings) -> None:
    elsewhere = taken.model_copy(update={"host": "127.0.0.2"})
    assert ailing(look(elsewhere)) == {}
    everywhere = taken.model_copy(update={"host": EVERYWHERE})
    assert set(ailing(look(everywhere))) == {"port"}


def test_airflow_that_does_not_answer_is_told_with_its_log(settings: Settings) -> None:
    with lock_home(settings.home):
        words = ailing(look(settings))["airflow"]
    assert words.startswith(f"nothing answers at http://127.0.0.1:{settings.port}; see ")


def test_part_of_airflow_that_is_not_healthy_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"metadatabase": True, "scheduler": True, "triggerer": False, "dag_processor": False}
    monkeypatch.setattr("khabar.doctor_airflow.read_health", lambda _: told)
    with lock_home(settings.home):
        words = ailing(look(settings))["airflow"]
    assert words.startswith("triggerer, dag processor not healthy; see ")


class Sound(BaseHTTPRequestHandler):
    """An API server whose triggerer is ill, and well at the second look."""

    looks = 0

    def do_GET(self) -> None:
        type(self).looks += 1
        parts = {name: {"status": "healthy"} for name in COMPONENTS}
        if self.looks == 1:
            parts["triggerer"]["status"] = "unhealthy"
        self.send_response(200 if self.path == "/api/v2/monitor/health" else 404)
        self.end_headers()
        self.wfile.write(json.dumps(parts).encode())


def test_airflow_of_the_stack_is_asked_from_within_it(
    taken: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Sound) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        told = {name: told.format(url) for name, told in STACK.items()}
        assert url in str(told)
        for name, said in told.items():
            monkeypatch.setenv(name, said)
        ill = ailing(look(taken))
        assert ill == {
            "airflow": "triggerer not healthy; see `docker-compose ps` and `docker-compose logs`"
        }
        assert look(taken)["airflow"].words == f"healthy at {url}"
        server.shutdown()
    with lock_home(taken.home):  # a `khabar up` of this home is looked at by itself
        assert str(taken.home) in ailing(look(taken))["airflow"]


def test_command_exits_with_one_where_something_is_to_mend(settings: Settings) -> None:
    known = {
        "catalogue": str(settings.catalogue), "contact": "a@b.example", "port": str(settings.port),
    }  # fmt: skip
    done = khabar(settings.home, "doctor", **known)
    assert done.returncode == 0, done.stdout
    assert all(line.startswith("fine  ") for line in done.stdout.splitlines())
    low = khabar(settings.home, "doctor", "--json", disk_floor_mb="99999999999", **known)
    assert low.returncode == 1
    assert '"is_fine": false' in low.stdout


def test_nothing_is_planned_below_the_floor_and_one_line_says_so(settings: Settings) -> None:
    done = khabar(
        settings.home, "run", catalogue=str(settings.catalogue), contact="a@b.example",
        disk_floor_mb="99999999999",
    )  # fmt: skip
    assert done.returncode == 1
    assert "nothing is fetched until there is room" in done.stderr
    assert not (settings.home / "batches").exists()
