"""decode: every payload becomes a batch, every bad one a counted refusal."""

import base64
import gzip
import json
import zlib

import pytest

from logrouter.errors import UnsupportedEventError
from logrouter.model import DropReason, LogEvent, Origin
from logrouter.stages import decode as decode_module
from logrouter.stages.decode import decode, inflate_gzip

ORIGIN = Origin("123456789012", "ap-northeast-2", "/aws/ecs/orders/errors", "app/orders/1")


def document(**changes):
    base = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/ecs/orders/errors",
        "logStream": "app/orders/1",
        "subscriptionFilters": ["logrouter"],
        "logEvents": [{"id": "1", "timestamp": 1795140000123, "message": "first"}],
    }
    return base | changes


def packed(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.b64encode(gzip.compress(raw)).decode()


def awslogs(value):
    return {"awslogs": {"data": packed(value)}}


def decoded(event, **options):
    (batch,) = decode(event, region="ap-northeast-2", **options)
    return batch


@pytest.fixture(params=["fast", "standard library"])
def engine(request, monkeypatch):
    """Both sets of engines, so that a deployment without wheels behaves alike."""
    if request.param == "standard library":
        monkeypatch.setattr(decode_module, "INFLATE", zlib)
        monkeypatch.setattr(decode_module, "orjson", None)


@pytest.mark.usefixtures("engine")
class TestGood:
    def test_awslogs(self):
        """A subscription payload becomes one batch with its origin and its events in order."""
        events = [{"id": str(n), "timestamp": 1795140000000 + n, "message": f"줄 {n}"} for n in range(3)]

        batch = decoded(awslogs(document(logEvents=events)))

        assert batch.origin == ORIGIN
        assert batch.events == tuple(LogEvent(str(n), 1795140000000 + n, f"줄 {n}") for n in range(3))
        assert batch.refused == {}
        assert batch.sequence_number is None

    def test_document(self):
        """A readable document gives the same batch as its packed form."""
        assert decoded(document()) == decoded(awslogs(document()))

    def test_kinesis(self):
        """Each Kinesis record is a batch of its own with its sequence number, the bad one between two good ones too."""
        records = [
            {"eventSource": "aws:kinesis", "kinesis": {"data": data, "sequenceNumber": number}}
            for number, data in [("49", packed(document())), ("50", "%%%"), ("51", packed(document()))]
        ]

        batches = decode({"Records": records}, region="ap-northeast-2")

        assert [batch.sequence_number for batch in batches] == ["49", "50", "51"]
        assert [dict(batch.refused) for batch in batches] == [{}, {DropReason.CORRUPT_BASE64: 1}, {}]
        assert [batch.received for batch in batches] == [1, 1, 1]

    def test_no_records(self):
        """A Kinesis event without records is no batch at all."""
        assert decode({"Records": []}) == []

    def test_several_gzip_members(self):
        """A payload of several gzip members, padded with zeros, is read as one document."""
        raw = json.dumps(document()).encode()
        data = gzip.compress(raw[:40]) + gzip.compress(raw[40:]) + b"\0\0\0"

        batch = decoded({"awslogs": {"data": base64.b64encode(data).decode()}})

        assert batch.events == (LogEvent("1", 1795140000123, "first"),)

    def test_unknown_keys(self):
        """Fields this project does not know (policyLevel, extractedFields, system fields) change nothing."""
        extra = {"id": "1", "timestamp": 1795140000123, "message": "first", "extractedFields": {"a": "b"}}

        batch = decoded(awslogs(document(policyLevel="ACCOUNT_LEVEL_POLICY", logEvents=[extra])))

        assert batch == decoded(awslogs(document()))

    def test_ids_are_text(self):
        """A numeric event id becomes text, so that derived ids do not depend on the JSON type."""
        batch = decoded(document(logEvents=[{"id": 7, "timestamp": 1795140000123.0, "message": ""}]))

        assert batch.events == (LogEvent("7", 1795140000123, ""),)

    def test_odd_bytes(self):
        """One byte that is not UTF-8 and one lone surrogate cost one character each, not the batch."""
        raw = json.dumps(document()).replace("first", "a\\ud800b-X").encode().replace(b"X", b"\xff")

        batch = decoded(awslogs(raw))

        assert batch.events == (LogEvent("1", 1795140000123, "a?b-\ufffd"),)


BAD = {
    "no data": ({"awslogs": {}}, DropReason.CORRUPT_BASE64),
    "awslogs is no object": ({"awslogs": None}, DropReason.CORRUPT_BASE64),
    "data is a number": ({"awslogs": {"data": 7}}, DropReason.CORRUPT_BASE64),
    "not base64": ({"awslogs": {"data": "!!not base64!!"}}, DropReason.CORRUPT_BASE64),
    "cut base64": ({"awslogs": {"data": packed(document())[:-3]}}, DropReason.CORRUPT_BASE64),
    "not ASCII": ({"awslogs": {"data": "데이터"}}, DropReason.CORRUPT_BASE64),
    "nothing": ({"awslogs": {"data": ""}}, DropReason.CORRUPT_GZIP),
    "not gzip": ({"awslogs": {"data": base64.b64encode(b'{"messageType"').decode()}}, DropReason.CORRUPT_GZIP),
    "cut gzip": (
        {"awslogs": {"data": base64.b64encode(gzip.compress(b"{}" * 900)[:-9]).decode()}},
        DropReason.CORRUPT_GZIP,
    ),
    "wrong checksum": (
        {"awslogs": {"data": base64.b64encode(gzip.compress(b"{}")[:-8] + b"\1" * 8).decode()}},
        DropReason.CORRUPT_GZIP,
    ),
    "garbage behind": (
        {"awslogs": {"data": base64.b64encode(gzip.compress(b"{}") + b"garbage").decode()}},
        DropReason.CORRUPT_GZIP,
    ),
    "too many members": (
        {"awslogs": {"data": base64.b64encode(gzip.compress(b"") * 1001).decode()}},
        DropReason.CORRUPT_GZIP,
    ),
    "not JSON": (awslogs(b"<xml/>"), DropReason.CORRUPT_JSON),
    "empty": (awslogs(b""), DropReason.CORRUPT_JSON),
    "cut JSON": (awslogs(json.dumps(document()).encode()[:-2]), DropReason.CORRUPT_JSON),
    "two documents": (awslogs(json.dumps(document()).encode() * 2), DropReason.CORRUPT_JSON),
    "too deep": (awslogs(b"[" * 100_000), DropReason.CORRUPT_JSON),
    "a list": (awslogs([document()]), DropReason.CORRUPT_JSON),
    "null": (awslogs(None), DropReason.CORRUPT_JSON),
    "control message": (awslogs(document(messageType="CONTROL_MESSAGE")), DropReason.CONTROL_MESSAGE),
    "readable control message": (document(messageType="CONTROL_MESSAGE"), DropReason.CONTROL_MESSAGE),
    "unknown type": (awslogs(document(messageType="METRIC_MESSAGE")), DropReason.UNKNOWN_MESSAGE_TYPE),
    "no type": (awslogs({}), DropReason.UNKNOWN_MESSAGE_TYPE),
    "type is a list": (document(messageType=[]), DropReason.UNKNOWN_MESSAGE_TYPE),
    "no events": (awslogs(document(logEvents=[])), DropReason.EMPTY_BATCH),
    "events missing": (awslogs({"messageType": "DATA_MESSAGE"}), DropReason.EMPTY_BATCH),
    "events are text": (awslogs(document(logEvents="x")), DropReason.MALFORMED_EVENT),
    "events are an object": (awslogs(document(logEvents={"id": "1"})), DropReason.MALFORMED_EVENT),
}


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(("event", "reason"), BAD.values(), ids=BAD.keys())
def test_bad_payload(event, reason):
    """A payload that cannot be read is one counted refusal and no event."""
    batch = decoded(event)

    assert dict(batch.refused) == {reason: 1}
    assert batch.events == ()
    assert batch.received == 1


MALFORMED = {
    "text": "x",
    "null": None,
    "no id": {"timestamp": 1, "message": "m"},
    "empty id": {"id": "", "timestamp": 1, "message": "m"},
    "id is true": {"id": True, "timestamp": 1, "message": "m"},
    "id lost its digits": {"id": 1.5e40, "timestamp": 1, "message": "m"},
    "no timestamp": {"id": "1", "message": "m"},
    "timestamp is text": {"id": "1", "timestamp": "2026-11-20", "message": "m"},
    "timestamp is true": {"id": "1", "timestamp": True, "message": "m"},
    "timestamp is negative": {"id": "1", "timestamp": -1, "message": "m"},
    "timestamp is beyond all years": {"id": "1", "timestamp": 10**18, "message": "m"},
    "timestamp has a fraction": {"id": "1", "timestamp": 1.5, "message": "m"},
    "no message": {"id": "1", "timestamp": 1},
    "message is an object": {"id": "1", "timestamp": 1, "message": {}},
}


@pytest.mark.parametrize("item", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_event(item):
    """One malformed log event is counted; its neighbours go on."""
    good = {"id": "1", "timestamp": 1, "message": "m"}

    batch = decoded(document(logEvents=[good, item, good]))

    assert batch.events == (LogEvent("1", 1, "m"), LogEvent("1", 1, "m"))
    assert dict(batch.refused) == {DropReason.MALFORMED_EVENT: 1}
    assert batch.received == 3


@pytest.mark.parametrize("field", ["owner", "logGroup", "logStream"])
def test_origin_without_a_part(field):
    """A document that lacks a part of its origin, or has a wrong type there, still delivers its events."""
    batch = decoded(document(**{field: 7}))

    assert batch.received == len(batch.events) == 1


@pytest.mark.usefixtures("engine")
class TestOversize:
    def test_bomb(self):
        """A decompression bomb is refused after the cap, not after its last byte."""
        bomb = base64.b64encode(gzip.compress(b"\0" * 50_000_000, 1)).decode()

        batch = decoded({"awslogs": {"data": bomb}}, limit_bytes=10_000)

        assert dict(batch.refused) == {DropReason.OVERSIZE_PAYLOAD: 1}

    def test_bomb_in_members(self):
        """The cap counts all members together."""
        assert inflate_gzip(gzip.compress(b"x" * 600) * 2, 1_000) is DropReason.OVERSIZE_PAYLOAD

    @pytest.mark.parametrize(("size", "expected"), [(1_000, b"x" * 1_000), (1_001, DropReason.OVERSIZE_PAYLOAD)])
    def test_boundary(self, size, expected):
        """Exactly the cap is allowed, one byte more is not."""
        assert inflate_gzip(gzip.compress(b"x" * size), 1_000) == expected


@pytest.mark.parametrize(
    "event",
    [None, [], "text", {}, {"Records": None}, {"Records": [{"eventSource": "aws:sqs", "body": "b"}]}, {"detail": 1}],
)
def test_unsupported_event(event):
    """An event of another kind is refused as a whole, without any of its content in the message."""
    with pytest.raises(UnsupportedEventError, match=r"keys at the top$"):
        decode(event)
