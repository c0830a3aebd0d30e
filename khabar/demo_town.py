"""The bundled newsroom as a member of the crew, for `khabar up --demo`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from khabar.airflow.crew import Crew, Member

READY_SECONDS = 60.0
BEHIND = timedelta(hours=20)
"""How long before now the town opens: enough for articles to appear, change and vanish."""
CONTROL_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTown:
    """A newsroom that stands still, some hours ago, until it is told to catch up."""

    settings: Mapping[str, str]
    """Under which crawls find and reach its outlets."""
    control: str
    clock: datetime

    def catch_up(self) -> str:
        """Let time pass in the town up to now; say what happened meanwhile."""
        hours = max(0.0, (datetime.now(UTC) - self.clock) / timedelta(hours=1))
        url = f"http://{self.control}/advance?hours={hours:.4f}"
        reply = httpx.get(url, timeout=CONTROL_SECONDS, trust_env=False).raise_for_status()
        new, changed, removed = (len(reply.json()[key]) for key in ("new", "changed", "removed"))
        return (
            f"{hours:,.0f} hours pass in the town: {new:,} new articles, {removed:,} removed, "
            f"{changed:,} changed, some of them back again"
        )


def start_newsroom(crew: Crew, home: Path, env: Mapping[str, str], port: int) -> DemoTown:
    """Start the simulated outlets; one that this home knows already goes on where it stopped.

    Raises:
        CrewError: where they do not get ready.
    """
    folder = home / "newsroom"
    card = folder / "town.json"
    card.unlink(missing_ok=True)
    began = (datetime.now(UTC) - BEHIND).isoformat()
    crew.start(
        Member(
            name="newsroom",
            module="khabar.newsroom",
            arguments=("--home", str(home), "--port", str(port), "--now", began),
            env=env,
            log=home / "airflow" / "logs" / "newsroom.log",
        )
    )
    crew.wait_until(card.exists, READY_SECONDS, "the newsroom did not open its outlets")
    town = json.loads(card.read_text())
    return DemoTown(
        settings={
            "KHABAR_CATALOGUE": str(town["sources"]),
            "KHABAR_LOOPBACK": " ".join(town["loopback"]),
        },
        control=str(town["control"]),
        clock=datetime.fromisoformat(json.loads((folder / "clock.json").read_text())["now"]),
    )
