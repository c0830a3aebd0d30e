"""One town that lives through three batches, while an analyst reads; shared by all that look."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawlers.batch import Batch
from khabar.newsroom.running import RunningTown, running_town
from khabar.newsroom.truth import Truth
from tests.crawlers.outlet import Outlet
from tests.warm_crawls import CrawlServer, forked
from tests.warm_guards import lent_guards
from tests.whole_way.valley import Valley
from tests.whole_way.walk import run_batch
from warehouse.connection import snapshot_file

ARTICLES = 12
NOBODY = 65534
CHANGED, CHANGED_BACK = 3, 7
"""Articles of mountain_ledger that change before the second batch; one is restored after it."""
REMOVED = {8: "404", 9: "410", 10: "home"}
"""Its articles that are removed before the second batch."""

COUNTING = ("roznama_tirwal", "valley_herald")
"""Outlets whose pages print how often they were read; one has an ad in its text too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the analyst saw."""

    reads: int
    errors: list[str]
    seen: list[str]
    uid: int


@dataclass(slots=True, kw_only=True)
class Life:
    """A town's life: the truth at each batch, and the snapshot after it."""

    town: RunningTown
    home: Path
    batches: list[Batch] = field(default_factory=list)
    truths: list[tuple[Truth, ...]] = field(default_factory=list)
    snapshots: list[Path] = field(default_factory=list)
    asked: list[set[str]] = field(default_factory=list)
    """Addresses with a status that each batch asked for: `200 http://...`."""
    reading: Reading | None = None

    def pass_through(self) -> None:
        """Take a batch the whole way, and note what is true and what was published."""
        before = len(self.town.log)
        self.truths.append(tuple(self.town.truth()))
        self.batches.append(run_batch(self.town, self.home))
        kept = self.home / f"snapshot-{len(self.batches)}.duckdb"
        self.snapshots.append(Path(shutil.copyfile(snapshot_file(self.home), kept)))
        visits = list(self.town.log)[before:]
        self.asked.append({f"{visit.status} http://{visit.host}{visit.path}" for visit in visits})


@contextmanager
def open_home() -> Iterator[Path]:
    """Give a home that another user may enter, as pytest's own folders are closed to all."""
    folder = Path(tempfile.mkdtemp(prefix="whole-way-"))
    folder.chmod(0o755)
    try:
        yield folder / "home"
    finally:
        shutil.rmtree(folder)


@contextmanager
def reading(file: Path) -> Iterator[list[Reading]]:
    """Let an analyst read a snapshot meanwhile, as a stranger where we may make one."""
    reader = Path(__file__).with_name("reader.py")
    uid = NOBODY if os.getuid() == 0 else 0
    process = subprocess.Popen(
        [sys.executable, str(reader), str(file), str(uid)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    seen: list[Reading] = []
    try:
        yield seen
    finally:
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    seen.append(Reading(**json.loads(out)))


@pytest.fixture(scope="session")
def life(crawl_server: CrawlServer) -> Iterator[Life]:
    start = datetime.now(UTC) - timedelta(days=3)
    with running_town(articles=ARTICLES, now=start) as town, open_home() as home:
        life = Life(town=town, home=home)
        with reading(snapshot_file(home)) as seen, forked(crawl_server), lent_guards():
            life.pass_through()
            town.advance(24)
            town.revise("mountain_ledger", CHANGED_BACK)
            for index, how in REMOVED.items():
                town.remove("mountain_ledger", index, how)  # type: ignore[arg-type]
            life.pass_through()
            town.restore("mountain_ledger", CHANGED_BACK)
            life.pass_through()
        life.reading = seen[0]
        yield life


@pytest.fixture(scope="session")
def begun_valley(
    crawl_server: CrawlServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Valley]:
    outlet = Outlet()
    with forked(crawl_server), lent_guards():
        begun = Valley(outlet, tmp_path_factory.mktemp("valley"), promos=5)
    yield begun
    outlet.close()


@pytest.fixture
def valley(begun_valley: Valley, tmp_path: Path) -> Iterator[Valley]:
    """Give each test the same beginning: five pages, and one batch of them."""
    outlet = begun_valley.outlet
    routes = dict(outlet.routes)
    yield begun_valley.settled(tmp_path)
    outlet.routes = routes
    outlet.log.clear()
