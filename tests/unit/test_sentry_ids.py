"""The ids derived for Sentry are UUIDs of version 5, as anybody else would derive them."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from logrouter.destinations.sentry_fields import NAMESPACE, derived_hex


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_an_id_is_a_uuid(parts):
    """The standard library makes the same of the same name."""
    name = ":".join(parts).encode("utf-8", "replace")

    assert derived_hex(*parts) == uuid.uuid5(NAMESPACE, name).hex
