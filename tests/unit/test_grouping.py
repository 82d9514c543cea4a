"""issue_key: the same for what Sentry shows as one issue, another for everything else."""

from dataclasses import replace

import pytest

from logrouter.model import ErrorInfo, Frame
from logrouter.stages.grouping.issue_key import issue_key
from tests.unit.issues import issue, record


def key_of(error, fingerprint=("{{ default }}",), **fields):
    return issue_key(issue(record(error=error, **fields), fingerprint=fingerprint))


def python(*frames, kind="PayError", message="card 17 declined", **fields):
    return ErrorInfo(kind, message, frames, language="python", **fields)


HANDLER = Frame("handler", "/var/task/app.py", 12, source="return pay(order)")
PAY = Frame("pay", "/var/task/shop/pay.py", 40, source="raise PayError(order.card)")
LIBRARY = Frame("call", "/opt/python/lib/http.py", 7, in_app=False)
BASE = python(HANDLER, LIBRARY, PAY)


@pytest.mark.parametrize(
    "error",
    [
        python(HANDLER, LIBRARY, PAY, message="card 4711 declined"),
        python(HANDLER, LIBRARY, replace(PAY, line=99, column=3)),
        python(replace(HANDLER, file="/app/app.py"), replace(LIBRARY, line=9), replace(PAY, file="/app/shop/pay.py")),
        python(HANDLER, PAY),
        python(HANDLER, LIBRARY, PAY, kind="shop.errors.PayError"),
        python(HANDLER, LIBRARY, replace(PAY, source="raise  PayError(order.card)\n  ...")),
        python(HANDLER, HANDLER, HANDLER, LIBRARY, PAY),
    ],
    ids=["message", "line", "folder", "library", "module", "source", "recursion"],
)
def test_same(error):
    """Messages, lines, folders, foreign frames, modules of types, blanks and depth of recursion make no difference."""
    assert key_of(error) == key_of(BASE)


@pytest.mark.parametrize(
    "error",
    [
        python(HANDLER, LIBRARY, PAY, kind="StockError"),
        python(HANDLER, LIBRARY, replace(PAY, function="refund")),
        python(HANDLER, LIBRARY, replace(PAY, source="raise PayError(order.amount)")),
        python(HANDLER, LIBRARY),
        python(HANDLER, LIBRARY, PAY, cause=python(kind="TimeoutError")),
        None,
    ],
    ids=["type", "function", "source", "frame", "cause", "nothing"],
)
def test_different(error):
    """Another type, function, source line, frame or cause is another issue."""
    assert key_of(error) != key_of(BASE)


def test_service_and_request_are_no_part():
    """The same failure in two services, requests and versions has one key."""
    assert key_of(BASE, service="a", request_id="1", version="1") == key_of(BASE, service="b", path="/x/1", user_id="u")


def test_without_own_frames_the_foreign_ones_count():
    """An exception that never touched own code groups by all of its frames."""
    foreign, other = python(LIBRARY), python(replace(LIBRARY, function="send"))

    assert key_of(foreign) == key_of(python(replace(LIBRARY, line=1), message="x"))
    assert key_of(foreign) != key_of(other)


def test_without_frames_the_value_counts():
    """Without any frame the templated value tells exceptions apart."""
    assert key_of(python(message="card 17 declined")) == key_of(python(message="card 18 declined"))
    assert key_of(python(message="card 17 declined")) != key_of(python(message="bank 17 closed"))


def test_own_fingerprint():
    """A fingerprint without `{{ default }}` is the whole key; with it, it divides further."""
    assert key_of(BASE, ("bank", "kb")) == key_of(None, ("bank", "kb"))
    assert key_of(BASE, ("bank", "kb")) != key_of(BASE, ("bank", "nh"))
    assert key_of(BASE, ("{{ default }}", "kb")) != key_of(BASE, ("{{ default }}", "nh"))
    assert key_of(BASE, ("a", "b")) != key_of(BASE, ("a b",))


def test_a_bundle_is_what_is_in_it():
    """A bundle of equal exceptions is one of them; of different ones, each once, in any order."""

    def bundle(*members):
        return ErrorInfo("ExceptionGroup", "unhandled", (HANDLER,), language="python", members=members)

    other = python(PAY, kind="StockError")
    assert key_of(bundle(BASE, BASE)) == key_of(bundle(BASE)) == key_of(BASE)
    assert key_of(bundle(BASE, other, BASE)) == key_of(bundle(other, BASE))
    assert key_of(bundle(BASE, other)) != key_of(BASE)


def test_what_was_suppressed_does_not_count_beside_a_cause():
    """A failure to close something, on the way of another failure, makes no other issue."""
    cause = ErrorInfo("java.io.IOException", "lost", (Frame("read", "A.java", 1, module="shop.A"),), language="java")
    crash = ErrorInfo("shop.E", "e", (Frame("run", "B.java", 1, module="shop.B"),), cause, "java")
    with_suppressed = replace(crash, members=(ErrorInfo("java.io.IOException", "close", relation="suppressed"),))

    assert key_of(with_suppressed) == key_of(crash)


def test_endless_chains_end():
    """A chain of a thousand causes has a key."""
    error = python(PAY)
    for _ in range(1000):
        error = replace(BASE, cause=error)

    assert len(key_of(error)) == 32
