"""kill -9 at any moment of load and publish, fifty times, over a warehouse that grows meanwhile."""

import inspect
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest

from crawlers.batch import Batch
from tests.khabar.command import settings_of
from tests.warehouse.batches import rows
from tests.warehouse.life import BALANCE, card_of, look_published, sha256_of, write_hour
from tests.whole_way.walk import differences, tables
from tests.whole_way.walk import rows as rows_of
from warehouse import load, publish
from warehouse.connection import snapshot_file, warehouse_file
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot

KHABAR = """
import faulthandler, signal, sys
faulthandler.register(signal.SIGUSR1, file=open(sys.argv.pop(1), "w"), all_threads=True)
print("begun", flush=True)
from khabar.cli import main
main()
"""
"""The command as an operator has it, but that it can be asked where it is."""
KILLS = 25
"""Of each command."""
MOST_TRIES = 60


def line_of(module: ModuleType, function: str, words: str) -> int:
    """Find the line of a function that holds the words."""
    lines, first = inspect.getsourcelines(getattr(module, function))
    return first + next(n for n, line in enumerate(lines) if words in line)


MIDDLES = {
    "load": (load, "_load", line_of(load, "_load", "one_transaction(")),
    "publish": (publish, "publish_snapshot", line_of(publish, "publish_snapshot", "open_writer(")),
}
"""For each command: the function that walks through it, and the line that begins its middle.

It is over when the batch is there, or the new snapshot.
"""


@dataclass(slots=True, kw_only=True)
class Running:
    """One run of a command, and where it was when it was killed."""

    command: str
    phase: str
    seconds: float
    returncode: int
    said: str


@dataclass(slots=True, kw_only=True)
class Tally:
    """What the kills hit."""

    phases: Counter[tuple[str, str]] = field(default_factory=Counter)
    commits_kept: int = 0
    """Killed when the batch was committed, but not yet reported."""
    cards_behind: int = 0
    """Killed between the file and its card."""


def run(home: Path, words: list[str], moment: float | None) -> Running:
    """Run a command, to its end or to a moment, in seconds; a run that ends sooner was not hit."""
    trace = home.parent / "trace.txt"
    trace.unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-c", KHABAR, str(trace), *words],
        env=settings_of(home), cwd=Path(__file__).parents[2], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    began = time.monotonic()
    if moment is not None:
        time.sleep(moment)
        process.send_signal(signal.SIGUSR1)
        time.sleep(0.002)
        process.kill()
    out, err = process.communicate(timeout=300)
    return Running(
        command=words[0], phase=phase_of(words[0], trace), seconds=time.monotonic() - began,
        returncode=process.returncode, said=out + err,
    )  # fmt: skip


def phase_of(command: str, trace: Path) -> str:
    """Tell from the calls that a run was in how far it was."""
    module, function, middle = MIDDLES[command]
    frame = rf'{re.escape(str(module.__file__))}", line (\d+) in {function}\b'
    place = re.search(frame, trace.read_text())
    is_far = place is not None and int(place[1]) >= middle
    return "inside" if is_far else "before"


def moments(dice: random.Random) -> Iterator[float]:
    """Draw parts of a run's duration: even over all of it, in any order."""
    while True:
        slots = list(range(KILLS))
        dice.shuffle(slots)
        yield from ((slot + dice.random()) / KILLS for slot in slots)


def assert_no_batch_lost(home: Path, committed: list[str], *, maybe: str) -> bool:
    """The private file opens and holds what was committed, whole; say if the last one is in it."""
    assert rows(home, BALANCE) == [(True,)]
    held = [batch for (batch,) in rows(home, "SELECT batch_id FROM batches ORDER BY load_number")]
    assert held in (committed, [*committed, maybe])
    return maybe in held


def kill_load(
    home: Path, batch: Batch, seconds: float, committed: list[str], tally: Tally
) -> Running:
    """Kill a load, look, and run it again."""
    public = sha256_of(snapshot_file(home))
    killed = run(home, ["load", batch.id], seconds)
    is_in = assert_no_batch_lost(home, committed, maybe=batch.id)
    assert sha256_of(snapshot_file(home)) == public
    if killed.returncode == -signal.SIGKILL:
        tally.phases["load", "after" if is_in else killed.phase] += 1
        tally.commits_kept += is_in
    again = run(home, ["load", batch.id], None)
    assert (again.returncode, again.said.count("\n")) == (0, 1), again.said
    committed.append(batch.id)
    assert assert_no_batch_lost(home, committed, maybe=batch.id)
    assert [path.name for path in home.glob("warehouse*")] == ["warehouse.duckdb"]
    return again


def kill_publish(home: Path, seconds: float, committed: list[str], tally: Tally) -> Running:
    """Kill a publish, look, and run it again."""
    public = snapshot_file(home)
    before, old = card_of(public), sha256_of(public)
    killed = run(home, ["publish"], seconds)
    look_published(public)
    is_new = sha256_of(public) != old
    assert published_batches(public) == (committed if is_new else committed[:-1])
    card = card_of(public)
    is_behind = is_new and card == before
    assert is_behind or card["sha256"] == sha256_of(public)
    if killed.returncode == -signal.SIGKILL:
        tally.phases["publish", "after" if is_new else killed.phase] += 1
        tally.cards_behind += is_behind
    again = run(home, ["publish"], None)
    assert (again.returncode, again.said.count("\n")) == (0, 1), again.said
    card = card_of(public)
    assert look_published(public) == card["snapshot_id"]
    assert (card["sha256"], card["bytes"]) == (sha256_of(public), public.stat().st_size)
    assert published_batches(public) == committed
    names = sorted(path.name for path in public.parent.iterdir())
    assert names == ["news.duckdb", "news.duckdb.tmp", "news.json"]
    return again


def published_batches(public: Path) -> list[str]:
    """List the batches that analysts see."""
    query = "SELECT batch_id FROM batches ORDER BY load_number"
    return [batch for (batch,) in rows_of(public, query)]


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_fifty_kills_lose_no_commit_and_show_no_half_batch(tmp_path: Path) -> None:
    seed = 6
    dice = random.Random(seed)  # noqa: S311
    home, control, tally = tmp_path / "home", tmp_path / "control", Tally()
    committed = [write_hour(home, 1).id]
    lasts = {
        "load": run(home, ["load", committed[0]], None).seconds,
        "publish": run(home, ["publish"], None).seconds,
    }
    draws = {"load": moments(dice), "publish": moments(dice)}
    hour = 1
    while hour < MOST_TRIES and not is_enough(tally):
        hour += 1
        batch = write_hour(home, hour)
        load_again = kill_load(home, batch, next(draws["load"]) * lasts["load"], committed, tally)
        lasts["load"] = max(load_again.seconds, 0.8 * lasts["load"])
        published = kill_publish(home, next(draws["publish"]) * lasts["publish"], committed, tally)
        lasts["publish"] = published.seconds
    print(f"seed {seed}: {tally}, {lasts}, {warehouse_file(home).stat().st_size >> 10} KB")  # noqa: T201 (how it went)
    assert is_enough(tally)
    undisturbed(home, control, committed)
    assert list(differences(tables(control), tables(home)))[:5] == []
    assert card_of(snapshot_file(control))["counts"] == card_of(snapshot_file(home))["counts"]


def undisturbed(home: Path, control: Path, batches: list[str]) -> None:
    """Load and publish the same files where nobody disturbs it."""
    ours = shutil.ignore_patterns("status", "dedup")
    for name in batches:
        old, new = Batch(id=name, home=home), Batch(id=name, home=control)
        shutil.copytree(old.folder, new.folder, ignore=ours)
        for report in old.status("load").parent.glob("crawl.*"):
            new.status("load").parent.mkdir(exist_ok=True)
            shutil.copy(report, new.status("load").parent)
        load_batch(new)
    publish_snapshot(control)


def is_enough(tally: Tally) -> bool:
    """Whether fifty were killed, in every phase of both commands."""
    kills = Counter[str]()
    for (command, _), count in tally.phases.items():
        kills[command] += count
    phases = [(command, phase) for command in MIDDLES for phase in ("before", "inside", "after")]
    return min(kills["load"], kills["publish"]) >= KILLS and all(
        tally.phases[one] for one in phases
    )
