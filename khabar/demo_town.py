"""The bundled newsroom as a member of the crew, for `khabar up --demo`."""

import json
from collections.abc import Mapping
from pathlib import Path

from khabar.airflow.crew import Crew, Member

READY_SECONDS = 60.0


def start_newsroom(crew: Crew, home: Path, env: Mapping[str, str], port: int) -> dict[str, str]:
    """Start the simulated outlets; return the settings under which crawls find and reach them.

    Raises:
        CrewError: where they do not get ready.
    """
    card = home / "newsroom" / "town.json"
    card.unlink(missing_ok=True)
    crew.start(
        Member(
            name="newsroom",
            module="khabar.newsroom",
            arguments=("--home", str(home), "--port", str(port)),
            env=env,
            log=home / "airflow" / "logs" / "newsroom.log",
        )
    )
    crew.wait_until(card.exists, READY_SECONDS, "the newsroom did not open its outlets")
    town = json.loads(card.read_text())
    return {
        "KHABAR_CATALOGUE": str(town["sources"]),
        "KHABAR_LOOPBACK": " ".join(town["loopback"]),
    }
