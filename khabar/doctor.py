"""What `khabar doctor` looks at: each finding says that it is fine, or what to mend."""

import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement

from crawlers.batch import BATCH_ID, Batch
from crawlers.catalogue import load_catalogue
from crawlers.contact import ContactError, require_contact
from crawlers.counted import counted
from khabar.airflow.home import PROJECT, AirflowHome
from khabar.doctor_airflow import look_at_airflow, look_at_port
from khabar.doctor_warehouse import look_at_batches, look_at_lake, look_at_snapshot
from khabar.locks import find_holder
from khabar.settings import Settings
from khabar.shown import plain
from warehouse.connection import warehouse_file
from warehouse.room import DiskLow, check_floor, tell_missing
from warehouse.watch_disk import judge_disk_low

PYTHONS = ((3, 11), (3, 14))
MAX_SKEW_SECONDS = 5.0
NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at."""

    what: str
    is_fine: bool
    words: str
    """How it is; or what is wrong, and what to do."""


def examine(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Look at everything, the cheapest first; nothing is changed and no outlet is asked."""
    looks: dict[str, Callable[[Settings, datetime], tuple[bool, str]]] = {
        "versions": _versions,
        "home": _home,
        "catalogue": _catalogue,
        "contact": _contact,
        "disk": _disk,
        "clock": _clock,
        "locks": _locks,
        "snapshot": look_at_snapshot,
        "batches": look_at_batches,
        "lake": look_at_lake,
        "port": look_at_port,
        "airflow": look_at_airflow,
    }
    for what, look in looks.items():
        is_fine, words = look(settings, now)
        yield Finding(what=what, is_fine=is_fine, words=plain(words))


def _versions(_settings: Settings, _now: datetime) -> tuple[bool, str]:
    here = sys.version_info[:2]
    if not PYTHONS[0] <= here < PYTHONS[1]:
        return False, f"Python {here[0]}.{here[1]}; Khabar needs 3.11-3.13: make install PYTHON=…"
    wanted = [
        Requirement(line) for line in (PROJECT / "constraints.txt").read_text().split("\n") if line
    ]
    off = [
        f"{one.name} {found} instead of {one.specifier}".replace("==", "")
        for one in wanted
        if (one.marker is None or one.marker.evaluate())
        and (found := _installed(one.name)) is not None
        and found not in one.specifier
    ]
    if off:
        return False, f"{_few(off)}; run `make install`"
    return True, f"Python {here[0]}.{here[1]}, {len(wanted)} packages as constraints.txt wants them"


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:  # another system's, or a tool of the developers'
        return None


def _home(settings: Settings, _now: datetime) -> tuple[bool, str]:
    home = settings.home
    if not home.is_dir():
        return True, f"{home}: not begun yet; the first `khabar run` or `khabar up` makes it"
    if not os.access(home, os.W_OK | os.X_OK):
        return False, f"{home}: you may not write there; give yourself the right"
    secret = AirflowHome(home=home, port=settings.port).passwords
    if secret.is_file() and stat.S_IMODE(secret.stat().st_mode) & 0o077:
        return False, f"{secret}: others may read the password; chmod 600 it"
    return True, f"{home}, yours to write"


def _catalogue(settings: Settings, _now: datetime) -> tuple[bool, str]:
    sources, errors = load_catalogue(settings.folders)
    if errors:
        return False, f"{_few([str(error) for error in errors])}; mend or remove that file"
    if not sources:
        return False, f"no source file in {settings.catalogue}; set KHABAR_CATALOGUE"
    retired = sum(source.retired is not None for source in sources)
    return True, f"{counted(len(sources), 'outlet')}, {retired} of them retired"


def _contact(settings: Settings, _now: datetime) -> tuple[bool, str]:
    sources, _ = load_catalogue(settings.folders)
    crawled = [source for source in sources if source.retired is None]
    try:
        require_contact(crawled, settings.contact, settings.loopback_pairs)
    except ContactError as error:
        return False, str(error)
    return True, f"outlets are told {settings.contact}"


def _disk(settings: Settings, _now: datetime) -> tuple[bool, str]:
    home = settings.home
    if not home.is_dir():
        return True, "nothing lies there yet"
    try:
        check_floor(home, settings.disk_floor_mb)
    except DiskLow as error:
        return False, str(error)
    file = warehouse_file(home)
    need = 2 * file.stat().st_size if file.is_file() else 0
    if short := tell_missing(home, need, "a snapshot, and to compact,"):
        return False, short
    if isinstance(low := judge_disk_low(home, settings.disk_floor_mb), str):
        return False, low
    return True, f"{shutil.disk_usage(home).free >> 20:,} MB free"


def _clock(settings: Settings, now: datetime) -> tuple[bool, str]:
    folder = settings.home / "batches"
    ids = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    newest = max((name for name in ids if BATCH_ID.fullmatch(name)), default=None)
    if newest and Batch(id=newest, home=settings.home).started_at > now + timedelta(minutes=5):
        return False, f"batch {newest} lies ahead of now, {now:%Y-%m-%d %H:%M} UTC; set the clock"
    if settings.home.is_dir() and os.access(settings.home, os.W_OK):
        with tempfile.NamedTemporaryFile(dir=settings.home, prefix=".clock-") as probe:
            skew = Path(probe.name).stat().st_mtime - time.time()
        if abs(skew) > MAX_SKEW_SECONDS:
            return False, f"the disk's clock is off by {skew:+.0f} s; set both by NTP"
    return True, f"{now:%Y-%m-%d %H:%M} UTC, {now.astimezone():%H:%M %Z} here"


def _locks(settings: Settings, _now: datetime) -> tuple[bool, str]:
    folder = settings.home / "locks"
    others = [
        path
        for path in (folder.glob("*.lock") if folder.is_dir() else ())
        if path.stat().st_uid != os.getuid() and not os.access(path, os.W_OK)
    ]
    if others:
        return False, f"{others[0]}: belongs to another user; run Khabar as one user only"
    holder = find_holder(folder / "writer.lock")
    if holder is None:
        return True, "nobody writes the warehouse now"
    return True, f"process {holder} now (wait for it, if it is yours)"


def _few(things: list[str]) -> str:
    more = f" and {len(things) - NAMED} more" if len(things) > NAMED else ""
    return ", ".join(things[:NAMED]) + more
