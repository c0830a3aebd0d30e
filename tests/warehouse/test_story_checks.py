"""What is wrong in the stories' own tables stops a commit."""

from collections.abc import Iterable

import duckdb
import pytest

from tests.warehouse.batches import lay_warehouse
from tests.warehouse.texts import Text, prose, put, zones
from warehouse.checks import CheckFailed, check_warehouse
from warehouse.connection import open_writer

_ADDRESSES = """
insert into article_urls by name
select article_id::varchar as url_key, source_id, article_id, 'asked' as how, first_seen_at,
       batch_id from articles
"""
WRONGS = {
    "insert into story_articles by name select * replace (777 as article_id) from story_articles "
    "where article_id = 2": "a story's link to no article",
    "insert into stories by name select * replace (9 as story_id, 777 as merged_into) from stories "
    "where story_id = 3": "resolves to none that stands",
    "update stories set article_count = 9 where story_id = 1": "miscounts its articles",
    "update stories set article_count = 9, batch_id = 'b0' where story_id = 1": "miscounts",
    "update story_articles set relation = 'copy' where article_id = 1": "just one",
    "update story_articles set relation = 'earliest_known' where article_id = 2": "just one",
    "update stories set earliest_article_id = 3 where story_id = 1": "just one",
    "update stories set earliest_article_id = null where story_id = 1": "just one",
    "insert into stories by name select * replace (9 as story_id, 0 as article_count, "
    "null as earliest_article_id) from stories where story_id = 3": "stands without an article",
    "update stories set source_count = 2 where story_id = 1": "outlets, languages or first",
    "update stories set languages = ['en', 'ur'] where story_id = 1": "outlets, languages or first",
    "update stories set first_seen_at = now() where story_id = 1": "outlets, languages or first",
    "update stories set earliest_from = null where story_id = 1": "dated unlike its earliest",
    "update stories set earliest_to = now() where story_id = 1": "dated unlike its earliest",
    "update story_articles set relation = 'source' where article_id = 2": "belies",
    "update story_articles set relation = 'update' where article_id = 2": "belies",
    "update story_articles set matched_as = null where article_id = 2": "belies",
    "update story_articles set method = 'first' where article_id = 2": "belies",
    "update story_articles set matched_to = 777 where article_id = 2": "matched to none",
    "update story_articles set matched_to = 2 where article_id = 2": "matched to none",
    "update story_articles set matched_to = 3 where article_id = 2": "matched to none of its story",
    "update story_articles set matched_to = null where article_id = 2": "matched to none",
    "update story_articles set matched_to = 2 where article_id = 1": "matched to none",
    "update story_articles set similarity = 1.1 where article_id = 2": "a likeness that is no",
    "update story_articles set containment = null where article_id = 2": "a likeness that is no",
    "update article_matches set containment = 1.1": "a likeness that is no share",
    "insert into article_series values (3, 1, -0.1, 'b1')": "a likeness that is no share",
    "insert into article_series values (3, 777, 0.9, 'b1')": "a look-alike that is no article",
    "insert into article_series values (777, 3, 0.9, 'b1')": "a look-alike that is no article",
    "insert into article_series values (3, 3, 0.9, 'b1')": "a look-alike that is no article",
    "insert into article_series values (2, 1, 0.9, 'b1')": "or of the same story",
    "insert into signatures by name select * replace (777 as article_id) from signatures "
    "where article_id = 1": "a signature of no article",
    "delete from signatures where article_id = 3": "signed and has no signature",
    "delete from bands where article_id = 3": "have not 64 bands each",
    "insert into bands select * from bands where article_id = 3": "have not 64 bands each",
    "insert into article_matches by name from article_matches": "alike articles twice",
    "update article_matches set article_id = other_id, other_id = article_id": "wrong way round",
    "update article_matches set other_id = 777": "without the signature of one of them",
    "update articles set story_id = 3 where article_id = 2": "in no story",
}


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterable[duckdb.DuckDBPyConnection]:
    home = tmp_path_factory.mktemp("stories")
    lay_warehouse(home)
    with open_writer(home) as opened:
        zones(opened, dawn="Asia/Karachi")
        put(opened, [Text(id=1, body=prose(1)), Text(id=2, body=f"x {prose(1)}", hours=1),
                     Text(id=3, body=prose(3))])  # fmt: skip
        opened.execute(_ADDRESSES)
        opened.execute("update articles set body_from = 'feed'")
        check_warehouse(opened, "b1")
        yield opened


@pytest.mark.parametrize("wrong", WRONGS)
def test_a_wrong_row_of_a_story_stops_the_commit(
    con: duckdb.DuckDBPyConnection, wrong: str
) -> None:
    con.execute("begin")
    try:
        con.execute(wrong)
        with pytest.raises(CheckFailed, match=WRONGS[wrong]):
            check_warehouse(con, "b1")
    finally:
        con.execute("rollback")
