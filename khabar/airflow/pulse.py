"""Whether a part of Airflow is well, by its exit code: the health check of its container."""

import sys

from khabar.airflow.api import read_health


def main() -> None:
    """Run `pulse.py PART URL`; parts are named as Airflow's API server names them."""
    part, url = sys.argv[1:]
    sys.exit(0 if read_health(url)[part] else 1)


if __name__ == "__main__":
    main()
