"""Three years of articles in three languages, of realistic size, as a warehouse holds them."""

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from tests.warehouse.batches import lay_warehouse
from warehouse.connection import open_writer

SHARD = 50_000
SENTENCES = 40_000
VOCABULARY = 30_000
LAST_DAY = "2026-07-31"
_LETTERS = {
    "en": "eeetttaaoiinnsshrdlcumwfgypbvk",
    "ur": "ااایییررنںہہوومملکتتسسدبپجعفقےےخشگچٹحڑزضطظآئ",
    "ps": "اااوووییېرنمهدتسکلبپغشځڅړږښګزخجچفقعحطږۍئ",
}
_SENTENCES_AN_ARTICLE = {"en": 27, "ur": 17, "ps": 17}
_PLANTED = {
    "en": ("police", "Bannu", "flood", "Khyber Pakhtunkhwa"),
    "ur": ("پولیس", "بنوں", "سیلاب", "خیبر پختونخوا", "خیبرپختونخوا"),
    "ps": ("پوليس", "بنو", "سېلاب", "خیبر پښتونخوا", "خيبرپښتونخوا"),
}
_ARTICLES = """
insert into articles by name
select (hash(number) >> 1)::bigint as article_id, 'outlet' || number % 60 as source_id,
       'https://outlet' || number % 60 || '.test/news/' || number as url,
       title, 'meta' as title_from, body, 'page' as body_from, [] as authors, [] as tags,
       language, moment as published_at, moment::date as published_on,
       'second' as published_precision,
       'meta' as published_from, moment as dated_at, moment::date as dated_on,
       'published' as date_basis,
       moment as first_seen_at, moment as fetched_at, 250 as word_count, false as is_paywalled,
       false as is_truncated, (hash(number) >> 1)::bigint as story_id, 1 as version_count,
       moment as seen_from,
       moment as seen_to, (hash(number) >> 1)::bigint as content_hash,
       (hash(number) >> 1)::bigint as text_hash,
       'x1' as extractor_version, 'urn:uuid:' || md5(number::varchar) as archive_record_id,
       md5(title) || md5(url) as page_sha256, 'live' as found_by, 'stock' as batch_id
from (select *, timestamptz '{last} 00:00:00Z'
             - to_seconds(((({count} - number) / {count}) * 94608000)::bigint) as moment from shard)
"""


def fill_warehouse(home: Path, count: int) -> None:
    """Lay a warehouse of so many articles, the oldest first, without ledger and stories."""
    lay_warehouse(home)
    pools = {language: _pool(language) for language in _LETTERS}
    with open_writer(home) as con:
        con.execute("set enable_progress_bar = false")
        for shard in _shards(count, pools):
            con.register("shard", shard)
            con.execute(_ARTICLES.format(last=LAST_DAY, count=count))
            con.unregister("shard")
        con.execute("checkpoint")


def _shards(count: int, pools: dict[str, list[str]]) -> Iterator[pa.Table]:
    rng = np.random.default_rng(7)
    for first in range(0, count, SHARD):
        numbers = range(first, min(first + SHARD, count))
        languages = [("en", "ur", "ps")[number % 3] for number in numbers]
        picks = rng.integers(0, SENTENCES, (len(numbers), 28)).tolist()
        bodies = [
            "\n".join([pools[one][n] for n in pick[: _SENTENCES_AN_ARTICLE[one]]])
            for one, pick in zip(languages, picks, strict=True)
        ]
        titles = [
            " ".join(pools[one][pick[-1]].split()[:9])
            for one, pick in zip(languages, picks, strict=True)
        ]
        yield pa.table({"number": numbers, "language": languages, "title": titles, "body": bodies})


def _pool(language: str) -> list[str]:
    """Make sentences whose words are as unequal in number as those of a language."""
    random_ = random.Random(language)  # noqa: S311 (the same texts in each run)
    letters = _LETTERS[language]
    vocabulary = [
        "".join(random_.choices(letters, k=random_.choice((2, 3, 4, 4, 5, 6, 7, 9))))
        for _ in range(VOCABULARY)
    ]
    for number, planted in enumerate(_PLANTED[language]):
        vocabulary[200 * (number + 1)] = planted
    weights = list(np.cumsum(1 / np.arange(3, VOCABULARY + 3)))
    return [
        " ".join(random_.choices(vocabulary, cum_weights=weights, k=14)) + "."
        for _ in range(SENTENCES)
    ]
