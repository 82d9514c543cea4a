"""A small HTTP server on 127.0.0.1 that plays a vendor: keeps what it receives, fails when told to. For demo and tests.

Faults are queued over HTTP (`POST /_inject`) or in Python (`server.inject`), and used up one request at a time.
"""

import argparse
import itertools
import json
import socket
import struct
import sys
import threading
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

BODY_LIMIT_BYTES = 64_000_000
"""More than any vendor takes; a larger body is not read."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One misbehaviour.

    Args:
        status: HTTP status to answer with; 0 breaks the connection off.
        headers: of the answer (`Retry-After`).
        after: do the work first, so that only the answer is lost.
        reading: of a question (GET) to the vendor's API instead of a POST.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    after: bool = False
    reading: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What a receiver answers."""

    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


def json_reply(status: int, value: Any) -> Reply:
    """Return a JSON answer; lone surrogates become question marks."""
    return Reply(status, json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def page_reply(html: str) -> Reply:
    """Return a page that may load and run nothing."""
    policy = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'", "Cache-Control": "no-store"}
    return Reply(200, html.encode("utf-8", "replace"), "text/html; charset=utf-8", policy)


class Receiver(ThreadingHTTPServer, ABC):
    """The server; subclasses answer in `post` and `get`. A context manager that serves in a thread.

    Args:
        port: on 127.0.0.1; 0 takes a free one.
        folder: where every body goes as it came, for those who search it; None keeps none.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int = 0, *, folder: Path | None = None) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self._folder = folder
        self._kept = itertools.count()
        self.lock = threading.Lock()
        self.statuses: Counter[int] = Counter()
        self._faults: deque[Fault] = deque()
        self._reading_faults: deque[Fault] = deque()

    @property
    def url(self) -> str:
        """Base address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def inject(self, *faults: Fault) -> None:
        """Let the next requests to the vendor's own paths fail so, one fault a request."""
        with self.lock:
            for fault in faults:
                (self._reading_faults if fault.reading else self._faults).append(fault)

    def next_fault(self, *, reading: bool = False) -> Fault | None:
        """Take the fault of this request, None when it goes well."""
        with self.lock:
            waiting = self._reading_faults if reading else self._faults
            return waiting.popleft() if waiting else None

    def keep(self, body: bytes) -> None:
        """Write a body into the folder, whatever becomes of it."""
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / f"{next(self._kept):06d}.bin").write_bytes(body)

    def clear(self) -> None:
        """Forget everything that was received and injected."""
        with self.lock:
            self._faults.clear()
            self._reading_faults.clear()
            self.statuses.clear()
            self.forget()

    def forget(self) -> None:
        """Drop what the subclass keeps; called with the lock held."""

    @abstractmethod
    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer a POST; header names in lower case."""

    @abstractmethod
    def get(self, path: str, headers: Mapping[str, str]) -> Reply:
        """Answer a GET."""

    def ask(self, path: str, query: str, headers: Mapping[str, str]) -> Reply:  # noqa: ARG002 - most ask nothing
        """Answer a GET with a query string."""
        return self.get(path, headers)

    def control(self, path: str, body: bytes) -> Reply:
        """Take an order of who runs the receiver: `/_inject` a fault, `/_clear` everything."""
        if path == "/_clear":
            self.clear()
            return json_reply(200, {"ok": True})
        if path != "/_inject":
            return json_reply(404, {"message": "no such order"})
        try:
            wanted = json.loads(body)
            flags = {name: bool(wanted.get(name)) for name in ("after", "reading")}
            fault = Fault(int(wanted.get("status", 0)), dict(wanted.get("headers", {})), **flags)
            self.inject(*[fault] * int(wanted.get("times", 1)))
        except (ValueError, TypeError, AttributeError):
            return json_reply(400, {"message": 'expected {"status": 429, "headers": {}, "times": 1, "after": false}'})
        return json_reply(200, {"ok": True})

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"
    server_version = "logrouter-local"
    sys_version = ""
    timeout = 30

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        if not 0 <= size <= BODY_LIMIT_BYTES:
            self.close_connection = True
            self._answer(json_reply(413, {"message": "too large"}))
            return
        body = self.rfile.read(size)
        path = self.path.partition("?")[0]
        if path.startswith("/_"):
            self._answer(self.server.control(path, body))
            return
        self.server.keep(body)
        fault = self.server.next_fault()
        if fault is None or fault.after:
            reply = self.server.post(path, self._headers(), body)
        if fault is not None:
            reply = Reply(fault.status, b'{"message": "injected"}', headers=fault.headers)
        with self.server.lock:
            self.server.statuses[reply.status] += 1
        if reply.status == 0:
            self._break_off()
        else:
            self._answer(reply)

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        fault = self.server.next_fault(reading=True) if path.startswith("/api/") else None
        if fault is None:
            self._answer(self.server.ask(path, query, self._headers()))
        elif fault.status == 0:
            self._break_off()
        else:
            self._answer(Reply(fault.status, b'{"message": "injected"}', headers=fault.headers))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - name given by the base class
        """Stay silent: requests may carry what must not stand in a terminal's history."""

    def _headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def _answer(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def _break_off(self) -> None:
        """Close with a reset instead of an answer."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.rfile.close()


def serve(make: Callable[[], Receiver], name: str) -> None:
    """Serve until interrupted; a port that cannot be taken ends the program with one line."""
    try:
        receiver = make()
    except (OSError, OverflowError) as error:
        sys.exit(
            f"{name}: the port cannot be taken ({getattr(error, 'strerror', None) or error}); choose another --port"
        )
    print(f"{name} listens on {receiver.url}", flush=True)
    try:
        receiver.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        receiver.server_close()


def port_parser(description: str) -> argparse.ArgumentParser:
    """Return a command line with what every receiver takes: `--port` and `--folder`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--folder", type=Path, help="keep every received body there, as it came")
    return parser
