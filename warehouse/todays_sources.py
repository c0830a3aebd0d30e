"""What a source's pages are read with today: its file, and the lines that are the site's own."""

from collections.abc import Sequence
from pathlib import Path

from crawlers.catalogue import Source, load_catalogue
from crawlers.job import SiteLine
from warehouse.connection import NoSnapshot
from warehouse.line_memory import recall_all_lines
from warehouse.stored import snapshot_sources


class TodaysSources:
    """Sources as their files say today; of one without a file, as the last batch used it."""

    def __init__(self, home: Path, folders: Sequence[Path]) -> None:
        self.home = home
        sources, self._errors = load_catalogue(folders)
        self._sources = {source.id: source for source in sources}
        self._stored: dict[str, Source] | None = None
        self._lines = recall_all_lines(home)

    def lines(self, source_id: str) -> tuple[SiteLine, ...]:
        """Give the lines that are known to be the site's own."""
        return self._lines.get(source_id, ())

    def find(self, source_id: str) -> Source | None:
        """Find a source; None where neither a file nor the snapshot knows it.

        Raises:
            CatalogueError: its file is unusable.
        """
        for error in self._errors:
            if str(error).startswith(f"{source_id}.yml:"):
                raise error
        return self._sources.get(source_id) or self.stored().get(source_id)

    def stored(self) -> dict[str, Source]:
        """Give the sources that the snapshot knows."""
        if self._stored is None:
            try:
                self._stored = snapshot_sources(self.home)
            except NoSnapshot:
                self._stored = {}
        return self._stored
