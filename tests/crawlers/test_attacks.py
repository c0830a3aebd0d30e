"""Hostile answers on real sockets: each costs its own line, within a bound of time and bytes."""

import gzip
import os
import socket
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

import brotli  # type: ignore[import-untyped]
import pytest

from crawlers.archive import read_page
from crawlers.catalogue import Entrance, Politeness
from crawlers.crawl import crawl_source
from crawlers.ledger import read_fetches, read_polls
from crawlers.page import Fetch
from tests.crawlers.outlet import Answer, Outlet, article, feed, plan, source

OK = b"HTTP/1.1 200 OK\r\n"
BRIEF = Politeness(delay_seconds=0, max_minutes=0.25)
RESOLVER = """
import socket
real, names = socket.getaddrinfo, {names!r}

def getaddrinfo(host, *rest, **more):
    if host not in names:
        return real(host, *rest, **more)
    # The first look-up gets the first address, and so on: DNS rebinding.
    address = names[host].pop(0) if len(names[host]) > 1 else names[host][0]
    return real(address, *rest, **more)

socket.getaddrinfo = getaddrinfo
"""


def raw(body: bytes, again: bytes = b"", pause: float = 0.0) -> Answer:
    return Answer(body, behave="raw", again=again, pause=pause)


def bomb(coding: str) -> Answer:
    plain = b" " * (11 << 20)
    pack = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}[coding]
    return Answer(pack(plain), headers={"Content-Encoding": coding})


def moved(to: str) -> Answer:
    return Answer(status=302, headers={"Location": to})


ATTACKS: dict[str, tuple[Answer, set[str | None]]] = {
    "headers": (raw(OK, b"X-a: " + b"b" * 9000 + b"\r\n"), {"too_large"}),
    "header": (raw(OK + b"X-a: ", b"b" * 65536), {"too_large"}),
    "folded": (raw(OK + b"X-a: b\r\n", b" goes on\r\n" * 1000), {"too_large"}),
    "continue": (raw(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), {"too_large"}),
    "drip": (raw(OK, b"X-a: b\r\n", 0.2), {"timeout"}),
    "byte": (raw(b"H", b"T", 0.2), {"timeout", "bad_response"}),
    "old": (raw(b"<html>no status line\r\n\r\n"), {"bad_response"}),
    "nothing": (raw(b""), {"reset"}),
    "status": (raw(b"HTTP/1.1 two OK\r\n\r\n"), {"bad_response"}),
    "nul": (raw(OK + b"X-\0a: b\0\r\nContent-Length: 2\r\n\r\nok"), {"bad_response"}),
    "null": (raw(OK + b"X-a: b\0\x1b\xff\r\nContent-Length: 2\r\n\r\nok"), {None}),
    "chunk": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nxx"), {"bad_response", "reset"}),
    "chunks": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFF\r\n", b"x" * 65536),
               {"too_large"}),
    "size": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1" * 65536),
             {"bad_response", "reset"}),
    "short": (raw(OK + b"Content-Length: 99\r\n\r\nshort"), {"reset"}),
    "minus": (raw(OK + b"Content-Length: -5\r\n\r\nok"), {"bad_response"}),
    "lengths": (raw(OK + b"Content-Length: 2\r\nContent-Length: 9\r\n\r\nok"), {"bad_response"}),
    "gzip": (bomb("gzip"), {"too_large"}),
    "deflate": (bomb("deflate"), {"too_large"}),
    "br": (bomb("br"), {"too_large"}),
    "file": (moved("file:///etc/hostname"), {"bad_response"}),
    "ftp": (moved("ftp://127.0.0.1/x"), {"bad_response"}),
    "script": (moved("javascript:alert(1)"), {"bad_response"}),
    "user": (moved("http://root:x@127.0.0.1/"), {"bad_response"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Fetch], Path]:
    lines: dict[str, Fetch] = {}
    outlet, home = Outlet(), tmp_path_factory.mktemp("home")
    names = list(ATTACKS)
    outlet.routes |= {f"/news/{name}": answer for name, (answer, _) in ATTACKS.items()}
    outlet.routes |= {f"/news/fine{at}": article(f"fine {at}") for at in range(len(names))}
    # Five failures in a row would let the host rest; a page that is well comes after each attack.
    paths = [path for at, name in enumerate(names) for path in (f"/news/{name}", f"/news/fine{at}")]
    for run in range(0, len(paths), 16):
        outlet.routes["/feed"] = feed(outlet.base, paths[run : run + 16])
        batch = plan(home, source(outlet, politeness=BRIEF), run=str(run))
        assert crawl_source(batch, "valley").attempt == 1
        for line in read_fetches(batch, "valley"):
            lines[line.url.rpartition("/")[2]] = line
    outlet.close()
    return lines, home


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_costs_its_own_line(attacked: tuple[dict[str, Fetch], Path], name: str) -> None:
    assert attacked[0][name].reason in ATTACKS[name][1]


def test_pages_between_the_attacks_are_whole(attacked: tuple[dict[str, Fetch], Path]) -> None:
    lines, home = attacked
    for at in range(len(ATTACKS)):
        assert read_page(home, "valley", lines[f"fine{at}"]).body == article(f"fine {at}").body
    assert read_page(home, "valley", lines["null"]).body == b"ok"


def test_tls_that_never_shakes_hands_is_given_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        assert_given_up(f"127.0.0.1:{mute.getsockname()[1]}", tmp_path, "https")


def test_port_that_never_accepts_is_given_up(tmp_path: Path) -> None:
    with socket.socket() as full, ExitStack() as stack:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):  # more than its queue holds, so that the kernel answers nobody
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        assert_given_up(f"127.0.0.1:{full.getsockname()[1]}", tmp_path, "http")


def assert_given_up(host: str, home: Path, scheme: str) -> None:
    outlet = Outlet()
    outlet.close()
    way = Entrance(kind="feed", url=f"{scheme}://{host}/feed")
    batch = plan(home, source(outlet, hosts=(host,), entrances=(way,), politeness=BRIEF))
    began = monotonic()
    assert crawl_source(batch, "valley").failed
    assert monotonic() - began < 30
    (poll,) = read_polls(batch, "valley")
    assert poll.reason == "timeout"


@pytest.fixture
def teach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, list[str]], None]:
    """Give a name addresses, one a look-up, that only the crawl's process knows."""

    def teach_name(name: str, addresses: list[str]) -> None:
        folder = tmp_path / "names"
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(RESOLVER.format(names={name: addresses}))
        monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)

    return teach_name


def test_name_that_changes_its_address_is_refused(
    outlet: Outlet, tmp_path: Path, teach: Callable[[str, list[str]], None]
) -> None:
    # 0.0.0.0 is this machine too: were it not refused, the outlet would be asked for its feed.
    teach("rebind.test", ["127.0.0.1", "0.0.0.0"])  # noqa: S104
    outlet.routes["/feed"] = feed(outlet.base, [])
    host = f"rebind.test:{outlet.port}"
    way = Entrance(kind="feed", url=f"http://{host}/feed")
    batch = plan(tmp_path, source(outlet, hosts=(host,), entrances=(way,)), loopback=(host,))
    crawl_source(batch, "valley")
    (poll,) = read_polls(batch, "valley")
    assert (poll.reason, outlet.paths) == ("private_address", ["/robots.txt"])
    assert poll.detail == f"{host} is at 0.0.0.0, which is not a public address"


def test_private_address_is_refused_by_every_way(
    outlet: Outlet, tmp_path: Path, teach: Callable[[str, list[str]], None]
) -> None:
    lan = f"lan.test:{outlet.port}"
    teach("lan.test", ["127.0.0.1"])
    outlet.routes |= {
        "/feed": feed(outlet.base, [], extra=f"<item><link>http://{lan}/news/1</link></item>"),
        "/moved": moved(f"http://{lan}/feed"),
        "/index.xml": Answer(
            f"<sitemapindex><sitemap><loc>http://{lan}/part.xml</loc></sitemap></sitemapindex>"
            .encode()
        ),
    }  # fmt: skip
    ways = [
        Entrance(kind="feed", url=f"{outlet.base}/feed"),
        Entrance(kind="feed", url=f"{outlet.base}/moved"),
        Entrance(kind="sitemap", url=f"{outlet.base}/index.xml"),
        Entrance(kind="listing", url=f"http://{lan}/list"),
        Entrance(kind="feed", url=f"http://{outlet.host.replace('127.0.0.1', '127.0.0.2')}/feed"),
    ]
    of = source(outlet, hosts=(outlet.host, lan), entrances=tuple(ways))
    batch = plan(tmp_path, of, loopback=(outlet.host,), contact="https://v.example/about")
    crawl_source(batch, "valley")
    reasons = {poll.entrance.partition("/")[2]: poll.reason for poll in read_polls(batch, "valley")}
    assert [reasons[way.url.partition("/")[2]] for way in ways[1:]] == ["private_address"] * 4
    (line,) = read_fetches(batch, "valley")
    assert (line.disposition, line.reason) == ("failed", "private_address")
    assert {headers["host"] for _, _, headers in outlet.log} == {outlet.host}


def test_robots_that_leads_to_a_private_address_allows_nothing(
    outlet: Outlet, tmp_path: Path, teach: Callable[[str, list[str]], None]
) -> None:
    lan = f"lan.test:{outlet.port}"
    teach("lan.test", ["127.0.0.1"])
    outlet.routes |= {
        "/feed": feed(outlet.base, []),
        "/robots.txt": moved(f"http://{lan}/robots.txt"),
    }
    batch = plan(tmp_path, source(outlet))
    crawl_source(batch, "valley")
    (poll,) = read_polls(batch, "valley")
    assert (poll.reason, outlet.paths) == ("private_address", ["/robots.txt"])


def test_port_that_is_not_the_web_is_refused_unless_the_source_names_it(
    outlet: Outlet, tmp_path: Path
) -> None:
    way = Entrance(kind="feed", url=f"{outlet.base}/feed")
    outlet.routes["/feed"] = moved("http://127.0.0.1:6379/")
    batch = plan(tmp_path, source(outlet, entrances=(way,)))
    crawl_source(batch, "valley")
    (poll,) = read_polls(batch, "valley")
    assert (poll.reason, poll.status) == ("private_address", None)
