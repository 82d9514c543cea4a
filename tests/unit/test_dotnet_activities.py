"""What .NET's console exporter prints is one record a span, and tells of its call."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logrouter.model import LogEvent, RawText
from logrouter.stages.llm.shapes.otel.activity_text import activities_in
from logrouter.stages.stitching.stitch import stitch
from tests.unit.telemetry_samples import calls_of

TRACE, SPAN, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "53995c3f42cd8ad8"
START = 1_788_000_000_000
ACTIVITY = f"""Activity.TraceId:            {TRACE}
Activity.SpanId:             {SPAN}
Activity.TraceFlags:         Recorded
Activity.ParentSpanId:       {PARENT}
Activity.DisplayName:        chat gpt-4o
Activity.Kind:               Client
Activity.StartTime:          2026-08-29T10:40:00.0000000Z
Activity.Duration:           00:01:00.5000000
Activity.Tags:
    gen_ai.operation.name: chat
    gen_ai.request.model: gpt-4o
    gen_ai.usage.input_tokens: 10
    gen_ai.usage.output_tokens: 4
    gen_ai.response.finish_reasons: ["stop"]
StatusCode: Error
Status Description: quota
Activity.Events:
    exception [08/29/2026 10:40:00 +00:00]
        exception.type: RateLimitException
Instrumentation scope (ActivitySource):
    Name: Experimental.Microsoft.Extensions.AI
Resource associated with Activity:
    service.name: shop
    service.version: 1.4.0"""
OTHER = ACTIVITY.replace(SPAN, "1" * 16)


@pytest.mark.parametrize("split", [False, True], ids=["one log event", "a log event a line"])
def test_a_span(split):
    """Ids, times, counts, failure and whose it is are read from the text."""
    (call,) = calls_of(ACTIVITY.split("\n") if split else [ACTIVITY])

    assert (call.trace_id, call.observation_id, call.parent_id) == (TRACE, SPAN, PARENT)
    assert (call.start_ms, call.end_ms, call.name, call.model) == (START, START + 60_500, "chat gpt-4o", "gpt-4o")
    assert (dict(call.usage), call.error) == ({"input": 10, "output": 4, "total": 14}, "RateLimitException: quota")
    assert (call.record.service, call.version, call.metadata["finish_reason"]) == ("shop", "1.4.0", "stop")


def test_each_span_is_a_record_of_its_own():
    """What follows a span, with or without a blank line, is not its own; other lines stay apart."""
    lines = [
        "info: Shop[0]",
        "      asks",
        *ACTIVITY.split("\n"),
        "",
        *OTHER.split("\n"),
        "Unhandled exception. X",
        "done",
    ]
    joined = [event.message for event in stitch([LogEvent(str(at), at, RawText(one)) for at, one in enumerate(lines)])]

    assert joined == ["info: Shop[0]\n      asks", ACTIVITY, "", OTHER, "Unhandled exception. X", "done"]


def test_two_spans_in_one_text():
    """Several spans that came in one log event are several calls."""
    assert [call.observation_id for call in calls_of([f"{ACTIVITY}\n{OTHER}"])] == [SPAN, "1" * 16]


def test_other_texts_print_none():
    """Text without the first field of a span is none."""
    assert activities_in("Activity.SpanId: a") is None


@given(st.lists(st.sampled_from(ACTIVITY.split("\n")) | st.text(alphabet="Activity.: \n[]", max_size=20), max_size=20))
def test_no_text_breaks_it(lines):
    """Lines in any order, and torn ones, are read or left."""
    calls_of(["\n".join(["Activity.TraceId:  a", *lines])])
