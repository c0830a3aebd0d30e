"""Settings: what is read from the environment, and what is refused."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from crawlers.bare_env import MARK
from khabar.airflow.home import EVERYWHERE
from khabar.mend import mend
from khabar.settings import (
    BUNDLED_CATALOGUE,
    RUN_TOKEN,
    Settings,
    SettingsError,
    read_settings,
)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "HOME",
        "CATALOGUE",
        "LOOPBACK",
        "RUN_TOKEN",
        "ALERTS",
        "HEARTBEAT",
        "PUBLISH",
        "HOST",
    ):
        monkeypatch.delenv(f"KHABAR_{name}", raising=False)
    read_settings.cache_clear()


def test_a_misspelt_variable_is_named_with_the_one_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHABAR_HOEM", "x")
    with pytest.raises(SettingsError) as refused:
        read_settings()
    assert mend(refused.value) == "KHABAR_HOEM is no setting; did you mean KHABAR_HOME?"


def test_an_empty_home_is_not_the_current_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHABAR_HOME", "")
    with pytest.raises(ValidationError) as refused:
        read_settings()
    assert "KHABAR_HOME=''" in (mend(refused.value) or "")


def test_a_live_home_uses_the_bundled_catalogue(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert (settings.catalogue, settings.loopback) == (BUNDLED_CATALOGUE.resolve(), "")


def test_a_demos_home_never_falls_back_on_live_outlets(tmp_path: Path) -> None:
    sources = tmp_path / "newsroom" / "sources"
    sources.mkdir(parents=True)
    card = {"sources": str(sources), "loopback": ["127.0.0.1:8401", "127.0.0.1:8402"]}
    (tmp_path / "newsroom" / "town.json").write_text(json.dumps(card))
    settings = Settings(home=tmp_path)
    assert settings.catalogue == sources
    assert settings.loopback_pairs == {"127.0.0.1:8401", "127.0.0.1:8402"}


def test_what_the_environment_says_goes_before_what_the_home_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "newsroom").mkdir()
    (tmp_path / "newsroom" / "town.json").write_text('{"sources": "/nowhere", "loopback": []}')
    monkeypatch.setenv("KHABAR_HOME", str(tmp_path))
    monkeypatch.setenv("KHABAR_CATALOGUE", str(tmp_path / "mine"))
    assert read_settings().catalogue == tmp_path / "mine"


def test_channels_of_alerts_are_read_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings().channels == ()
    read_settings.cache_clear()
    monkeypatch.setenv("KHABAR_ALERTS", "mailto:a@b.example, slack:desk mailto:a@b.example")
    assert read_settings().channels == ("mailto:a@b.example", "slack:desk")


@pytest.mark.parametrize(
    "alerts",
    ["a@b.example", "mailto:nobody", "slack:", "https://hooks.example/x", "webhook:{{ var }}",
     "mailto:a@b.example\nbcc:c@d.example x"],
)  # fmt: skip
def test_channels_that_lead_nowhere_are_refused(
    alerts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KHABAR_ALERTS", alerts)
    with pytest.raises(ValidationError) as refused:
        read_settings()
    assert "is not mailto:ADDRESS, slack:CONNECTION or webhook:CONNECTION" in (
        mend(refused.value) or ""
    )


@pytest.mark.parametrize(
    "heartbeat",
    ["file:///etc/passwd", "ftp://h.example/", "hc.example", "https://", "https://user:pw@h.example/",
     "https://h.example/ x", "http://h.example/\nx"],
)  # fmt: skip
def test_a_heartbeat_that_is_no_web_address_is_refused(
    heartbeat: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KHABAR_HEARTBEAT", heartbeat)
    with pytest.raises(ValidationError) as refused:
        read_settings()
    assert "is no http(s) address" in (mend(refused.value) or "")
    assert f"'{heartbeat}'" not in f"{mend(refused.value)} {refused.value}"


@pytest.mark.parametrize("pair", ["zzz", "127.0.0.1", "http://127.0.0.1:80", "a:b"])
def test_a_pair_that_is_no_host_and_port_is_named(
    pair: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KHABAR_LOOPBACK", f"127.0.0.1:8401 {pair}")
    with pytest.raises(ValidationError) as refused:
        read_settings()
    assert f"has '{pair}', which is no host:port" in (mend(refused.value) or "")
    monkeypatch.setenv("KHABAR_LOOPBACK", "127.0.0.1:8401,127.0.0.2:8402")
    assert read_settings().loopback_pairs == {"127.0.0.1:8401", "127.0.0.2:8402"}


@pytest.mark.parametrize("heartbeat", ["", "https://hc.example/ping/1-2", "http://127.0.0.1:80?x"])
def test_a_heartbeat_is_an_address_of_the_operators_own(
    heartbeat: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KHABAR_HEARTBEAT", heartbeat)
    assert read_settings().heartbeat == heartbeat


def test_mark_of_our_processes_is_the_one_that_crawls_keep() -> None:
    assert RUN_TOKEN == MARK


def test_a_lake_is_taken_apart_and_its_password_is_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = r"host=db.example dbname = 'the lake' password='hunter2 \'x\\' user=khabar"
    monkeypatch.setenv("KHABAR_PUBLISH", f"ducklake:postgres:{words}")
    monkeypatch.setenv("KHABAR_HOME", str(tmp_path))
    settings = Settings()
    lake = settings.lake
    assert lake is not None
    assert lake.address == "host=db.example dbname='the lake' user=khabar"
    assert lake.password == "hunter2 'x\\"
    assert lake.data == tmp_path / "lake"
    assert "hunter2" not in repr(settings) + repr(lake) + str(lake)
    elsewhere = tmp_path.with_name("nfs")
    assert Settings(home=tmp_path, lake_data=elsewhere).lake_data == elsewhere
    monkeypatch.delenv("KHABAR_PUBLISH")
    assert Settings().lake is None


@pytest.mark.parametrize("where", ["", "..", "batches", "published/x", "../link", "../up"])
def test_a_lake_may_not_tidy_the_home(where: str, tmp_path: Path) -> None:
    home = tmp_path / "deep" / "home"
    (home / "lake").mkdir(parents=True)
    (tmp_path / "deep" / "link").symlink_to(home)
    (tmp_path / "deep" / "up").symlink_to(tmp_path)
    with pytest.raises(ValidationError, match="tidy away what lies in KHABAR_HOME"):
        Settings(home=home, lake_data=home / where)
    assert Settings(home=home, lake_data=home / "lake" / "a").lake_data == home / "lake" / "a"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (r"'abc\''", "abc'"), (r"'\'abc'", "'abc"), ("abc", "abc"), ("''", ""),
        (r"'a\\'", "a\\"), ("'a b'", "a b"),
    ],
)  # fmt: skip
def test_a_password_is_what_libpq_would_take_it_for(
    said: str, meant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KHABAR_PUBLISH", f"ducklake:postgres:dbname=lake password={said} host=db")
    lake = Settings(home=tmp_path).lake
    assert lake is not None
    assert (lake.password, lake.address) == (meant, "dbname=lake host=db")


@pytest.mark.parametrize(
    "name", ["sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"]
)
def test_a_secret_that_lines_would_show_is_refused_without_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KHABAR_PUBLISH", f"ducklake:postgres:dbname=lake {name}=topsecret")
    with pytest.raises(ValidationError) as refused:
        read_settings()
    said = mend(refused.value) or ""
    assert f"has {name}, a secret that would be shown" in said
    assert "topsecret" not in f"{said} {refused.value}"


@pytest.mark.parametrize(
    "said",
    ["postgres:dbname=lake", "ducklake:postgres:postgresql://k:hunter2@db/lake",
     "ducklake:postgres:host=db password=hunter2", "ducklake:lake.sqlite hunter2"],
)  # fmt: skip
def test_what_names_no_catalogue_is_refused_without_its_password(
    said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KHABAR_PUBLISH", said)
    with pytest.raises(ValidationError) as refused:
        read_settings()
    line = mend(refused.value) or ""
    assert line.startswith("KHABAR_PUBLISH=…: is not ducklake:postgres:host=")
    assert "hunter2" not in line + str(refused.value)


def test_page_is_on_loopback_unless_told_otherwise() -> None:
    assert Settings().host == "127.0.0.1"
    assert Settings(host=" 0.0.0.0 ").host == EVERYWHERE


@pytest.mark.parametrize("host", ["", "localhost", "news.example", "::1", "1.2.3", "1.2.3.4:80"])
def test_what_is_no_address_to_listen_on_is_refused_with_the_mend(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("KHABAR_HOST", host)
    with pytest.raises(ValidationError) as refused:
        read_settings()
    told = mend(refused.value) or ""
    assert told.startswith(f"KHABAR_HOST={host!r}")
    assert "0.0.0.0 for all of them" in told
