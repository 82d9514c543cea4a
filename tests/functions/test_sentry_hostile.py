"""Log lines nobody should write go all the way to Sentry, each as one valid event."""

import json

import pytest

from logrouter.destinations.sentry_envelope import EVENT_LIMIT_BYTES
from logrouter.jobs.forward_errors import plan
from logrouter.masking import default_masker
from logrouter.policy.load import default_policy
from tests.unit.sentry_oracle import event_of, faults_of

AT_MS = 1795140000000


def nested(depth, inner="x"):
    value = inner
    for _ in range(depth):
        value = {"a": [value]}
    return value


def trace(frames):
    lines = "".join(
        f'  File "/app/m{number}.py", line {number}, in f{number}\n    call()\n' for number in range(frames)
    )
    return f"Traceback (most recent call last):\n{lines}ValueError: boom"


def chain(length):
    between = "\n\nThe above exception was the direct cause of the following exception:\n\n"
    return between.join(trace(2) for _ in range(length))


def error(**fields):
    return json.dumps({"level": "error", "msg": "failed", **fields})


LINES = {
    "NUL and control characters": "ERROR a\x00b\x01c\x1b[31mred\x7f\x85\u2028end",
    "lone surrogates": error(msg="lost \ud800 half \udfff", service="\ud83d"),
    "surrogates everywhere": error(**{f"k\ud800{number}": "\udc00" for number in range(5)}),
    "3 MB message": "ERROR " + "payment failed " * 200_000,
    "3 MB without a blank": "ERROR " + "x" * 3_000_000,
    "3 MB of one JSON field": error(body="y" * 3_000_000),
    "100,000 lines": "ERROR " + "line\n" * 100_000,
    "10,000 attributes": error(**{f"field_{number}": f"value {number}" for number in range(10_000)}),
    "deep nesting": error(deep=nested(60)),
    "deeper than anybody reads": '{"level":"error","msg":"x","d":' + "[" * 900 + "]" * 900 + "}",
    "numbers beyond all types": '{"level":"error","msg":"x","a":1e999,"b":-1e999,"c":' + "9" * 400 + ',"d":NaN}',
    "empty names and values": '{"level":"error","msg":"","":"","service":"","requestId":"","error":{},"path":""}',
    "every type in the wrong place": error(
        service=[1], requestId={"a": 1}, version=True, env=[None], path=7, status="many", userId={"x": []}, error=17
    ),
    "names of contexts": error(type="x", title=[1], attributes="a", resource=5, contexts={"trace": "x"}, tags=["a"]),
    "reserved names": error(function="f", release="r", environment="e", level_name="x", dist="d", user="u"),
    "times out of this world": error(timestamp=10**17, time=-5, ts="yesterday"),
    "before all logs": error(timestamp="1970-01-01T00:00:00Z"),
    "ids that are no ids": error(requestId="a\nb" * 300, traceId="0" * 32, spanId="xyz", sessionId="\t"),
    "an environment like a path": error(env="prod/eu\\west\n1", version="feature/a b\\c"),
    "5,000 frames": "ERROR x\n" + trace(5_000),
    "200 causes": chain(200),
    "endless names": 'ERROR x\nTraceback (most recent call last):\n  File "'
    + "p/" * 5_000
    + 'a.py", line 1, in f\nE: x',
    "right to left": "ERROR \u202e\u2066مرحبا שלום 결제 실패 💥👩‍👩‍👧",
    "per cent signs": "ERROR 100% of %s and %(name)s and %d failed %",
    "a path of everything": error(method="GET /", path="/" + "한글/\x00?q=%zz&" * 500, userAgent="\r\n" * 300),
    "quotes without end": 'ERROR "' + "\\" * 5_000 + "'" * 5_000,
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_it_becomes_one_valid_event(line):
    """Whatever a line holds, Sentry takes its event, below the limit, and the books balance."""
    payload = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/ecs/orders/errors",
        "logStream": "app/orders/0a1b",
        "logEvents": [{"id": "3824792234934357417269919475782370547170", "timestamp": AT_MS, "message": line}],
    }

    planned = plan(
        payload,
        policy=default_policy(),
        mask_text=default_masker().mask_text,
        region="ap-northeast-2",
        environment="production",
        limit_bytes=10**8,
    )

    assert (len(planned.deliveries), sum(planned.tally.dropped.values())) == (1, 0)
    assert len(planned.deliveries[0].body) < EVENT_LIMIT_BYTES + 500
    assert faults_of(event_of(planned.deliveries[0])) == []
