"""The newsroom as a process of its own, so that its work is not counted as a crawler's."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel

from crawlers.catalogue import Source, load_catalogue

OUTLET = "valley_herald"
READY_SECONDS = 60.0


class Card(BaseModel):
    """What a newsroom says of itself."""

    sources: Path
    """Folder of its outlets' source files; each lists all that its outlet ever published."""
    loopback: list[str]
    """host:port of each outlet."""


@contextmanager
def open_newsroom(folder: Path, articles: int) -> Iterator[Card]:
    """Run the newsroom with so many articles an outlet."""
    card = folder / "newsroom" / "town.json"
    options = ["--home", str(folder), "--articles", str(articles), "--bulk"]
    town = subprocess.Popen(
        [sys.executable, "-m", "khabar.newsroom", *options], stdout=subprocess.DEVNULL
    )
    try:
        ends = time.monotonic() + READY_SECONDS
        while not card.exists() and time.monotonic() < ends:
            time.sleep(0.1)
        yield Card.model_validate_json(card.read_text())
    finally:
        town.terminate()
        town.wait()


@contextmanager
def newsroom(articles: int) -> Iterator[tuple[Source, Path]]:
    """Run the newsroom; give one outlet of it, and an empty folder."""
    with TemporaryDirectory() as name, open_newsroom(Path(name), articles) as card:
        sources, _ = load_catalogue([card.sources])
        (source,) = (one for one in sources if one.id == OUTLET)
        yield source, Path(name)
