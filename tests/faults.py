"""A real HTTP server on the loopback that misbehaves by script: the fault injection of the delivery tests.

Every request is answered by the next step of the script (the last one stays). Steps are values of `Step` below; what
arrived, and how it was answered, is in `Sink.requests`.
"""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

SLOW_S = 0.3
READ_OF_CUT_BYTES = 100


@dataclass(frozen=True)
class Step:
    """How to answer one request.

    Args:
        status: of the answer; None = no answer.
        fault: `hang` (never answers), `reset` (RST), `close` (closes without answer), `mid_body` (breaks off inside
            the body), `slow` (answers after SLOW_S), `drip` (headers one byte at a time, without end).
        content: body of the answer.
    """

    status: int | None = 200
    headers: tuple[tuple[str, str], ...] = ()
    fault: str = ""
    content: bytes = b'{"detail":"scripted"}'


OK = Step(200)
RATE_LIMITED = Step(429, (("Retry-After", "7"),))
BROKEN = Step(500)
UNAVAILABLE = Step(503)
TOO_LARGE = Step(413)
BAD = Step(400)
UNAUTHORIZED = Step(401)
NOT_FOUND = Step(404)
MOVED = Step(302, (("Location", "http://127.0.0.1:9/elsewhere"),))
HANG = Step(None, fault="hang")
RESET = Step(None, fault="reset")
CLOSE = Step(None, fault="close")
MID_BODY = Step(200, fault="mid_body")
CUT = Step(None, fault="cut")
SLOW = Step(200, fault="slow")
DRIP = Step(200, fault="drip")


@dataclass(frozen=True)
class Arrived:
    """One request as it arrived."""

    body: bytes
    headers: dict[str, str]
    step: Step
    at_s: float

    @property
    def accepted(self) -> bool:
        """True when the client could see a 2xx."""
        return self.step.status is not None and 200 <= self.step.status < 300 and self.step.fault != "drip"


@dataclass
class Sink:
    """The server; a context manager. `script` may also be a function of (index of the request, body)."""

    script: Sequence[Step] | Callable[[int, bytes], Step]
    requests: list[Arrived] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._count = 0
        self.connections = 0
        self._server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}/ingest"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._server.close()

    @property
    def accepted(self) -> list[bytes]:
        """Bodies that were answered with a 2xx, in order."""
        with self._lock:
            return [request.body for request in self.requests if request.accepted]

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            reader = connection.makefile("rb")
            try:
                while self._one(connection, reader):
                    pass
            except OSError:
                return

    def _one(self, connection: socket.socket, reader) -> bool:
        """Answer one request; False when the connection is over."""
        if not reader.readline():
            return False
        headers = {}
        while (line := reader.readline()) not in {b"\r\n", b""}:
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        size = int(headers.get("content-length", "0"))
        with self._lock:
            index, self._count = self._count, self._count + 1
        step = None if callable(self.script) else self.script[min(index, len(self.script) - 1)]
        is_cut = step is not None and step.fault == "cut"
        body = reader.read(min(size, READ_OF_CUT_BYTES) if is_cut else size)
        with self._lock:
            step = step or self.script(index, body)
            self.requests.append(Arrived(body, headers, step, time.monotonic()))
        return self._answer(connection, step)

    def _answer(self, connection: socket.socket, step: Step) -> bool:
        match step.fault:
            case "hang":
                self._stopped.wait(30)
                return False
            case "reset" | "cut":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            case "close":
                return False
            case "drip":
                for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 10_000:
                    connection.sendall(bytes([byte]))
                    if self._stopped.wait(0.05):
                        break
                return False
            case "slow":
                self._stopped.wait(SLOW_S)
        length = len(step.content) + (1_000 if step.fault == "mid_body" else 0)
        head = [f"HTTP/1.1 {step.status} Scripted", f"Content-Length: {length}"]
        head += [f"{name}: {value}" for name, value in step.headers]
        connection.sendall("\r\n".join([*head, "", ""]).encode("latin-1") + step.content)
        return step.fault != "mid_body"


@contextmanager
def black_hole() -> Iterator[str]:
    """An address at which nobody ever takes a connection, as behind a VPC without a way out: its queue is full."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(server.getsockname())
        yield f"http://127.0.0.1:{server.getsockname()[1]}/ingest"
        for one in waiting:
            one.close()


@contextmanager
def refusing_early(status: int) -> Iterator[str]:
    """A server that answers as soon as it has seen the first bytes and closes, the rest of the request unread."""
    answer = f"HTTP/1.1 {status} Scripted\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}".encode()

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.recv(1_000)
                connection.sendall(answer)
                time.sleep(SLOW_S / 10)

    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/ingest"
        server.shutdown(socket.SHUT_RDWR)
