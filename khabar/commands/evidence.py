"""`khabar evidence`: the archived pages of articles, to hand to somebody who doubts them."""

from pathlib import Path
from typing import Annotated

import typer

from crawlers.counted import counted
from khabar.commands.cite import Ids

Output = Annotated[Path, typer.Option("-o", metavar="FILE.wacz", help="A new file")]
Each = Annotated[
    bool,
    typer.Option("--versions", help="Every capture of every version, not only the newest page"),
]


def evidence(article_ids: Ids, output: Output, versions: Each = False) -> None:
    """Bundle the archived pages of articles in a WACZ file, which stock tools open and verify.

    Its records are byte for byte those of the archive, with requests and redirects; each page's
    SHA-256 is computed anew before it goes in. khabar/citations.jsonl in it says what
    [cyan]khabar cite --json[/] says. replayweb.page and pywb show the pages, wacz validate checks
    every file's hash.

    [cyan]khabar evidence 4611686018427387904 4611686018427387905 -o bazaar.wacz[/]

    [cyan]khabar evidence 4611686018427387904 --versions -o changes.wacz[/]   before and after

    With --versions it also holds the looks that found nothing new: they prove how long the outlet
    served a version.
    """
    from khabar.evidence import write_evidence
    from khabar.progress import Progress
    from khabar.settings import read_settings
    from khabar.shown import plain

    with Progress() as progress:
        done = write_evidence(
            read_settings().home, article_ids, output, is_each=versions, moved=progress.read
        )
    typer.echo(plain(
        f"{counted(done.pages, 'page')} in {output}: "
        f"{counted(done.records, 'record')}, {done.size_bytes / 1_000_000:,.2f} MB; "
        f"wacz validate -f {output} proves it"
    ))  # fmt: skip
