"""A local HTTP server that stands in for a destination: keeps what it gets, answers what the test says."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Sink:
    """What the server got, and how it answers.

    Args:
        answer: number of the request (0 first) to (status, headers).
    """

    answer: Callable[[int], tuple[int, dict[str, str]]] = lambda number: (200, {})
    port: int = 0
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def dsn(self) -> str:
        """A DSN of this server."""
        return f"http://{'0123456789abcdef' * 2}@127.0.0.1:{self.port}/1"

    @property
    def envelopes(self) -> list[tuple[dict, dict]]:
        """Envelope header and event of each request, in the order of arrival."""
        return [
            (json.loads(lines[0]), json.loads(lines[2]))
            for lines in (body.split(b"\n") for _, _, body in self.requests)
        ]

    @property
    def events(self) -> list[dict]:
        """The events, by time."""
        return sorted((event for _, event in self.envelopes), key=lambda event: (event["timestamp"], event["event_id"]))

    @property
    def bytes(self) -> bytes:
        """Everything that reached this server: paths, headers and bodies."""
        return b"".join(
            path.encode() + repr(headers).encode("utf-8", "replace") + body for path, headers, body in self.requests
        )


@contextmanager
def running_sink() -> Iterator[Sink]:
    """Run a sink on a free port of the loopback interface."""
    sink = Sink()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            with lock:
                number = len(sink.requests)
                sink.requests.append((self.path, dict(self.headers), body))
            status, headers = sink.answer(number)
            self.send_response(status)
            for name, value in {"Content-Length": "2", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sink.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
