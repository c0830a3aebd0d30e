"""Runs a Python module that dies with its parent, even where the parent was killed with SIGKILL."""

import ctypes
import os
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def tie_to_parent() -> None:
    """Ask the kernel to kill this process when its parent dies (Linux; elsewhere: nothing)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> None:
    """Run `leash.py PARENT_PID MODULE [ARGUMENT…]`."""
    parent, module, *arguments = sys.argv[1:]
    tie_to_parent()
    # Executor workers, task processes and DAG parsers are forks: each is tied to the one above it.
    os.register_at_fork(after_in_child=tie_to_parent)
    if os.getppid() != int(parent):  # the parent died before the leash was on
        sys.exit(1)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
