"""The laws of decode: nothing crashes it, every log event is counted once, order and bytes are kept."""

import base64
import gzip
import json

from hypothesis import given
from hypothesis import strategies as st

from logrouter.stages.decode import decode, inflate_gzip

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
items = st.fixed_dictionaries(
    {},
    optional={
        "id": st.text(max_size=8) | st.integers() | json_values,
        "timestamp": st.integers(0, 2**42) | json_values,
        "message": st.text(max_size=40) | json_values,
    },
)


@given(st.lists(items | json_values, min_size=1, max_size=20))
def test_every_log_event_is_counted_once(events):
    """Whatever the items of a document are, readable plus refused is their number."""
    document = {"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "/g", "logStream": "s", "logEvents": events}
    data = base64.b64encode(gzip.compress(json.dumps(document).encode())).decode()

    (batch,) = decode({"awslogs": {"data": data}})

    assert batch.received == len(events)
    assert len(batch.events) + sum(batch.refused.values()) == len(events)


@given(json_values)
def test_any_document_is_a_batch(document):
    """Any JSON value as a payload is one batch that counts at least one."""
    data = base64.b64encode(gzip.compress(json.dumps(document).encode())).decode()

    (batch,) = decode({"awslogs": {"data": data}})

    assert batch.received >= 1


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_any_data_is_a_batch(data):
    """Any text as data, and any bytes inside of base64, are one refused batch."""
    text = base64.b64encode(data).decode() if isinstance(data, bytes) else data

    (batch,) = decode({"awslogs": {"data": text}})

    assert batch.received == sum(batch.refused.values()) == 1


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=5), st.integers(0, 1500))
def test_inflate_is_gzip_within_the_cap(parts, limit):
    """Members are joined as the gzip module joins them, unless they are larger than the cap."""
    data = b"".join(gzip.compress(part) for part in parts)
    whole = b"".join(parts)

    actual = inflate_gzip(data, limit)

    assert actual == (whole if len(whole) <= limit else "oversize_payload")
