"""`khabar up`: Airflow with everything on this machine, live or on the bundled newsroom."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from khabar.screen import Screen
    from khabar.settings import Settings

NEWSROOM_PORT = 8401


Demo = Annotated[
    bool, typer.Option("--demo", help="On the bundled newsroom; no internet is needed")
]
Exit = Annotated[
    bool, typer.Option("--exit", help="End once the tables are shown; 0 only if all went well")
]
NewsroomPort = Annotated[
    int, typer.Option(help="With --demo: first of the newsroom's eight ports; 0 takes any")
]
Install = Annotated[
    bool,
    typer.Option("--install", help="Write a systemd user unit that starts it, and start nothing"),
]


def up(
    demo: Demo = False,
    exit_: Exit = False,
    newsroom_port: NewsroomPort = NEWSROOM_PORT,
    install: Install = False,
) -> None:
    """Start Airflow on this machine, run one ingest, and stay up until Ctrl-C.

    Its login is shown at the first start only, and lies in airflow/passwords.json. With --install
    it is a service of yours from then on, with the KHABAR_* settings of now.

    [cyan]khabar up --demo[/]   a town of simulated outlets, twice, under ./demo

    [cyan]khabar up[/]          the live outlets of the catalogue, under ./data
    """
    from khabar.airflow.signals import stop_requests
    from khabar.screen import Screen
    from khabar.settings import read_settings
    from khabar.up import run_up

    settings, screen = read_settings(), Screen()
    if not demo:
        _say_who_asks(settings)
    if install:
        _install(settings, screen, is_live=not demo and not exit_)
        return
    with _ends_in_one_line(screen, code_when_stopped=1 if exit_ else 0), stop_requests(), screen:
        is_good = run_up(
            _home(settings, demo=demo),
            settings.port,
            settings.host,
            screen,
            newsroom_port=newsroom_port if demo else None,
            stay=not exit_,
        )
    raise typer.Exit(0 if is_good else 1)


@contextmanager
def _ends_in_one_line(screen: "Screen", *, code_when_stopped: int) -> Iterator[None]:
    """Say why it ends before its time."""
    from khabar.airflow.api import ApiError
    from khabar.airflow.crew import CrewError
    from khabar.airflow.home import StartError
    from khabar.airflow.signals import StopRequest

    try:
        yield
    except StopRequest as request:
        screen.say(f"stopped ({request}); nothing is left running, and nothing is lost")
        raise typer.Exit(code_when_stopped) from None
    except (StartError, CrewError, ApiError) as error:
        screen.complain(str(error))
        raise typer.Exit(1) from None


def _say_who_asks(settings: "Settings") -> None:
    """Refuse to start what every task would refuse to do."""
    from crawlers.catalogue import load_catalogue
    from crawlers.contact import require_contact

    sources, _ = load_catalogue(settings.folders)
    crawled = (source for source in sources if source.retired is None)
    require_contact(crawled, settings.contact, settings.loopback_pairs)


def _install(settings: "Settings", screen: "Screen", *, is_live: bool) -> None:
    """Write the unit, and say how to enable it and how to log in."""
    from khabar.airflow.home import USER, StartError, begin_home
    from khabar.airflow.unit import HOW_TO_ENABLE, write_unit

    if not is_live:
        raise typer.BadParameter("--install is for the live outlets; leave --demo and --exit out")
    try:
        airflow = begin_home(settings.home, settings.port, settings.host)
        path = write_unit(settings.home, settings.port)
    except (StartError, OSError) as error:
        screen.complain(str(error))
        raise typer.Exit(1) from None
    screen.say(f"{path} is written; to start it now and at each boot:")
    for line in HOW_TO_ENABLE:
        screen.say(line)
    screen.say(f"Airflow   {airflow.url}   user {USER}, password in {airflow.passwords}")


def _home(settings: "Settings", *, demo: bool) -> Path:
    """Keep the demo apart from the live warehouse, unless KHABAR_HOME was set."""
    is_chosen = "home" in settings.model_fields_set
    return Path("demo").resolve() if demo and not is_chosen else settings.home
