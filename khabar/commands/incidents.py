"""`khabar incidents`: what is wrong now, and who knows."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from warehouse.incident_files import Incident

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line")]
Id = Annotated[str, typer.Argument(metavar="ID", help="As `khabar incidents` lists it")]
Who = Annotated[str, typer.Option("--who", help="Your name, for colleagues; else your login")]

app = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode="rich",
    help="""List what is wrong now, say that you know of it, or mute its alerts.

    [cyan]khabar incidents[/]                      those that are open

    [cyan]khabar incidents acknowledge ID[/]       colleagues see that you know; no more alerts

    [cyan]khabar incidents mute ID --days 7[/]     no alert for a week, also if it comes back

    [cyan]khabar incidents tell phone[/]           what that channel was not told yet

    An incident is opened and closed by [cyan]khabar watch[/], which Airflow runs, too.
    """,
)


@app.callback()
def incidents(
    context: typer.Context,
    all: Annotated[bool, typer.Option("--all", help="Closed ones, too")] = False,  # noqa: A002
    json: AsJson = False,
) -> None:
    """List open incidents, where no command is named."""
    if context.invoked_subcommand is not None:
        if all or json:
            raise typer.BadParameter("that option lists; it goes with no command")
        return
    from khabar.settings import begun_home
    from khabar.shown import as_json, console, plain, table
    from warehouse.incidents import list_damaged, list_incidents
    from warehouse.past_incidents import list_all_incidents

    home = begun_home(is_enough=("airflow", "incidents"))
    found = list_all_incidents(home) if all else list_incidents(home, is_open=True)
    if json:
        for one in found:
            typer.echo(as_json(one))
    elif found:
        columns = ("id", "source", "kind", "open since", "closed", "known to", "note")
        console().print(table(columns, [_row(one) for one in found], whole=("id",)))
    else:
        typer.echo("no incident" if all else "no open incident; --all lists those that were")
    damaged = list_damaged(home)
    for line in damaged:
        typer.echo(plain(line), err=True)
    if damaged:
        raise typer.Exit(1)


@app.command("acknowledge")
def acknowledge(incident_id: Id, who: Who = "") -> None:
    """Say that you know of an incident: it stays open, and alerts nobody any more.

    [cyan]khabar incidents acknowledge 20261123T070000Z-silent-1a2b3c4d --who Asma[/]
    """
    from khabar.settings import read_settings
    from khabar.shown import plain
    from warehouse.incidents import acknowledge as note_known

    known = note_known(read_settings().home, incident_id, who or _login(), datetime.now(UTC))
    typer.echo(plain(f"{known.incident_id}: known to {known.acknowledged_by}"))


@app.command("mute")
def mute(
    incident_id: Id,
    days: Annotated[int, typer.Option("--days", min=0, max=366, help="0 lets it speak again")] = 7,
    who: Who = "",
) -> None:
    """Let an incident alert nobody for some days, also if it closes and comes back.

    [cyan]khabar incidents mute 20261123T070000Z-volume-1a2b3c4d --days 14[/]
    """
    from khabar.settings import read_settings
    from khabar.shown import plain
    from warehouse.incidents import mute as keep_quiet

    until = datetime.now(UTC) + timedelta(days=days) if days else None
    muted = keep_quiet(read_settings().home, incident_id, until, who or _login())
    ends = f"muted until {until:%Y-%m-%d %H:%M} UTC" if until else "may alert again"
    typer.echo(plain(f"{muted.incident_id}: {ends}"))


@app.command("tell")
def tell(
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="A name, the same each time")],
) -> None:
    """Print what a channel has not been told yet, and note that it has: alerts without Airflow.

    Nothing is printed where there is nothing to tell. What Airflow tells by KHABAR_ALERTS goes by
    channels of its own.

    [cyan]khabar incidents tell phone[/]    after `khabar watch`; pipe it to what reaches you
    """
    from khabar.settings import begun_home
    from khabar.shown import plain
    from warehouse.alerts import find_untold, mark_told

    if not channel.isprintable() or len(channel.split()) != 1 or channel != channel.strip():
        raise typer.BadParameter("a channel's name is one word", param_hint="CHANNEL")
    home = begun_home(is_enough=("airflow", "incidents"))
    untold = find_untold(home, channel, datetime.now(UTC))
    if untold is None:
        return
    if untold.opened or untold.closed:
        for line in (untold.subject, *untold.lines):
            typer.echo(plain(line))
    mark_told(home, untold)


def _row(one: "Incident") -> tuple[object, ...]:
    known = one.acknowledged_by
    if one.muted_until is not None:
        muted = f"muted until {one.muted_until:%Y-%m-%d}"
        known = f"{known}, {muted}" if known else muted
    closed = None if one.closed_at is None else f"{one.closed_at:%Y-%m-%d %H:%M}"
    opened = f"{one.opened_at:%Y-%m-%d %H:%M} UTC"
    return (one.incident_id, one.source_id or "(ours)", one.kind, opened, closed, known, one.note)


def _login() -> str:
    import getpass

    return getpass.getuser()
