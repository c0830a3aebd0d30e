"""The process that tests/warm_crawls.py forks crawls from: it has all of Scrapy loaded already."""

import json
import os
import random
import signal
import socket
import sys
import time
import traceback
from contextlib import suppress
from importlib import import_module

from crawlers.run import main

LATER = (
    "scrapy.core.downloader", "scrapy.core.engine", "scrapy.core.scheduler", "scrapy.core.scraper",
    "scrapy.extensions.corestats", "scrapy.extensions.throttle", "scrapy.pqueues", "scrapy.squeues",
)  # fmt: skip
"""What Scrapy loads when a crawl begins."""
MOST_BYTES = 1 << 20
MOST_FILES = 32


def serve(talk: socket.socket) -> None:
    """Fork one process an order: {arguments, env, parent}, with its standard files and leases."""
    for name in LATER:
        import_module(name)
    talk.send(b"ready")
    while True:
        text, files, _, _ = socket.recv_fds(talk, MOST_BYTES, MOST_FILES)
        if not text:
            return
        between = os.fork()
        if between == 0:
            if os.fork() == 0:
                _crawl(talk, json.loads(text), files)
            os._exit(0)
        os.waitpid(between, 0)
        for file in files:
            os.close(file)


def _crawl(talk: socket.socket, order: dict[str, object], files: list[int]) -> None:
    """Be what `python -m crawlers.run` is: the child of the process that asked."""
    code = 1
    try:
        while os.getppid() != order["parent"]:
            time.sleep(0.001)
        for place, file in enumerate(files[:3]):
            os.dup2(file, place)
            os.close(file)
        talk.send(str(os.getpid()).encode())
        talk.close()
        os.environ.clear()
        os.environ.update(order["env"])  # type: ignore[call-overload]
        random.seed()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        code = main(order["arguments"])  # type: ignore[arg-type]
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:  # noqa: BLE001 (what an interpreter does at its end)
        traceback.print_exc()
    finally:
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
