"""keep_draft(): a drafted source file among the operator's own, whole and in nobody's place."""

from pathlib import Path

from crawlers.batch import write_whole
from crawlers.catalogue import SOURCE_ID, CatalogueError, load_catalogue
from khabar.settings import Settings
from khabar.trial import Trial


def free_place(name: str, settings: Settings) -> Path:
    """Name the file that a new source of this name goes into.

    Raises:
        CatalogueError: where the name is no source id, or is taken.
    """
    if not SOURCE_ID.fullmatch(name):
        raise CatalogueError(
            f"{name!r} cannot name a source: use lower-case letters, digits and _ (2 to 41), "
            "and do not begin with web_"
        )
    for folder in settings.folders:
        if (path := folder / f"{name}.yml").exists():
            raise CatalogueError(f"{path}: is there already; use another name, or edit that file")
    return settings.home / "sources" / f"{name}.yml"


def keep_draft(trial: Trial, path: Path, settings: Settings) -> str | None:
    """Write a draft to its place; gives why it was not written, where it was not."""
    if not trial.articles:
        return "no article could be read with it"
    first = trial.draft.entrances[0].url
    for source in load_catalogue(settings.folders)[0]:
        if source.entrances[0].url == first:
            return f"{source.id}.yml has the same first entrance; edit that file"
    write_whole(path, trial.text.encode())
    return None
