"""`make secrets`: the passwords and keys of docker-compose.yml, generated into .env."""

import re
import secrets
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

from khabar.airflow.home import PROJECT, USER, write_private

NAMES = (
    "ADMIN_PASSWORD",
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
    "AIRFLOW_FERNET_KEY",
    "AIRFLOW_JWT_SECRET",
    "AIRFLOW_SECRET_KEY",
)


def write_secrets(path: Path) -> tuple[str, ...]:
    """Add what is missing to a file that its user alone may read; return the names added.

    What stands there stays: the database knows its password, and rows are encrypted by the key.
    """
    text = path.read_text("utf-8") if path.exists() else ""
    missing = [name for name in NAMES if not re.search(rf"^{name}=.", text, re.MULTILINE)]
    if missing or path.stat().st_mode & 0o077:
        text += "\n" * bool(text and not text.endswith("\n"))
        write_private(path, text + "".join(f"{name}={_secret(name)}\n" for name in missing))
    return tuple(missing)


def main() -> None:
    """Write `.env` beside docker-compose.yml, and say what was done."""
    path = PROJECT / ".env"
    try:
        added = write_secrets(path)
    except OSError as error:
        sys.exit(f"{path} cannot be written ({error.strerror}): let this folder be yours")
    what = f"{len(added)} secrets written to" if added else "nothing to add to"
    print(f"{what} {path}; the login is {USER} with its ADMIN_PASSWORD")  # noqa: T201


def _secret(name: str) -> str:
    # Also good in a URL as they stand; Fernet's key is 32 bytes, with its padding.
    if name == "AIRFLOW_FERNET_KEY":
        return urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(48 if name.startswith("AIRFLOW") else 24)


if __name__ == "__main__":
    main()
