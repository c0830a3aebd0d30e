"""`khabar diff`: what an outlet changed in an article, word by word."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from khabar.version_diff import Article, VersionDiff

MAX_ID = (1 << 63) - 1


ArticleId = Annotated[int, typer.Argument(metavar="ARTICLE_ID", min=0, max=MAX_ID)]
Older = Annotated[
    int | None, typer.Option("--from", min=1, metavar="N", help="Older version (--to less 1)")
]
Newer = Annotated[
    int | None, typer.Option("--to", min=1, metavar="N", help="Newer version (the newest)")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the whole as one JSON object")]


def diff(
    article_id: ArticleId, before: Older = None, after: Newer = None, json: AsJson = False
) -> None:
    """Show what an outlet changed in an article: headline, numbers, words.

    A version is what the outlet served from one look to another; 1 is the oldest. Lines with - are
    the older one's, those with + the newer one's, and changed words stand out: in colour, or
    as [-old-] and {+new+} where there is none. What changed only in layout, case, punctuation or
    spelling variants is not shown.

    [cyan]khabar diff 4611686018427387904[/]                   the last change

    [cyan]khabar diff 4611686018427387904 --from 1[/]          all of them since the first version

    [cyan]khabar diff 4611686018427387904 --from 1 --to 2[/]   the first change

    Which articles were changed: [cyan]khabar sql "SELECT article_id, title_after, numbers_before,
    numbers_after FROM article_changes LIMIT 20"[/]
    """
    from khabar.settings import read_settings
    from khabar.version_diff import choose, compare_versions, read_article

    home = read_settings().home
    article = read_article(home, article_id)
    versions = choose(article, before, after)
    found = versions and compare_versions(home, article, *versions)
    show = _print_json if json else _print
    show(article_id, article, found)


def _print(asked: int, article: "Article", found: "VersionDiff | None") -> None:
    from khabar.diff_shown import show_diff
    from khabar.shown import console

    out = console()
    if asked != article.article_id:
        out.print(f"{asked} proved to be the same article as {article.article_id}", soft_wrap=True)
    if found is None:
        out.print(
            f"article {article.article_id} has one version: nothing of it was changed",
            soft_wrap=True,
        )
        return
    is_coloured = out.is_terminal and not out.no_color
    for line in show_diff(found, width=out.width, is_coloured=is_coloured):
        out.print(line, soft_wrap=True)


def _print_json(_asked: int, article: "Article", found: "VersionDiff | None") -> None:
    from khabar.shown import as_json

    none = {"article": asdict(article), "changes": []}
    typer.echo(as_json(none if found is None else _as_object(found)))


def _as_object(found: "VersionDiff") -> dict[str, object]:
    """Name what a program wants: changed paragraphs whole, with their changed words."""
    from transforms.paragraph_diff import Changed, Piece

    def change(one: Changed) -> dict[str, object]:
        def words(pieces: tuple[Piece, ...]) -> list[str]:
            return [piece.text for piece in pieces if piece.is_changed]

        def whole(pieces: tuple[Piece, ...]) -> str | None:
            return " ".join(piece.text for piece in pieces) or None

        return {
            "before": whole(one.before),
            "after": whole(one.after),
            "removed": words(one.before),
            "added": words(one.after),
            "paragraph_before": one.place_before,
            "paragraph_after": one.place_after,
        }

    told = asdict(found)
    del told["title"], told["text"]
    changes = [change(part) for part in found.text if isinstance(part, Changed)]
    return {**told, "is_title_changed": found.title is not None, "changes": changes}
