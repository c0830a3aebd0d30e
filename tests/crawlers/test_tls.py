"""Certificates are verified; an exception is one source's, has a reason, and is on its polls."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from crawlers.crawl import crawl_source
from crawlers.ledger import read_fetches, read_polls
from tests.crawlers.outlet import Answer, Outlet, article, feed, plan, source

pytestmark = pytest.mark.usefixtures("warm_crawls")

REASON = "its certificate ended in 2025, and it answers no mail"


def self_signed(file: Path) -> Outlet:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return Outlet(context)


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Outlet]:
    outlet = self_signed(tmp_path / "self-signed.pem")
    outlet.routes |= {"/feed": feed(outlet.base, ["/news/1"]), "/news/1": article("1")}
    yield outlet
    outlet.close()


def test_certificate_is_verified(
    secure: Outlet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = plan(tmp_path, source(secure))
    report = crawl_source(batch, "valley")
    (poll,) = read_polls(batch, "valley")
    assert (report.failed, poll.reason, secure.log) == (True, "tls", [])
    assert "certificate verify failed" in (poll.detail or "")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "self-signed.pem"))
    trusting = plan(tmp_path / "other", source(secure))
    assert crawl_source(trusting, "valley").fetched == 1


def test_source_with_an_exception_is_read_and_says_so(
    secure: Outlet, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    batch = plan(tmp_path, source(secure, tls_exception=REASON))
    crawl_source(batch, "valley")
    (line,) = read_fetches(batch, "valley")
    (poll,) = read_polls(batch, "valley")
    assert line.disposition == "fetched"
    assert poll.detail == f"certificate not verified: {REASON}"
    assert f"certificates not verified: {REASON}" in caplog.messages


def test_exception_is_none_for_a_host_that_is_not_the_sources(
    secure: Outlet, tmp_path: Path
) -> None:
    other = self_signed(tmp_path / "other.pem")
    other.routes["/feed"] = feed(secure.base, ["/news/1"])
    secure.routes["/feed"] = Answer(status=302, headers={"Location": f"{other.base}/feed"})
    own = source(secure, tls_exception=REASON)
    batch = plan(tmp_path, own, loopback=(secure.host, other.host))
    crawl_source(batch, "valley")
    (poll,) = read_polls(batch, "valley")
    other.close()
    assert (poll.reason, other.paths) == ("tls", [])
    assert secure.paths == ["/robots.txt", "/feed"]
