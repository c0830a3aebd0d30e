"""Where a lake is, taken out of the setting that names it: a connection string of libpq.

DAG files read this by the settings: it imports no room then.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warehouse.lake.place import Lake

LAKE = "ducklake:postgres:"
"""What a place to publish to begins with."""
SECRETS = ("sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key")
"""Parameters that lines would show; `password` is kept apart, and shown nowhere."""
_WORD = re.compile(r"\s*([a-z_]+)\s*=\s*('(?:[^'\\]|\\.)*'|[^\s'\\]+)\s*")
"""One parameter (postgresql.org/docs/current/libpq-connect.html)."""


def take_apart(target: str) -> dict[str, str]:
    """Map each parameter to what it says, quotes and all; empty where it is no such string."""
    rest, words = target.removeprefix(LAKE), {}
    while found := _WORD.match(rest):
        words[found[1]] = found[2]
        rest = rest[found.end() :]
    return {} if rest else words


def lake_at(target: str, data: Path) -> "Lake | None":
    """Give the lake that a setting names, its password apart; None where it names none."""
    from warehouse.lake.place import Lake

    words = take_apart(target)
    if not words:
        return None
    secret = words.pop("password", None)
    address = " ".join(f"{name}={said}" for name, said in words.items())
    return Lake(address=address, password=None if secret is None else _unquoted(secret), data=data)


def _unquoted(said: str) -> str:
    """Give a parameter's value as libpq understands it."""
    bare = said[1:-1] if said.startswith("'") else said
    return re.sub(r"\\(.)", r"\1", bare)
