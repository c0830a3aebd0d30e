"""Backups and restores that are killed at a step."""

import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


KILLED = """
import os, signal, sys
from pathlib import Path
from khabar.copy_progress import CopyProgress
from khabar.backup import making, reading

turn, what, dest, home = int(sys.argv[1]), *sys.argv[2:]
calls = []
def dying(real):
    def die(*given, **named):
        calls.append(1)
        if len(calls) == turn:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **named)
    return die
for owner, name in ((os, "fsync"), (Path, "replace"), (Path, "unlink"), (Path, "chmod")):
    setattr(owner, name, dying(getattr(owner, name)))
watcher = CopyProgress(is_quiet=True)
if what == "backup":
    making.back_up(Path(home), Path(dest), watcher)
else:
    reading.restore(Path(dest), Path(home), watcher)
print(len(calls))
"""


def is_killed(turn: int, what: str, dest: Path, home: Path) -> bool:
    command = [sys.executable, "-c", KILLED, str(turn), what, str(dest), str(home)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


def steps(what: str, dest: Path, home: Path) -> int:
    command = [sys.executable, "-c", KILLED, "0", what, str(dest), str(home)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return int(done.stdout)


def at(turn: str, last: int) -> int:
    return int(turn) if turn.isdigit() else int(last // 2 if "//" in turn else last - int(turn[6:]))


FEW = ("2", "last // 2", "last - 1")


ALL = tuple(map(str, range(1, 12))) + tuple(f"last - {back}" for back in range(20))
