"""The transport against a server that misbehaves: every way to fail is a value, none an exception."""

import time

import pytest

from logrouter.adapters.http import BODY_LIMIT_BYTES, HttpTransport
from logrouter.destinations.contract import Request
from tests import faults
from tests.faults import Sink, black_hole, refusing_early


def post(sink: Sink, timeout_s: float = 2.0, body: bytes = b"hello"):
    return HttpTransport().send(Request(sink.url, {"X-Test": "1"}, body), timeout_s)


@pytest.mark.parametrize(
    ("step", "status"),
    [(faults.OK, 200), (faults.BROKEN, 500), (faults.TOO_LARGE, 413), (faults.SLOW, 200), (faults.MID_BODY, 200)],
)
def test_an_answer_has_its_status(step, status):
    """The status line is what counts, also when the body breaks off."""
    with Sink([step]) as sink:
        answer = post(sink)

    assert (status, None) == (answer.status, answer.failure)
    assert answer.body == b'{"detail":"scripted"}'


def test_headers_are_in_lower_case():
    """Destinations read `retry-after` whatever way the server wrote it."""
    with Sink([faults.RATE_LIMITED]) as sink:
        answer = post(sink)

    assert answer.headers["retry-after"] == "7"


def test_a_redirect_is_not_followed():
    """A redirect is an answer: credentials do not go elsewhere."""
    with Sink([faults.MOVED, faults.OK]) as sink:
        answer = post(sink)

    assert answer.status == 302
    assert len(sink.requests) == 1


@pytest.mark.parametrize(
    ("step", "failure"), [(faults.RESET, "connection"), (faults.CLOSE, "connection"), (faults.HANG, "timeout")]
)
def test_no_answer_is_a_failure_code(step, failure):
    """Reset, closed and silent connections each have their code, and are not repeated here."""
    with Sink([step]) as sink:
        answer = post(sink, timeout_s=0.5)

    assert (None, failure) == (answer.status, answer.failure)
    assert len(sink.requests) == 1


@pytest.mark.parametrize(
    ("url", "failure"),
    [
        ("http://127.0.0.1:9/", "connection"),
        ("http://", "protocol"),
        ("https://[", "protocol"),
        ("ftp://127.0.0.1/", "protocol"),
        ("127.0.0.1", "protocol"),
        ("", "protocol"),
    ],
)
def test_a_wrong_address_is_a_failure_code(url, failure):
    """Nobody there, or an address that is none: a code, no exception."""
    assert failure == HttpTransport().send(Request(url, {}, b""), 1.0).failure


def test_plain_http_where_tls_is_expected():
    """A server without TLS is a TLS failure."""
    with Sink([faults.OK]) as sink:
        answer = HttpTransport().send(Request(sink.url.replace("http:", "https:"), {}, b""), 1.0)

    assert answer.failure in {"tls", "timeout", "connection"}


def test_a_silent_server_costs_no_more_than_the_timeout():
    """The timeout given holds."""
    with Sink([faults.HANG]) as sink:
        started = time.monotonic()
        post(sink, timeout_s=0.4)

    assert time.monotonic() - started < 5


def test_a_body_that_is_cut_off_is_a_broken_connection():
    """A server that resets in the middle of a large upload: a code, whether writing or reading notices first."""
    with Sink([faults.CUT]) as sink:
        answer = post(sink, body=b"x" * 20_000_000)

    assert (answer.status, answer.failure) == (None, "connection")


def test_paths_of_a_host_share_its_connections():
    """Two projects of one Sentry are two addresses of one host."""
    transport = HttpTransport()
    with Sink([faults.OK]) as sink:
        codes = [transport.send(Request(f"{sink.url}/{path}?a=b", {}, b"x"), 1.0).status for path in (1, 2, 1)]

    assert codes == [200] * 3
    assert sink.connections == 1


def test_connections_are_kept():
    """Several requests share a connection."""
    transport = HttpTransport()
    with Sink([faults.OK]) as sink:
        codes = [transport.send(Request(sink.url, {}, b"x"), 1.0).status for _ in range(5)]

    assert codes == [200] * 5
    assert sink.connections == 1


def test_a_long_answer_is_not_read_to_its_end():
    """Destinations look for codes at the beginning; the rest of an answer is not worth memory."""
    with Sink([faults.Step(200, content=b"x" * 300_000)]) as sink:
        answer = post(sink)

    assert (answer.status, len(answer.body)) == (200, BODY_LIMIT_BYTES)


def test_a_connect_that_nobody_takes_is_a_timeout():
    """Packets that vanish cost the time to connect, and are told from a refusal."""
    with black_hole() as url:
        answer = HttpTransport().send(Request(url, {}, b"x"), 0.3)

    assert (answer.status, answer.failure) == (None, "timeout")


def test_an_answer_before_the_request_is_read_counts():
    """A server that says 413 at the first bytes and closes breaks the pipe, but has said why."""
    with refusing_early(413) as url:
        answer = HttpTransport().send(Request(url, {}, b"x" * 4_000_000), 2.0)

    assert (answer.status, answer.failure) == (413, None)
