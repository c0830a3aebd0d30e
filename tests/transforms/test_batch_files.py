"""Parquet out, Parquet in: nothing changes on the way."""

from pathlib import Path

import pyarrow.parquet as pq

from crawlers.page import Fetch, ListedItem
from tests.transforms.pages import SOURCE, URL, article_html, make_page, to_article, to_rejection
from transforms.batch_files import (
    ARTICLES,
    missing_columns,
    read_articles,
    read_rejections,
    write_articles,
    write_rejections,
)
from transforms.pipeline import transform_listing

HEAD = (
    '<meta property="article:published_time" content="2026-03-09T09:15:00+05:00">'
    '<meta name="author" content="Zala Khan"><meta name="keywords" content="Flood, Zarin">'
)


def test_articles_come_back_as_they_were(tmp_path: Path) -> None:
    fetch = Fetch(
        source_id="valley",
        url=URL,
        url_key=URL,
        entrance=None,
        listed=True,
        disposition="failed",
        item=ListedItem(title="Bridge"),
    )
    listed = transform_listing(fetch, SOURCE)
    assert listed is not None
    articles = [to_article(make_page(article_html(HEAD))), listed]
    path = tmp_path / "extract" / "articles.parquet"
    write_articles(path, articles)
    assert list(read_articles(path)) == articles
    assert [entry.name for entry in path.parent.iterdir()] == ["articles.parquet"]


def test_columns_are_flat_and_typed(tmp_path: Path) -> None:
    path = tmp_path / "articles.parquet"
    write_articles(path, [to_article(make_page(article_html(HEAD)))])
    assert pq.read_schema(path).equals(ARTICLES)
    row = pq.read_table(path).to_pylist()[0]
    assert row["published_from"] == "meta"
    assert str(row["published_on"]) == "2026-03-09"
    assert row["keys"] == [{"url_key": URL, "how": "asked"}]


def test_file_of_an_older_khabar_is_read_without_the_columns_it_lacks(tmp_path: Path) -> None:
    made = to_article(make_page(article_html(HEAD)))
    write_articles(tmp_path / "a.parquet", [made])
    older = pq.read_table(tmp_path / "a.parquet").drop_columns(["image_from", "other_language"])
    pq.write_table(older, tmp_path / "a.parquet")
    assert list(read_articles(tmp_path / "a.parquet")) == [made]
    assert missing_columns(tmp_path / "a.parquet") == {"image_from", "other_language"}


def test_empty_files_have_their_columns_too(tmp_path: Path) -> None:
    write_articles(tmp_path / "a.parquet", [])
    write_rejections(tmp_path / "r.parquet", [])
    assert list(read_articles(tmp_path / "a.parquet")) == []
    assert list(read_rejections(tmp_path / "r.parquet")) == []
    assert pq.read_schema(tmp_path / "a.parquet").names == ARTICLES.names


def test_rejections_come_back_as_they_were(tmp_path: Path) -> None:
    rejections = [to_rejection(make_page(b"")), to_rejection(make_page(b"%PDF-1.4"))]
    write_rejections(tmp_path / "r.parquet", rejections)
    assert list(read_rejections(tmp_path / "r.parquet")) == rejections
