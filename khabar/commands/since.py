"""`khabar since`: why a count differs between a release and today."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from crawlers.counted import counted

if TYPE_CHECKING:
    from warehouse.since import CountChange

Name = Annotated[str, typer.Argument(metavar="RELEASE", help="One of `khabar release`")]
Where = Annotated[str, typer.Option("--where", metavar="SQL", help="Which articles: a condition")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as one JSON object")]


def since(name: Name, where: Where = "true", json: AsJson = False) -> None:
    """Say why a count of articles is not what it was in a release: what came, what went, and why.

    Release + came - went = today, exactly. Of articles that are in both, it names the columns on
    which their move hangs. The ids are samples for [cyan]khabar diff[/] and [cyan]khabar cite[/].

    [cyan]khabar since 2026-10[/]

    [cyan]khabar since 2026-10 --where "source_id = 'dawn' AND dated_on < '2026-11-01'"[/]

    [cyan]khabar since 2026-10 --where "contains(title, 'سیلاب')"[/]
    """
    from khabar.settings import read_settings
    from khabar.shown import as_json
    from warehouse.since import explain_count

    change = explain_count(read_settings().home, name, where)
    if json:
        typer.echo(as_json(asdict(change) | {"balances": True}))
    else:
        _print(change)


def _print(change: "CountChange") -> None:
    from khabar.shown import console, plain, table
    from warehouse.since import REASONS

    out = console()
    for who, side in ((change.name, change.release), ("today", change.today)):
        out.print(
            f"{who}: {counted(side.articles, 'article')} (snapshot {side.snapshot_id}, published "
            f"{side.published_at:%Y-%m-%d %H:%M} UTC, schema {side.schema_version})",
            markup=False,
        )
    out.print(plain(f"where {' '.join(change.where.split())}"), markup=False)
    rows = [
        (f"{sign}{one.articles:,}", REASONS[one.reason],
         ", ".join(f"{field} {count:,}" for field, count in one.fields.items()),
         " ".join(map(str, one.sample_ids)))
        for sign, side in (("+", change.came), ("-", change.went))
        for one in side
    ]  # fmt: skip
    if rows:
        out.print(table(("articles", "why", "by columns", "such as"), rows, whole=("articles",)))
    came, went = (sum(one.articles for one in side) for side in (change.came, change.went))
    is_none = not change.release.articles and not change.today.articles
    none = "; no article matches this condition, then or now" if is_none else ""
    out.print(
        f"{change.release.articles:,} + {came:,} came - {went:,} went = {change.today.articles:,}: "
        f"the sums balance{none}"
    )
