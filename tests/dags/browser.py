"""A headless Chromium that looks at pages as a logged-in user does, and presses their buttons."""

import base64
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from websockets.sync.client import ClientConnection, connect

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "--remote-debugging-port=0",
)  # fmt: skip
DESK, PHONE = (1280, 900), (390, 844)
SECONDS = 60.0


class Browser:
    """One tab."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection, self._calls = connection, 0
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]

    def call(self, method: str, **given: object) -> dict[str, Any]:
        """Make one call of Chromium's own protocol."""
        self._calls += 1
        told: dict[str, object] = {"id": self._calls, "method": method, "params": given}
        if self._session is not None:
            told["sessionId"] = self._session
        self._connection.send(json.dumps(told))
        while True:
            reply = json.loads(self._connection.recv(SECONDS))
            if reply.get("id") == self._calls:
                assert "error" not in reply, reply
                return dict(reply["result"])

    def log_in(self, url: str, token: str) -> None:
        """Take the cookie of Airflow's login."""
        self.call("Network.setCookie", name="_token", value=token, url=url, httpOnly=True)

    def open(self, url: str, size: tuple[int, int] = DESK, *, dark: bool = False) -> None:
        """Go to a page, on a screen of this size, and wait until it is there."""
        width, height = size
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=size == PHONE,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Page.navigate", url=url)
        self.wait_for("document.readyState === 'complete'")

    def ask(self, expression: str) -> Any:
        """Return what a JavaScript expression is on the page."""
        told = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Wait until an expression is true; the page may be another one meanwhile."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            with suppress(AssertionError):
                if self.ask(expression):
                    return
            time.sleep(0.1)
        raise AssertionError(f"never true: {expression}")

    def take_picture(self, file: Path) -> None:
        """Take a picture of what is seen."""
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start Chromium, and end it."""
    assert CHROMIUM is not None
    with TemporaryDirectory(prefix="khabar-", ignore_cleanup_errors=True) as profile:
        started = subprocess.Popen(
            [CHROMIUM, *FLAGS, f"--user-data-dir={profile}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            with connect(_find_address(Path(profile)), max_size=None, proxy=None) as connection:
                yield Browser(connection)
        finally:
            started.terminate()
            started.wait(30)


def _find_address(profile: Path) -> str:
    """Wait until it says where it listens, on loopback."""
    said, end = profile / "DevToolsActivePort", time.monotonic() + SECONDS
    while time.monotonic() < end:
        lines = said.read_text().split() if said.exists() else []
        if len(lines) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.1)
    raise AssertionError("Chromium did not start")
