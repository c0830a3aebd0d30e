"""kill -9 in the middle of each stage, then the same stage again: the rows are as undisturbed."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from crawlers.batch import Batch
from crawlers.crawl import crawl_source
from crawlers.scrapy_settings import CONCURRENCY
from khabar.newsroom.faults import Fault
from khabar.newsroom.running import RunningTown, running_town
from tests.khabar.command import settings_of
from tests.whole_way.walk import (
    differences,
    name_batch,
    plan,
    reach,
    rows,
    run_batch,
    tables,
)
from transforms.extract import extract_source
from warehouse.connection import snapshot_file
from warehouse.dedup import dedup_batch
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot

TWO = ("tirwal_chronicle", "valley_newswire")
STAGES = ("plan", "crawl", "extract", "dedup", "load", "publish")
ASKED_ANEW = (
    "fetched_at", "first_seen_at", "seen_from", "seen_to", "polled_at", "answered_at", "gone_at",
    "archive_record_id", "file", "offset_bytes", "length_bytes", "input_digest",
)  # fmt: skip
"""Columns that tell when, and by which record, a page was asked: another crawl, another moment."""
LATER = timedelta(days=3)
"""From the first batch to the second: long enough that known pages are due again."""
PLAN = """
import sys
from pathlib import Path
from crawlers.batch import Batch
from warehouse.plan import plan_batch
home, batch_id, run_id, catalogue, *pairs = sys.argv[1:]
batch = Batch(id=batch_id, home=Path(home))
plan_batch(batch, folders=[Path(catalogue)], run_id=run_id, dag="run", now=batch.started_at,
           only=("tirwal_chronicle", "valley_newswire"), contact="x@y.invalid", loopback=pairs,
           disk_floor_mb=0)
"""
Moment = Callable[[psutil.Process], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A town that stands still, and a second batch on it that nothing disturbed."""

    town: RunningTown
    before: dict[str, Path]
    """For each stage a home as it was before it."""
    batch_id: str
    run_id: str
    last: Path
    """The home in the end."""


@pytest.fixture(scope="module")
def scene(
    tmp_path_factory: pytest.TempPathFactory, warm_crawls: None, warm_guards: None
) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("kills")
    home, before = folder / "home", {}
    with running_town(articles=8, now=datetime.now(UTC) - timedelta(days=1)) as town:
        run_batch(town, home, TWO)
        town.advance(12)
        town.revise(TWO[0], 2)
        town.remove(TWO[0], 5)
        # Pages drip from now on, so that a crawl has a middle to be killed in.
        town.misbehave(TWO[0], Fault(kind="slow", seconds=0.4, paths="/*-1*"))
        batch, run_id = name_batch(home, LATER)
        for stage in STAGES:
            before[stage] = Path(shutil.copytree(home, folder / f"before-{stage}"))
            do_stage(town, batch, run_id, stage)
        yield Scene(town=town, before=before, batch_id=batch.id, run_id=run_id, last=home)


def do_stage(town: RunningTown, batch: Batch, run_id: str, stage: str) -> None:
    """Do a stage in this process, for both sources."""
    if stage == "plan":
        plan(reach(town, batch.home), batch, run_id, TWO, force=False)
    elif stage == "crawl":
        for source_id in TWO:
            crawl_source(batch, source_id)
    elif stage == "extract":
        for source_id in TWO:
            extract_source(batch, source_id)
    elif stage == "dedup":
        dedup_batch(batch)
    elif stage == "load":
        load_batch(batch)
    else:
        publish_snapshot(batch.home)


def start(scene: Scene, batch: Batch, stage: str) -> psutil.Popen:
    """Start a stage (of the first source) as an operator's process."""
    town, home = scene.town, batch.home
    env = settings_of(
        home, catalogue=str(town.sources_folder), loopback=" ".join(sorted(town.loopback))
    )
    if stage == "plan":
        words = ["-c", PLAN, str(home), batch.id, scene.run_id, str(town.sources_folder)]
        words += sorted(town.loopback)
    else:
        words = ["-m", "khabar.cli", stage]
        words += [] if stage == "publish" else [batch.id]
        words += [TWO[0]] if stage in ("crawl", "extract") else []
    return psutil.Popen(
        [sys.executable, *words],
        env=env,
        cwd=Path(__file__).parents[2],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_at(process: psutil.Popen, moment: Moment, grace: float = 60) -> bool:
    """Kill -9 a process at a moment; False where it ended before."""
    deadline = time.monotonic() + grace
    while process.poll() is None:
        try:
            is_time = moment(process)
        except psutil.NoSuchProcess:
            break
        if is_time:
            break
        assert time.monotonic() < deadline, "the moment never came"
        time.sleep(0.001)
    with suppress(psutil.NoSuchProcess):
        process.kill()
    process.communicate()
    return bool(process.returncode == -signal.SIGKILL)


def after(seconds: float, moment: Moment) -> Moment:
    """Wait a little from a moment on."""
    since: list[float] = []

    def is_time(process: psutil.Process) -> bool:
        if not since and moment(process):
            since.append(time.monotonic())
        return bool(since) and time.monotonic() - since[0] >= seconds

    return is_time


def stat(path: Path) -> os.stat_result | None:
    """Look at a file that may be renamed at any moment."""
    with suppress(FileNotFoundError):
        return path.stat()
    return None


def moments(batch: Batch, stage: str) -> Sequence[Moment]:
    """Choose moments in which a stage has begun to leave something behind."""
    home = batch.home
    public = snapshot_file(home)
    parts = public.with_name(f".{public.name}.part")
    lease = home / "locks" / "writer.lock"
    old = public.stat().st_ino

    def holds_lease(process: psutil.Process) -> bool:
        return lease.exists() and lease.read_text().startswith(f"{process.pid} ")

    def journal(size: int) -> Moment:
        folder = batch.archive_folder(TWO[0])
        seen = {path.name for path in folder.glob("*.part")}

        def is_longer(_: psutil.Process) -> bool:
            fresh = [path for path in folder.glob("*.part") if path.name not in seen]
            return any((seen_as := stat(path)) and seen_as.st_size > size for path in fresh)

        return is_longer

    def has_guard(process: psutil.Process) -> bool:
        return any("transforms.guard" in " ".join(one.cmdline()) for one in process.children())

    def is_replaced(_: psutil.Process) -> bool:
        seen_as = stat(public)
        return seen_as is not None and seen_as.st_ino != old

    def is_sealed(_: psutil.Process) -> bool:
        seen_as = stat(parts)
        return seen_as is not None and seen_as.st_mode & 0o222 == 0

    def has_report(_: psutil.Process) -> bool:
        folder = batch.folder / "status"
        return any(folder.glob(f".{stage}.*.part")) or batch.status(stage).exists()

    return {
        "plan": [
            lambda _: batch.folder.exists(),
            lambda _: batch.manifest.exists(),
            lambda _: batch.job(TWO[0]).exists(),
        ],
        "crawl": [journal(0), journal(25_000), journal(70_000)],
        "extract": [
            has_guard,
            after(1.2, has_guard),
            lambda _: any(batch.extract_folder(TWO[0]).glob("*")),
        ],
        "dedup": [holds_lease, lambda _: any(batch.decisions.glob("*")), has_report],
        "load": [
            holds_lease,
            after(0.15, holds_lease),
            lambda _: (home / "warehouse.duckdb.wal").exists(),
            has_report,
        ],
        "publish": [
            holds_lease,
            lambda _: parts.exists(),
            is_sealed,
            is_replaced,
        ],
    }[stage]


def again(scene: Scene, batch: Batch, stage: str) -> None:
    """Run the stage once more as a process of its own, to its end."""
    process = start(scene, batch, stage)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said


def finish(scene: Scene, batch: Batch, stage: str) -> None:
    """Do what is left of the batch after the first source's stage."""
    for late in STAGES[STAGES.index(stage) + (stage not in ("crawl", "extract")) :]:
        do_stage(scene.town, batch, scene.run_id, late)


def assert_same(scene: Scene, home: Path, stage: str) -> None:
    left_out = ASKED_ANEW if stage in ("plan", "crawl") else ()
    wanted = tables(scene.last, left_out)
    off = [line[:300] for line in differences(wanted, tables(home, left_out))]
    assert off == [], "\n".join(off[:8])
    assert len(wanted["articles"]) >= 18
    counts = "select counts from snapshot"
    assert rows(snapshot_file(home), counts) == rows(snapshot_file(scene.last), counts)


def copy_of(scene: Scene, stage: str, tmp_path: Path) -> Batch:
    home = Path(shutil.copytree(scene.before[stage], tmp_path / "home"))
    batch = Batch(id=scene.batch_id, home=home)
    if stage == "crawl":  # a plan names its home
        shutil.rmtree(batch.folder)
        do_stage(scene.town, batch, scene.run_id, "plan")
    return batch


@pytest.mark.parametrize(
    "stage",
    [
        *("crawl", "extract", "load", "publish"),
        *(pytest.param(stage, marks=pytest.mark.slow) for stage in ("plan", "dedup")),
    ],
)
def test_stage_killed_and_run_again_gives_the_same_rows(
    scene: Scene, stage: str, tmp_path: Path
) -> None:
    batch = copy_of(scene, stage, tmp_path)
    hits = [kill_at(start(scene, batch, stage), moment) for moment in moments(batch, stage)]
    assert sum(hits) >= 2, "too few were alive to be killed"
    again(scene, batch, stage)
    finish(scene, batch, stage)
    assert_same(scene, batch.home, stage)


def test_crawl_whose_own_child_is_killed_says_so_and_resumes(scene: Scene, tmp_path: Path) -> None:
    batch = copy_of(scene, "crawl", tmp_path)
    asked_before = len(scene.town.log)
    process = start(scene, batch, "crawl")
    _, _, journal = moments(batch, "crawl")
    while process.poll() is None and not journal(process):
        time.sleep(0.001)
    for child in process.children():
        os.kill(child.pid, signal.SIGKILL)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert len(said.strip().splitlines()[-1:]) == 1
    assert "run it again to resume" in said
    assert "Traceback" not in said
    again(scene, batch, "crawl")
    asked = Counter(visit.path for visit in list(scene.town.log)[asked_before:])
    twice = {path for path, times in asked.items() if times > 1} - {"/robots.txt"}
    assert len(asked) > 8
    assert len(twice) <= 2 * CONCURRENCY, f"asked again what was fetched already: {twice}"
    finish(scene, batch, "crawl")
    assert_same(scene, batch.home, "crawl")


def test_no_process_outlives_a_killed_stage(scene: Scene, tmp_path: Path) -> None:
    for stage, moment in (("crawl", 1), ("extract", 0)):
        batch = copy_of(scene, stage, tmp_path / stage)
        process = start(scene, batch, stage)
        is_time = moments(batch, stage)[moment]
        while process.poll() is None and not is_time(process):
            time.sleep(0.001)
        children = process.children(recursive=True)
        assert children
        process.kill()
        process.communicate()
        _, alive = psutil.wait_procs(children, timeout=15)
        assert alive == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_stages_killed_at_random_moments_give_the_same_rows(
    scene: Scene, seed: int, tmp_path: Path
) -> None:
    """Twenty kills a run, at moments that only the seed decides."""
    dice = random.Random(seed)  # noqa: S311
    batch = copy_of(scene, "plan", tmp_path)
    hits = 0
    for stage in STAGES:
        for _ in range(5 if stage in ("crawl", "load") else 3):
            hits += kill_at(
                start(scene, batch, stage), after(dice.uniform(0.3, 2.0), lambda _: True)
            )
        again(scene, batch, stage)
        if stage in ("crawl", "extract"):
            do_stage(scene.town, batch, scene.run_id, stage)
    assert hits >= 10
    assert_same(scene, batch.home, "plan")
