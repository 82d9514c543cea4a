"""The local receivers behave as the real servers do, and refuse what those would misread."""

import gzip
import json
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator

import pytest

from logrouter_local.langfuse_receiver import EXPORT_PATH, LangfuseReceiver
from logrouter_local.receiving import Fault
from logrouter_local.slack_receiver import SlackReceiver

KEYS = "Basic " + b64encode(b"pk-local:sk-local").decode()


@pytest.fixture
def langfuse() -> Iterator[LangfuseReceiver]:
    with LangfuseReceiver(limit_bytes=100_000) as server:
        yield server


@pytest.fixture
def slack() -> Iterator[SlackReceiver]:
    with SlackReceiver() as server:
        yield server


def ask(url, body=None, **headers):
    """Send a request; return status, headers, body."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data=body, headers=names)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, dict(answer.headers), answer.read()


def span(**changes):
    attributes = {
        "langfuse.trace.name": "chat",
        "langfuse.observation.type": "generation",
        "langfuse.observation.usage_details": '{"input":1,"output":2,"total":3}',
        "langfuse.observation.cost_details": '{"total":0.5}',
        "langfuse.observation.output": "안녕 <script>",
        **changes.pop("attributes", {}),
    }
    return {
        "traceId": "a" * 32,
        "spanId": "b" * 16,
        "name": "answer",
        "startTimeUnixNano": "1788000000000000000",
        "endTimeUnixNano": "1788000001000000000",
        "attributes": [
            {"key": key, "value": {"stringValue": value}} for key, value in attributes.items() if value is not None
        ],
        "status": {},
        **changes,
    }


def export(*spans):
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}).encode()


def post(server, body, **headers):
    given = {"Authorization": KEYS, "Content_Type": "application/json", **headers}
    return ask(server.url + EXPORT_PATH, body, **given)


def test_takes_an_export(langfuse):
    """A good export is stored whole and answered with 200, plain or gzipped."""
    first = post(langfuse, export(span()))
    second = post(langfuse, gzip.compress(export(span(spanId="c" * 16))), Content_Encoding="gzip")

    assert (first[0], second[0]) == (200, 200)
    assert langfuse.received()["copies"] == len(langfuse.received()["spans"]) == 2
    assert langfuse.received()["complaints"] == []


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (export(span()), {"Authorization": "Basic bm8="}, 401),
        (b"not json", {}, 400),
        (b"\x1f\x8bbroken", {"Content_Encoding": "gzip"}, 400),
        (export(span()), {"Content_Encoding": "deflate"}, 400),
        (export(span()), {"Content_Type": "text/plain"}, 400),
        (export(span()), {"x_langfuse_ingestion_version": "5"}, 400),
        (export(span()), {"x_langfuse_ingestion_version": "10"}, 400),
        (export(span(), span(spanId=None)), {}, 400),
        (export(span(), span(traceId="A" * 32)), {}, 400),
        (export(span(attributes={}) | {"attributes": {"a": 1}}), {}, 400),
        (export(span(startTimeUnixNano=1788000000000000000)), {}, 400),
        (export(span(endTimeUnixNano="2026-01-01")), {}, 400),
        (b"[]", {}, 400),
        (export(span(attributes={"x": "y" * 200_000})), {}, 413),
        (gzip.compress(export(span(attributes={"x": "y" * 200_000}))), {"Content_Encoding": "gzip"}, 413),
    ],
)
def test_refuses_as_the_real_server_does(langfuse, body, headers, status):
    """Wrong keys, forms and sizes are refused for the whole export; nothing of it is stored."""
    assert post(langfuse, body, **headers)[0] == status
    assert langfuse.received()["spans"] == []


@pytest.mark.parametrize("path", ["/", "/v1/traces", "/api/public/otel", "/api/public/ingestion"])
def test_other_paths_take_nothing(langfuse, path):
    """An export for any other address is answered with 404, also for that of the batches of old."""
    status, _, _ = ask(langfuse.url + path, export(span()), Authorization=KEYS, Content_Type="application/json")

    assert status == 404
    assert langfuse.received()["spans"] == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"langfuse.observation.cost_details": '{"input":0.1}'}, "cost without total"),
        ({"langfuse.observation.cost_details": '{"total":"0.1"}'}, "no amount"),
        ({"langfuse.observation.cost_details": '{"input":1,"total":0.1}'}, "does not add up"),
        ({"langfuse.observation.usage_details": '{"input":1.5}'}, "no safe whole number"),
        ({"langfuse.observation.usage_details": '{"input":90071992547409930}'}, "no safe whole number"),
        ({"langfuse.observation.usage_details": '{"input":1,"total":3}'}, "do not add up"),
        ({"langfuse.observation.usage_details": None, "gen_ai.usage.input_tokens": "3"}, "mis-summed"),
        ({"langfuse.observation.type": "guess"}, "type is missing or unknown"),
        ({"langfuse.trace.name": None}, "trace name is missing"),
        ({"langfuse.environment": "Prod EU"}, "environment"),
        ({"langfuse.observation.metadata": "text"}, "dropped without a word"),
        (
            {"langfuse.observation.usage_details": None, "langfuse.observation.model.name": "gpt-4o"},
            "invent a cost",
        ),
        ({"session.id": "s" * 201}, "too long for an index"),
        ({"user.id": "a\0b"}, "PostgreSQL refuses"),
        ({"langfuse.internal.is_app_root": "yes"}, "would be no mark"),
        ({"langfuse.observation.prompt.name": "greet"}, "without its version"),
    ],
)
def test_refuses_what_would_be_misread(langfuse, changes, complaint):
    """What the real server would take and show wrongly is refused, with the reason kept."""
    assert post(langfuse, export(span(attributes=changes)))[0] == 400
    assert complaint in langfuse.complaints[0]


def test_refuses_integers_and_odd_times(langfuse):
    """Integer attributes, an end before the start and another century are misread too."""
    number = span()
    number["attributes"].append({"key": "n", "value": {"intValue": "3"}})

    assert post(langfuse, export(number))[0] == 400
    assert post(langfuse, export(span(endTimeUnixNano="1787000000000000000")))[0] == 400
    assert post(langfuse, export(span(startTimeUnixNano="0")))[0] == 400


def test_resend(langfuse):
    """An equal resend is stored as a copy; a moved start or a missing field is refused."""
    statuses = [
        post(langfuse, export(sent))[0]
        for sent in (
            span(),
            span(),
            span(startTimeUnixNano="1788000000001000000"),
            span(attributes={"langfuse.observation.output": None}),
        )
    ]

    assert statuses == [200, 200, 400, 400]
    assert langfuse.received()["copies"] == 2
    assert "twice for ever" in langfuse.complaints[0]
    assert "partial resend" in langfuse.complaints[1]


def test_injected_faults(langfuse):
    """Faults are used up one a request: a 429 with its wait, a lost answer, then all is well."""
    inject = json.dumps({"status": 429, "headers": {"Retry-After": "7"}}).encode()
    ask(langfuse.url + "/_inject", inject)
    langfuse.inject(Fault(500, after=True))
    limited, lost, well = (post(langfuse, export(span(spanId=char * 16))) for char in "cde")

    assert (limited[0], limited[1]["Retry-After"]) == (429, "7")
    assert (lost[0], well[0]) == (500, 200)
    assert {entry["spanId"][0] for entry in langfuse.received()["spans"]} == {"d", "e"}


def test_injected_reset(langfuse):
    """A reset breaks the connection off without an answer."""
    langfuse.inject(Fault(0))

    with pytest.raises(OSError):
        post(langfuse, export(span()))


def test_reads_back(langfuse):
    """Projects need credentials; traces come with tokens, cost and latency."""
    post(langfuse, export(span()))

    assert ask(langfuse.url + "/api/public/projects")[0] == 401
    assert ask(langfuse.url + "/api/public/projects", Authorization=KEYS)[0] == 200
    trace = json.loads(ask(langfuse.url + "/api/public/traces")[2])["data"][0]
    assert (trace["id"], trace["totalCost"], trace["totalTokens"], trace["observations"][0]["latency"]) == (
        "a" * 32,
        0.5,
        3,
        1.0,
    )


def test_the_page_shows_calls_under_their_parents(langfuse):
    """A child stands behind its parent, further in; parents that are not there or go round hide nothing."""
    ids = {name: name * 16 for name in "abcdef"}
    parents = {"a": None, "b": "a", "c": "b", "d": "0", "e": "f", "f": "e"}
    for name, parent in reversed(parents.items()):
        given = {"parentSpanId": ids.get(parent, "0" * 15 + "1")} if parent else {}
        post(langfuse, export(span(spanId=ids[name], name=f"call-{name}", **given)))

    page = ask(langfuse.url + "/")[2].decode()
    found = re.findall(r"(padding-left:\d+px)?\">(?:<span[^>]*>)?generation</span> (call-[a-f])", page)

    assert sorted(name for _, name in found) == [f"call-{name}" for name in "abcdef"]
    assert [(name, inset) for inset, name in found if inset] == [
        ("call-b", "padding-left:18px"),
        ("call-c", "padding-left:36px"),
    ]


def test_page(langfuse):
    """The page shows Korean, escapes what it shows and loads nothing."""
    post(langfuse, export(span()))
    status, headers, body = ask(langfuse.url + "/")

    assert status == 200
    assert "안녕 &lt;script&gt;" in body.decode()
    assert "<script" not in body.decode()
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_the_page_says_why_a_call_failed(langfuse):
    """Why stands in the row itself, before anything is opened, and escaped."""
    told = {"langfuse.observation.level": "ERROR", "langfuse.observation.status_message": "<b>시간 초과"}
    post(langfuse, export(span(attributes=told)))

    row, _, _ = ask(langfuse.url + "/")[2].decode().partition("<details>")

    assert "&lt;b&gt;시간 초과" in row


def test_keeps_bodies(tmp_path):
    """With a folder, every body is kept as it came."""
    with LangfuseReceiver(folder=tmp_path) as server:
        post(server, b"not json")

    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"not json"]


def test_binds_to_this_machine_only(langfuse):
    """No other machine reaches a receiver."""
    assert langfuse.server_address[0] == "127.0.0.1"


def header_block(text):
    return {"type": "header", "text": {"type": "plain_text", "text": text}}


def test_slack_takes_a_message(slack):
    """A message is answered with ok and kept, on any path."""
    payload = {"text": "경보", "attachments": [{"blocks": [header_block("경보 <b>")]}]}
    status, _, body = ask(slack.url + "/services/T/B/x", json.dumps(payload).encode(), Content_Type="application/json")
    page = ask(slack.url + "/")[2].decode()

    assert (status, body) == (200, b"ok")
    assert slack.messages[0]["texts"] == ["경보", "경보 <b>"]
    assert "경보 &lt;b&gt;" in page


@pytest.mark.parametrize(
    "payload",
    [
        {},
        [],
        {"text": 3},
        {"text": "a" * 40_001},
        {"blocks": [{"type": "nonsense"}]},
        {"blocks": [header_block("a" * 151)]},
        {"blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "a"}}]},
        {"blocks": [{"type": "section"}]},
        {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": ""}}]},
        {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "a" * 3001}}]},
        {"blocks": [{"type": "section", "fields": [{"type": "mrkdwn", "text": "a"}] * 11}]},
        {"blocks": [{"type": "context", "elements": []}]},
        {"blocks": [{"type": "divider"}] * 51},
        {"attachments": [{"blocks": [{"type": "section", "text": "plain"}]}]},
    ],
)
def test_slack_refuses_what_slack_refuses(slack, payload):
    """Wrong shapes and texts beyond Slack's limits are refused, with the reason kept."""
    assert ask(slack.url + "/x", json.dumps(payload).encode(), Content_Type="application/json")[0] == 400
    assert slack.complaints
    assert slack.messages == []


def test_slack_injected_limit(slack):
    """A 429 with its wait can be injected."""
    slack.inject(Fault(429, {"Retry-After": "1"}))

    assert ask(slack.url + "/x", b'{"text":"a"}', Content_Type="application/json")[0] == 429
    assert ask(slack.url + "/x", b'{"text":"a"}', Content_Type="application/json")[0] == 200


@pytest.mark.parametrize("name", ["langfuse_receiver", "slack_receiver"])
def test_a_taken_port_ends_a_receiver_with_one_line(name):
    """Started by hand on a port that is in use, a receiver says so and what to change, without a traceback."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", f"logrouter_local.{name}", "--port", str(taken.getsockname()[1])]
        done = subprocess.run(command, check=False, capture_output=True, text=True)

    assert done.returncode == 1
    assert "choose another --port" in done.stderr
    assert len(done.stderr.splitlines()) == 1
