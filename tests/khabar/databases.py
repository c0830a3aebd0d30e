"""Postgres and Redis from the system's packages, as docker-compose.yml starts them."""

import os
import pwd
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.khabar.stack import LocalStack


def find_postgres() -> Path | None:
    """Find Postgres' programs: the newest, where Debian puts them."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found else None


@contextmanager
def running_databases(stack: LocalStack) -> Iterator[None]:
    """Run both until the end; by their own health checks they are well then."""
    with running_postgres(stack), running_redis(stack):
        yield


@contextmanager
def running_postgres(stack: LocalStack) -> Iterator[None]:
    """Do what the image does at its first start: a cluster, a user, a database."""
    binaries, port = find_postgres(), stack.ports["postgres"]
    assert binaries is not None
    stack.mount("postgres", "postgres")
    env = stack.environment("postgres", "postgres")
    data, pass_file = stack.volume("postgres") / "data", stack.folder / "postgres-password"
    pass_file.write_text(env["POSTGRES_PASSWORD"])
    _own(stack.volume("postgres"), pass_file)
    user = env["POSTGRES_USER"]
    subprocess.run(
        [
            binaries / "initdb", f"--pgdata={data}", f"--username={user}",
            f"--pwfile={pass_file}", "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync",
        ],
        user=_servant(), cwd=stack.volume("postgres"), check=True, capture_output=True,
    )  # fmt: skip
    settings = ("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=")
    with _running(
        [str(binaries / "postgres"), "-D", str(data), "-p", str(port), *settings],
        stack, "postgres",
    ):  # fmt: skip
        where = f"host=127.0.0.1 port={port} user={user} password={env['POSTGRES_PASSWORD']}"
        with psycopg.connect(f"{where} dbname=postgres", autocommit=True) as con:
            con.execute(f'CREATE DATABASE "{env["POSTGRES_DB"]}"'.encode())
        yield


@contextmanager
def running_redis(stack: LocalStack) -> Iterator[None]:
    """Run it by its command."""
    stack.mount("redis", "redis")
    _own(stack.volume("redis"))
    with _running(stack.command("redis", "redis"), stack, "redis"):
        yield


@contextmanager
def _running(command: list[str], stack: LocalStack, service: str) -> Iterator[None]:
    env = stack.environment(service, service)
    with (stack.folder / f"{service}.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=env, user=_servant(), cwd=stack.volume(service), stdin=subprocess.DEVNULL,
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while not stack.is_well(service, service):
            assert process.poll() is None, (stack.folder / f"{service}.log").read_text()
            assert time.monotonic() < deadline, f"{service} did not get well"
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _servant() -> str | None:
    """Name who runs them: Postgres refuses to be root, and so does the file's Redis."""
    return "nobody" if os.geteuid() == 0 else None


def _own(*paths: Path) -> None:
    if servant := _servant():
        for path in paths:
            os.chown(path, pwd.getpwnam(servant).pw_uid, -1)
