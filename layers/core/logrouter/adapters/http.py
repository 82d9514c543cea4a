"""Sends one request and reports what came back: an answer or a failure code. Never retries, redirects or raises."""

import ssl
from collections.abc import Mapping
from typing import Any, Protocol

from logrouter.adapters.clock import Clock, SystemClock
from logrouter.adapters.connections import Connections
from logrouter.destinations.contract import Answer, Request

CONNECT_TIMEOUT_S = 2.0
READ_TIMEOUT_S = 10.0
BODY_TIMEOUT_S = 2.0
"""The status line decides; the rest of an answer is not worth more waiting."""
BODY_LIMIT_BYTES = 64 * 1024
"""More of an answer is not read; destinations look for codes only."""


class Transport(Protocol):
    """Carries one request to its address."""

    def send(self, request: Request, timeout_s: float) -> Answer:
        """POST and wait at most about `timeout_s` seconds for the whole answer."""
        ...


class HttpTransport:
    """urllib3 with a connection pool that all threads share.

    Args:
        connections: connections kept open per host; as many as there are threads.
        environment: names the proxies; that of the process when not given.
    """

    def __init__(
        self, *, connections: int = 8, clock: Clock | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        self._clock = clock or SystemClock()
        self._connections = Connections(connections, environment)

    def send(self, request: Request, timeout_s: float) -> Answer:
        """POST once. No answer is an `Answer` with `failure`: timeout, tls, connection or protocol."""
        import urllib3  # noqa: PLC0415 - 48 ms of a cold start, only when something is to be sent

        ends_s = self._clock.monotonic_s() + timeout_s
        limits = urllib3.Timeout(connect=min(CONNECT_TIMEOUT_S, timeout_s), read=min(READ_TIMEOUT_S, timeout_s))
        try:
            pool, target, proxy_headers = self._connections.place(request.url)
            response = pool.urlopen(
                "POST",
                target,
                body=request.body,
                headers={**request.headers, **proxy_headers},
                timeout=limits,
                retries=False,
                redirect=False,
                assert_same_host=False,  # through a proxy the pool is one to the proxy
                preload_content=False,
            )
        except Exception as error:  # noqa: BLE001 - every way to fail is a value to the courier
            return Answer(None, failure=failure_of(error))
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, headers, self._body(response, ends_s))

    def _body(self, response: Any, ends_s: float) -> bytes:
        # The status line decided already: a body that breaks off or drips takes nothing back.
        ends_s = min(ends_s, self._clock.monotonic_s() + BODY_TIMEOUT_S)
        body = b""
        try:
            if getattr(response.connection, "sock", None) is not None:
                response.connection.sock.settimeout(BODY_TIMEOUT_S)
            while len(body) < BODY_LIMIT_BYTES and self._clock.monotonic_s() < ends_s:
                chunk = response.read1(BODY_LIMIT_BYTES - len(body))
                if not chunk:
                    response.release_conn()
                    return body
                body += chunk
        except Exception:  # noqa: BLE001 - see above
            return body
        finally:
            if not response.closed:
                response.close()
        return body


def failure_of(error: Exception) -> str:
    """Name what kept an answer from coming: `timeout`, `tls`, `connection` or `protocol`."""
    import urllib3.exceptions as why  # noqa: PLC0415 - see send

    if isinstance(error, why.NewConnectionError | why.NameResolutionError | why.ProxyError):
        return "connection"
    if isinstance(error, why.TimeoutError | TimeoutError):
        return "timeout"
    if isinstance(error, why.SSLError | ssl.SSLError):
        return "tls"
    if isinstance(error, why.ProtocolError | OSError):
        return "connection"
    return "protocol"
