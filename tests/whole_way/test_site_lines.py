"""A line that a later batch learns makes no version of what an earlier batch has loaded."""

from datetime import timedelta
from pathlib import Path

import pytest

from crawlers.ledger import read_manifest
from khabar.run import finish, gather
from tests.crawlers.outlet import Answer, Outlet
from tests.whole_way.walk import Nobody, differences, name_batch, plan, rows, settle, tables
from warehouse.connection import snapshot_file
from warehouse.rebuild import rebuild_warehouse

pytestmark = pytest.mark.usefixtures("warm_crawls", "warm_guards")

OFFER = "Carry the valley in your pocket: our news is now on your phone as well"
FIRST, SECOND = ("same", "changed", "third", "fourth"), ("fifth",)
DAY = timedelta(days=1)


def story(name: str, level: int = 0) -> list[str]:
    told = [
        " ".join(f"{name}{part}word{number} was told." for number in range(12)) for part in range(6)
    ]
    return [*told[:-1], f"Toll {level} of {name} was what the council of the valley counted."]


def print_page(name: str, level: int = 0, look: int = 0) -> Answer:
    lines = "".join(f"<p>{line}</p>" for line in [*story(name, level), OFFER])
    return Answer(
        f"<html><head><title>News of {name}</title></head><body><article><h1>News of {name}</h1>"
        f"{lines}</article><!-- look {look} --></body></html>".encode()
    )


def take_batch(outlet: Outlet, home: Path, names: tuple[str, ...], after: timedelta) -> None:
    settings = settle(outlet, home, [f"/news/{name}" for name in names])
    batch = plan(settings, *name_batch(home, after), force=True)
    outcomes = gather(batch, read_manifest(batch).sources, Nobody())
    assert [one.error for one in outcomes if one.error] == []
    assert finish(batch, Nobody()).published


def text(name: str, level: int = 0) -> str:
    return "\n".join(story(name, level))


@pytest.mark.parametrize("look", [0, 1], ids=["same bytes", "other bytes"])
def test_only_what_the_outlet_changed_is_a_version(
    outlet: Outlet, tmp_path: Path, look: int
) -> None:
    for name in FIRST + SECOND:
        outlet.routes[f"/news/{name}"] = print_page(name)
    take_batch(outlet, tmp_path, FIRST, timedelta())
    unclean = {name: (f"{text(name)}\n{OFFER}", 1) for name in FIRST}
    assert bodies(tmp_path) == unclean
    for name in FIRST:
        outlet.routes[f"/news/{name}"] = print_page(name, int(name == "changed"), look)
    take_batch(outlet, tmp_path, FIRST + SECOND, DAY)
    assert rows(snapshot_file(tmp_path), "select line, place, pages from site_lines") == [
        (OFFER, "end", 5)
    ]
    # A page that is the same to the byte is not read again, and stays as it was.
    now = {name: (text(name), 1) for name in FIRST + SECOND} if look else unclean
    now |= {"changed": (text("changed", 1), 2), "fifth": (text("fifth"), 1)}
    assert bodies(tmp_path) == now
    outlet.routes["/news/third"] = print_page("third", 7)
    take_batch(outlet, tmp_path, FIRST + SECOND, 2 * DAY)
    assert bodies(tmp_path) == now | {"third": (text("third", 7), 2)}
    before = rows(snapshot_file(tmp_path), "select body from article_versions order by 1")
    assert before == [(text("changed"),), (text("third"),)]
    loaded = tables(tmp_path)
    rebuild_warehouse(tmp_path)
    assert list(differences(loaded, tables(tmp_path))) == []


def bodies(home: Path) -> dict[str, tuple[str, int]]:
    found = rows(snapshot_file(home), "select url, body, version_count from articles")
    return {str(url).rpartition("/")[2]: (str(body), int(count)) for url, body, count in found}
