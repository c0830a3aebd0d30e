"""A source file learns what to leave out; the archive is read again, judged, loaded, taken back."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from crawlers.batch import Batch
from crawlers.ledger import read_manifest
from khabar.run import finish, gather
from tests.crawlers.outlet import Answer, Outlet
from tests.khabar.command import Done, assert_one_line, khabar
from tests.whole_way.walk import Nobody, differences, name_batch, plan, rows, settle, tables
from warehouse.connection import snapshot_file
from warehouse.extract_again import extract_again
from warehouse.load_again import load_again
from warehouse.rebuild import rebuild_warehouse
from warehouse.reprocess import plan_reprocess

pytestmark = pytest.mark.usefixtures("warm_crawls", "warm_guards")

HINTS = [{"prune": ".promo"}]
NAMES = ("dam", "road", "school")
DAY = timedelta(days=1)


def story(name: str, level: int = 0) -> str:
    told = [" ".join(f"{name}{part}word{n} was told." for n in range(12)) for part in range(6)]
    return "\n".join([*told, f"Toll {level} of {name} was what the council of the valley counted."])


def promo(name: str) -> str:
    return f"Win a radio of your own with our {name} quiz, ends when the last set is gone."


def print_page(name: str, level: int = 0) -> Answer:
    lines = "".join(f"<p>{line}</p>" for line in story(name, level).splitlines())
    return Answer(
        f"<html><head><title>News of {name}</title></head><body><article><h1>News of {name}</h1>"
        f'<p class="promo">{promo(name)}</p>{lines}</article></body></html>'.encode()
    )


def take_batch(outlet: Outlet, home: Path, after: timedelta, **entry: object) -> None:
    settings = settle(outlet, home, [f"/news/{name}" for name in (*NAMES, "empty")], **entry)
    batch = plan(settings, *name_batch(home, after), force=True)
    outcomes = gather(batch, read_manifest(batch).sources, Nobody())
    assert [one.error for one in outcomes if one.error] == []
    assert finish(batch, Nobody()).published


def bodies(home: Path) -> list[tuple[object, ...]]:
    return rows(
        snapshot_file(home),
        "select body from articles union all select body from article_versions order by all",
    )


@pytest.fixture
def filled(outlet: Outlet, tmp_path: Path) -> Path:
    """Two batches, of which the second brings a version; then the source file learns."""
    for name in NAMES:
        outlet.routes[f"/news/{name}"] = print_page(name)
    take_batch(outlet, tmp_path, -2 * DAY)
    outlet.routes["/news/dam"] = print_page("dam", 7)
    outlet.routes["/news/empty"] = Answer(b"<html><head><title>Nothing</title></head></html>")
    take_batch(outlet, tmp_path, -DAY)
    assert rows(snapshot_file(tmp_path), "select count(*) > 0 from rejections") == [(True,)]
    settle(outlet, tmp_path, [], hints=HINTS)
    return tmp_path


def ask(home: Path, *words: str) -> Done:
    return khabar(home, "reprocess", *words, catalogue=str(home / "catalogue"))


def test_the_archive_is_read_again_judged_loaded_and_taken_back(
    outlet: Outlet, filled: Path
) -> None:
    unclean = bodies(filled)
    assert len(unclean) == 4
    asked = len(outlet.paths)
    dry = ask(filled, "valley", "--reason", "promos out", "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert "4 of 4 rows would change (100.0%)" in dry.stdout
    assert "0 of 1 rejected pages would become articles (0.0%)" in dry.stdout
    assert "nothing was loaded; `khabar load " in dry.stdout
    refused = ask(filled, "--reason", "promos out")
    assert refused.returncode == 1
    assert "more than the 20% that may without anybody's word" in refused.stdout
    assert bodies(filled) == unclean
    done = ask(filled, "--reason", "promos out", "--approve", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["judgement"]["rows"], told["load"]["again"]["written"]) == (5, 4)
    clean = [*((story(name),) for name in NAMES), (story("dam", 7),)]
    assert bodies(filled) == sorted(clean)
    proof = "select distinct extractor_version from articles union select extractor_version "
    assert len(rows(snapshot_file(filled), f"{proof} from article_versions")) == 1
    nothing = ask(filled, "--reason", "promos out")
    assert "nothing to extract again" in nothing.stdout
    back = ask(filled, "--revert", told["batch_id"], "--reason", "the quiz was news")
    assert back.returncode == 0, back.stderr
    assert bodies(filled) == unclean
    assert len(outlet.paths) == asked, "nothing is fetched"
    loaded = tables(filled)
    rebuild_warehouse(filled)
    assert list(differences(loaded, tables(filled))) == []


def test_a_dry_runs_batch_can_be_loaded_as_it_was_looked_at(filled: Path) -> None:
    dry = ask(filled, "--reason", "promos out", "--dry-run", "--json")
    batch_id = json.loads(dry.stdout)["batch_id"]
    loaded = khabar(filled, "load", batch_id)
    assert "4 rows of 3 articles replaced" in loaded.stdout, loaded.stderr
    assert_one_line(khabar(filled, "dedup", batch_id), "is a reprocess")


def test_what_is_loaded_is_not_written_again_by_who_clears_the_whole_run(filled: Path) -> None:
    done = ask(filled, "--reason", "promos out", "--approve", "--json")
    batch = Batch(id=json.loads(done.stdout)["batch_id"], home=filled)
    manifest = read_manifest(batch)
    assert manifest.reprocess is not None
    folders = (filled / "catalogue",)
    planned = plan_reprocess(batch, manifest.reprocess, folders=folders, only=(), run_id="again")
    assert (planned.sources, planned.rows) == (("valley",), 5)
    assert extract_again(batch, "valley").read == 4
    assert load_again(batch).line == json.loads(batch.status("load").read_bytes())["line"]
    loaded = tables(filled)
    rebuild_warehouse(filled)
    assert list(differences(loaded, tables(filled))) == []


def test_days_and_extractors_choose_the_rows_and_a_lost_page_keeps_its_row(filled: Path) -> None:
    none = ask(filled, "--reason", "x", "--to", "2001-01-01")
    assert "nothing to extract again" in none.stdout
    none = ask(filled, "--reason", "x", "--extractor-version", "khabar0+")
    assert "nothing to extract again" in none.stdout
    assert_one_line(ask(filled), "--reason")
    assert_one_line(ask(filled, "nowhere", "--reason", "x"), "nowhere", "is no source")
    assert_one_line(ask(filled, "--reason", "x", "--from", "2026-02-02", "--to", "2026-02-01"))
    later = max((filled / "archive").rglob("*.warc.gz"))
    later.rename(later.with_suffix(".lost"))
    done = ask(filled, "--reason", "promos out", "--most-changed", "1", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    found = told["judgement"]
    assert found["rows"] == found["read"] + found["still_rejected"] + found["unread"] == 5
    assert found["unread"] > 0
    left = sum(promo(name) in str(body) for name in NAMES for (body,) in bodies(filled))
    assert left == found["unread"] - 1, "one of them is a page that was rejected"


def test_a_page_that_was_rejected_becomes_an_article_and_is_taken_away_again(
    outlet: Outlet, tmp_path: Path
) -> None:
    lines = "".join(f"<p>{line}</p>" for line in story("dam").splitlines())
    shown = f'<article class="story">{lines}</article>'
    page = f"<html><head><title>News of dam</title></head><body>{shown}</body></html>"
    outlet.routes["/news/dam"] = Answer(page.encode())
    for name in NAMES[1:]:
        outlet.routes[f"/news/{name}"] = print_page(name)
    outlet.routes["/news/empty"] = Answer(b"<html><head><title>Nothing</title></head></html>")
    take_batch(outlet, tmp_path, -2 * DAY, hints=[{"prune": ".story"}])
    asked = "select url like '%/dam', found_by, first_seen_at = fetched_at from articles order by 1"
    assert rows(snapshot_file(tmp_path), asked) == [(False, "live", True)] * 2
    settle(outlet, tmp_path, [], hints=HINTS)
    refused = ask(tmp_path, "--rejected", "--reason", "the hint took all of it")
    assert (
        "1 of 2 rejected pages would become articles (50.0%), more than the 20%" in refused.stdout
    )
    assert "rows would change" not in refused.stdout, "a rejected page is no row"
    done = ask(tmp_path, "--rejected", "--reason", "the hint took all of it", "--approve", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["load"]["again"]["became"] == 1
    now = rows(snapshot_file(tmp_path), asked)
    assert now == [(False, "live", True), (False, "live", True), (True, "live", True)]
    again = ask(tmp_path, "--rejected", "--reason", "x")
    assert "nothing to extract again" in again.stdout
    back = ask(tmp_path, "--revert", told["batch_id"], "--reason", "it was none")
    assert back.returncode == 0, back.stderr
    assert rows(snapshot_file(tmp_path), asked) == [(False, "live", True)] * 2
