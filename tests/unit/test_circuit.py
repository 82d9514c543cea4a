"""The breakers: when a route rests, for how long, and what brings it back."""

from logrouter.adapters.circuit import OPEN_S, Circuits
from logrouter.model import Fate, Verdict
from tests.delivery_fakes import FakeClock

DOWN = Verdict(Fate.RETRY, "http_503")


def test_a_longer_rest_is_never_shortened():
    """Who comes later with a shorter wait does not open the route earlier."""
    circuits = Circuits(FakeClock())
    circuits.open("pay", 300.0)

    circuits.fail("pay", Verdict(Fate.RETRY, "http_429", 7.0, closes_route=True))

    assert circuits.wait_s("pay") == 300.0


def test_only_failures_in_a_row_count():
    """Any answer of a living destination sets the count back."""
    circuits = Circuits(FakeClock())
    for _ in range(2):
        circuits.fail("pay", DOWN)
    circuits.succeed("pay")

    opened = [circuits.fail("pay", DOWN) for _ in range(3)]

    assert opened == [False, False, True]


def test_the_first_failure_after_a_rest_opens_again():
    """An outage that goes on costs one request a rest, not three."""
    clock = FakeClock()
    circuits = Circuits(clock)
    for _ in range(3):
        circuits.fail("pay", DOWN)
    clock.at_s += OPEN_S

    assert circuits.wait_s("pay") == 0.0
    assert circuits.fail("pay", DOWN)
    assert circuits.wait_s("pay") == OPEN_S


def test_a_channel_rests_by_itself():
    """A channel's rest is its own; a route's rest is that of all its channels."""
    circuits = Circuits(FakeClock())
    circuits.open("pay", 60.0, "logs")

    assert [circuits.wait_s("pay", channel) for channel in ("logs", "events", "")] == [60.0, 0.0, 0.0]
    circuits.open("pay", 30.0)
    assert [circuits.wait_s("pay", channel) for channel in ("logs", "events", "")] == [60.0, 30.0, 30.0]
    assert circuits.wait_s("other", "logs") == 0.0
