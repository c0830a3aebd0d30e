"""HTTP on loopback for one outlet: small, and able to misbehave."""

import asyncio
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from errno import EADDRINUSE
from http import HTTPStatus

from khabar.newsroom.faults import HUGE, Fault, changed_reply, reset, stream
from khabar.newsroom.reply import Reply, Request, redirect, with_validators

LOOPBACK = "127.0.0.1"
_IDLE_SECONDS = 60
_END_OF_TALK = (
    ConnectionError,
    TimeoutError,
    asyncio.CancelledError,
    asyncio.IncompleteReadError,
    asyncio.LimitOverrunError,
)


class PortInUseError(Exception):
    """Another program listens on a port; the message names it and the mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One line of the access log."""

    at: datetime
    """By the machine's clock, not by the town's."""
    outlet: str
    host: str
    method: str
    path: str
    """With the query."""
    status: int
    """0 where the connection was broken."""
    size: int
    """Bytes of the body as the outlet has it; a fault may send fewer or more."""
    headers: dict[str, str]
    """The request's, names in lower case."""

    @property
    def user_agent(self) -> str:
        """Who asked."""
        return self.headers.get("user-agent", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What answers on one port."""

    id: str
    answer: Callable[[Request], Reply]
    fault: Callable[[Request], Fault | None]
    log: Callable[[Visit], None]


async def listen(site: Site, port: int) -> asyncio.Server:
    """Open a port for a site; 0 takes any free one.

    Raises:
        PortInUseError: naming the port and the mend.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Cancelled at the end of the town: asyncio reports a handler that ends so as a fault.
        with closing(writer), suppress(*_END_OF_TALK):
            await _converse(site, reader, writer)

    try:
        return await asyncio.start_server(serve, LOOPBACK, port, limit=256 * 1024)
    except OSError as error:
        why = "is in use" if error.errno == EADDRINUSE else f"cannot be opened ({error.strerror})"
        raise PortInUseError(
            f"port {port} on {LOOPBACK} {why}: stop what listens there, or give another --port"
        ) from None


async def _converse(site: Site, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _IDLE_SECONDS)
        request = _parse(head)
        length = int(request.headers.get("content-length", "0"))
        await reader.readexactly(length)
        if not await _answer(site, request, writer):
            return


async def _answer(site: Site, request: Request, writer: asyncio.StreamWriter) -> bool:
    fault = site.fault(request)
    if fault is not None and fault.kind == "reset":
        site.log(_visit(site, request, Reply(status=0)))
        reset(writer)
        return False
    if request.path == "/loop":
        reply = redirect(request.query("back") or "/", 302)
    elif fault is None:
        reply = with_validators(site.answer(request), request)
    else:
        reply = changed_reply(fault, request, site.answer(request))
    stays = request.headers.get("connection", "").lower() != "close" and fault is None
    # Before the answer, so that a reader who has it finds it in the log.
    site.log(_visit(site, request, reply))
    writer.write(_head(reply, fault, stays=stays))
    if request.method != "HEAD":
        async for part in stream(fault, reply):
            writer.write(part)
            await writer.drain()
    return stays


def _parse(head: bytes) -> Request:
    first, *lines = head.decode("latin-1").split("\r\n")
    if first.count(" ") != 2:
        raise ConnectionAbortedError(f"not HTTP: {first[:80]!r}")
    method, target, _ = first.split(" ")
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return Request(method=method, target=target, headers=headers)


def _head(reply: Reply, fault: Fault | None, *, stays: bool) -> bytes:
    headers = {"Server": "khabar-newsroom", "Content-Type": reply.content_type, **reply.headers}
    if fault is not None and fault.kind == "huge":
        headers["Content-Length"] = str(HUGE)
    elif fault is None or fault.kind != "endless":
        headers["Content-Length"] = str(len(reply.body))
    headers["Connection"] = "keep-alive" if stays else "close"
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n{lines}\r\n".encode()


def _visit(site: Site, request: Request, reply: Reply) -> Visit:
    return Visit(
        at=datetime.now(UTC),
        outlet=site.id,
        host=request.headers.get("host", ""),
        method=request.method,
        path=request.target,
        status=reply.status,
        size=len(reply.body),
        headers=dict(request.headers),
    )
