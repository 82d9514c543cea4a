"""The watch over all Langfuse exports of the suite sees what is wrong, and says nothing of what is right."""

import copy
import json
import subprocess
import sys

import pytest

from logrouter.destinations import langfuse
from logrouter.destinations.langfuse import LANGFUSE, encode_calls
from tests.conftest import ROOT
from tests.langfuse_watch import EXPECTED_IN_EXPORTS, LOOKED_AT, ExportWatch
from tests.unit.langfuse_calls import call_of
from tests.unit.langfuse_oracle import faults_of_export, read_by_opentelemetry

SOUND = json.loads(
    encode_calls([call_of("litellm", prompt_name="p", prompt_version=3)], "d", environment="prod")[0].body
)


def with_change(change):
    """Return the bytes of a sound export after `change` was done to its span and its attributes by name."""
    document = copy.deepcopy(SOUND)
    (span,) = document["resourceSpans"][0]["scopeSpans"][0]["spans"]
    change(span, {item["key"]: item["value"] for item in span["attributes"]})
    return json.dumps(document).encode()


def set_to(name, **value):
    def change(span, attributes):
        if name in attributes:
            attributes[name].clear()
            attributes[name].update(value)
        else:
            span["attributes"].append({"key": name, "value": value})

    return change


def without(name):
    return lambda span, _: span.update(attributes=[item for item in span["attributes"] if item["key"] != name])


def in_span(**fields):
    return lambda span, _: span.update(fields)


def test_a_sound_export_has_no_fault():
    """What we send is what OpenTelemetry's parser reads and what Langfuse reads right."""
    assert faults_of_export(with_change(lambda *_: None)) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (in_span(traceId="A" * 32), "hex"),
        (in_span(spanId="b" * 15), "hex"),
        (in_span(parentSpanId=""), "parent"),
        (in_span(startTimeUnixNano=1788000000000000000), "decimal string"),
        (in_span(startTimeUnixNano="0", endTimeUnixNano="0"), "century"),
        (in_span(endTimeUnixNano="1787000000000000000"), "before it starts"),
        (in_span(attributes={"a": 1}), "list of key and value"),
        (in_span(kind="client"), "OpenTelemetry"),
        (in_span(status={"code": "2"}), "OpenTelemetry"),
        (in_span(status={"code": 2, "reason": "x"}), "OpenTelemetry"),
        (in_span(name=7), "OpenTelemetry"),
        (set_to("langfuse.observation.prompt.version", intValue="3"), "integer"),
        (set_to("langfuse.observation.metadata.n", doubleValue="x"), "OpenTelemetry"),
        (set_to("langfuse.observation.metadata.n", value="x"), "OpenTelemetry"),
        (set_to("langfuse.observation.usage_details", stringValue='{"input":1,"total":3}'), "add up"),
        (set_to("langfuse.observation.usage_details", stringValue='{"input":1.5}'), "whole number"),
        (set_to("langfuse.observation.cost_details", stringValue='{"input":1}'), "without total"),
        (set_to("langfuse.observation.cost_details", stringValue='{"total":"1"}'), "no amount"),
        (set_to("langfuse.observation.type", stringValue="llm"), "type"),
        (set_to("langfuse.environment", stringValue="Prod EU"), "environment"),
        (set_to("langfuse.observation.metadata", stringValue="{}"), "dropped without a word"),
        (set_to("session.id", stringValue="s" * 201), "too long"),
        (set_to("langfuse.internal.is_app_root", stringValue="true"), "no mark"),
        (set_to("langfuse.release", stringValue=""), "says nothing"),
        (set_to("langfuse.observation.colour", stringValue="blue"), "no attribute of the SDK"),
        (set_to("langfuse.observation.output", stringValue="x" * 700_000), "larger than a call"),
        (without("langfuse.trace.name"), "trace name"),
        (without("langfuse.observation.prompt.version"), "without its version"),
        (lambda span, _: span["attributes"].append(span["attributes"][0]), "attribute twice"),
        (without("langfuse.observation.usage_details"), "invent a cost"),
    ],
)
def test_a_planted_fault_is_seen(change, fault):
    """What would be refused, misread or lost is a fault."""
    faults = faults_of_export(with_change(change))

    assert any(fault in found for found in faults), faults


@pytest.mark.parametrize("export", [b"", b"[]", b"{}", b'{"resourceSpans":[]}', b'{"a":NaN}', b"\xff"])
def test_what_is_no_export_is_a_fault(export):
    """Bytes without a span in them would be taken by the server and bring nothing."""
    assert len(faults_of_export(export)) == 1


@pytest.mark.langfuse_faults_expected
def test_twice_the_same_observation_is_a_fault():
    """Langfuse counts both until it merges its rows."""
    span = json.dumps(SOUND["resourceSpans"][0]["scopeSpans"][0]["spans"][0]).encode()

    assert faults_of_export(langfuse.export_bytes([span, span])) == ["the same observation twice"]


def test_ids_are_the_bytes_they_write():
    """OTLP writes ids in hex; read as bytes they are 16 and 8 long, and the same."""
    document = copy.deepcopy(SOUND)
    span = document["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    read = read_by_opentelemetry(document).resource_spans[0].scope_spans[0].spans[0]

    assert (read.trace_id.hex(), read.span_id.hex()) == (span["traceId"], span["spanId"])
    assert (len(read.trace_id), len(read.span_id), read.parent_span_id) == (16, 8, b"")


def test_a_test_with_many_exports_is_sampled():
    """Of thousands of exports the first are all looked at, and then some."""
    watch = ExportWatch()

    for _ in range(LOOKED_AT + 31):
        watch.keep(b"{}")

    assert (watch.seen, len(watch.faults())) == (LOOKED_AT + 31, LOOKED_AT + 2)


def test_every_export_is_made_where_the_watch_looks(request):
    """What is encoded and what is split passes the watch of the running test."""
    watch = request.node.langfuse_watch
    seen = watch.seen
    (whole,) = encode_calls([call_of(observation_id=f"{number:016x}") for number in (1, 2)], "d", environment="prod")

    parts = LANGFUSE.split(whole)

    assert (len(parts), watch.seen) == (2, seen + 3)


@pytest.mark.langfuse_faults_expected
def test_a_test_may_expect_faults(request):
    """A test about faults is not failed for them; the watch has seen them."""
    langfuse.export_bytes([b"{}"])

    assert "hex" in request.node.langfuse_watch.report()
    assert request.node.get_closest_marker(EXPECTED_IN_EXPORTS)


def test_a_planted_fault_fails_the_test_that_made_it(tmp_path):
    """With a type that Langfuse does not know on a call, a passing test fails, and says why."""
    program = tmp_path / "test_planted.py"
    program.write_text(
        "from logrouter.destinations.langfuse import encode_calls\n"
        "from tests.unit.langfuse_calls import call_of\n"
        "def test_sound():\n"
        "    encode_calls([call_of()], 'default', environment='dev')\n"
        "def test_planted():\n"
        "    encode_calls([call_of(kind='llm')], 'default', environment='dev')\n",
        "utf-8",
    )
    arguments = ["-n0", "-p", "tests.langfuse_watch", "-p", "no:hypothesispytest", "-p", "no:cacheprovider", "-q"]

    run = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, "-c", "/dev/null", "--rootdir", str(tmp_path), str(program)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (run.returncode, "observation type is missing or unknown" in run.stdout) == (1, True), run.stdout
    assert "1 failed, 1 passed" in run.stdout
