"""Destinations are reached through the proxy of the environment, and past it where NO_PROXY says so."""

import socket
import threading
from base64 import b64encode

import pytest

from logrouter.adapters.http import HttpTransport
from logrouter.destinations.contract import Request
from tests import faults
from tests.faults import Sink

PASSWORD = "p%40" + "ss"


class Proxy:
    """Notes the heads of what it is asked; answers 204 to requests, and closes what it was to tunnel."""

    def __enter__(self):
        self.heads: list[str] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            with connection:
                head = connection.makefile("rb")
                lines = []
                while (line := head.readline().decode().strip()) and line:
                    lines.append(line)
                self.heads.append("\n".join(lines))
                tunnel = lines[0].startswith("CONNECT")
                answer = (
                    b"HTTP/1.1 200 OK\r\n\r\n" if tunnel else b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
                )
                connection.sendall(answer)


def post(url, environment):
    return HttpTransport(environment=environment).send(Request(url, {"X-Key": "ours"}, b"x"), 2.0)


@pytest.mark.parametrize("scheme", ["http://", ""])
def test_http_goes_to_the_proxy_in_full(scheme):
    """A proxy is asked for the whole address, with its own credentials and our headers."""
    with Proxy() as proxy:
        answer = post("http://langfuse.invalid/api?a=b", {"HTTP_PROXY": f"{scheme}user:{PASSWORD}@{proxy.address}"})

    (head,) = proxy.heads
    wanted = b64encode(b"user:" + b"p@" + b"ss").decode()
    assert answer.status == 204
    assert head.startswith("POST http://langfuse.invalid/api?a=b HTTP/1.1")
    assert f"authorization: Basic {wanted}".lower() in head.lower()
    assert "X-Key: ours" in head


def test_https_goes_through_a_tunnel():
    """A tunnel is asked for by host and port; the proxy never sees our headers."""
    with Proxy() as proxy:
        answer = post("https://langfuse.invalid/api", {"https_proxy": f"http://user:{PASSWORD}@{proxy.address}"})

    (head,) = proxy.heads
    assert head.startswith("CONNECT langfuse.invalid:443 HTTP/1.")
    assert "proxy-authorization: basic" in head.lower()
    assert "X-Key" not in head
    assert answer.status is None


@pytest.mark.parametrize("passed", ["127.0.0.1", "localhost,127.0.0.1", "*", ".invalid,127.0.0.1"])
def test_no_proxy_is_kept(passed):
    """Hosts that NO_PROXY names are reached directly."""
    with Proxy() as proxy, Sink([faults.OK]) as sink:
        answer = post(sink.url, {"ALL_PROXY": f"http://{proxy.address}", "NO_PROXY": passed})

    assert (answer.status, proxy.heads, len(sink.requests)) == (200, [], 1)


def test_no_answer_from_the_proxy_is_no_answer():
    """A proxy that is not there is a connection that failed, which is tried again."""
    answer = post("http://langfuse.invalid/", {"HTTP_PROXY": "http://127.0.0.1:9"})

    assert (answer.status, answer.failure) == (None, "connection")


def test_an_address_that_is_none_is_a_value():
    """A malformed proxy makes no request and raises nothing."""
    answer = post("http://langfuse.invalid/", {"HTTP_PROXY": "http://[::"})

    assert (answer.status, answer.failure) == (None, "protocol")
