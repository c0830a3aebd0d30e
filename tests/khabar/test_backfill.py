import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from crawlers.catalogue import Source, load_source
from crawlers.ledger import read_job
from khabar import backfill_slice as steps
from khabar.backfill import begin, recall_left_over
from khabar.backfill_slice import do_slice
from khabar.backfill_state import BackfillState, read_state
from khabar.newsroom.dates import LOCAL
from khabar.newsroom.faults import Fault
from khabar.newsroom.running import RunningTown, running_town
from khabar.newsroom.server import Visit
from khabar.run import open_batch, plan_by_hand
from khabar.settings import Settings
from tests.crawlers.distance import assert_arrived_apart
from tests.khabar.command import Done, assert_one_line, khabar, settings_of

pytestmark = pytest.mark.usefixtures("warm_crawls", "warm_guards")

NOW = datetime.now(UTC) - timedelta(days=2)
FIRST, LAST = ((NOW - timedelta(days=days)).astimezone(LOCAL).date() for days in (4, 3))
"""Two whole days, of sixteen articles each outlet."""
ARCHIVES = ("mountain_ledger", "roznama_tirwal", "tirwal_chronicle", "awaz_wadi")
"""A sitemap for each month, a page for each day, a paged feed, a listing without dates."""


@pytest.fixture(scope="module")
def town() -> Iterator[RunningTown]:
    with running_town(articles=72, now=NOW) as town:
        yield town


@pytest.fixture
def own_town() -> Iterator[RunningTown]:
    with running_town(articles=48, now=NOW) as town:
        yield town


def reach(town: RunningTown) -> dict[str, str]:
    return {"catalogue": str(town.sources_folder), "loopback": " ".join(sorted(town.loopback))}


def backfill(town: RunningTown, home: Path, source_id: str, *more: str) -> Done:
    return khabar(home, *words(source_id), *more, **reach(town))


def words(source_id: str) -> tuple[str, ...]:
    return ("backfill", source_id, "--from", str(FIRST), "--to", str(LAST))


def start(town: RunningTown, home: Path, source_id: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "khabar.cli", *words(source_id)],
        env=settings_of(home, **reach(town)), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def rows(home: Path, query: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in khabar(home, "sql", query, "--json").stdout.splitlines()]


def articles(home: Path, source_id: str) -> dict[str, date]:
    """Map the address of each article in the snapshot to its day."""
    found = rows(home, "SELECT source_id, url, dated_on FROM articles")
    return {
        str(row["url"]): date.fromisoformat(str(row["dated_on"]))
        for row in found
        if row["source_id"] == source_id
    }


def wanted(town: RunningTown, source_id: str) -> set[str]:
    """List the articles that the outlet published in the window and still has."""
    return {
        truth.url
        for truth in town.truth(source_id)
        if truth.kind == "article"
        and truth.gone is None
        and FIRST <= truth.published_at.astimezone(LOCAL).date() <= LAST
    }


def asked(town: RunningTown, source_id: str, since: int = 0) -> list[Visit]:
    return [visit for visit in list(town.log)[since:] if visit.outlet == source_id]


def pages(town: RunningTown, source_id: str, since: int = 0) -> Counter[int]:
    """Count how often each article was asked, whatever its address."""
    numbers = (town.truth_of(f"http://{v.host}{v.path}") for v in asked(town, source_id, since))
    return Counter(truth.index for truth in numbers if truth is not None)


def write_source(town: RunningTown, home: Path, source_id: str, **politeness: float) -> Source:
    """Override a source file in the home, asked more gently or in smaller slices."""
    entry = yaml.safe_load((town.sources_folder / f"{source_id}.yml").read_text("utf-8"))
    entry["politeness"] |= politeness
    path = home / "sources" / f"{source_id}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(entry), "utf-8")
    return load_source(path)


def wait_until(is_so: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.05)


@pytest.mark.parametrize("source_id", ARCHIVES)
def test_backfill_brings_every_article_of_its_days(
    town: RunningTown, tmp_path: Path, source_id: str
) -> None:
    home, since = tmp_path / "home", len(town.log)
    done = backfill(town, home, source_id)
    assert done.returncode == 0, done.stderr
    found = articles(home, source_id)
    inside = {url for url, day in found.items() if FIRST <= day <= LAST}
    assert len(inside) >= 14
    assert inside == wanted(town, source_id)
    if source_id != "awaz_wadi":  # its listing says no dates
        assert inside == set(found)
    assert rows(home, "SELECT DISTINCT found_by FROM articles") == [{"found_by": "backfill"}]
    addresses = Counter(visit.path for visit in asked(town, source_id, since))
    assert max(addresses.values()) == 1
    assert "is done" in done.stdout


def test_backfill_that_is_done_says_so_and_asks_nothing(town: RunningTown, tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = json.loads(backfill(town, home, "roznama_tirwal", "--json").stdout)
    since = len(town.log)
    again = backfill(town, home, "roznama_tirwal", "--json")
    assert again.returncode == 0
    assert json.loads(again.stdout) == first
    assert first["is_done"]
    assert first["read"] == 2
    assert first["new"] == len(wanted(town, "roznama_tirwal"))
    assert len(town.log) == since


def test_backfill_asks_nothing_that_is_in_the_warehouse_and_leaves_the_entrances_alone(
    town: RunningTown, tmp_path: Path
) -> None:
    home, source_id = tmp_path / "home", "mountain_ledger"
    khabar(home, "run", source_id, **reach(town))
    before = rows(home, "SELECT * FROM entrances ORDER BY entrance")
    found, since = articles(home, source_id), len(town.log)
    assert wanted(town, source_id) <= set(found)
    done = backfill(town, home, source_id)
    assert done.returncode == 0, done.stderr
    assert not pages(town, source_id, since)
    assert rows(home, "SELECT * FROM entrances ORDER BY entrance") == before
    looks = (
        "SELECT count(*) AS looks FROM polls JOIN batches USING (batch_id) WHERE dag = 'backfill'"
    )
    assert rows(home, looks) == [{"looks": 2}]
    assert articles(home, source_id) == found


def test_slices_ask_what_earlier_ones_left_over_and_the_regular_plan_does_not(
    own_town: RunningTown, tmp_path: Path
) -> None:
    home, source_id = tmp_path / "home", "mountain_ledger"
    source = write_source(own_town, home, source_id, max_pages=8)
    settings = Settings(home=home, **reach(own_town))  # type: ignore[arg-type]
    khabar(home, "run", source_id, **reach(own_town))
    left_by_regular = deferred_by_plan(settings, source_id)
    assert len(left_by_regular) > 30
    state = begin(home, source, FIRST, LAST)
    left = recall_left_over(home, state)
    state = do_slice(settings, source, state, left, Nobody()).state
    assert len(left.pages) == len(sixteen(own_town, source_id)) - 8
    assert set(recall_left_over(home, state).pages) == set(left.pages)
    now_in = set(articles(home, source_id))
    had = {*now_in, *rejected(home)}
    planned = deferred_by_plan(settings, source_id)
    assert left_by_regular - had <= planned
    assert not planned & had
    done = backfill(own_town, home, source_id)
    assert done.returncode == 0, done.stderr
    assert "slice 2:" in done.stderr
    assert wanted(own_town, source_id) <= set(articles(home, source_id))
    assert set(pages(own_town, source_id).values()) == {1}


def deferred_by_plan(settings: Settings, source_id: str) -> set[str]:
    batch, run_id = open_batch(settings.home, "plan", datetime.now(UTC))
    plan_by_hand(settings, batch, run_id, (source_id,), force=False)
    return {page.url for page in read_job(batch, source_id).deferred}


def rejected(home: Path) -> set[str]:
    return {str(row["url"]) for row in rows(home, "SELECT url FROM rejections")}


def sixteen(town: RunningTown, source_id: str) -> list[int]:
    return town.outlets[source_id].published_in(FIRST, LAST)


class Nobody:
    """Watches a backfill without a word."""

    def source(self, source_id: str, state: str, *, is_done: bool = False) -> None:
        pass

    def stage(self, name: str, line: str) -> None:
        pass

    def slice_ended(self, state: object, left: int, fetched: int) -> None:
        pass


def test_backfill_that_is_killed_in_a_slice_goes_on_where_it_was(
    own_town: RunningTown, tmp_path: Path
) -> None:
    home, source_id = tmp_path / "home", "roznama_tirwal"
    own_town.misbehave(source_id, Fault(kind="slow", seconds=0.4, paths="/urdu/*"))
    process = start(own_town, home, source_id)
    wait_until(lambda: len(pages(own_town, source_id)) >= 6)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert not (home / "published").exists()
    done = backfill(own_town, home, source_id)
    assert done.returncode == 0, done.stderr
    assert "goes on" in done.stderr
    assert set(articles(home, source_id)) == wanted(own_town, source_id)
    twice = [index for index, count in pages(own_town, source_id).items() if count > 1]
    assert len(twice) <= 2  # what was on its way when it was killed
    assert len(rows(home, "SELECT batch_id FROM batches")) == 1


class Killed(BaseException):
    pass


def test_backfill_that_is_killed_between_two_steps_goes_on_with_the_same_batch(
    own_town: RunningTown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, source_id = tmp_path / "home", "roznama_tirwal"
    settings = Settings(home=home, **reach(own_town))  # type: ignore[arg-type]
    source = load_source(own_town.sources_folder / f"{source_id}.yml")

    def killed(*_: object, **__: object) -> None:
        raise Killed

    def go_on() -> BackfillState:
        state = begin(home, source, FIRST, LAST)
        return do_slice(settings, source, state, recall_left_over(home, state), Nobody()).state

    for step in ("plan_slice", "gather", "finish", "_settle"):
        monkeypatch.setattr(steps, step, killed)
        with pytest.raises(Killed):
            go_on()
        monkeypatch.undo()
    since = len(own_town.log)
    state = go_on()
    assert state.is_done
    assert len(own_town.log) == since
    assert set(pages(own_town, source_id).values()) == {1}
    assert set(articles(home, source_id)) == wanted(own_town, source_id)
    assert rows(home, "SELECT batch_id FROM batches") == [{"batch_id": state.slices[0]}]


def test_backfill_that_is_interrupted_says_how_to_go_on(
    own_town: RunningTown, tmp_path: Path
) -> None:
    home, source_id = tmp_path / "home", "roznama_tirwal"
    own_town.misbehave(source_id, Fault(kind="slow", seconds=0.4, paths="/urdu/*"))
    process = start(own_town, home, source_id)
    wait_until(lambda: len(pages(own_town, source_id)) >= 3)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.rstrip().endswith("stopped; run the same command again to go on"), said
    assert "Traceback" not in said
    own_town.heal()
    assert backfill(own_town, home, source_id).returncode == 0
    assert set(articles(home, source_id)) == wanted(own_town, source_id)


def test_backfill_makes_way_for_the_regular_crawl_and_both_keep_the_distance(
    own_town: RunningTown, tmp_path: Path
) -> None:
    home, source_id, delay = tmp_path / "home", "roznama_tirwal", 0.5
    write_source(own_town, home, source_id, delay_seconds=delay, max_pages=20)
    process = start(own_town, home, source_id)
    wait_until(lambda: len(pages(own_town, source_id)) >= 3)
    assert khabar(home, "run", source_id, **reach(own_town)).returncode == 0
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    visits = asked(own_town, source_id)
    feed_at = next(visit.at for visit in visits if visit.path == "/rss.xml")
    past = {f"/urdu/{40_101 + index}" for index in sixteen(own_town, source_id)}
    of_backfill = [visit.at for visit in visits if visit.path in past]
    regular = {visit.path for visit in visits if visit.path.startswith("/urdu/")} - past
    of_regular = [visit.at for visit in visits if visit.path in regular]
    assert min(of_backfill) < feed_at < max(of_regular) < max(of_backfill)
    assert wanted(own_town, source_id) <= set(articles(home, source_id))
    assert_arrived_apart([visit.at.timestamp() for visit in visits], delay)


def test_backfill_leaves_an_outlet_that_does_not_answer_alone_and_loses_nothing(
    own_town: RunningTown, tmp_path: Path
) -> None:
    home, source_id = tmp_path / "home", "roznama_tirwal"
    own_town.misbehave(source_id, Fault(kind="reset"))
    stopped = backfill(own_town, home, source_id)
    assert stopped.returncode == 75
    assert "run it again later to go on" in stopped.stderr.splitlines()[-1]
    state = read_state(home, source_id, FIRST, LAST)
    assert state is not None
    assert [document.tries for document in state.documents] == [0, 0]
    own_town.heal()
    for lease in (home / "locks").glob("host-*"):
        lease.unlink()  # an hour later
    done = backfill(own_town, home, source_id)
    assert done.returncode == 0, done.stderr
    assert set(articles(home, source_id)) == wanted(own_town, source_id)


def test_backfill_names_the_documents_that_could_not_be_had(
    own_town: RunningTown, tmp_path: Path
) -> None:
    source_id = "roznama_tirwal"
    own_town.misbehave(
        source_id, Fault(kind="status", status=403, paths=f"/archive/{LAST:%Y/%m/%d}")
    )
    done = backfill(own_town, tmp_path / "home", source_id)
    assert done.returncode == 1
    assert "could not be had: http://127.0.0.1" in done.stdout
    assert "HTTP 403" in done.stdout
    days = set(articles(tmp_path / "home", source_id).values())
    assert days == {FIRST}


def test_backfill_of_a_retired_outlet_is_allowed(own_town: RunningTown, tmp_path: Path) -> None:
    home, source_id = tmp_path / "home", "roznama_tirwal"
    write_source(own_town, home, source_id)
    with (home / "sources" / f"{source_id}.yml").open("a") as file:
        file.write("retired: it closed on 31 March 2026\n")
    assert backfill(own_town, home, source_id).returncode == 0
    assert set(articles(home, source_id)) == wanted(own_town, source_id)


def test_what_cannot_be_backfilled_is_told_in_one_line(town: RunningTown, tmp_path: Path) -> None:
    home, known = tmp_path / "home", reach(town)
    assert_one_line(backfill(town, home, "nobody"), "no source 'nobody'")
    assert_one_line(backfill(town, home, "tirwal_ghag"), "tirwal_ghag.yml", "backfill:")
    ahead = str(date.today() + timedelta(days=3))  # noqa: DTZ011 (any zone's day will do)
    days = ("backfill", "awaz_wadi", "--from", str(LAST), "--to")
    assert_one_line(khabar(home, *days, str(FIRST), **known), "is later than")
    assert_one_line(khabar(home, *days, ahead, **known), "lies ahead")


def test_two_backfills_of_one_source_do_not_run_at_once(
    own_town: RunningTown, tmp_path: Path
) -> None:
    home, source_id = tmp_path / "home", "roznama_tirwal"
    own_town.misbehave(source_id, Fault(kind="slow", seconds=0.3, paths="/urdu/*"))
    process = start(own_town, home, source_id)
    wait_until(lambda: len(pages(own_town, source_id)) >= 1)
    assert_one_line(backfill(own_town, home, source_id), str(process.pid), source_id)
    process.communicate(timeout=60)
    assert process.returncode == 0
