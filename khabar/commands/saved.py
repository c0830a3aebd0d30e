"""`khabar parse` and `khabar stories`: saved pages and texts, without a warehouse."""

from pathlib import Path
from typing import Annotated

import typer

SOME_PAGES = 200
COMPARE = "to compare what is stored of a batch or a source: khabar parse --compare NAME"

Names = Annotated[
    list[str],
    typer.Argument(metavar="MANIFEST", help="JSON lines; with --compare, ids: BATCH|SOURCE..."),
]
Compare = Annotated[
    bool, typer.Option("--compare", help="Show what today's extractor would change")
]
Pages = Annotated[
    int | None,
    typer.Option(min=1, help=f"With --compare: pages of a source, at most ({SOME_PAGES})"),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="With --compare: print it all as one JSON object")
]
Texts = Annotated[
    Path, typer.Argument(metavar="FILE", help="JSON lines, gzipped or not; `-` reads stdin")
]


def parse(
    names: Names, compare: Compare = False, pages: Pages = None, json: AsJson = False
) -> None:
    """Print what is extracted of saved pages: one JSON line each, in the manifest's order.

    Each line of MANIFEST is a JSON object: id, file (relative to it, gzipped or not), url. A
    rejected page prints what was read of it, and why it is no article. Lines that cannot be used
    are named on standard error, and make the exit code 1.

    With --compare, archived pages are extracted again, with today's code and source files, and
    compared with what is stored: which fields change, on what share of the rows, which pages would
    be rejected or no longer are, which gain or lose text, and samples of each. It writes nothing.

    [cyan]khabar parse --compare dawn mashriq[/]     the newest capture of each article

    [cyan]khabar parse --compare BATCH[/]            what that batch's extraction stored

    Of a source's pages 200 are looked at, spread over its articles' days: --pages 5000 takes more.
    """
    if compare:
        from khabar.commands.compare import compare as compare_pages

        compare_pages(names, pages or SOME_PAGES, json=json)
        return
    if pages is not None or json:
        raise typer.BadParameter("--pages and --json go with --compare")
    from khabar.commands.parse import parse as parse_pages  # brings trafilatura: a second to load

    parse_pages(_manifest(names))


def _manifest(names: list[str]) -> Path:
    if len(names) > 1:
        raise typer.BadParameter(f"one MANIFEST at a time; or {COMPARE}")
    path = Path(names[0])
    if not path.is_file():
        raise typer.BadParameter(f"{names[0]} does not exist, or is no file; {COMPARE}")
    return path


def stories(file: Texts) -> None:
    """Group texts into stories: copies, excerpts and updates of one text.

    Each line of FILE is a JSON object: id, text, and if known title, published_at, url.
    Prints one JSON line each, in the same order: id, story (the id of its first text), relation
    (earliest_known, copy, excerpt, update), matched_to (what it is most like, of those out before
    it if there are any), similarity and containment (0 to 1) and method (first, exact, minhash).
    """
    from khabar.commands.stories import stories as group_stories

    group_stories(file)
