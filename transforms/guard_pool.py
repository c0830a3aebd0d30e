"""Pages worked on at both cores, each in a guard's child process, and given back in their order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

from transforms.guard import Guard

WORKERS = 2
AT_ONCE = 16
"""Pages in memory, so that a slow one does not leave the other worker idle."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def each_guarded(work: Callable[[Guard, Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Do work on items, a few at a time, each with a guard to do it in; keep their order.

    Left early (an error, Ctrl-C), it ends the guards and does not wait for their pages.
    """
    guards = [Guard() for _ in range(WORKERS)]
    free: SimpleQueue[Guard] = SimpleQueue()
    for guard in guards:
        free.put(guard)

    def one(item: Item) -> Result:
        guard = free.get()
        try:
            return work(guard, item)
        finally:
            free.put(guard)

    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            yield from _in_order(pool, one, items)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for guard in guards:
                guard.close()


def _in_order(
    pool: ThreadPoolExecutor, work: Callable[[Item], Result], items: Iterable[Item]
) -> Iterator[Result]:
    """Begin few at a time (pool.map reads all of them first)."""
    begun: deque[Future[Result]] = deque()
    for item in items:
        begun.append(pool.submit(work, item))
        if len(begun) == AT_ONCE:
            yield begun.popleft().result()
    yield from (future.result() for future in begun)
