import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from khabar.airflow.home import lock_home, prepare_home
from tests.khabar.command import Done, assert_one_line, khabar


def install(tmp_path: Path, *more: str, **settings: str) -> Done:
    (tmp_path / "no catalogue").mkdir(exist_ok=True)
    return khabar(
        tmp_path / "my home 100%", "up", "--install", *more,
        catalogue=str(tmp_path / "no catalogue"), contact='"me"@desk.example', **settings,
    )  # fmt: skip


@pytest.fixture
def unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "systemd" / "user" / "khabar.service"


def test_unit_carries_the_settings_of_now_and_no_secret(tmp_path: Path, unit: Path) -> None:
    done = install(tmp_path, port="8123")
    assert done.returncode == 0, done.stderr
    assert "    systemctl --user enable --now khabar" in done.stdout.splitlines()
    text = unit.read_text()
    assert f'Environment="KHABAR_HOME={tmp_path}/my home 100%%"' in text
    assert 'Environment="KHABAR_PORT=8123"' in text
    assert 'Environment="KHABAR_CONTACT=\\"me\\"@desk.example"' in text
    passwords = tmp_path / "my home 100%" / "airflow" / "passwords.json"
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
    secret = passwords.read_text().split('"')[3]
    assert secret not in text + done.stdout + done.stderr
    assert str(passwords) in done.stdout


def test_airflow_that_runs_keeps_its_settings(tmp_path: Path, unit: Path) -> None:
    home = tmp_path / "my home 100%"
    with lock_home(home):
        settings = prepare_home(home, 8080).folder / "airflow.cfg"
        before = settings.read_bytes(), settings.stat().st_mtime_ns
        done = install(tmp_path, port="9000")
        assert (settings.read_bytes(), settings.stat().st_mtime_ns) == before
    assert done.returncode == 0, done.stderr
    assert 'Environment="KHABAR_PORT=9000"' in unit.read_text()
    assert "http://127.0.0.1:9000" in done.stdout


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path, unit: Path) -> None:
    assert install(tmp_path).returncode == 0
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", str(unit)],
        capture_output=True, text=True, check=False, timeout=60,
        env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)},
    )  # fmt: skip
    assert [line for line in done.stderr.splitlines() if "khabar" in line] == []


def test_demo_is_not_installed(tmp_path: Path, unit: Path) -> None:
    done = install(tmp_path, "--demo")
    assert done.returncode == 2
    assert not unit.exists()


def test_unit_that_cannot_be_written_is_one_line(tmp_path: Path, unit: Path) -> None:
    (tmp_path / "config").write_text("")
    assert_one_line(install(tmp_path), "config")
