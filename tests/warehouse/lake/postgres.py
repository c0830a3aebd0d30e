"""A real Postgres on loopback, for one test session; nobody else's is touched."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

PASSWORD = "s3cret'of the lake"
_NUMBERS = count(1)


def find_programs() -> Path | None:
    """Find the folder of Debian's newest server, or of the one on PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)
    on_path = shutil.which("postgres")
    return found[0].parent if found else Path(on_path).parent if on_path else None


class Postgres:
    """A server in a folder of its own; it does not run as root, so as root it is `postgres`'s."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._process: subprocess.Popen[bytes] | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="khabar-pg-"))
        self._user = "postgres" if os.getuid() == 0 else None
        self._groups: list[str] | None = [] if self._user else None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        secret = self.folder / "password"
        secret.write_text(f"{PASSWORD}\n")
        if self._user:
            shutil.chown(self.folder, self._user)
            shutil.chown(secret, self._user)
        self._run("initdb", "-D", "data", "-A", "scram-sha-256", "-U", "khabar", "-E", "UTF8",
                  "--locale=C", "--no-sync", f"--pwfile={secret}")  # fmt: skip

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = subprocess.Popen(
            [
                self._programs / "postgres", "-D", "data", "-p", str(self.port), "-F",
                "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
            ],
            cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            user=self._user, group=self._user, extra_groups=self._groups,
        )  # fmt: skip
        deadline = time.monotonic() + 30
        ready = [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while subprocess.run(ready, check=False).returncode:
            assert time.monotonic() < deadline, "Postgres does not start"
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it at once, as a fast shutdown does: who is connected is cut off."""
        if self._process is not None:
            self._process.send_signal(2)
            self._process.wait(30)
            self._process = None

    def remove(self) -> None:
        """Stop it, and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder)

    def make_database(self) -> str:
        """Make an empty database; return what libpq needs but the password."""
        name = f"lake{next(_NUMBERS)}"
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "khabar"]
        self._run("createdb", *where, name)
        return f"host=127.0.0.1 port={self.port} dbname={name} user=khabar"

    def let_read(self, user: str, password: str) -> None:
        """Make a user who may read the catalogues, and write none."""
        where = ["-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "khabar", "-d", "postgres"]
        make = f"CREATE ROLE {user} LOGIN PASSWORD '{password}'; GRANT pg_read_all_data TO {user}"
        self._run("psql", *where, "-c", make)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, *arguments], cwd=self.folder, check=True,
            stdout=subprocess.DEVNULL, env=os.environ | {"PGPASSWORD": PASSWORD},
            user=self._user, group=self._user, extra_groups=self._groups,
        )  # fmt: skip
