"""What keeps the child process in check: limits, certificates, and no orphans."""

import _thread
import datetime as dt
import ipaddress
import ssl
import threading
import time
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from crawlers import crawl
from crawlers.catalogue import Politeness
from crawlers.crawl import CrawlDiedError, crawl_source
from crawlers.ledger import read_polls
from tests.crawlers.outlet import Answer, Outlet, article, feed, plan, source


def crawlers_running() -> list[psutil.Process]:
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "crawlers.run" in " ".join(child.cmdline())]


def test_crawl_over_its_hard_limit_is_stopped(
    outlet: Outlet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawl, "GRACE_SECONDS", -57.0)
    outlet.routes["/feed"] = Answer(behave="silent")
    batch = plan(tmp_path, source(outlet))
    with pytest.raises(CrawlDiedError, match="hard limit"):
        crawl_source(batch, "valley")
    assert crawlers_running() == []


def test_exception_in_the_task_leaves_no_orphan(outlet: Outlet, tmp_path: Path) -> None:
    outlet.routes["/feed"] = Answer(behave="silent")
    batch = plan(tmp_path, source(outlet))

    def interrupt_when_asked() -> None:
        ends = time.monotonic() + 20
        while "/feed" not in outlet.paths and time.monotonic() < ends:
            time.sleep(0.05)
        _thread.interrupt_main()

    threading.Thread(target=interrupt_when_asked).start()
    with pytest.raises(KeyboardInterrupt):
        crawl_source(batch, "valley")
    assert crawlers_running() == []


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "valley")])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "valley.pem", folder / "valley.key"
    public.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public


def test_certificate_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, public = certificate(tmp_path)
    outlet = Outlet(tls=context)
    try:
        outlet.routes |= {"/feed": feed(outlet.base, ["/news/1"]), "/news/1": article("/news/1")}
        batch = plan(tmp_path, source(outlet))
        report = crawl_source(batch, "valley")
        assert report.failed
        assert [poll.reason for poll in read_polls(batch, "valley")] == ["tls"]
        assert outlet.log == []
        monkeypatch.setenv("SSL_CERT_FILE", str(public))
        assert crawl_source(batch, "valley").fetched == 1
    finally:
        outlet.close()


def test_delay_of_the_source_is_kept(outlet: Outlet, tmp_path: Path) -> None:
    names = [f"/news/{n}" for n in range(3)]
    outlet.routes |= {"/feed": feed(outlet.base, names), **{name: article(name) for name in names}}
    batch = plan(tmp_path, source(outlet, politeness=Politeness(delay_seconds=0.4)))
    assert crawl_source(batch, "valley").fetched == 3
    times = [at for _, at, _ in outlet.log]
    assert len(times) == 5
    assert min(after - before for before, after in pairwise(times)) > 0.38
