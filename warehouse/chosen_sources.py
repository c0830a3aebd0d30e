"""Which sources of the catalogue a batch is asked for, and what to say where there are none."""

from collections.abc import Sequence
from pathlib import Path

from crawlers.catalogue import CatalogueError, Source

NAMED = 4
"""Source files that a line names, at most."""


def tell_nothing_usable(folders: Sequence[Path], problems: Sequence[CatalogueError]) -> str:
    """Say that the folders have no source file that can be used, and what is wrong with them."""
    where = " and ".join(str(folder) for folder in folders)
    text = f"no source file can be used in {where}; see `khabar sources`"
    return f"{text}; {name_problems(problems)}" if problems else text


def name_problems(problems: Sequence[CatalogueError]) -> str:
    """Name the first of them, and say how many more there are."""
    more = f"; and {len(problems) - NAMED} more" if len(problems) > NAMED else ""
    return "; ".join(str(problem) for problem in problems[:NAMED]) + more


def choose_sources(
    sources: Sequence[Source], problems: Sequence[CatalogueError], only: Sequence[str]
) -> list[Source]:
    """Choose the sources that are named, or where none is, all that are not retired.

    Raises:
        CatalogueError: one is named that there is not, that is retired, or that cannot be used.
    """
    if not only:
        return [source for source in sources if source.retired is None]
    known = {source.id: source for source in sources}
    for source_id in only:
        if source_id in known:
            _refuse_retired(known[source_id])
            continue
        spoilt = [str(one) for one in problems if str(one).startswith(f"{source_id}.yml")]
        raise CatalogueError(
            spoilt[0]
            if spoilt
            else f"no source {source_id!r}; known are {', '.join(sorted(known)) or 'none'}"
        )
    return [known[source_id] for source_id in dict.fromkeys(only)]


def _refuse_retired(source: Source) -> None:
    if source.retired is not None:
        raise CatalogueError(
            f"{source.id} is retired: {source.retired}; to crawl it again, put {source.id}.yml "
            "without `retired` into $KHABAR_HOME/sources"
        )
