"""The environment of the processes that read what outlets sent: without what is secret."""

import os

MARK = "KHABAR_RUN_TOKEN"
"""By it `khabar up` finds its processes again."""
_OURS = ("KHABAR_", "AIRFLOW", "_AIRFLOW", "PG")
"""Settings and connections, libpq's too: addresses with passwords in them are among these, and
neither a crawl nor an extraction needs any."""


def bare_env() -> dict[str, str]:
    """Give this process's environment without Khabar's, Airflow's and libpq's settings."""
    return {
        name: value
        for name, value in os.environ.items()
        if name == MARK or not name.startswith(_OURS)
    }
