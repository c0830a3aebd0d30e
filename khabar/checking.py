"""check_sources(): every entrance of the catalogue asked now, and held against its promise."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event, Lock

from crawlers.catalogue import CatalogueError, Source
from crawlers.contact import require_contact
from crawlers.crawl import CrawlDiedError
from crawlers.lease import HostBusyError, hosts_of
from crawlers.probe import ask_entrances, throw_away_home
from khabar.interrupt import stop_children
from khabar.judging import LOOK_MINUTES, Check, alarmed, judge, unasked
from khabar.settings import Settings

AT_ONCE = 4
WAIT_SECONDS = 2.0

Hear = Callable[[str, str, bool], None]


def choose(sources: Sequence[Source], names: Sequence[str]) -> list[Source]:
    """Take the sources named, or all that are not retired.

    Raises:
        CatalogueError: where one is named that there is not.
    """
    if not names:
        return [source for source in sources if source.retired is None]
    known = {source.id: source for source in sources}
    for name in names:
        if name not in known:
            raise CatalogueError(f"no source {name!r}; `khabar sources` lists those there are")
    return [known[name] for name in dict.fromkeys(names)]


def check_sources(
    sources: Sequence[Source], settings: Settings, *, are_named: bool, hear: Hear
) -> list[Check]:
    """Ask every entrance of some sources, a few sources at a time.

    Raises:
        ContactError: where one of them is live, and the contact leads nowhere.
    """
    require_contact(sources, settings.contact, settings.loopback_pairs)
    stopping = Event()
    with throw_away_home(settings.home) as scratch:
        pool = ThreadPoolExecutor(max_workers=AT_ONCE)
        try:
            turns = {host: Lock() for source in sources for host in hosts_of(source)}
            ask = partial(_ask, scratch, settings, are_named)
            rows = list(pool.map(partial(_check, ask, hear, turns, stopping), sources))
        except BaseException:
            # Threads that still work would wait for their children: those end first.
            stopping.set()
            pool.shutdown(wait=False, cancel_futures=True)
            stop_children()
            raise
        pool.shutdown()
    return [row for found in rows for row in found]


def _check(
    ask: Callable[[Source], list[Check]],
    hear: Hear,
    turns: Mapping[str, Lock],
    stopping: Event,
    source: Source,
) -> list[Check]:
    with ExitStack() as stack:
        # Sources of one host wait for each other here; only other crawls make a host busy.
        for host in sorted(hosts_of(source)):
            stack.enter_context(turns[host])
        if stopping.is_set():
            return []
        hear(source.id, "asking", False)
        rows = ask(source)
    worst = next((row for row in rows if row.state != "fine"), None)
    said = f"{worst.state}: {worst.why}" if worst else "fine"
    hear(source.id, f"{source.id}: {said}", True)
    return rows


def _ask(scratch: Path, settings: Settings, are_named: bool, source: Source) -> list[Check]:
    looked = replace(
        source,
        politeness=replace(
            source.politeness, max_minutes=min(LOOK_MINUTES, source.politeness.max_minutes)
        ),
    )
    try:
        probe = ask_entrances(
            scratch,
            looked,
            contact=settings.contact,
            loopback=settings.loopback_pairs,
            now=datetime.now(UTC),
            wait=WAIT_SECONDS,
        )
        return judge(source, probe, datetime.now(UTC), are_named=are_named)
    except HostBusyError as error:
        return [unasked(source, one, "busy", str(error), None) for one in source.entrances]
    except CrawlDiedError as error:
        rows = [unasked(source, one, "broke", str(error), False) for one in source.entrances]
        return [alarmed(row, source, are_named=are_named) for row in rows]
