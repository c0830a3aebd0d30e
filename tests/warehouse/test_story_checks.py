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
    "update story_articles set relation = 'copy' where article_id = 1": "just one earliest known",
    "update story_articles set relation = 'earliest_known' where article_id = 2": "just one",
    "update stories set earliest_article_id = 3 where story_id = 1": "just one earliest known",
    "update stories set earliest_article_id = null where story_id = 1": "just one earliest known",
    "update stories set article_count = 9 where story_id = 1": "miscounts its articles",
    "insert into stories by name select * replace (9 as story_id, 0 as article_count, "
    "null as earliest_article_id) from stories where story_id = 3": "stands without an article",
    "update story_articles set matched_to = 777 where article_id = 2": "matched to none",
    "update story_articles set matched_to = 2 where article_id = 2": "matched to none",
    "insert into article_series values (3, 777, 0.9, 'b1')": "a look-alike that is no article",
    "insert into article_series values (3, 3, 0.9, 'b1')": "a look-alike that is no article",
    "insert into signatures by name select * replace (777 as article_id) from signatures "
    "where article_id = 1": "a signature of no article",
    "update articles set story_id = 3 where article_id = 2": "in no story",
    "update article_matches set other_id = 777": "without one of them",
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
