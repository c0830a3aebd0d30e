from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from crawlers import archive_documents
from khabar import backfill_state
from tests.crawlers.outlet import Answer, Outlet, article
from tests.khabar.command import Done, assert_one_line, khabar

pytestmark = pytest.mark.usefixtures("warm_crawls", "warm_guards")

ZONE = "Asia/Karachi"
LAST = datetime.now(UTC).date() - timedelta(days=10)
FIRST = LAST - timedelta(days=2)


def write_source(outlet: Outlet, home: Path, path: str, kind: str = "sitemap") -> None:
    entry = {
        "name": "Valley", "home": f"{outlet.base}/", "languages": ["en"],
        "timezone": ZONE, "hosts": [outlet.host], "article": "/news/",
        "entrances": [{"sitemap": f"{outlet.base}/live.xml"}],
        "backfill": [{kind: outlet.base + path}], "politeness": {"delay_seconds": 0},
    }  # fmt: skip
    file = home / "sources" / "valley.yml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(entry), "utf-8")


def list_articles(outlet: Outlet, path: str, *names: str) -> None:
    for name in names:
        outlet.routes[f"/news/{name}"] = article(name)
    locs = "".join(f"<url><loc>{outlet.base}/news/{name}</loc></url>" for name in names)
    outlet.routes[path] = Answer(f"<urlset>{locs}</urlset>".encode())


def list_parts(outlet: Outlet, path: str, *parts: str) -> None:
    locs = "".join(f"<sitemap><loc>{outlet.base}{part}</loc></sitemap>" for part in parts)
    outlet.routes[path] = Answer(f"<sitemapindex>{locs}</sitemapindex>".encode())


def backfill(outlet: Outlet, home: Path, first: date = FIRST, last: date = LAST) -> Done:
    days = ("--from", str(first), "--to", str(last))
    return khabar(home, "backfill", "valley", *days, loopback=outlet.host)


def test_mended_source_file_begins_a_backfill_that_was_done_anew(
    outlet: Outlet, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    list_articles(outlet, "/good.xml", "1", "2")
    write_source(outlet, home, "/typo.xml")
    assert "could not be had" in backfill(outlet, home).stdout
    write_source(outlet, home, "/good.xml")
    done = backfill(outlet, home)
    assert (done.returncode, outlet.paths.count("/good.xml")) == (0, 1), done.stderr
    assert "is done: 1 archive document read, 2 articles listed" in done.stdout
    again = backfill(outlet, home)
    assert "was done on 20" in again.stdout
    assert outlet.paths.count("/good.xml") == 1


def test_backfill_up_to_today_is_never_closed_but_reads_no_old_archive_again(
    outlet: Outlet, tmp_path: Path
) -> None:
    home, today = tmp_path / "home", datetime.now(ZoneInfo(ZONE)).date()
    days = [today - timedelta(days=back) for back in range(5)]
    for day in days:
        list_articles(outlet, f"/{day}.xml", str(day))
    write_source(outlet, home, "/{yyyy}-{mm}-{dd}.xml")
    assert backfill(outlet, home, days[4], today).returncode == 0
    list_articles(outlet, f"/{today}.xml", str(today), "late")
    again = backfill(outlet, home, days[4], today)
    assert again.returncode == 0, again.stderr
    assert "1 new article " in again.stdout
    assert outlet.paths.count(f"/{today}.xml") == 2
    assert outlet.paths.count(f"/{days[4]}.xml") == 1
    assert outlet.paths.count(f"/news/{today}") == 1


def test_days_without_an_archive_are_counted_in_one_line(outlet: Outlet, tmp_path: Path) -> None:
    home = tmp_path / "home"
    list_articles(outlet, f"/{LAST}.xml", "1")
    write_source(outlet, home, "/{yyyy}-{mm}-{dd}.xml")
    done = backfill(outlet, home)
    assert done.returncode == 0, done.stdout
    assert "not there: 2 dated archives, such as " in done.stdout
    assert "could not be had" not in done.stdout


def test_archives_of_which_none_is_there_are_a_fault_of_the_source_file(
    outlet: Outlet, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    write_source(outlet, home, "/{yyyy}-{mm}-{dd}.xml")
    done = backfill(outlet, home)
    assert done.returncode == 1
    assert "mend `backfill:` of valley.yml" in done.stdout


def test_backfill_reads_no_more_documents_than_its_bound_and_says_so(
    outlet: Outlet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    for module in (archive_documents, backfill_state):
        monkeypatch.setattr(module, "MAX_DOCUMENTS", 8)
    names = [f"/part{number}.xml" for number in range(20)]
    list_parts(outlet, "/index.xml", *names)
    for name in names:
        list_articles(outlet, name)
    write_source(outlet, home, "/index.xml")
    done = backfill(outlet, home)
    assert done.returncode == 1
    assert "not read: 1" in done.stdout
    assert "documents beyond the bound of 8; take fewer days" in done.stdout
    assert sum(path.startswith("/part") for path in outlet.paths) <= 20


@pytest.mark.parametrize("damage", ["", '{"source_id": "valley", "first"', '{"rest": 1}'])
def test_damaged_state_is_told_in_one_line_that_names_the_file(
    outlet: Outlet, tmp_path: Path, damage: str
) -> None:
    home = tmp_path / "home"
    write_source(outlet, home, "/index.xml")
    path = home / "backfill" / f"valley-{FIRST}-{LAST}.json"
    path.parent.mkdir(parents=True)
    path.write_text(damage, "utf-8")
    assert_one_line(backfill(outlet, home), str(path), "delete it")


def test_backfill_from_before_the_first_news_site_is_refused(
    outlet: Outlet, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    write_source(outlet, home, "/index.xml")
    assert_one_line(backfill(outlet, home, date(1, 1, 1)), "1995-01-01")
