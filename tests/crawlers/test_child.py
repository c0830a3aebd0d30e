import signal
import subprocess
import sys

import pytest

from crawlers.child import stop_child

WAITS = """
import signal, time
signal.signal(signal.SIGTERM, {})
print("up", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("on_sigterm", "ended_by"),
    [("signal.SIG_DFL", signal.SIGTERM), ("signal.SIG_IGN", signal.SIGKILL)],
)
def test_child_is_asked_to_end_and_killed_where_it_does_not(
    on_sigterm: str, ended_by: signal.Signals
) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", WAITS.format(on_sigterm)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    with child.stdout:
        assert child.stdout.readline() == "up\n"
        stop_child(child, seconds=0.5)
    assert child.returncode == -ended_by
