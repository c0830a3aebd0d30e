"""Settings from the environment (`KHABAR_*`): the only place that reads it."""

import json
import os
import re
from difflib import get_close_matches
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from khabar.lake_address import LAKE, SECRETS, lake_at, take_apart

if TYPE_CHECKING:
    from warehouse.lake.place import Lake

BUNDLED_CATALOGUE = Path(__file__).parent.parent / "crawlers" / "sources"
PREFIX = "KHABAR_"
RUN_TOKEN = f"{PREFIX}RUN_TOKEN"
"""Set by `khabar up` for its processes, to know them again; no setting. crawlers.bare_env names it
too: DAG files read this module, and import no room when they are parsed."""

NOBODY = "https://khabar.invalid/contact"
"""The contact of those who set none: good for the demo, and for no live outlet."""
_REACHABLE = re.compile(
    r"(mailto:)?[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+|https?://[!-.0-~]+\.[!-.0-~]+(/[!-~]*)?"
)
_CHANNEL = re.compile(
    r"mailto:[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+|(slack|webhook):[A-Za-z0-9_.-]{1,200}"
)
_PAIR = re.compile(r"[^\s:/@]+:\d{1,5}")
_PINGED = re.compile(r"https?://(?![^/]*@)[A-Za-z0-9.-]+(:\d{1,5})?([/?][!-~]*)?")


class SettingsError(Exception):
    """A variable of the environment that cannot be meant so; the message names the mend."""


def _demo(home: Path) -> dict[str, Any]:
    """Read the card of a newsroom that this home was made with; empty where it was not."""
    card = home / "newsroom" / "town.json"
    return dict(json.loads(card.read_bytes())) if card.is_file() else {}


def _catalogue(values: dict[str, Any]) -> Path:
    # Live outlets must not get into a demo's warehouse because a variable was left out.
    return Path(_demo(values["home"]).get("sources", BUNDLED_CATALOGUE))


def _loopback(values: dict[str, Any]) -> str:
    return " ".join(_demo(values["home"]).get("loopback", ()))


class Settings(BaseSettings):
    """Where things lie, who we say we are, and what the demo may reach."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        hide_input_in_errors=True,  # a log that has a traceback shall have no secret
    )

    home: Path = Field(default=Path("data"), description="Folder of everything that lies still")
    catalogue: Path = Field(
        default_factory=_catalogue,
        description="Folder of source files; a demo's home uses its newsroom's",
    )
    contact: str = Field(
        default=NOBODY,
        description="E-mail address or page in the user agent, where an outlet can reach you; "
        "without it no live outlet is asked",
    )
    loopback: str = Field(
        default_factory=_loopback,
        description="Exact host:port pairs on loopback that a crawl may reach (demo and tests)",
    )
    disk_floor_mb: int = Field(
        default=1024, ge=0, description="Free megabytes below which nothing more is fetched"
    )
    alerts: str = Field(
        default="",
        description="Whom to tell of incidents: mailto:ADDRESS, slack:CONNECTION or "
        "webhook:CONNECTION, as many as you like; connections are Airflow's",
    )
    heartbeat: str = Field(
        default="",
        description="Address (http or https) that is asked after each publish, so that a silence "
        "is noticed from outside",
    )
    publish: SecretStr = Field(
        default=SecretStr(""),
        description="A second place to publish to, a DuckLake: ducklake:postgres: and libpq's "
        "words for its catalogue, host=… dbname=… user=…",
    )
    lake_data: Path = Field(
        default_factory=lambda values: values["home"] / "lake",
        description="Folder of that lake's rows, under the same path on every machine",
    )
    port: int = Field(default=8080, ge=1, le=65535, description="Port of Airflow's UI")
    host: str = Field(
        default="127.0.0.1",
        description="Address of this machine on which Airflow's UI listens; 0.0.0.0 is all of them",
    )

    @field_validator("home", "catalogue", "lake_data", mode="before")
    @classmethod
    def _named(cls, path: object) -> object:
        if not str(path).strip():
            raise ValueError("names no folder; unset it, or set it to one")
        return path

    @field_validator("host")
    @classmethod
    def _numbered(cls, host: str) -> str:
        try:
            return str(IPv4Address(host.strip()))
        except AddressValueError:
            raise ValueError(
                "is no IPv4 address; set it to one of this machine, or to 0.0.0.0 for all of them"
            ) from None

    @field_validator("contact", mode="before")
    @classmethod
    def _reachable(cls, contact: object) -> object:
        text = str(contact).strip()
        if text and not _REACHABLE.fullmatch(text):
            raise ValueError("is no e-mail address and no http(s) address; outlets are told it")
        return text or NOBODY

    @field_validator("alerts")
    @classmethod
    def _channels(cls, alerts: str) -> str:
        for channel in alerts.replace(",", " ").split():
            if not _CHANNEL.fullmatch(channel):
                raise ValueError(
                    "is not mailto:ADDRESS, slack:CONNECTION or webhook:CONNECTION, or several of "
                    "them with a space between"
                )
        return alerts

    @field_validator("loopback")
    @classmethod
    def _paired(cls, loopback: str) -> str:
        for pair in loopback.replace(",", " ").split():
            if not _PAIR.fullmatch(pair):
                raise ValueError(f"has {pair!r}, which is no host:port, as 127.0.0.1:8401 is one")
        return loopback

    @field_validator("heartbeat", mode="before")
    @classmethod
    def _pinged(cls, heartbeat: object) -> object:
        text = str(heartbeat).strip()
        if text and not _PINGED.fullmatch(text):
            raise ValueError("is no http(s) address of a host; unset it, or set it to one")
        return text

    @field_validator("publish")
    @classmethod
    def _catalogued(cls, publish: SecretStr) -> SecretStr:
        text = publish.get_secret_value().strip()
        words = take_apart(text)
        if text and (not text.startswith(LAKE) or "dbname" not in words):
            raise ValueError(f"is not {LAKE}host=… dbname=… user=…, with the password or without")
        for name in SECRETS:
            if name in words:
                raise ValueError(
                    f"has {name}, a secret that would be shown; put it into a service of "
                    "~/.pg_service.conf, and name that: service=… dbname=…"
                )
        return SecretStr(text)

    @field_validator("home", "catalogue", "lake_data")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().resolve()

    @field_validator("lake_data")
    @classmethod
    def _of_its_own(cls, path: Path, info: ValidationInfo) -> Path:
        home = info.data.get("home", path)
        is_within = path.is_relative_to(home) and not path.is_relative_to(home / "lake")
        if is_within or home.is_relative_to(path):
            raise ValueError(
                "would let the lake tidy away what lies in KHABAR_HOME; set it to a folder "
                "elsewhere, or unset it: then it is KHABAR_HOME/lake"
            )
        return path

    @property
    def folders(self) -> tuple[Path, ...]:
        """Folders of source files; a later one overrides an earlier one."""
        return (self.catalogue, self.home / "sources")

    @property
    def channels(self) -> tuple[str, ...]:
        """Whom to tell of incidents, each once."""
        return tuple(dict.fromkeys(self.alerts.replace(",", " ").split()))

    @property
    def has_lake(self) -> bool:
        """Whether there is a second place to publish to; asked by DAG files, it imports no room."""
        return bool(self.publish.get_secret_value())

    @property
    def lake(self) -> "Lake | None":
        """The second place to publish to; None where there is none."""
        return lake_at(self.publish.get_secret_value(), self.lake_data)

    @property
    def loopback_pairs(self) -> frozenset[str]:
        """`host:port` pairs exempt from the guard against private addresses."""
        return frozenset(self.loopback.replace(",", " ").split())


def lies_at_home(path: Path) -> bool:
    """Tell whether a path lies under KHABAR_HOME, also where the settings cannot be read."""
    home = Path(os.environ.get(f"{PREFIX}HOME") or Settings.model_fields["home"].default)
    home = home.expanduser().resolve()
    return path.resolve().is_relative_to(home)


def begun_home(*, is_enough: tuple[str, ...] = ()) -> Path:
    """Give KHABAR_HOME, for what works on what lies there already.

    Folders named in `is_enough` prove it, too, to what asks for no batch.

    Raises:
        SettingsError: nothing was ever loaded there: a name that was mistyped.
    """
    home = read_settings().home
    began = any((home / "batches").glob("*")) or os.path.lexists(home / "warehouse.duckdb")
    if began or any((home / name).is_dir() for name in is_enough):
        return home
    raise SettingsError(
        f"KHABAR_HOME={home}: neither batches nor a warehouse lie there; set it to the folder that "
        "has them (the demo's is ./demo), or begin one by `khabar run`"
    )


@lru_cache(maxsize=1)
def read_settings() -> Settings:
    """Read the environment once.

    Raises:
        SettingsError: naming a variable that nothing reads.
    """
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in (*known, RUN_TOKEN):
            meant = get_close_matches(name, known, n=1, cutoff=0.0)[0]
            raise SettingsError(f"{name} is no setting; did you mean {meant}?")
    return Settings()
