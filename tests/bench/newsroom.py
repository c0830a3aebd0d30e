"""The newsroom as a process of its own, so that its work is not counted as a crawler's."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from crawlers.catalogue import Source, load_catalogue

OUTLET = "valley_herald"
READY_SECONDS = 60.0


@contextmanager
def newsroom(articles: int) -> Iterator[tuple[Source, Path]]:
    """Run the newsroom; give one outlet of it, which lists all its pages, and an empty folder."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        card = folder / "newsroom" / "town.json"
        options = ["--home", name, "--articles", str(articles), "--bulk"]
        town = subprocess.Popen(
            [sys.executable, "-m", "khabar.newsroom", *options], stdout=subprocess.DEVNULL
        )
        try:
            ends = time.monotonic() + READY_SECONDS
            while not card.exists() and time.monotonic() < ends:
                time.sleep(0.1)
            sources, _ = load_catalogue([Path(json.loads(card.read_text())["sources"])])
            (source,) = (one for one in sources if one.id == OUTLET)
            yield source, folder
        finally:
            town.terminate()
            town.wait()
