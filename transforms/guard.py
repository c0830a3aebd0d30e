"""A child process that a hostile page may hang or kill without taking more than itself along."""

import logging
import os
import pickle
import resource
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Self, TypeVar

from crawlers.bare_env import bare_env

PAGE_SECONDS = 10.0
"""Of processor time: a crowded machine must not turn good pages into broken ones."""
PATIENCE_SECONDS = 90.0
"""Of the clock, for what hangs without computing."""
START_SECONDS = 120.0
MEMORY_BYTES = 3 << 30
OUT_OF_MEMORY = 77
"""What the child's process ends with where Python ran out of its memory."""
CRASHES = frozenset({signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE})
"""Signals by which a process ends itself, inside a library's C code."""
READY = "ready"

Result = TypeVar("Result")


class PageDiedError(Exception):
    """A call did not come back; the message says why, in one line."""


class OverLimitError(PageDiedError):
    """A page took more time or memory than a page may, or crashes a library each time."""


class ChildKilledError(PageDiedError):
    """A signal that is no limit of ours ended the child: by itself it says nothing of the page."""

    def __init__(self, number: int) -> None:
        self.signal = signal.Signals(number)
        super().__init__(f"its process was killed ({self.signal.name})")


class Guard:
    """Calls functions in one child process, which is replaced when a call hangs or kills it.

    Closed for good when its block ends: what still calls it then raises.

    Plain pipes and not multiprocessing: Airflow's workers are daemons, which may have no
    multiprocessing children.
    """

    def __init__(self, seconds: float = PAGE_SECONDS, patience: float = PATIENCE_SECONDS) -> None:
        self._seconds = seconds
        self._patience = patience
        self._child: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Call a module-level function in the child; again in another where that was killed.

        Raises:
            OverLimitError: where the call is over a limit, or crashes both children.
            ChildKilledError: where something else kills both children.
            PageDiedError: where the function raised; the traceback is in the notes.
            RuntimeError: where no child can be started at all.
        """
        try:
            return self._ask(function, arguments)
        except ChildKilledError:
            pass  # by the machine's need for memory, a deploy, a hand: the next may live
        try:
            return self._ask(function, arguments)
        except ChildKilledError as error:
            if error.signal in CRASHES:
                raise OverLimitError(f"crashes its process ({error.signal.name})") from None
            raise

    def _ask(self, function: Callable[..., Result], arguments: tuple[object, ...]) -> Result:
        child = self._child or self._start()
        try:
            limits = (self._seconds, self._patience)
            pickle.dump((limits, function, arguments), _pipe(child.stdin))
            _pipe(child.stdin).flush()
            answer: Result = _answer(child, self._patience)
        except TimeoutError as error:
            self._end()
            raise OverLimitError(str(error)) from None
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            raise self._post_mortem(child) from None
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        if self._is_closed:
            raise RuntimeError("the guard was closed while pages were still extracted under it")
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the child)
        child = subprocess.Popen(
            [sys.executable, "-m", "transforms.guard"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=Path(__file__).parent.parent,
            env={**bare_env(), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )
        self._child = child
        try:
            _answer(child, START_SECONDS)
        except (TimeoutError, EOFError):
            child.kill()
            why = self._post_mortem(child)
            raise RuntimeError(f"the extraction process does not start: {why}") from None
        return child

    def _post_mortem(self, child: subprocess.Popen[bytes]) -> PageDiedError:
        code = child.wait()
        said = b""
        if self._errors is not None:
            self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - 2_000))
            said = self._errors.read()
        self._end()
        if code == -signal.SIGPROF:
            return OverLimitError(f"took longer than {self._seconds:g} s of processor time")
        if code == OUT_OF_MEMORY:
            return OverLimitError(f"took more than {MEMORY_BYTES / 1e9:.1f} GB of memory")
        if code < 0:
            return ChildKilledError(-code)
        text = said.decode("utf-8", "replace").strip()
        last = text.splitlines()[-1] if text else ""
        error = PageDiedError(f"ended its process (exit {code}): {last}"[:300])
        error.add_note(text)
        return error

    def close(self) -> None:
        """End the child for good."""
        self._is_closed = True
        self._end()

    def _end(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            for stream in (self._child.stdin, self._child.stdout):
                if stream is not None:
                    _close(stream)
        if self._errors is not None:
            self._errors.close()
        self._child = self._errors = None


def _answer(child: subprocess.Popen[bytes], seconds: float) -> Any:
    stream = _pipe(child.stdout)
    if not select.select([stream], [], [], seconds)[0]:
        raise TimeoutError(f"took longer than {seconds:g} s")
    return pickle.load(stream)  # noqa: S301 (our own child's)


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise RuntimeError("the extraction process was started without its pipes")
    return stream


def _close(stream: IO[bytes]) -> None:
    try:
        stream.close()
    except BrokenPipeError:
        return  # what was left unsent went down with the child


def serve() -> None:
    """Answer calls from standard input until it ends (the child's whole life)."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Ctrl-C reaches the whole group; when this process ends is for its parent to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.disable(logging.CRITICAL)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get among the answers
    import transforms.pipeline  # noqa: F401 (loaded before the first page's clock runs)

    pickle.dump(READY, answers)
    answers.flush()
    while True:
        try:
            limits, function, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301 (our parent's)
        except EOFError:
            return
        # Both end the process even inside C code; the parent's clock may have died with it.
        signal.setitimer(signal.ITIMER_PROF, limits[0])
        signal.setitimer(signal.ITIMER_REAL, limits[1] + 5)
        try:
            answer = function(*arguments)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        pickle.dump(answer, answers)
        answers.flush()


if __name__ == "__main__":
    serve()
