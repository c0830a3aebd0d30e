"""A headless Chromium that looks at a page as a logged-in user does."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)  # fmt: skip
WAIT_MS = 15_000


def take_picture(
    url: str, token: str, file: Path, size: tuple[int, int], *, dark: bool = False
) -> None:
    """Take a picture of a page, once it has settled."""
    _run(url, token, size, f"--screenshot={file}", dark=dark)


def read_page(url: str, token: str, size: tuple[int, int] = (1280, 900)) -> str:
    """Return a page's document as it is after its scripts ran."""
    return _run(url, token, size, "--dump-dom", dark=False)


def _run(url: str, token: str, size: tuple[int, int], what: str, *, dark: bool) -> str:
    assert CHROMIUM is not None
    with TemporaryDirectory(prefix="khabar-") as profile, _door(url, token) as door:
        done = subprocess.run(
            [
                CHROMIUM, *FLAGS, f"--user-data-dir={profile}",
                f"--window-size={size[0]},{size[1]}", f"--virtual-time-budget={WAIT_MS}",
                f"--blink-settings=preferredColorScheme={0 if dark else 1}", what, door,
            ],
            capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
    return done.stdout


@contextmanager
def _door(url: str, token: str) -> Iterator[str]:
    """Serve an address that hands out the login's cookie: cookies heed the host, not the port."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Set-Cookie", f"_token={token}; Path=/; HttpOnly")
            self.send_header("Location", url)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
