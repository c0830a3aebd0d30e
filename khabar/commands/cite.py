"""`khabar cite`: articles as a paper or a court can cite them."""

from typing import Annotated

import typer

MAX_ID = (1 << 63) - 1
Ids = Annotated[list[int], typer.Argument(metavar="ARTICLE_ID…", min=0, max=MAX_ID)]
Each = Annotated[bool, typer.Option("--versions", help="Cite each version, the oldest first")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a citation")]


def cite(article_ids: Ids, versions: Each = False, json: AsJson = False) -> None:
    """Cite articles: outlet, headline, date and its precision, address, retrieval, proof.

    A line each. The proof is the SHA-256 of the page's bytes and the archive's record of them:
    [cyan]khabar page 4611686018427387904[/] shows how to compute it yourself. Without --versions
    it is the newest version that is cited. Where the archive has lost those bytes, it says so.

    [cyan]khabar cite 4611686018427387904 4611686018427387905[/]

    [cyan]khabar cite 4611686018427387904 --versions[/]   each version, and when it was seen
    """
    from crawlers.archive import ArchiveClosedError
    from khabar.citation import cite as tell
    from khabar.citation import find_faults, read_citations
    from khabar.mend import explain
    from khabar.settings import read_settings
    from khabar.shown import as_json, plain
    from warehouse.query import open_session

    home = read_settings().home
    with open_session(home) as session:
        citations = read_citations(session, article_ids, is_each=versions)
    for one in citations:
        typer.echo(as_json(one) if json else plain(tell(one, is_each=versions)))
    faults = find_faults(home, citations)
    if faults:
        more = f" (so are {len(faults) - 1:,} other pages cited)" * (len(faults) > 1)
        is_closed = isinstance(faults[0], ArchiveClosedError)
        what = "this cannot be proved here" if is_closed else "what proves this is lost"
        typer.echo(f"khabar: {what}: {explain(faults[0])}{more}", err=True)
