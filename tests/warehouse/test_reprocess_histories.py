"""Random histories, read again as a reprocess chooses the rows, then taken back and rebuilt."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from crawlers.batch import Batch, Reprocess
from crawlers.ledger import read_job
from crawlers.page import ArchiveRecord
from tests.warehouse.batches import Line, again, page, rejected, rows, same, text
from tests.warehouse.test_rebuild import everything
from tests.warehouse.test_replay import replayed, still
from tests.warehouse.test_reprocess import ingest, news, prepare, revert
from transforms.article import Article
from transforms.fingerprint import fingerprint
from transforms.stored import StoredPage
from warehouse.load_again import load_again
from warehouse.publish import publish_snapshot
from warehouse.rebuild import rebuild_warehouse
from warehouse.reprocess import stored_rows

PATHS = ("/a", "/b", "/c", "/d")
COUNTS = "SELECT article_id, url, version_count FROM articles ORDER BY 1"
LEDGER = "SELECT batch_id, url_key, outcome, reason FROM fetches ORDER BY ALL"


def capture(chance: random.Random, path: str, hour: int, before: dict[str, str]) -> Line:
    kind = chance.choice(("page", "page", "page", "same", "cut", "twin", "rejected"))
    name = chance.choice("klmn")
    if kind == "rejected":
        before.pop(path, None)
        return rejected(path, hour=hour)
    if kind == "same" and path in before:
        return same(path, before[path], hour=hour)
    body = text(name)
    if kind == "cut":
        line = page(path, " ".join(body.split()[:30]) + " …", hour=hour)
        assert line.article is not None
        return replace(line, article=replace(line.article, is_truncated=True))
    if kind == "twin":
        return page(f"/amp{path}", body, hour=hour, canonical=f"https://mountain.example{path}")
    before[path] = body
    return page(path, body, hour=hour)


def reread(chance: random.Random, path: str, hour: int, last: Line | None) -> list[Line]:
    """What an ordinary batch has to say of a page that another extractor read before."""
    now = page(path, text(chance.choice("klmn")), hour=hour, extractor="x2")
    if last is None:
        return [now]
    if last.rejection is not None:
        return [now, replayed(last, text(chance.choice("klmn")))]
    assert last.article is not None
    body = (last.article.body or "").replace("l", "k")
    return [now, again(path, body, record_of=last, extractor="x2")]


def cleaner(stored: StoredPage, chance: random.Random) -> Line:
    """What a better extractor would say: the same text without its end, and k for l.

    Two of three rejected pages are articles to it.
    """
    old = stored.outcome
    if not isinstance(old, Article):
        line = Line(fetch=replace(stored.fetch, record=record_of(stored)), rejection=old)
        is_article = chance.random() < 2 / 3
        return replayed(line, text(chance.choice("klmn"))) if is_article else still(line)
    body = old.body or ""
    if old.extractor_version == "x1":
        body = " ".join(body.replace("l", "k").split()[:-5])
    printed = fingerprint("Cleaner", body)
    article = replace(
        old, title="Cleaner", body=body, word_count=len(body.split()), extractor_version="x2",
        record_id=stored.record_id, content_hash=printed.content_hash, text_hash=printed.text_hash,
        shingle_count=printed.shingle_count, minhash=printed.minhash,
    )  # fmt: skip
    line = again("/a", body, record_of=page("/a", body), extractor="x2")
    return replace(line, article=article)


def is_page_of(line: Line, path: str) -> bool:
    """Tell whether a line is a page served at its own address, and no 304."""
    return line.fetch.disposition == "fetched" and line.fetch.url.endswith(f"example{path}")


def record_of(stored: StoredPage) -> ArchiveRecord:
    assert stored.fetch.record is not None
    assert stored.record_id is not None
    return replace(stored.fetch.record, record_id=stored.record_id)


def all_rows(home: Path, batch: Batch) -> list[StoredPage]:
    publish_snapshot(home)
    return list(stored_rows(home, read_job(batch, "mountain"), Reprocess(reason="x")).pages)


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 10))]
)
def test_a_random_history_is_read_again_and_put_back_and_rebuilt(tmp_path: Path, seed: int) -> None:
    chance, before = random.Random(seed), dict[str, str]()  # noqa: S311
    captured: dict[str, Line] = {}
    for hour in range(1, 8):
        chosen = chance.sample(PATHS, k=chance.randint(1, 4))
        lines = {path: capture(chance, path, hour, before) for path in chosen}
        last = ingest(tmp_path, hour, *lines.values())
        captured |= {path: one for path, one in lines.items() if is_page_of(one, path)}
    for hour, path in enumerate(chance.sample(PATHS, k=2), 8):
        last = ingest(tmp_path, hour, *reread(chance, path, hour, captured.get(path)))
    was, counts = news(tmp_path), {row[:2]: row[2] for row in rows(tmp_path, COUNTS)}
    ledger = rows(tmp_path, LEDGER)
    cleaned = [cleaner(one, chance) for one in all_rows(tmp_path, last)]
    done = load_again(prepare(tmp_path, 20, *cleaned))
    assert done.again is not None
    assert done.again.staged == sum(one.article is not None for one in cleaned)
    now = {row[:2]: row[2] for row in rows(tmp_path, COUNTS)}
    assert now.keys() >= counts.keys(), "no article goes, or has another address"
    assert len(now) == len(counts) + done.again.became
    assert rows(tmp_path, LEDGER) == ledger
    stored = [one.outcome for one in all_rows(tmp_path, last) if isinstance(one.outcome, Article)]
    assert all(one.extractor_version == "x2" for one in stored) or done.again.shorter > 0
    revert(tmp_path, 21, done.batch_id)
    assert news(tmp_path) == was
    held = everything(tmp_path)
    rebuild_warehouse(tmp_path)
    assert everything(tmp_path) == held
