"""Durations of calls, as loggers of different languages print them."""

import pytest

from logrouter.stages.llm.finding import NonsenseError
from logrouter.stages.llm.reading.fields import duration_ms


@pytest.mark.parametrize(
    ("value", "expected_ms"),
    [
        (912, 912),
        ("912", 912),
        ("1.5s", 1_500),
        ("350µs", 0.35),
        ("PT1.5S", 1_500),
        ("PT1M2.5S", 62_500),
        ("P1DT1H", 90_000_000),
        ("00:00:01.5000000", 1_500),
        ("1.00:00:02", 86_402_000),
        ("0:00:01.250000", 1_250),
        ("1m2.5s", 62_500),
        ("1h0m0.5s", 3_600_500),
        ("n/a", None),
    ],
)
def test_a_duration_is_read_as_languages_print_it(value, expected_ms):
    """Numbers with and without a unit, ISO 8601, the clocks of .NET and Python, and Go's way are milliseconds."""
    told = duration_ms(value, "latency")

    assert told == (None if expected_ms is None else pytest.approx(expected_ms))


@pytest.mark.parametrize("value", ["P", "PT", "-PT1S", "00:61:00", "01:05", "fast", "1h", "m2s", "-5", "nan", "1:2:3"])
def test_what_is_no_duration_is_refused(value):
    """What only looks like a duration, or lies before nothing, is nonsense and not zero."""
    with pytest.raises(NonsenseError, match="latency"):
        duration_ms(value, "latency")
