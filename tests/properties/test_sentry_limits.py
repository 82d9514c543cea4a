"""Reading Sentry's rate limits, held to its laws with any header."""

from hypothesis import given
from hypothesis import strategies as st

from logrouter.destinations.contract import Answer
from logrouter.destinations.sentry import SENTRY
from logrouter.destinations.sentry_limits import CHANNELS, LONGEST_S, limits_of
from logrouter.model import Fate

headers = st.text(alphabet="0123456789:;,. eE+-_", max_size=60) | st.lists(
    st.sampled_from(["60", ":", ";", ",", "error", "default", "log_item", "log_byte", "span", "key", " "]), max_size=12
).map("".join)


@given(headers)
def test_any_header_is_read(header: str) -> None:
    """Any header is a bounded number of seconds for channels we know, or nothing."""
    limits = limits_of(header) or {}

    assert limits.keys() <= set(CHANNELS)
    assert all(0 <= seconds < LONGEST_S for seconds in limits.values())


@given(headers, headers)
def test_more_limits_never_shorten_one(first: str, second: str) -> None:
    """What stands beside a limit cannot shorten it."""
    alone, together = limits_of(first) or {}, limits_of(f"{first},{second}") or {}

    assert all(together[channel] >= seconds for channel, seconds in alone.items())


@given(headers, headers)
def test_a_429_is_never_delivered_and_never_immediate(header: str, retry_after: str) -> None:
    """Whatever the headers hold, a 429 waits: a known channel as limited, all else for a stated time."""
    verdict = SENTRY.interpret(Answer(429, {"x-sentry-rate-limits": header, "retry-after": retry_after}))

    assert verdict.fate is Fate.RETRY
    assert verdict.retry_after_s is not None
