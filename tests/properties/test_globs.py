"""The law of globs: matching agrees with the same glob written as a regular expression."""

import re

from hypothesis import given
from hypothesis import strategies as st

from logrouter.policy.log_groups import matches


@given(st.text("ab/*", max_size=8), st.text("ab/", max_size=12))
def test_same_as_regular_expression(pattern, name):
    """A glob matches exactly what the regular expression with `.*` for each star matches."""
    expression = ".*".join(map(re.escape, pattern.split("*")))

    assert matches(pattern, name) is (re.fullmatch(expression, name) is not None)
