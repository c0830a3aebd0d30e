"""The town on real sockets: in a thread of this process, or until a signal ends a process."""

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from khabar.newsroom.control import control_site
from khabar.newsroom.server import LOOPBACK, listen
from khabar.newsroom.sources import write_sources
from khabar.newsroom.town import ARTICLES, Town


class RunningTown(Town):
    """A town that answers on loopback."""

    sources_folder: Path
    control: str
    """host:port of the control endpoint."""

    async def open(self, port: int) -> list[asyncio.Server]:
        """Open a port for each outlet and one for control: `port` and the next ones, or any."""
        sites = [self.site(outlet) for outlet in self.outlets.values()]
        servers: list[asyncio.Server] = []
        try:
            for place, site in enumerate([*sites, control_site(self)]):
                servers.append(await listen(site, port and port + place))
        except BaseException:
            await close(servers)
            raise
        hosts = [f"{LOOPBACK}:{server.sockets[0].getsockname()[1]}" for server in servers]
        for outlet, host in zip(self.outlets.values(), hosts, strict=False):
            outlet.origin = f"http://{host}"
        self.control = hosts[-1]
        return servers


async def close(servers: list[asyncio.Server]) -> None:
    """Close ports and the talks on them."""
    for server in servers:
        server.close()
    current = asyncio.current_task()
    talks = [task for task in asyncio.all_tasks() if task is not current]
    for task in talks:
        task.cancel()
    await asyncio.gather(*talks, return_exceptions=True)


@contextmanager
def running_town(
    *,
    articles: int = ARTICLES,
    seed: int = 1,
    now: datetime | None = None,
    port: int = 0,
    bulk: bool = False,
) -> Iterator[RunningTown]:
    """Run a town in a thread, on free ports unless told otherwise; source files in a new folder."""
    town = RunningTown(seed=seed, articles=articles, now=now)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="newsroom", daemon=True)
    thread.start()
    try:
        servers = asyncio.run_coroutine_threadsafe(town.open(port), loop).result()
        with tempfile.TemporaryDirectory(prefix="newsroom-") as folder:
            town.sources_folder = Path(folder)
            write_sources(town, town.sources_folder, bulk=bulk)
            try:
                yield town
            finally:
                asyncio.run_coroutine_threadsafe(close(servers), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
