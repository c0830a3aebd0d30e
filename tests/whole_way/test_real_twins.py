"""Pages that were really saved: how many articles they are, told by the numbers in their paths."""

import json
import re
import shutil
from collections import defaultdict
from pathlib import Path

import pytest

from tests.khabar.command import khabar
from tests.whole_way.walk import rows
from warehouse.connection import snapshot_file

pytestmark = pytest.mark.usefixtures("warm_guards")

PAGES = Path(__file__).parents[3] / "shared" / "pages" / "pakistan"
SOME = re.compile(r"DailyTimes/2890[67]\d/|DailyTimes/letters/page/1\d|TheNews/(amp|latest)/36023")
CARTOON = "/289075/"
"""Its page and its AMP page are a picture each, and words about others: no articles."""


@pytest.mark.skipif(not PAGES.is_dir(), reason="needs ../shared/pages")
def test_saved_pages_collapse_to_their_articles(tmp_path: Path) -> None:
    lines = (PAGES / "manifest.jsonl").read_text().splitlines()
    chosen = [line for line in lines if SOME.search(json.loads(line)["file"])]
    for line in chosen:
        file = json.loads(line)["file"]
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PAGES / file, tmp_path / file)
    (tmp_path / "manifest.jsonl").write_text("\n".join(chosen))
    done = khabar(tmp_path / "home", "import", str(tmp_path / "manifest.jsonl"))
    assert done.returncode == 0, done.stderr
    articles = defaultdict(set)
    for url, article_id in rows(
        snapshot_file(tmp_path / "home"),
        "select url, article_id from fetches where article_id is not null",
    ):
        articles[re.findall(r"/(\d{5,})", str(url))[0]].add(article_id)
    assert all(len(ids) == 1 for ids in articles.values())
    assert CARTOON.strip("/") not in articles
    assert (len(chosen), len(articles)) == (52, 15)
    assert rows(snapshot_file(tmp_path / "home"), "select count(*) from articles") == [
        (len(articles),)
    ]
