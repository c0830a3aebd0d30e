"""run_khabar(): a `khabar` command as the guarded child of a task, for work that has no end.

A backfill and an import are loops of batches, which no layout of tasks can draw; the command is
proven to be killed and gone on with at any line. It needs no slot of the pool `warehouse`: its
loads take the writer's lease, whose turn is kept, so that an ingest that waits gets in between.
"""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn

from airflow.sdk import get_current_context

from dags.running import SNAPSHOT, fail, say
from khabar.settings import read_settings

if TYPE_CHECKING:
    from crawlers.batch import Found

log = logging.getLogger("khabar.command")

STOP_SECONDS = 30.0
"""What a command takes to end its own children, and half of it again."""
LATER = 75
"""sysexits.h, EX_TEMPFAIL: the command says that the same is to be tried later."""


def run_khabar(*arguments: str) -> str:
    """Run a command, its progress in this task's log; return what it said first at its end.

    Raises:
        ChildProcessError: where it was killed, or asks to be tried later; DEFAULTS try it again.
        AirflowFailException: where it ended red; it carries what the command said.
    """
    from crawlers.child import stop_child

    child = subprocess.Popen(
        # On the leash: where this task's process is killed, the kernel ends the command too.
        [sys.executable, "-m", "khabar.airflow.leash", str(os.getpid()), "khabar.cli", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    told: list[str] = []
    said: list[str] = []
    listener = threading.Thread(target=_relay, args=(child.stderr, told), daemon=True)
    listener.start()
    try:
        _relay(child.stdout, said)
        code = child.wait()
    except BaseException:
        # Airflow's time-out: the command must not outlive the task that asked for it.
        stop_child(child, STOP_SECONDS)
        raise
    listener.join(STOP_SECONDS)
    last = (told or ["it said nothing"])[-1].removeprefix("khabar: ")
    if code != 0:
        _end_red(arguments[0], code, "; ".join([*said[:1], last]))
    return say(said[0] if said else last)


def tell_loads(found_by: "Found", source_id: str | None = None) -> None:
    """Tell those who wait for a snapshot what this run has brought so far, in counts.

    They are told where the task succeeds.
    """
    from warehouse.errors import WarehouseError
    from warehouse.summary import describe_loads

    context = get_current_context()
    since = context["dag_run"].start_date or datetime.now(UTC)
    try:
        counts = describe_loads(read_settings().home, found_by, since, source_id)
    except WarehouseError as error:
        log.warning("no counts for the asset event: %s", error)
        return
    context["outlet_events"][SNAPSHOT].extra = counts


def _end_red(name: str, code: int, words: str) -> NoReturn:
    if code == LATER or code < 0 or code > 128:  # signals, as they come or as shells say them
        raise ChildProcessError(f"khabar {name} is to be tried again (exit code {code}): {words}")
    fail(words)


def _relay(stream: Iterable[str] | None, kept: list[str]) -> None:
    """Log each line; keep the first and the last, for a backfill talks for a week."""
    for line in stream or ():
        text = "".join(char if char.isprintable() else " " for char in line).strip()
        if text:
            kept[1:] = [text[:2000]]
            log.info("%s", text[:2000])
