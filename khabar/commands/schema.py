"""`khabar schema`: what the snapshot says of its own tables, views and macros."""

import typer


def schema() -> None:
    """Print the data dictionary as Markdown: tables, views, macros, and a picture (Mermaid).

    All of it comes from the comments in the published snapshot: meaning, unit, zone, when NULL.

    [cyan]khabar schema > dictionary.md[/]   GitHub, GitLab and VS Code show the picture
    """
    from khabar.dictionary import write_dictionary
    from khabar.settings import read_settings

    for line in write_dictionary(read_settings().home):
        typer.echo(line)
