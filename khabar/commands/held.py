"""`khabar held`: the pages of an outlet that is held, which no table has yet."""

import typer

from khabar.commands.stages import BatchId, Json, SourceId


def held(batch: BatchId, source: SourceId, json: Json = False) -> None:
    """List what a batch brought of one source, before it is let in: what is no article first.

    [cyan]khabar held 20261123T070000Z-ingest-1a2b3c4d dawn[/]

    Each page is archived as it was; the address leads to what the outlet has there now.
    """
    from khabar.commands.stages import the_batch
    from khabar.shown import as_json, console, table
    from warehouse.held_pages import list_held_pages

    pages = list(list_held_pages(the_batch(batch), source))
    if json:
        for one in pages:
            typer.echo(as_json(one))
    elif pages:
        rows = [(one.made, one.detail, one.url, one.title) for one in pages]
        console().print(table(("came out as", "why", "address", "title"), rows))
    else:
        typer.echo("no page of it was fetched")
