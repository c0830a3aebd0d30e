"""How a child process is ended by the one that guards it: asked first, then killed."""

import subprocess
from typing import Any


def stop_child(child: "subprocess.Popen[Any]", seconds: float) -> None:
    """Ask a child to end, and kill it where it has not within some seconds; it is gone then."""
    child.terminate()
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
