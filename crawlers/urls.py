"""url_key(), the syntactic normal form of a URL, and the guard against private addresses."""

import ipaddress
import re
import unicodedata
from collections.abc import Collection
from contextlib import suppress
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes, urlsplit

import tldextract
import xxhash

MAX_URL_LENGTH = 2048
_SHOWN = 200
"""Characters of a text that is no address which its key shows."""
_DEFAULT_PORTS = (None, 80, 443)
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_LITERAL = "!$&'()*+,;=:@/?[]%"
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_TRACKING = re.compile(
    r"(utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|mc_[ce]id"
    r"|_g[al]|ref_src|at_(medium|campaign|custom\d|link_\w+|format|ptr_name|bbc_team)|ocid|xtor"
    r"|srsltid|mibextid|mkt_tok|_hs(enc|mi)|fb_(action_ids|action_types|source|ref)"
    r"|phpsessid|jsessionid|aspsessionid\w+|cf(id|token))",
    re.IGNORECASE,
)
_SESSION = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=:@/?\[\]]*")
_LETTERS = re.compile(r"(?:%[89A-F][0-9A-F])+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_UNWRITTEN = re.compile(r'[^\x21-\x7e]|["<>`{}]')
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_PUBLIC_V6 = (ipaddress.ip_network("2000::/3"), _NAT64)
"""IANA has given out nothing else that is unicast and global; NAT64 stands for an IPv4 address."""
_SPECIAL = tuple(
    ipaddress.ip_network(text) for text in ("192.88.99.0/24", "3fff::/20", "2001::/23")
)
"""Relays of 6to4 (RFC 7526), documentation (RFC 9637), IETF protocols with Teredo (RFC 2928)."""
_EXTRACT = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


class TooLongError(ValueError):
    """A URL longer than MAX_URL_LENGTH."""


def url_key(url: str) -> str:
    """Fold the spellings of one URL into one key, itself a URL.

    RFC 3986 normalisation (case of scheme and host, percent-encoding, dot segments, default port);
    http folds into https; fragment, user, trailing slash, empty and tracking parameters go;
    parameters are sorted by name, since servers read them by name; letters are composed (Unicode
    NFC), as Urdu and Pashto slugs are typed either way. Case of the path, other parameters and
    `www.` stay: hosts with and without it are two until a redirect proves otherwise.

    Raises:
        TooLongError: where nobody should ask so long a URL.
        ValueError: where the text is no http(s) URL that can be asked.
    """
    parts = urlsplit(_CONTROLS.sub("", url).strip())
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        raise ValueError(f"not an http(s) URL: {url[:120]!r}")
    host = _ascii_host(parts.hostname)
    port = "" if parts.port in _DEFAULT_PORTS else f":{parts.port}"
    path = _without_dots(_SESSION.sub("", _escape(parts.path))).rstrip("/") or "/"
    query = "&".join(_meaningful(_escape(parts.query)))
    key = f"https://{host}{port}{path}" + (f"?{query}" if query else "")
    if len(key) > MAX_URL_LENGTH:
        raise TooLongError(f"longer than {MAX_URL_LENGTH} characters: {url[:120]!r}")
    return key


def ascii_url(url: str) -> str:
    """Write a URL as it is asked and archived: what no URI may hold (RFC 3986) is escaped.

    Spaces, control and bidirectional characters and all that is not ASCII; the url_key stays.
    """
    if url.isascii() and not _UNWRITTEN.search(url):
        return url
    scheme, mark, rest = _CONTROLS.sub("", url).strip().partition("://")
    host = re.split(r"[/?#:]", rest, maxsplit=1)[0]
    if not host.isascii():
        # What is no host's name is refused when it is asked.
        with suppress(ValueError):
            rest = _ascii_host(host) + rest[len(host) :]
    return _UNWRITTEN.sub(_quoted, f"{scheme}{mark}{rest}")


def unaskable_key(text: str) -> str:
    """Name a text that has no url_key in the ledger: printable, bounded, and equal to no key."""
    shown = "".join(char if char.isprintable() else " " for char in text[:_SHOWN])
    rest = f" … #{key_hash(text):x}" if shown != text else ""
    return f"unaskable:{shown}{rest}"


def key_hash(text: str) -> int:
    """Hash a key to 63 bits, so that it fits a signed BIGINT."""
    return xxhash.xxh3_64_intdigest(text.encode("utf-8", "surrogatepass")) >> 1


@lru_cache(maxsize=10_000)
def registered_domain(host: str) -> str:
    """Find the domain that was registered: `www.dawn.com` → `dawn.com`.

    Hosts without one (addresses, localhost) are returned as given, with their port.
    """
    name = host.lower().rstrip(".")
    bare = name.partition(":")[0] if name.count(":") == 1 else name
    return str(_EXTRACT(bare).top_domain_under_public_suffix) or name


def host_of(url: str) -> str:
    """Give a URL's host, with its port where that is not the default one."""
    return url_key(url).split("/", 3)[2]


def host_of_key(key: str) -> str:
    """Give the host of a url_key, as host_of() gives a URL's."""
    return key.split("/", 3)[2]


def address_refusal(ip: str, host_port: str, loopback: Collection[str]) -> str | None:
    """Say why an address must not be connected to, or None where it may be.

    Only addresses of the public internet pass, and loopback for exactly the `host:port` pairs
    given, so that neither DNS rebinding nor a redirect reaches a private network.
    """
    address = ipaddress.ip_address(ip.partition("%")[0])
    if address.is_loopback and host_port in loopback:
        return None
    if all(map(_is_public, (address, *_embedded(address)))):
        return None
    return f"{host_port} is at {ip}, which is not a public address"


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Tell whether an address is of the public internet: IANA's lists, newer than Python's own."""
    if any(address in network for network in _SPECIAL if network.version == address.version):
        return False
    if address.version == 6 and not any(address in network for network in _PUBLIC_V6):
        return False
    return address.is_global and not address.is_multicast


def _embedded(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> list[ipaddress.IPv4Address]:
    """List the IPv4 addresses that an IPv6 address is a way to (6to4, NAT64)."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found = [address.sixtofour]
    if address in _NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in found if one is not None]


def _ascii_host(host: str) -> str:
    name = host.rstrip(".").lower()
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            raise ValueError(f"not a host name: {host[:120]!r}") from None
    if ":" in name:
        return f"[{name}]"
    if not re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", name):
        raise ValueError(f"not a host name: {host[:120]!r}")
    return name


def _escape(text: str) -> str:
    """Write each byte in its one normal form: itself where RFC 3986 allows it, else %XX."""
    if _PLAIN.fullmatch(text):
        return text
    if "%" in text:
        text = _ESCAPE.sub(_in_one_form, text)
    coded = quote(text, safe=_LITERAL, errors="surrogatepass")
    return _LETTERS.sub(_composed, coded)


def _quoted(found: re.Match[str]) -> str:
    return quote(found[0], safe="", errors="surrogatepass")


def _in_one_form(escape: re.Match[str]) -> str:
    """Write an escape in capitals, what needs none as itself, and a lone % as one."""
    if not escape[1]:
        return "%25"
    char = chr(int(escape[1], 16))
    return char if char in _UNRESERVED else escape[0].upper()


def _composed(found: re.Match[str]) -> str:
    """Compose a run of letters that are not ASCII, where it is UTF-8 and stays what it is."""
    try:
        letters = unquote_to_bytes(found[0]).decode()
    except UnicodeDecodeError:
        return found[0]  # windows-1256, say
    if unicodedata.is_normalized("NFC", letters):
        return found[0]
    letters = unicodedata.normalize("NFC", letters)
    # A few signs compose to ASCII (U+037E to a semicolon), which could mean something else.
    return found[0] if any(char.isascii() for char in letters) else quote(letters, safe="")


def _without_dots(path: str) -> str:
    """Remove dot segments (RFC 3986, 5.2.4)."""
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    return "/" + "/".join(kept)


def _meaningful(query: str) -> list[str]:
    pairs = [pair for pair in query.split("&") if pair]
    kept = [pair for pair in pairs if not _TRACKING.fullmatch(pair.partition("=")[0])]
    return sorted(kept, key=lambda pair: pair.partition("=")[0])
