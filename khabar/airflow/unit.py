"""The systemd user unit of `khabar up`: started at boot, again when it dies, stopped whole."""

import os
import sys
from pathlib import Path

from khabar.airflow.home import PROJECT, write_private
from khabar.settings import PREFIX, RUN_TOKEN

NAME = "khabar.service"
HOW_TO_ENABLE = (
    "    systemctl --user daemon-reload",
    "    systemctl --user enable --now khabar",
    "    loginctl enable-linger       # or it ends when you log out",
    "    journalctl --user -u khabar  # what it says",
    "Connections for alerts: on Airflow's page, Admin, Connections; AIRFLOW_CONN_ is left behind.",
)

_UNIT = """\
# Written by `khabar up --install`; run that again after a change of settings.
[Unit]
Description=Khabar: regional news into a warehouse
StartLimitIntervalSec=600
StartLimitBurst=5

[Service]
Type=simple
WorkingDirectory={folder}
{environment}
ExecStart={python} -m khabar.cli up
Restart=on-failure
RestartSec=20
KillMode=mixed
KillSignal=SIGTERM
TimeoutStopSec=90
UMask=0077

[Install]
WantedBy=default.target
"""


def unit_file() -> Path:
    """Name the unit's file, where systemd looks for a user's own."""
    config = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(config) / "systemd" / "user" / NAME


def write_unit(home: Path, port: int) -> Path:
    """Write the unit for a home, with the KHABAR_* settings of this environment.

    Its user alone may read it: an address that is asked after each publish may be a secret.
    """
    ours = {
        name: text
        for name, text in os.environ.items()
        if name.startswith(PREFIX) and name != RUN_TOKEN
    }
    # Whole paths: the unit is started in another folder than this command.
    ours |= {f"{PREFIX}HOME": str(home), f"{PREFIX}PORT": str(port)}
    if catalogue := ours.get(f"{PREFIX}CATALOGUE"):
        ours[f"{PREFIX}CATALOGUE"] = str(Path(catalogue).expanduser().resolve())
    settings = [f"Environment={_quoted(f'{name}={ours[name]}')}" for name in sorted(ours)]
    path = unit_file()
    unit = _UNIT.format(
        folder=str(PROJECT).replace("%", "%%"),
        environment="\n".join(settings),
        python=_quoted(sys.executable),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_private(path, unit)
    return path


def _quoted(text: str) -> str:
    """Quote a word for systemd (systemd.syntax(7)): specifiers, quotes and escapes stand for none.

    `$` is no variable in Environment=, and no path of a Python that we were started by has one.
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("\n", "\\n")
    return f'"{escaped}"'
