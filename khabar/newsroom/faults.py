"""How an outlet misbehaves when it is told to."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from khabar.newsroom.reply import Reply, Request

FaultKind = Literal[
    "slow", "status", "reset", "endless", "redirect_loop", "html", "empty", "huge", "block"
]  # fmt: skip

HUGE = 50 * 1024 * 1024
_LINE = b"<p>" + b"The valley is wide and the road is long. " * 400 + b"</p>\n"


@dataclass(slots=True, kw_only=True)
class Fault:
    """One way to misbehave, for the paths of an outlet that match a glob."""

    kind: FaultKind
    paths: str = "*"
    """Glob of the path with its query, such as `/feed/*`; robots.txt is spared unless named."""
    status: int = 500
    retry_after: int | None = None
    seconds: float = 30.0
    """How long a slow answer drips."""
    times: int | None = None
    """How often; for ever where None."""

    def hits(self, request: Request) -> bool:
        """Tell whether a request is struck, and count it."""
        spared = request.path == "/robots.txt" and self.paths == "*"
        if spared or self.times == 0 or not fnmatchcase(request.target, self.paths):
            return False
        if self.times is not None:
            self.times -= 1
        return True


def changed_reply(fault: Fault, request: Request, reply: Reply) -> Reply:
    """Give the wrong answer where that is the fault; slow, huge and the like keep theirs."""
    if fault.kind == "status":
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        text = f"<html><body><h1>{fault.status}</h1></body></html>"
        return Reply(status=fault.status, body=text.encode(), headers=headers)
    if fault.kind == "redirect_loop":
        return Reply(status=302, headers={"Location": f"/loop?back={request.target}"})
    if fault.kind == "block":
        text = "<!DOCTYPE html><title>Just a moment...</title><p>Checking your browser.</p>"
        return Reply(status=403, body=text.encode(), headers={"cf-mitigated": "challenge"})
    if fault.kind == "empty":
        return Reply()
    if fault.kind == "html":
        text = "<!DOCTYPE html><html><head><title>Welcome</title></head><body><h1>Welcome</h1>"
        return Reply(body=f"{text}<p>Our site has moved.</p></body></html>".encode())
    return reply


async def stream(fault: Fault | None, reply: Reply) -> AsyncIterator[bytes]:
    """Send a body as the fault has it."""
    if fault is None:
        yield reply.body
    elif fault.kind == "slow":
        step = max(1, len(reply.body) // 20)
        for start in range(0, len(reply.body), step):
            await asyncio.sleep(fault.seconds / 20)
            yield reply.body[start : start + step]
    elif fault.kind == "endless":
        while True:
            yield _LINE
            await asyncio.sleep(0)
    elif fault.kind == "huge":
        for _ in range(HUGE // len(_LINE)):
            yield _LINE
        yield b" " * (HUGE % len(_LINE))
    else:
        yield reply.body


def reset(writer: asyncio.StreamWriter) -> None:
    """Break a connection, so that the reader sees a reset, not an end."""
    sock: socket.socket | None = writer.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
