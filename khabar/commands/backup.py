"""`khabar backup` and `khabar restore`: all that cannot be had again, elsewhere and back."""

from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[Path, typer.Argument(metavar="DEST", help="Folder of the backup")]
Json = Annotated[bool, typer.Option("--json", help="Print the whole report as JSON")]


def backup(
    dest: Folder,
    check: Annotated[
        bool, typer.Option("--check", help="Copy nothing: read all of the backup, and prove it")
    ] = False,
    json: Json = False,
) -> None:
    """Copy what is new to a backup, while everything goes on.

    [cyan]khabar backup /mnt/other-disk/khabar[/]

    [cyan]khabar backup --check /mnt/other-disk/khabar[/]

    It takes raw pages, batches, your own sources, releases, how far backfills have come, and the
    warehouse. Passwords, Airflow's own files and the snapshot, which is made again, are left out.
    A file is copied once; each is kept under its SHA-256, which manifest.jsonl names. Stopped at
    any moment, it leaves the backup before as it was, and goes on when it is run again.

    Raw pages, the files of loaded batches, and releases never change: of one that has, the backup
    keeps the copy it had, says how to put it back, takes all else, and exits with 1.
    """
    from khabar.backup.closed import tell_changed
    from khabar.backup.making import back_up
    from khabar.backup.manifest import BackupError
    from khabar.backup.reading import check_backup
    from khabar.commands.stages import tell
    from khabar.copy_progress import CopyProgress
    from khabar.settings import read_settings

    with CopyProgress(is_quiet=json) as progress:
        if check:
            tell(check_backup(dest, progress), json=json)
            return
        report = back_up(read_settings().home, dest, progress)
    tell(report, json=json)
    if report.changed:
        raise BackupError(tell_changed(report.changed))


def restore(dest: Folder, json: Json = False) -> None:
    """Bring a backup back into an empty KHABAR_HOME, every file proven, and publish it.

    [cyan]KHABAR_HOME=/srv/khabar khabar restore /mnt/other-disk/khabar[/]
    """
    from khabar.backup.reading import restore
    from khabar.commands.stages import tell
    from khabar.copy_progress import CopyProgress
    from khabar.publish_all import publish_all
    from khabar.settings import read_settings

    home = read_settings().home
    with CopyProgress(is_quiet=json) as progress:
        report = restore(dest, home, progress)
    tell(report, json=json)
    if report.has_warehouse:
        # The next plan knows of the snapshot only: without it, every page would be asked again.
        published = publish_all(home)
        if not json:
            tell(published, json=False)
