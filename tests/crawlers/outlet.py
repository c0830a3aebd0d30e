"""A tiny outlet on loopback, for tests: routes, an access log, and any misbehaviour."""

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from crawlers.batch import MANIFEST_JSON, Batch, BatchManifest, new_batch_id, write_whole
from crawlers.catalogue import Entrance, Politeness, Source
from crawlers.job import JOB_JSON, CrawlJob
from crawlers.network import mark_answer


@dataclass
class Answer:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    behave: str = "well"
    again: bytes = b""
    """What a raw answer, whose body is all that is sent, goes on with until nobody listens."""
    pause: float = 0.0


Route = Answer | Callable[[str, dict[str, str]], Answer]


class Outlet:
    """Serves routes; `log` holds (path, the clock's seconds, request headers) of each request."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.clock: Callable[[], float] = monotonic
        self.routes: dict[str, Route] = {}
        self.log: list[tuple[str, float, dict[str, str]]] = []
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def base(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.host}"

    @property
    def paths(self) -> list[str]:
        return [path for path, _, _ in self.log]

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _serve(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._handle, "127.0.0.1", 0, ssl=self._tls)
        )
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            path = head[0].split(" ")[1]
            headers = {
                line.partition(":")[0].lower(): line.partition(":")[2].strip()
                for line in head[1:]
                if line
            }
            self.log.append((path, self.clock(), headers))
            route = self.routes.get(path, Answer(b"nothing here", 404))
            answer = route if isinstance(route, Answer) else route(path, headers)
            await self._send(writer, answer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _send(self, writer: asyncio.StreamWriter, answer: Answer) -> None:
        if answer.behave == "reset":
            writer.transport.abort()
            return
        if answer.behave == "late":
            await asyncio.sleep(answer.pause)
        if answer.behave == "raw":
            writer.write(answer.body)
            await writer.drain()
            while answer.again:
                writer.write(answer.again)
                await writer.drain()
                await asyncio.sleep(answer.pause)
            return
        lines = [f"HTTP/1.1 {answer.status} X", "Connection: close"]
        named = {"Content-Type": "text/html; charset=utf-8", **answer.headers}
        if answer.behave in ("well", "late"):
            named.setdefault("Content-Length", str(len(answer.body)))
        lines += [f"{name}: {value}" for name, value in named.items()]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        if answer.behave == "slow":
            await asyncio.sleep(float(answer.headers["X-Sleep"]))
        if answer.behave == "silent":
            await asyncio.sleep(3600)
        while answer.behave == "drip":
            writer.write(b"<p>drip</p>")
            await writer.drain()
            await asyncio.sleep(0.1)
        while answer.behave == "endless":
            writer.write(b"x" * 65536)
            await writer.drain()
        writer.write(answer.body)
        await writer.drain()


def feed(base: str, paths: Iterable[str], *, extra: str = "") -> Answer:
    items = "".join(
        f"<item><title>Title of {path}</title><link>{base}{path}</link>"
        f"<pubDate>Sat, 21 Nov 2026 {20 - n // 60:02d}:{59 - n % 60:02d}:00 +0500</pubDate></item>"
        for n, path in enumerate(paths)
    )
    head = '<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>'
    body = f"{head}{items}{extra}</channel></rss>"
    return Answer(body.encode(), headers={"Content-Type": "application/rss+xml"})


def article(path: str) -> Answer:
    text = f"<p>{'خبر news ' * 2000}{path}</p>"
    return Answer(f"<html><title>{path}</title><body>{text}</body></html>".encode())


def source(outlet: Outlet, **changes: object) -> Source:
    values: dict[str, object] = {
        "id": "valley",
        "name": "Valley",
        "home": outlet.base,
        "languages": ("en",),
        "timezone": "Asia/Karachi",
        "entrances": (Entrance(kind="feed", url=f"{outlet.base}/feed"),),
        "article": "/news/",
        "hosts": (outlet.host,),
        "politeness": Politeness(delay_seconds=0, max_minutes=1),
    }
    return Source(**{**values, **changes})  # type: ignore[arg-type]


def plan(home: Path, of: Source, **memory: object) -> Batch:
    run = str(memory.pop("run", "1"))
    began = datetime(2026, 11, 22, 7, tzinfo=UTC)
    batch = Batch(id=new_batch_id(began, "ingest", run), home=home)
    loopback = tuple(host for host in of.hosts if host.startswith("127.0.0.1"))
    values: dict[str, object] = {
        "batch_id": batch.id,
        "home": str(home),
        "source": of,
        "contact": "https://khabar.invalid/contact",
        "loopback": loopback,
    }
    job = CrawlJob(**{**values, **memory})  # type: ignore[arg-type]
    manifest = BatchManifest(
        batch_id=batch.id, dag="ingest", run_id=run, found_by="live", sources=(of.id,),
        code_version="0",
    )  # fmt: skip
    write_whole(batch.manifest, MANIFEST_JSON.dump_json(manifest))
    write_whole(batch.job(of.id), JOB_JSON.dump_json(job))
    return batch


def go_online(home: Path) -> None:
    """Let another host have answered just now: what fails then is not our own network."""
    mark_answer(home, datetime.now(UTC))
