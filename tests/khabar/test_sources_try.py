import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawlers.catalogue import load_source
from crawlers.urls import MAX_URL_LENGTH
from khabar.newsroom.running import RunningTown, running_town
from khabar.trial_shown import readable
from tests.crawlers.outlet import Answer, Outlet, article, feed
from tests.khabar.command import assert_one_line, khabar

pytestmark = pytest.mark.usefixtures("warm_crawls", "warm_guards")

ARTICLES = 12


@pytest.fixture(scope="module")
def town() -> Iterator[RunningTown]:
    with running_town(articles=ARTICLES, now=datetime.now(UTC)) as running:
        yield running


@pytest.mark.parametrize(
    ("name", "kind", "language"),
    [
        ("mountain_ledger", "sitemap", "en"),
        pytest.param("tirwal_ghag", "feed", "ps", marks=pytest.mark.slow),
        pytest.param("roznama_tirwal", "feed", "ur", marks=pytest.mark.slow),
        pytest.param("awaz_wadi", "listing", "ur", marks=pytest.mark.slow),
        pytest.param("valley_herald", "feed", "en", marks=pytest.mark.slow),
    ],
)
def test_the_file_that_try_writes_collects_the_articles(
    tmp_path: Path, town: RunningTown, name: str, kind: str, language: str
) -> None:
    origin = town.outlets[name].origin
    host = origin.removeprefix("http://")
    home = tmp_path / "home"
    done = khabar(home, "sources", "try", origin, loopback=host)
    assert done.returncode == 0, done
    assert " words\n" in done.stderr
    assert {path.name for path in home.iterdir()} == {"locks"}
    file = home / "sources" / "tried_out.yml"
    file.parent.mkdir()
    file.write_text(done.stdout, "utf-8")
    source = load_source(file)
    assert source.entrances[0].kind == kind
    assert source.languages == (language,)
    assert source.name == town.outlets[name].name
    ran = khabar(home, "run", loopback=host)
    assert ran.returncode == 0, ran
    query = "SELECT url FROM articles"
    rows = khabar(home, "sql", "--json", query, loopback=host).stdout.splitlines()
    found = {json.loads(row)["url"] for row in rows}
    true = {one.url for one in town.truth() if one.outlet == name and one.kind == "article"}
    assert len(found) >= 0.9 * len(true), (found, true)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://10.0.0.1/", ("cannot be asked", "not a public address")),
        ("http://169.254.169.254/latest/meta-data/", ("cannot be asked", "not a public address")),
        ("http://127.0.0.1:9/", ("cannot be asked", "not a public address")),
        ("https://nobody.invalid/", ("cannot be asked", "dns")),
        ("ftp://valley.example/", ("not an http(s) URL",)),
        ("file:///etc/passwd", ("not an http(s) URL",)),
        ("http://[bad/", ("cannot be asked: Invalid IPv6 URL",)),
    ],
)
def test_an_address_that_cannot_be_asked_is_one_clear_line(
    tmp_path: Path, url: str, words: tuple[str, ...]
) -> None:
    done = khabar(tmp_path, "sources", "try", url, contact="https://khabar.example/us")
    assert done.stdout == ""
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("khabar: "), done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in last, done.stderr


def test_robots_that_forbids_everything_is_obeyed(tmp_path: Path, outlet: Outlet) -> None:
    outlet.routes["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /\n")
    done = khabar(tmp_path, "sources", "try", outlet.base, loopback=outlet.host)
    assert done.returncode != 0
    assert "robots.txt of 127.0.0.1" in done.stderr
    assert outlet.paths == ["/robots.txt"]


def test_an_outlet_that_blocks_us_is_asked_no_more(tmp_path: Path, outlet: Outlet) -> None:
    challenge = b"<title>Just a moment...</title>cf-chl-"
    outlet.routes["/"] = Answer(challenge, 403, {"cf-mitigated": "challenge"})
    for _ in range(2):
        done = khabar(tmp_path, "sources", "try", outlet.base, loopback=outlet.host)
        assert (done.returncode, done.stdout) == (1, "")
    assert "cannot be asked: host_resting" in done.stderr
    assert outlet.paths == ["/robots.txt", "/"]


def test_outlet_with_nothing_in_it_says_so(tmp_path: Path, outlet: Outlet) -> None:
    outlet.routes["/"] = Answer(b"<html><a href='/about'>About</a></html>")
    done = khabar(tmp_path, "sources", "try", outlet.base, loopback=outlet.host)
    assert (done.returncode, done.stdout) == (1, "")
    assert "no feed, sitemap or page that lists articles was found" in done.stderr
    assert len(outlet.paths) < 25


def test_redirect_to_the_real_host_is_followed_first(tmp_path: Path, outlet: Outlet) -> None:
    outlet.routes["/old"] = Answer(status=301, headers={"Location": "/section/kp"})
    links = "".join(f"<a href='/news/{n}/'>A headline of some length {n}</a>" for n in range(6))
    outlet.routes["/section/kp"] = Answer(f"<html>{links}</html>".encode())
    done = khabar(tmp_path, "sources", "try", f"{outlet.base}/old", loopback=outlet.host)
    assert outlet.paths.count("/old") == 1
    assert "/section/kp/feed/" in outlet.paths
    assert "5 pages not had (gone: HTTP 404), such as" in done.stderr
    assert f"home: {outlet.base}/section/kp\n" in done.stdout


def test_articles_that_robots_forbids_are_warned_of(tmp_path: Path, outlet: Outlet) -> None:
    outlet.routes["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /news/\n")
    links = "".join(f"<a href='/news/{n}/'>A headline of some length {n}</a>" for n in range(6))
    outlet.routes["/"] = Answer(f"<html>{links}</html>".encode())
    done = khabar(tmp_path, "sources", "try", outlet.base, loopback=outlet.host)
    assert "6 pages not had (robots: robots.txt of" in done.stderr
    assert not [path for path in outlet.paths if path.startswith("/news/")]


def small_outlet(outlet: Outlet, href: str, path: str) -> None:
    """Let an outlet's home page name one feed, of articles that can be read."""
    outlet.routes["/"] = Answer(
        f"<html><title>Valley</title><meta name=generator content='WordPress 6'>"
        f"<link rel=alternate type='application/rss+xml' href='{href}'></html>".encode()
    )
    names = [f"/news/{number}" for number in range(100, 106)]
    outlet.routes |= {path: feed(outlet.base, names), **{name: article(name) for name in names}}


@pytest.mark.parametrize(
    ("href", "path"),
    [
        ("/my feed.xml", "/my%20feed.xml"),
        ("/feed/{x}", "/feed/%7Bx%7D"),
        ("/feed/\u202etxt\x9b", "/feed/%E2%80%AEtxt%C2%9B"),
    ],
)
def test_odd_address_of_a_feed_is_written_as_it_is_asked(
    tmp_path: Path, outlet: Outlet, href: str, path: str
) -> None:
    small_outlet(outlet, href, path)
    done = khabar(tmp_path, "sources", "try", outlet.base, loopback=outlet.host)
    assert f"- feed: {outlet.base}{path}\n" in done.stdout
    assert f"- feed: {outlet.base}{path}?paged={{page}}\n" in done.stdout
    assert done.returncode == 0, done


def test_way_into_the_past_that_no_file_can_name_is_left_out(
    tmp_path: Path, outlet: Outlet
) -> None:
    path = "/feed/" + "x" * (MAX_URL_LENGTH - len(outlet.base) - 10)
    small_outlet(outlet, path, path)
    done = khabar(tmp_path, "sources", "try", outlet.base, loopback=outlet.host)
    assert done.returncode == 0, done
    assert f"- feed: {outlet.base}{path}\n" in done.stdout
    assert "backfill" not in done.stdout
    assert "warning: left out, not an http(s) address: " in done.stderr


def test_saved_file_is_a_source_and_none_is_overwritten(tmp_path: Path, outlet: Outlet) -> None:
    small_outlet(outlet, "/my.xml", "/my.xml")
    command = ("sources", "try", outlet.base, "--save")
    assert_one_line(khabar(tmp_path, *command, "No Name"), "'No Name' cannot name a source")
    assert outlet.paths == []
    done = khabar(tmp_path, *command, "valley", loopback=outlet.host)
    assert done.returncode == 0, done
    file = tmp_path / "sources" / "valley.yml"
    assert done.stderr.endswith(f"saved as {file}\n")
    assert file.read_text("utf-8") == done.stdout
    assert load_source(file).entrances[0].url == f"{outlet.base}/my.xml"
    asked = len(outlet.paths)
    done = khabar(tmp_path, *command, "valley", loopback=outlet.host)
    assert_one_line(done, f"{file}: is there already")
    assert len(outlet.paths) == asked
    done = khabar(tmp_path, *command, "second", loopback=outlet.host)
    assert done.returncode == 1
    assert "not saved: valley.yml has the same first entrance" in done.stderr
    assert [path.name for path in file.parent.iterdir()] == ["valley.yml"]


def test_file_that_brings_no_article_is_not_saved(tmp_path: Path, outlet: Outlet) -> None:
    small_outlet(outlet, "/my.xml", "/my.xml")
    for path in list(outlet.routes):
        if path.startswith("/news/"):
            del outlet.routes[path]
    command = ("sources", "try", outlet.base, "--save", "valley")
    done = khabar(tmp_path, *command, loopback=outlet.host)
    assert done.returncode == 1
    assert "not saved: no article could be read with it" in done.stderr
    assert not (tmp_path / "sources").exists()


def test_lines_for_the_operator_are_short_and_readable() -> None:
    assert readable("https://v.pk/%D8%AE%D8%A8%D8%B1%20a") == "https://v.pk/خبر%20a"
    for odd in ("https://v.pk/%E2%80%AE", "https://v.pk/%C2%9B", "https://v.pk/%FF%2F"):
        assert readable(odd) == odd


def test_hostile_outlet_cannot_write_on_the_terminal_or_into_the_file(
    tmp_path: Path, outlet: Outlet
) -> None:
    evil = "\x1b[31mEvil\u202e [bold]x[/] {n}"
    outlet.routes["/"] = Answer(
        f"<html><title>{evil}</title><link rel=alternate type='application/rss+xml' "
        "href='/my.xml'></html>".encode()
    )
    items = "".join(
        f"<item><title>{evil}</title><link>/news/{n}</link>"
        "<pubDate>Sun, 01 Mar 2020 10:00:00 +0500</pubDate></item>"
        for n in range(100, 108)
    )
    outlet.routes["/my.xml"] = Answer(
        f"<rss version='2.0'><channel>{items}</channel></rss>".replace("\x1b", "&#27;").encode()
    )
    for n in range(100, 108):
        outlet.routes[f"/news/{n}"] = Answer(f"<html><title>{evil}</title>short</html>".encode())
    done = khabar(tmp_path, "sources", "try", outlet.base, loopback=outlet.host)
    assert "\x1b" not in done.stdout + done.stderr
    assert "\u202e" not in done.stdout + done.stderr
    assert "warning: stale: the newest item is of 01 Mar 2020" in done.stderr
    path = tmp_path / "evil.yml"
    path.write_text(done.stdout, "utf-8")
    assert not load_source(path).verified
    assert done.returncode == 1
    assert len([path for path in outlet.paths if path.startswith("/news/")]) <= 5
