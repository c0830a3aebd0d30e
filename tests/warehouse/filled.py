"""Warehouses with rows in them, and processes that read and write them."""

import subprocess
import sys
import textwrap
from pathlib import Path

from tests.warehouse.texts import Text, prose, put
from warehouse.connection import open_snapshot, open_writer


def fill(home: Path, number: int) -> None:
    with open_writer(home) as con:
        put(con, [Text(id=number, body=prose(number))], batch=f"b{number}")


def count(home: Path) -> int:
    with open_snapshot(home) as con:
        return int(con.execute("select count(*) from articles").fetchall()[0][0])


def run(code: str, *arguments: object) -> "subprocess.Popen[str]":
    """Run Python in a child."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
