"""A destination for benchmarks: a process of its own on the loopback that answers 200, and counts what came."""

import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager


def serve(port: int, answer_s: float) -> None:
    """Answer every POST with 200 after `answer_s`; GET returns how many came, and their bytes."""
    seen = {"requests": 0, "body_bytes": 0, "connections": 0}
    lock = threading.Lock()

    def talk(connection: socket.socket) -> None:
        reader = connection.makefile("rb")
        while line := reader.readline():
            size = 0
            while (header := reader.readline()) not in {b"\r\n", b""}:
                if header.lower().startswith(b"content-length:"):
                    size = int(header.partition(b":")[2])
            reader.read(size)
            if line.startswith(b"GET"):
                body = json.dumps(seen).encode()
            else:
                body = b'{"id":"x"}'
                with lock:
                    seen["requests"] += 1
                    seen["body_bytes"] += size
                time.sleep(answer_s)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    server = socket.create_server(("127.0.0.1", port), backlog=128)
    while True:
        connection, _ = server.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        seen["connections"] += 1
        threading.Thread(target=talk, args=(connection,), daemon=True).start()


class Sink:
    """The running process, seen from here."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def seen(self) -> dict[str, int]:
        """Return how many requests and connections came, and the bytes of their bodies."""
        with urllib.request.urlopen(self.url) as answer:
            return json.load(answer)


@contextmanager
def running(answer_s: float = 0.0) -> Iterator[Sink]:
    """Run a sink for a while."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, __file__, str(port), str(answer_s)])
    try:
        sink = Sink(port)
        for _ in range(100):
            try:
                sink.seen()
                break
            except OSError:
                time.sleep(0.05)
        yield sink
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__" and sys.argv[1:]:
    serve(int(sys.argv[1]), float(sys.argv[2]))
