"""The town: seven outlets, one clock, the truth about every page, and an access log."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from khabar.newsroom.faults import Fault
from khabar.newsroom.outlets.astra import TirwalChronicle
from khabar.newsroom.outlets.awaz import AwazWadi
from khabar.newsroom.outlets.bulk import bulk_reply
from khabar.newsroom.outlets.ghag import TirwalGhag
from khabar.newsroom.outlets.herald import ValleyHerald
from khabar.newsroom.outlets.ledger import MountainLedger
from khabar.newsroom.outlets.newswire import ValleyNewswire
from khabar.newsroom.outlets.outlet import Outlet
from khabar.newsroom.outlets.roznama import RoznamaTirwal
from khabar.newsroom.reply import Reply, Request
from khabar.newsroom.schedule import Clock, Removal
from khabar.newsroom.server import Site, Visit
from khabar.newsroom.truth import Truth

ARTICLES = 40
"""Articles of each outlet at the start, in the demo."""
_LOGGED = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What happened while time passed: canonical addresses."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


class Town:
    """Seven outlets and their clock; the same seed, size and start give the same town."""

    def __init__(
        self, *, seed: int = 1, articles: int = ARTICLES, now: datetime | None = None
    ) -> None:
        start = (now or datetime.now(UTC)).replace(microsecond=0)
        self.clock = Clock(start=start, now=start)
        usual = {"seed": seed, "articles": articles}
        chronicle = TirwalChronicle(**usual, clock=self.clock)
        herald = ValleyHerald(**usual, clock=self.clock)
        outlets: list[Outlet] = [
            chronicle,
            herald,
            RoznamaTirwal(**usual, clock=self.clock),
            MountainLedger(**usual, clock=self.clock),
            AwazWadi(**usual, clock=self.clock),
            TirwalGhag(**usual, clock=self.clock),
            ValleyNewswire(**usual, clock=self.clock, originals=(chronicle, herald)),
        ]
        self.outlets = {outlet.id: outlet for outlet in outlets}
        self.log: deque[Visit] = deque(maxlen=_LOGGED)
        self._faults: dict[str, list[Fault]] = {}

    @property
    def loopback(self) -> frozenset[str]:
        """List host:port of every outlet, as `KHABAR_LOOPBACK` wants them."""
        return frozenset(outlet.origin.removeprefix("http://") for outlet in self.outlets.values())

    # Time

    def advance(self, hours: float) -> Passed:
        """Let time pass: articles appear, change and vanish."""
        before = {name: self._state(outlet) for name, outlet in self.outlets.items()}
        self.clock.now += timedelta(hours=hours)
        new, changed, removed = [], [], []
        for name, outlet in self.outlets.items():
            count, old = before[name]
            new += [self.url(name, index) for index in range(count, outlet.calendar.count())]
            for index, was in old.items():
                now = (outlet.calendar.state(index), outlet.calendar.removal(index))
                if now[1] != was[1]:
                    removed.append(self.url(name, index))
                elif now[0] != was[0]:
                    changed.append(self.url(name, index))
        return Passed(new=tuple(new), changed=tuple(changed), removed=tuple(removed))

    def revise(self, outlet: str, index: int) -> None:
        """Change an article now: another headline, a higher toll."""
        self.outlets[outlet].calendar.revise(index)

    def restore(self, outlet: str, index: int) -> None:
        """Give an article its first text again: A→B→A."""
        self.outlets[outlet].calendar.restore(index)

    def remove(self, outlet: str, index: int, how: Removal = "404") -> None:
        """Remove an article now."""
        self.outlets[outlet].calendar.remove(index, how)

    # Trouble

    def misbehave(self, outlet: str, fault: Fault) -> None:
        """Let an outlet misbehave from now on; the newest fault that fits a path wins."""
        if outlet not in self.outlets:
            raise KeyError(f"no outlet {outlet!r}: there are {', '.join(self.outlets)}")
        self._faults.setdefault(outlet, []).insert(0, fault)

    def heal(self, outlet: str | None = None) -> None:
        """End all misbehaviour, of one outlet or of all."""
        for name in [outlet] if outlet else list(self._faults):
            self._faults.pop(name, None)

    # Truth

    def url(self, outlet: str, index: int) -> str:
        """Give an article's canonical address."""
        return self.outlets[outlet].origin + self.outlets[outlet].path(index)

    def truth(self, outlet: str | None = None) -> Iterator[Truth]:
        """Tell the truth of everything published so far, oldest first."""
        for name in [outlet] if outlet else self.outlets:
            site = self.outlets[name]
            yield from (site.truth(index) for index in range(site.calendar.count()))

    def truth_of(self, url: str) -> Truth | None:
        """Tell the truth of one address; None for one that is no article's."""
        for outlet in self.outlets.values():
            if url.startswith(f"{outlet.origin}/"):
                target = url.removeprefix(outlet.origin)
                index = outlet.find(Request(method="GET", target=target, headers={}))
                known = index is not None and 0 <= index < outlet.calendar.count()
                return outlet.truth(index) if known and index is not None else None
        return None

    def site(self, outlet: Outlet) -> Site:
        """Make an outlet ready to be served."""

        def answer(request: Request) -> Reply:
            return bulk_reply(outlet, request) or outlet.answer(request)

        def fault(request: Request) -> Fault | None:
            faults = self._faults.get(outlet.id, [])
            return next((fault for fault in faults if fault.hits(request)), None)

        return Site(id=outlet.id, answer=answer, fault=fault, log=self.log.append)

    def _state(
        self, outlet: Outlet
    ) -> tuple[int, dict[int, tuple[tuple[int, datetime | None], Removal | None]]]:
        calendar = outlet.calendar
        count = calendar.count()
        watched = range(max(0, calendar.articles - 100), count)
        return count, {i: (calendar.state(i), calendar.removal(i)) for i in watched}
