import configparser
import json
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from khabar.airflow.home import (
    EVERYWHERE,
    LOCK_SECONDS,
    StartError,
    check_port,
    lock_home,
    prepare_home,
)
from khabar.airflow.machine import airflow_env


def settings_of(home: Path, port: int = 8080) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    parser.read(prepare_home(home, port).folder / "airflow.cfg")
    return parser


def test_password_is_generated_once_and_private(tmp_path: Path) -> None:
    first = prepare_home(tmp_path, 8080)
    again = prepare_home(tmp_path, 8080)
    assert len(first.password) == 20
    assert again.password == first.password
    assert prepare_home(tmp_path / "other", 8080).password != first.password


def test_secrets_are_for_the_owner_only(tmp_path: Path) -> None:
    airflow = prepare_home(tmp_path, 8080)
    assert stat.S_IMODE(airflow.folder.stat().st_mode) == 0o700
    for name in ("passwords.json", "secrets.json", "airflow.cfg"):
        assert stat.S_IMODE((airflow.folder / name).stat().st_mode) == 0o600


def test_airflow_listens_on_loopback_and_asks_for_a_login(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, 8123)
    assert settings["api"]["host"] == "127.0.0.1"
    assert settings["core"]["simple_auth_manager_all_admins"] == "False"
    assert settings["core"]["load_examples"] == "False"
    assert settings["core"]["execution_api_server_url"] == "http://127.0.0.1:8123/execution/"


@pytest.mark.parametrize(("host", "inner"), [(EVERYWHERE, "127.0.0.1"), ("127.0.0.2", "127.0.0.2")])
def test_page_listens_where_it_is_told_to_and_components_ask_this_machine_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, inner: str
) -> None:
    monkeypatch.setenv("NO_PROXY", "nowhere.example")
    airflow = prepare_home(tmp_path, 8123, host)
    settings = configparser.RawConfigParser()
    settings.read(airflow.folder / "airflow.cfg")
    assert settings["api"]["host"] == host
    assert airflow.url == f"http://{inner}:8123"
    assert settings["core"]["execution_api_server_url"] == f"{airflow.url}/execution/"
    env = airflow_env(airflow, {})
    assert env["NO_PROXY"] == env["no_proxy"]
    assert {"127.0.0.1", "localhost", inner} == set(env["NO_PROXY"].split(","))


def test_address_of_another_machine_is_named_and_not_its_port() -> None:
    with pytest.raises(StartError) as caught:
        check_port(0, "KHABAR_PORT=9 make demo", "192.0.2.7")  # nobody's: RFC 5737
    assert str(caught.value) == (
        "KHABAR_HOST=192.0.2.7 is no address of this machine; set it to one of its own, or to "
        "0.0.0.0 for all of them"
    )


def test_port_is_free_only_where_it_is_on_the_address_asked_for() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.2", 0))
        taken.listen()
        port = taken.getsockname()[1]
        check_port(port, "")
        for host in ("127.0.0.2", EVERYWHERE):
            with pytest.raises(StartError, match=f"port {port} cannot be had"):
                check_port(port, "", host)


def test_every_component_gets_the_same_keys_at_each_start(tmp_path: Path) -> None:
    before, after = settings_of(tmp_path), settings_of(tmp_path)
    assert before["api_auth"]["jwt_secret"] == after["api_auth"]["jwt_secret"]
    assert len(before["api_auth"]["jwt_secret"]) >= 64
    assert before["core"]["fernet_key"] == after["core"]["fernet_key"]


@pytest.mark.parametrize("name", ["100%", "a%20b", "a?b=c", "a#b", "a b", "خبر"])
def test_database_lies_in_the_home_whatever_its_name(tmp_path: Path, name: str) -> None:
    home = tmp_path / name
    parser = configparser.ConfigParser()
    parser.read(prepare_home(home, 8080).folder / "airflow.cfg")
    engine = create_engine(parser["database"]["sql_alchemy_conn"])
    with engine.begin() as con:
        con.execute(text("CREATE TABLE any_table (number INTEGER)"))
        assert con.execute(text("PRAGMA busy_timeout")).scalar() == LOCK_SECONDS * 1000
    engine.dispose()
    assert (home / "airflow" / "airflow.db").exists()


@pytest.mark.parametrize("start", [lambda home: prepare_home(home, 1), lock_home])
def test_home_under_a_file_is_one_clear_line(
    tmp_path: Path, start: Callable[[Path], object]
) -> None:
    (tmp_path / "file").write_text("")
    home = tmp_path / "file" / "home"
    with pytest.raises(StartError) as caught:
        start(home)
    assert str(caught.value) == (
        f"KHABAR_HOME={home} cannot be written (Not a directory): "
        "set KHABAR_HOME to a folder of yours"
    )


def test_second_start_on_the_same_home_is_refused_until_the_first_ends(tmp_path: Path) -> None:
    with lock_home(tmp_path), pytest.raises(StartError, match=r"already runs on .*process \d+"):
        lock_home(tmp_path)
    lock_home(tmp_path).close()


def test_lock_that_a_dead_machine_left_is_no_obstacle(tmp_path: Path) -> None:
    lock = tmp_path / "locks" / "up.lock"
    lock.parent.mkdir()
    lock.write_text("1\n")  # a process that lives, but holds nothing
    with lock_home(tmp_path):
        assert lock.read_text() == f"{os.getpid()}\n"


def test_port_in_use_is_named_with_the_mend() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=f"port {port} .*KHABAR_PORT=9 make demo"):
            check_port(port, "KHABAR_PORT=9 make demo")
    check_port(port, "")


def test_password_file_is_what_airflow_reads(tmp_path: Path) -> None:
    airflow = prepare_home(tmp_path, 8080)
    assert json.loads(airflow.passwords.read_text()) == {"admin": airflow.password}


def test_ten_thousand_outlets_may_be_due_at_once(tmp_path: Path) -> None:
    assert int(settings_of(tmp_path)["core"]["max_map_length"]) >= 10_000


def test_dag_processor_prints_no_table_each_half_minute(tmp_path: Path) -> None:
    assert settings_of(tmp_path)["dag_processor"]["print_stats_interval"] == "0"
