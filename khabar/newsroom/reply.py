"""What an outlet is asked, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from urllib.parse import parse_qs, urlsplit

from khabar.newsroom.dates import http_date

HTML = "text/html; charset=UTF-8"
XML = "application/xml; charset=UTF-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request line with its headers (names in lower case)."""

    method: str
    target: str
    headers: Mapping[str, str]

    @property
    def path(self) -> str:
        """The path without the query."""
        return urlsplit(self.target).path

    def query(self, name: str) -> str | None:
        """Read one value of the query."""
        return parse_qs(urlsplit(self.target).query).get(name, [None])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole answer; bodies without end are the server's affair."""

    status: int = 200
    body: bytes = b""
    content_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)
    modified: datetime | None = None


def page(html: str, *, modified: datetime | None = None, status: int = 200) -> Reply:
    """Answer with a page in UTF-8."""
    return Reply(body=html.encode(), modified=modified, status=status)


def redirect(location: str, status: int = 301) -> Reply:
    """Send the reader elsewhere."""
    return Reply(status=status, headers={"Location": location})


def with_validators(reply: Reply, request: Request) -> Reply:
    """Add ETag and Last-Modified; answer 304 where the reader has the same already."""
    if reply.status != 200:
        return reply
    etag = f'"{blake2b(reply.body, digest_size=8).hexdigest()}"'
    headers = dict(reply.headers) | {"ETag": etag}
    if reply.modified is not None:
        headers["Last-Modified"] = http_date(reply.modified)
    known, since = request.headers.get("if-none-match"), request.headers.get("if-modified-since")
    same = etag in known if known is not None else since == headers.get("Last-Modified", "")
    if same:
        return Reply(status=304, headers=headers, content_type=reply.content_type)
    return Reply(
        body=reply.body, content_type=reply.content_type, headers=headers, modified=reply.modified
    )
