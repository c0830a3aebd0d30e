"""Run the newsroom as a process of its own: `python -m khabar.newsroom --home DIR --port 8401`."""

import argparse
import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from khabar.newsroom.running import RunningTown, close
from khabar.newsroom.server import PortInUseError
from khabar.newsroom.sources import write_sources
from khabar.newsroom.town import ARTICLES

_LOOK_SECONDS = 0.5


def main() -> int:
    """Serve until a signal, or until the parent process is gone."""
    options = _options()
    clock = options.home / "newsroom" / "clock.json"
    start, now = _read_clock(clock) or (options.now, None)
    town = RunningTown(seed=options.seed, articles=options.articles, now=start)
    if now is not None:
        town.clock.now = now
    try:
        asyncio.run(_serve(town, options.port, options.home / "newsroom", bulk=options.bulk))
    except PortInUseError as error:
        print(f"newsroom: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


async def _serve(town: RunningTown, port: int, folder: Path, *, bulk: bool) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    parent = os.getppid()
    servers = await town.open(port)
    town.sources_folder = folder / "sources"
    write_sources(town, town.sources_folder, bulk=bulk)
    _write_clock(town, folder / "clock.json")
    _write_card(town, folder / "town.json")
    hosts = [outlet.origin.removeprefix("http://") for outlet in town.outlets.values()]
    print(  # noqa: T201
        f"newsroom ready: {len(town.outlets)} outlets on {hosts[0]} to {hosts[-1]}, "
        f"control on {town.control}, source files in {town.sources_folder}",
        flush=True,
    )
    noted = town.clock.now
    while not stop.is_set() and os.getppid() == parent:
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _LOOK_SECONDS)
        if town.clock.now != noted:
            noted = town.clock.now
            _write_clock(town, folder / "clock.json")
    await close(servers)


def _write_card(town: RunningTown, path: Path) -> None:
    card = {
        "loopback": sorted(town.loopback),
        "control": town.control,
        "sources": str(town.sources_folder),
        "outlets": {outlet.id: outlet.origin for outlet in town.outlets.values()},
    }
    _write(card, path)


def _write_clock(town: RunningTown, path: Path) -> None:
    """Note the town's time, so that its life goes on where a stop ended it."""
    _write({"start": town.clock.start.isoformat(), "now": town.clock.now.isoformat()}, path)


def _read_clock(path: Path) -> tuple[datetime, datetime] | None:
    if not path.is_file():
        return None
    clock = json.loads(path.read_text("utf-8"))
    return datetime.fromisoformat(clock["start"]), datetime.fromisoformat(clock["now"])


def _write(value: object, path: Path) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps(value, indent=1), "utf-8")
    unfinished.replace(path)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="khabar.newsroom", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="writes into HOME/newsroom")
    parser.add_argument("--port", type=int, default=0, help="first of eight ports; 0 takes any")
    parser.add_argument("--articles", type=int, default=ARTICLES, help="of each outlet")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--now", type=_instant, default=None, help="when a new town begins, ISO 8601; default: now"
    )
    parser.add_argument("--bulk", action="store_true", help="source files list everything (load)")
    return parser.parse_args()


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())
