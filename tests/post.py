"""Real servers on loopback that take what is sent: mail by SMTP, and posts by HTTP."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Mailbox(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline():
            word = line.decode().strip().upper()
            if word.startswith("DATA"):
                self._say("354 go on")
                self._take()
                self._say("250 taken")
            elif word == "QUIT":
                return self._say("221 bye")
            else:
                self._say("250 fine")
        return None

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.server.letters.append(b"".join(lines))  # type: ignore[attr-defined]

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def open_mailbox() -> Iterator[tuple[int, list[bytes]]]:
    """Give the port of an SMTP server, and the letters that it has taken."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mailbox) as server:
        server.daemon_threads = True
        letters: list[bytes] = []
        server.letters = letters  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server.server_address[1], letters
        server.shutdown()


@contextmanager
def open_web(
    status: int = 200, headers: tuple[tuple[str, str], ...] = (), says: str = ""
) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """Give the address of a web server, and the paths and bodies that it was asked with."""
    asked: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.rfile.read(int(self.headers["content-length"] or 0))))
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(says.encode())

        do_POST = do_GET  # noqa: N815 (named by http.server)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()
