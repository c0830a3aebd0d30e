import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from khabar.newsroom.dates import LOCAL
from khabar.newsroom.running import RunningTown, running_town
from tests.newsroom.conftest import NOW, get


@pytest.fixture(scope="module")
def old_town() -> Iterator[RunningTown]:
    with running_town(now=NOW, articles=120) as town:
        yield town


def listed(town: RunningTown, outlet: str, path: str) -> list[int]:
    """List the articles that a document names, in its order."""
    got = get(town.outlets[outlet].origin + path)
    assert got.status == 200
    urls = re.findall(r"<loc>(.*?)</loc>|<link>(.*?)</link>", got.body.decode())
    found = (town.truth_of(one or other) for one, other in urls)
    return [truth.index for truth in found if truth is not None]


def test_months_of_the_ledger_hold_every_article_once(old_town: RunningTown) -> None:
    ledger = old_town.outlets["mountain_ledger"]
    index = get(f"{ledger.origin}/archive/sitemap.xml").body.decode()
    months = re.findall(r"/archive/sitemap-\d{4}-\d\d\.xml", index)
    assert months == ["/archive/sitemap-2026-11.xml"]
    assert sorted(listed(old_town, ledger.id, months[0])) == list(range(120))
    assert get(f"{ledger.origin}/archive/sitemap-2026-12.xml").status == 404


def test_days_of_the_roznama_hold_their_articles_and_no_others(old_town: RunningTown) -> None:
    roznama = old_town.outlets["roznama_tirwal"]
    day = (NOW - timedelta(days=5)).astimezone(LOCAL).date()
    rows = get(f"{roznama.origin}/archive/{day:%Y/%m/%d}").body.decode()
    body = rows.partition('class="day"')[2].partition("</ul>")[0]
    linked = re.findall(r'href="(/urdu/\d+)"', body)
    of_the_day = {
        truth.url.removeprefix(roznama.origin)
        for truth in old_town.truth(roznama.id)
        if truth.published_at.astimezone(LOCAL).date() == day and truth.gone is None
    }
    assert len(linked) == 8
    assert set(linked) == of_the_day
    empty = day - timedelta(days=300)
    assert get(f"{roznama.origin}/archive/{empty:%Y/%m/%d}").status == 404


def test_older_pages_of_the_chronicle_go_on_where_its_feed_ends(old_town: RunningTown) -> None:
    chronicle = "tirwal_chronicle"
    listings = [listed(old_town, chronicle, f"/feed/?paged={page}") for page in (1, 2, 3)]
    assert listings[0] == listed(old_town, chronicle, "/feed/")
    assert [index for page in listings for index in page] == list(range(119, -1, -1))
    assert get(f"{old_town.outlets[chronicle].origin}/feed/?paged=4").status == 404
