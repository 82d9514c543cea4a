"""A server in front of a destination that fails on purpose. What it does to a request follows from a seed alone.

The fate of the n-th request with the same content is a function of (seed, content's name, n), whatever the order in which
requests come, so a run can be repeated. No content meets more than `FAULTS_AN_EVENT` of them: the weather ends.
"""

import hashlib
import http.client
import json
import random
import socket
import struct
import threading
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

FAULTS_AN_EVENT: Final = 3
HANG_S: Final = 30.0

FATES: Final[Mapping[str, int]] = {
    "limited": 12,
    "broken": 20,
    "reset in the body": 15,
    "closed unanswered": 10,
    "stored, then closed": 25,
    "stored, then half an answer": 6,
    "hanging": 2,
    "stored, then hanging": 2,
    "dripping": 2,
}
"""Each fault and its weight."""

LIMITS: Final = (
    {"X-Sentry-Rate-Limits": "1:error:organization:quota_exceeded", "Retry-After": "1"},
    {"X-Sentry-Rate-Limits": "1::key"},
    {"X-Sentry-Rate-Limits": "86400:transaction;span:organization, 1:default;error:project"},
    {"X-Sentry-Rate-Limits": "86400:transaction:organization", "Retry-After": "1"},
    {"Retry-After": "1"},
)
"""Headers of a 429 as Sentry, Relay, Bugsink and load balancers write them; each closes errors for a second."""


def sentry_event(body: bytes) -> str | None:
    """Read the event id in the first line of an envelope, which may be cut off."""
    try:
        line, found, _ = zlib.decompressobj(wbits=31).decompress(body).partition(b"\n")
        return str(json.loads(line)["event_id"]) if found else None
    except (ValueError, KeyError, zlib.error):
        return None


@dataclass
class FaultProxy:
    """The proxy; a context manager.

    Args:
        port: of the real server on 127.0.0.1.
        seed: decides every fault.
        faulty: share of first requests that meet a fault; second ones half of it, and so on.
        largest_bytes: a larger body, as it comes on the wire, is answered with 413.
        weights: which faults there are, and how often each is chosen.
        limits: headers of a 429, one set of which is chosen.
        named: names the content of a body, or of its first half; one that it cannot name goes by all of its bytes.
    """

    port: int
    seed: int
    faulty: float = 0.0
    largest_bytes: int = 10**9
    weights: Mapping[str, int] = field(default_factory=lambda: FATES)
    limits: Sequence[Mapping[str, str]] = LIMITS
    named: Callable[[bytes], str | None] = sentry_event
    fates: Counter[str] = field(default_factory=Counter)
    passed_on: Counter[str] = field(default_factory=Counter)
    acknowledged: Counter[str] = field(default_factory=Counter)
    _requests: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        """Listen on a free port."""
        self._server = socket.create_server(("127.0.0.1", 0), backlog=128)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop listening; what hangs ends."""
        self._over.set()
        self._server.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def dsn(self, dsn: str) -> str:
        """Return a DSN of the real server that leads through the proxy."""
        return dsn.replace(f":{self.port}/", f":{self._server.getsockname()[1]}/")

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as reader:
            try:
                while self._one(connection, reader):
                    pass
            except OSError:
                return  # the client is gone: killed, or tired of waiting

    def _one(self, connection: socket.socket, reader) -> bool:
        """Answer one request; False when the connection is over."""
        request = reader.readline().decode("latin-1").split()
        if len(request) < 2:
            return False
        headers = {}
        while (line := reader.readline()) not in {b"\r\n", b""}:
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        size = int(headers["content-length"])
        body = reader.read(size // 2)
        event_id = self.named(body)
        if event_id is None:
            body += reader.read(size - len(body))
            event_id = self.named(body) or hashlib.sha256(body).hexdigest()
        fate = self._fate(event_id, size)
        if fate != "reset in the body":
            body += reader.read(size - len(body))
        return self._act(fate, connection, (request[1], headers, body), event_id)

    def _fate(self, event_id: str, size: int) -> str:
        with self._lock:
            nth = self._requests[event_id] = self._requests[event_id] + 1
            luck = random.Random(f"{self.seed}/{event_id}/{nth}")
            fate = "passed on"
            if size > self.largest_bytes:
                fate = "too large"
            elif nth <= FAULTS_AN_EVENT and luck.random() < self.faulty / 2 ** (nth - 1):
                fate = luck.choices(list(self.weights), list(self.weights.values()))[0]
            self.fates[fate] += 1
            return fate

    def _act(self, fate: str, connection: socket.socket, request: tuple, event_id: str) -> bool:
        luck = random.Random(f"{self.seed}/{event_id}/how")
        match fate:
            case "limited":
                alive = self._answer(connection, 429, luck.choice(self.limits), b'{"detail":"rate limited"}')
            case "broken":
                alive = self._answer(connection, luck.choice((500, 502, 503, 504)), {}, b"<html>oh no</html>")
            case "too large":
                alive = self._answer(connection, 413, {}, b'{"detail":"envelope exceeded size limits"}')
            case "reset in the body":
                alive = self._reset(connection)
            case "closed unanswered":
                alive = False
            case "hanging":
                alive = self._hang()
            case _:
                alive = self._pass_on(fate, connection, request, event_id)
        return alive

    def _pass_on(self, fate: str, connection: socket.socket, request: tuple, event_id: str) -> bool:
        try:
            status, headers, content = self._ask(*request)
        except (OSError, http.client.HTTPException):  # the real server is dead, or died while it worked
            with self._lock:
                self.fates["server down"] += 1
            return self._reset(connection)
        with self._lock:
            self.passed_on[event_id] += 1
        if fate == "stored, then closed":
            return False
        if fate == "stored, then hanging":
            return self._hang()
        if fate == "dripping":
            return self._drip(connection)
        with self._lock:
            self.acknowledged[event_id] += 200 <= status < 300
        half = fate == "stored, then half an answer"
        return self._answer(connection, status, headers, content, missing=1_000 if half else 0)

    def _ask(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        server = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            kept = {name: value for name, value in headers.items() if name not in {"host", "connection"}}
            server.request("POST", path, body=body, headers=kept)
            answer = server.getresponse()
            content = answer.read()
            limits = answer.headers.get("X-Sentry-Rate-Limits")
            return answer.status, {"X-Sentry-Rate-Limits": limits} if limits else {}, content
        finally:
            server.close()

    def _answer(
        self, connection: socket.socket, status: int, headers: Mapping[str, str], content: bytes, *, missing: int = 0
    ) -> bool:
        head = [f"HTTP/1.1 {status} Answer", f"Content-Length: {len(content) + missing}"]
        head += [f"{name}: {value}" for name, value in headers.items()]
        connection.sendall("\r\n".join([*head, "", ""]).encode("latin-1") + content)
        return not missing

    def _reset(self, connection: socket.socket) -> bool:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def _hang(self) -> bool:
        self._over.wait(HANG_S)
        return False

    def _drip(self, connection: socket.socket) -> bool:
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 600:
            connection.sendall(bytes([byte]))
            if self._over.wait(0.05):
                break
        return False
