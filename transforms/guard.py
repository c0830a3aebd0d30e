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
from types import TracebackType
from typing import IO, Any, Self, TypeVar

PAGE_SECONDS = 10.0
"""Of processor time: a crowded machine must not turn good pages into broken ones."""
PATIENCE_SECONDS = 90.0
"""Of the clock, for what hangs without computing."""
START_SECONDS = 120.0
MEMORY_BYTES = 3 << 30
READY = "ready"

Result = TypeVar("Result")


class PageDiedError(Exception):
    """A page hung or killed its process; the message says which, in one line."""


class Guard:
    """Calls functions in one child process, which is replaced when a call hangs or kills it.

    Plain pipes and not multiprocessing: Airflow's workers are daemons, which may have no
    multiprocessing children.
    """

    def __init__(self, seconds: float = PAGE_SECONDS, patience: float = PATIENCE_SECONDS) -> None:
        self._seconds = seconds
        self._patience = patience
        self._child: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def call(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Call a module-level function in the child.

        Raises:
            PageDiedError: where the call took too long, or ended the process.
            RuntimeError: where no child can be started at all.
        """
        child = self._child or self._start()
        try:
            limits = (self._seconds, self._patience)
            pickle.dump((limits, function, arguments), _pipe(child.stdin))
            _pipe(child.stdin).flush()
            answer: Result = _answer(child, self._patience)
        except TimeoutError as error:
            self.close()
            raise PageDiedError(str(error)) from None
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            raise PageDiedError(self._post_mortem(child)) from None
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the child)
        child = subprocess.Popen(
            [sys.executable, "-m", "transforms.guard"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=Path(__file__).parent.parent,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )
        self._child = child
        try:
            _answer(child, START_SECONDS)
        except (TimeoutError, EOFError):
            child.kill()
            why = self._post_mortem(child)
            raise RuntimeError(f"the extraction process does not start: {why}") from None
        return child

    def _post_mortem(self, child: subprocess.Popen[bytes]) -> str:
        code = child.wait()
        said = b""
        if self._errors is not None:
            self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - 2_000))
            said = self._errors.read()
        self.close()
        last = said.decode("utf-8", "replace").strip().splitlines()[-1:] or [""]
        if code == -signal.SIGPROF:
            return f"took longer than {self._seconds:g} s of processor time"
        if code < 0:
            return f"killed its process ({signal.Signals(-code).name})"
        return f"ended its process (exit {code}): {last[0]}"[:300]

    def close(self) -> None:
        """End the child; the next call starts another."""
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
        answer = function(*arguments)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        pickle.dump(answer, answers)
        answers.flush()


if __name__ == "__main__":
    serve()
