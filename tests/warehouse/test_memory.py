from datetime import timedelta
from pathlib import Path

from crawlers.catalogue import Revisit
from crawlers.ledger import read_job
from crawlers.revisit import is_due
from crawlers.urls import key_hash
from tests.warehouse.batches import (
    HOST,
    START,
    BatchMaker,
    failed,
    page,
    rejected,
    same,
    skipped,
    text,
)
from tests.warehouse.planning import catalogue, plan, poll, publish
from warehouse.load import load_batch
from warehouse.memory import TRIES


def test_a_known_page_comes_with_its_validators_and_its_record(tmp_path: Path) -> None:
    catalogue(tmp_path, "mountain")
    one = page("/a", text("a"), hour=1, also=[(f"{HOST}/?p=1", "shortlink")])
    load_batch(BatchMaker(tmp_path, 1).source(one, polls=[poll(1)]).write())
    load_batch(BatchMaker(tmp_path, 3).source(same("/a", text("a"), hour=3)).write())
    publish(tmp_path)
    job = read_job(plan(tmp_path, 5)[0], "mountain")
    (known,) = job.known
    assert (known.url, known.etag) == (f"{HOST}/a", one.fetch.etag)
    assert known.page_sha256 == one.fetch.page_sha256
    assert known.last_fetched_at == START + timedelta(hours=3)
    assert known.first_seen_at == START + timedelta(hours=1)
    assert known.dated_at is None
    assert known.record == one.fetch.record
    assert known.extractor_version == "x1"
    assert not known.is_gone
    assert job.known_hashes == (key_hash(f"{HOST}/?p=1"),)
    (entrance,) = job.entrances
    assert (entrance.url, entrance.item_hashes) == (f"{HOST}/feed", (5, 9))


def test_old_pages_are_known_by_their_hash_alone(tmp_path: Path) -> None:
    catalogue(tmp_path, "mountain")
    load_batch(BatchMaker(tmp_path, 1).source(page("/a", text("a"), hour=1)).write())
    publish(tmp_path)
    job = read_job(plan(tmp_path, 24 * 91)[0], "mountain")
    assert job.known == ()
    assert job.known_hashes == (key_hash(f"{HOST}/a"),)


def test_twins_that_were_both_asked_are_asked_once_from_then_on(tmp_path: Path) -> None:
    catalogue(tmp_path, "mountain")
    slug = page("/a", text("a"), hour=1.2, also=[(f"{HOST}/?p=1", "shortlink")])
    load_batch(BatchMaker(tmp_path, 1).source(slug, page("/?p=1", text("a"), hour=1.1)).write())
    publish(tmp_path)
    job = read_job(plan(tmp_path, 5)[0], "mountain")
    assert [known.url for known in job.known] == [f"{HOST}/a"]
    assert job.known_hashes == (key_hash(f"{HOST}/?p=1"),)


def test_the_own_address_of_an_article_is_asked_rather_than_its_twin(tmp_path: Path) -> None:
    catalogue(tmp_path, "mountain")
    twin = page("/amp/a", text("a"), hour=1.2, canonical=f"{HOST}/a")
    load_batch(BatchMaker(tmp_path, 1).source(page("/a", text("a"), hour=1.1), twin).write())
    publish(tmp_path)
    job = read_job(plan(tmp_path, 5)[0], "mountain")
    assert [known.url for known in job.known] == [f"{HOST}/a"]


def test_what_was_put_off_is_asked_next_time_and_what_only_a_feed_told_stays_wanted(
    tmp_path: Path,
) -> None:
    catalogue(tmp_path, "mountain")
    lines = (
        skipped("/later", feed="said the feed"),
        failed("/down", feed=text("d")),
        skipped("/robot", "robots"),
    )
    load_batch(BatchMaker(tmp_path, 1).source(*lines).write())
    publish(tmp_path)
    job = read_job(plan(tmp_path, 5)[0], "mountain")
    assert [one.url for one in job.deferred] == [f"{HOST}/down", f"{HOST}/later"]
    assert job.deferred[1].item is not None
    assert job.deferred[1].item.summary == "said the feed"
    assert job.known == ()
    assert job.known_hashes == ()


def test_a_page_that_failed_by_chance_is_asked_next_time_till_it_is_had_or_given_up(
    tmp_path: Path,
) -> None:
    catalogue(tmp_path, "mountain")
    plans = []
    for hour in range(1, TRIES + 1):
        lines = [failed("/down", "http_5xx")]
        lines += [page("/once", text("o"), hour=2)] if hour == 2 else []
        lines += [failed("/once", "reset")] if hour == 1 else []
        load_batch(BatchMaker(tmp_path, hour).source(*lines).write())
        publish(tmp_path)
        plans.append(read_job(plan(tmp_path, hour + 0.5, force=True)[0], "mountain"))
    wanted = [[one.url for one in job.deferred] for job in plans]
    assert wanted == [[f"{HOST}/down", f"{HOST}/once"], *[[f"{HOST}/down"]] * (TRIES - 2), []]
    known = {one.url: one for one in plans[-1].known}
    insisted = plan(tmp_path, TRIES + 0.6, force=True, only=["mountain"])[0]
    assert [one.url for one in read_job(insisted, "mountain").deferred] == [f"{HOST}/down"]
    assert known[f"{HOST}/down"].is_gone
    assert not known[f"{HOST}/once"].is_gone


def test_a_page_that_is_not_to_be_had_is_asked_ever_more_rarely(tmp_path: Path) -> None:
    catalogue(tmp_path, "mountain")
    for hour in (1, 3):
        load_batch(BatchMaker(tmp_path, hour).source(failed("/never", "gone")).write())
    publish(tmp_path)
    job = read_job(plan(tmp_path, 4)[0], "mountain")
    (known,) = job.known
    assert job.deferred == ()
    assert known.is_gone
    assert (known.first_seen_at, known.last_fetched_at) == (
        START + timedelta(hours=1),
        START + timedelta(hours=3),
    )
    assert [is_due(known, START + timedelta(hours=hour), Revisit()) for hour in (4, 5)] == [
        False,
        True,
    ]


def test_a_rejected_page_is_known_so_that_it_is_asked_ever_more_rarely(tmp_path: Path) -> None:
    catalogue(tmp_path, "mountain")
    load_batch(BatchMaker(tmp_path, 1).source(rejected("/gallery", hour=1)).write())
    publish(tmp_path)
    job = read_job(plan(tmp_path, 5)[0], "mountain")
    (known,) = job.known
    assert known.url == f"{HOST}/gallery"
    assert known.first_seen_at == START + timedelta(hours=1)


def test_what_a_crawl_that_died_had_not_asked_is_asked_by_the_next(tmp_path: Path) -> None:
    catalogue(tmp_path, "mountain")
    died = BatchMaker(tmp_path, 1)
    died.source(page("/a", text("a")), skipped("/left"), failed="crawl_died")
    load_batch(died.write())
    load_batch(BatchMaker(tmp_path, 2).source(crawl=False, extract=False).write())
    publish(tmp_path)
    batch, _ = plan(tmp_path, 4)
    assert [one.url for one in read_job(batch, "mountain").deferred] == [f"{HOST}/left"]
