"""What the Collector's debug exporter prints is one record, and tells of its calls like any other export."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logrouter.model import LogEvent, RawText
from logrouter.stages.llm.shapes.otel.debug_text import export_in
from logrouter.stages.stitching.stitch import stitch
from tests.unit.telemetry_samples import calls_of, records_of

HEAD = "2026-11-20T02:00:00.123Z\tinfo\t"
TRACE, SPAN, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "53995c3f42cd8ad8"
START = 1_788_000_000_000
SPANS = f"""{HEAD}ResourceSpans #0
Resource SchemaURL:
Resource attributes:
     -> service.name: Str(shop-assistant)
     -> service.version: Str(1.4.0)
ScopeSpans #0
ScopeSpans SchemaURL:
InstrumentationScope opentelemetry.instrumentation.genai.openai 1.3b0
Span #0
    Trace ID       : {TRACE}
    Parent ID      : {PARENT}
    ID             : {SPAN}
    Name           : chat gpt-5
    Kind           : Client
    Start time     : 2026-08-29 10:40:00.000000321 +0000 UTC
    End time       : 2026-08-29 10:40:00.5 +0000 UTC
    Status code    : Error
    Status message : quota
    DroppedAttributesCount: 0
Attributes:
     -> gen_ai.operation.name: Str(chat)
     -> gen_ai.request.model: Str(gpt-5)
     -> gen_ai.usage.input_tokens: Int(1200)
     -> gen_ai.usage.cache_read.input_tokens: Int(1024)
     -> gen_ai.usage.output_tokens: Int(300)
     -> gen_ai.request.temperature: Double(0.2)
     -> gen_ai.response.finish_reasons: Slice(["stop"])
     -> gen_ai.prompt: Str(first line
second: line
third)
Events:
SpanEvent #0
     -> Name: exception
     -> Timestamp: 2026-08-29 10:40:00.4 +0000 UTC
     -> DroppedAttributesCount: 0
     -> Attributes::
          -> exception.type: Str(RateLimitError)
Links:
SpanLink #0
     -> Trace ID: {TRACE}
     -> ID: 1112131415161718
     -> TraceState:
     -> DroppedAttributesCount: 0
Span #1
    Trace ID       : {TRACE}
    Parent ID      :
    ID             : {PARENT}
    Name           : GET /
    Kind           : Server
    Start time     : 2026-08-29 10:40:00 +0000 UTC
    End time       : 2026-08-29 10:40:01 +0000 UTC
    Status code    : Unset
    Status message :
\t{{"otelcol.component.id": "debug", "otelcol.signal": "traces"}}"""
LOGS = f"""{HEAD}ResourceLogs #0
Resource SchemaURL:
Resource attributes:
     -> service.name: Str(shop-assistant)
ScopeLogs #0
ScopeLogs SchemaURL:
InstrumentationScope com.anthropic.claude_code.events 2.1.0
LogRecord #0
ObservedTimestamp: 2026-08-29 10:40:01 +0000 UTC
Timestamp: 2026-08-29 10:40:00 +0000 UTC
SeverityText:
SeverityNumber: Unspecified(0)
Body: Str(claude_code.api_request)
Attributes:
     -> event.name: Str(api_request)
     -> model: Str(claude-opus-4-8)
     -> input_tokens: Str(50)
     -> output_tokens: Str(40)
     -> cache_read_tokens: Str(2000)
Trace ID:
Span ID:
Flags: 0"""


@pytest.mark.parametrize("split", [False, True], ids=["one log event", "a log event a line"])
def test_spans(split):
    """Ids, times, counts, failure, parameters, a prompt of several lines and whose it is are read from the text."""
    (call,) = calls_of(SPANS.split("\n") if split else [SPANS])

    assert (call.trace_id, call.observation_id, call.parent_id) == (TRACE, SPAN, PARENT)
    assert (call.start_ms, call.end_ms, call.name, call.model) == (START, START + 500, "chat gpt-5", "gpt-5")
    assert call.usage == {"input": 176, "input_cached_tokens": 1024, "output": 300, "total": 1500}
    assert (call.error, call.input) == ("RateLimitError: quota", "first line\nsecond: line\nthird")
    assert (call.parameters, call.metadata["finish_reason"]) == ({"temperature": 0.2}, "stop")
    assert (call.record.service, call.version) == ("shop-assistant", "1.4.0")


def test_log_records():
    """Records are read like spans."""
    (call,) = calls_of(LOGS.split("\n"))

    assert call.usage == {"input": 50, "input_cached_tokens": 2000, "output": 40, "total": 2090}
    assert (call.model, call.end_ms, call.record.service) == ("claude-opus-4-8", START, "shop-assistant")


def test_the_lines_of_a_report_are_one_record():
    """What stands between two lines with a time belongs to the first."""
    lines = [f"{HEAD}Traces", *SPANS.split("\n"), f"{HEAD}Everything is ready.", *LOGS.split("\n")]
    joined = stitch([LogEvent(str(at), at, RawText(line)) for at, line in enumerate(lines)])

    assert [event.message for event in joined] == [f"{HEAD}Traces", SPANS, f"{HEAD}Everything is ready.", LOGS]


@pytest.mark.parametrize(
    "text", ["", "Resource attributes:", "see ResourceSpans #0 there", f"{HEAD}ResourceSpans: 3", "ResourceMetrics #0"]
)
def test_other_texts_print_no_export(text):
    """Text that only mentions the words is none."""
    assert export_in(text) is None


@given(
    st.lists(
        st.sampled_from(SPANS.split("\n") + LOGS.split("\n")) | st.text(alphabet="Span #0-> :()\n\t", max_size=20),
        max_size=30,
    )
)
def test_no_text_breaks_it(lines):
    """Lines in any order, and torn ones, are read or left."""
    calls_of(["\n".join(["ResourceSpans #0", *lines])])
    records_of(lines)


def test_time_grows_with_the_text_and_no_faster():
    """Eight times the spans cost about eight times as much; a value that never ends as well."""
    span = SPANS[SPANS.index("Span #0") : SPANS.index("Span #1")]

    def cost_of(text):
        took = []
        for _ in range(3):
            begun = time.process_time()
            export_in(text)
            took.append(time.process_time() - begun)
        return min(took)

    for torn in (span, span.replace("third)", "third") + "     -> a: Str(\n" * 20):
        small, large = (SPANS[: SPANS.index("Span #0")] + torn * count for count in (100, 800))
        assert cost_of(large) < 24 * cost_of(small) + 0.02


def test_a_report_stands_for_its_lines():
    """The books count every line of it."""
    (record,) = records_of(SPANS.split("\n"))

    assert record.lines == len(SPANS.split("\n"))
