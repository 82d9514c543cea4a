"""Forms of telemetry beside those of the samples, each attribute's meaning, and what hostile lines cost."""

import json
import time
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logrouter.model import DropReason, Noticed
from logrouter.stages.llm.shapes.otel import read
from logrouter.stages.recognise import recognise
from tests.unit.llm_samples import RULES, record
from tests.unit.telemetry_samples import calls_of

TRACE, SPAN, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "53995c3f42cd8ad8"
START = 1_788_000_000_000
CHAT = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 10}
CHAT_WITHOUT_TOKENS = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
USAGE = {"input": 10, "output": 0, "total": 10}


def told(document):
    (call,) = recognise(record(document), RULES).calls
    return call


def otlp(attributes):
    """Return attributes as OTLP's JSON has them."""
    kinds = {str: "stringValue", bool: "boolValue", float: "doubleValue"}
    return [
        {"key": key, "value": {"intValue": str(value)} if type(value) is int else {kinds[type(value)]: value}}
        for key, value in attributes.items()
    ]


def span(number=1, parent=None, attributes=None, **more):
    """Return one span of an export."""
    return {
        "traceId": TRACE,
        "spanId": f"{number:016x}",
        **({"parentSpanId": f"{parent:016x}"} if parent else {}),
        "name": f"span {number}",
        "startTimeUnixNano": str(START * 10**6),
        "endTimeUnixNano": str((START + 500) * 10**6),
        "attributes": otlp(CHAT if attributes is None else attributes),
        **more,
    }


def export(*spans, **resource):
    """Return a request of OTLP's JSON."""
    own = {
        "resource": {"attributes": otlp({"service.name": "shop"} | resource)},
        "scopeSpans": [{"spans": list(spans)}],
    }
    return {"resourceSpans": [own]}


IDS = {"traceId": TRACE, "spanId": f"{1:016x}", "parentSpanId": f"{7:016x}"}


def based(identifier):
    """Return an id as protobuf's own JSON writes bytes."""
    return b64encode(bytes.fromhex(identifier)).decode()


WHOLE = {
    "otlp": export(span(parent=7)),
    "otlp without its wrapper": export(span(parent=7))["resourceSpans"][0],
    "in the first versions of otlp": {
        "resourceSpans": [
            {
                "resource": {"attributes": otlp({"service.name": "shop"})},
                "instrumentationLibrarySpans": [{"spans": [span(parent=7)]}],
            }
        ]
    },
    "aws/spans": {
        "resource": {"attributes": {"service.name": "shop"}},
        "scope": {"name": "opentelemetry.instrumentation.openai"},
        "traceId": TRACE,
        "spanId": f"{1:016x}",
        "parentSpanId": f"{7:016x}",
        "kind": "CLIENT",
        "name": "span 1",
        "startTimeUnixNano": START * 10**6,
        "endTimeUnixNano": (START + 500) * 10**6,
        "durationNano": 500_000_000,
        "attributes": CHAT,
        "status": {"code": "UNSET"},
    },
    "aws/spans with a duration alone": {
        "resource": {"attributes": {"service.name": "shop"}},
        "traceId": TRACE,
        "spanId": f"{1:016x}",
        "parentSpanId": f"{7:016x}",
        "name": "span 1",
        "startTimeUnixNano": START * 10**6,
        "durationNano": 500_000_000,
        "attributes": CHAT,
    },
    "protobuf's own json": {
        "resourceSpans": [
            {
                "resource": {"attributes": otlp({"service.name": "shop"})},
                "scopeSpans": [{"spans": [span(parent=7) | {name: based(id_) for name, id_ in IDS.items()}]}],
            }
        ]
    },
    "protobuf's own names": {
        "resource_spans": [
            {
                "resource": {"attributes": otlp({"service.name": "shop"})},
                "scope_spans": [
                    {
                        "spans": [
                            {
                                "trace_id": TRACE,
                                "span_id": f"{1:016x}",
                                "parent_span_id": f"{7:016x}",
                                "name": "span 1",
                                "start_time_unix_nano": str(START * 10**6),
                                "end_time_unix_nano": str((START + 500) * 10**6),
                                "attributes": otlp(CHAT),
                            }
                        ]
                    }
                ],
            }
        ]
    },
    "attributes as text": {
        **span(parent=7),
        "attributes": json.dumps(CHAT),
        "resource": {"attributes": {"service.name": "shop"}},
    },
    "in the log of a container": {"log": json.dumps(export(span(parent=7))), "stream": "stdout"},
    "in the message of a logger": {"level": "info", "message": json.dumps(export(span(parent=7)))},
    "go": {
        "Name": "span 1",
        "SpanContext": {"TraceID": TRACE, "SpanID": f"{1:016x}", "TraceFlags": "01", "TraceState": "", "Remote": False},
        "Parent": {"TraceID": TRACE, "SpanID": f"{7:016x}", "TraceFlags": "01"},
        "SpanKind": 3,
        "StartTime": "2026-08-29T10:40:00.000000Z",
        "EndTime": "2026-08-29T10:40:00.500000Z",
        "Attributes": [
            {"Key": key, "Value": {"Type": "STRING" if isinstance(value, str) else "INT64", "Value": value}}
            for key, value in CHAT.items()
        ],
        "Events": None,
        "Status": {"Code": "Unset", "Description": ""},
        "Resource": [{"Key": "service.name", "Value": {"Type": "STRING", "Value": "shop"}}],
        "InstrumentationScope": {"Name": "shop", "Version": ""},
    },
    "javascript as json": {
        "name": "span 1",
        "_spanContext": {"traceId": TRACE, "spanId": f"{1:016x}"},
        "spanContext": {"traceId": TRACE, "spanId": f"{1:016x}"},
        "parentSpanId": f"{7:016x}",
        "startTime": [START // 1000, 0],
        "endTime": [START // 1000, 500_000_000],
        "attributes": CHAT,
        "resource": {"attributes": {"service.name": "shop"}},
    },
}


@pytest.mark.parametrize("form", WHOLE)
def test_every_form_of_a_span_says_the_same(form):
    """The exporter does not matter."""
    call = told(WHOLE[form])

    assert (call.trace_id, call.observation_id, call.parent_id) == (TRACE, f"{1:016x}", f"{7:016x}")
    assert (call.start_ms, call.end_ms, call.name, call.model) == (START, START + 500, "span 1", "gpt-4o")
    assert (call.record.service, dict(call.usage)) == ("shop", USAGE)


def test_one_line_tells_of_several_services():
    """Each span of an export belongs to its own resource."""
    line = {"resourceSpans": [export(span(n), **{"service.name": f"s{n}"})["resourceSpans"][0] for n in (1, 2)]}

    assert [(call.record.service, call.position) for call in recognise(record(line), RULES).calls] == [
        ("s1", 0),
        ("s2", 1),
    ]


def test_what_is_no_call_falls_out_of_the_tree():
    """A call stands under the next call above it; spans of HTTP and databases between them are not sent."""
    agent, web = {"gen_ai.operation.name": "invoke_agent"}, {"http.request.method": "GET"}
    line = export(span(1, attributes=agent), span(2, 1, attributes=web), span(3, 2, attributes=web), span(4, 3))

    calls = recognise(record(line), RULES).calls

    assert [(call.observation_id, call.parent_id) for call in calls] == [
        (f"{1:016x}", None),
        (f"{4:016x}", f"{1:016x}"),
    ]


def test_an_export_without_calls_is_none():
    """Spans of the web alone are no calls, and nothing is noticed about them."""
    found = recognise(record(export(span(attributes={"http.request.method": "GET"}))), RULES)

    assert (found.calls, found.refusal, found.noticed) == ((), DropReason.NOT_AN_LLM_CALL, ())


def test_nonsense_in_one_span_does_not_take_the_others():
    """A span with a count that cannot be is left out of its export, and noticed; alone it is refused."""
    odd = span(2, attributes=CHAT | {"gen_ai.usage.input_tokens": -4})
    found = recognise(record(export(odd, span())), RULES)

    assert [call.observation_id for call in found.calls] == [f"{1:016x}"]
    assert found.noticed == (Noticed.NONSENSE,)
    assert recognise(record(export(odd)), RULES).noticed == (Noticed.NONSENSE,)


@pytest.mark.parametrize(
    ("attributes", "usage"),
    [
        ({"input_tokens": 100, "output_tokens": 50}, "input 100, output 50"),
        ({"prompt_tokens": "100", "completion_tokens": "50"}, "input 100, output 50"),
        ({"input_tokens": 100, "cache_read.input_tokens": 40}, "input 60, input_cached_tokens 40, output 0"),
        (
            {"input_tokens": 100, "cache_write.input_tokens": 30, "output_tokens": 5},
            "input 70, input_cache_creation 30, output 5",
        ),
        (
            {"input_tokens": 100, "output_tokens": 50, "reasoning.output_tokens": 20},
            "input 100, output 30, output_reasoning_tokens 20",
        ),
        (
            {"input_tokens": 100, "text.input_tokens": 90, "audio.input_tokens": 10, "text.output_tokens": 5, "output_tokens": 5},
            "input 90, input_audio_tokens 10, output 5",
        ),
        (
            {"input_tokens": 100, "image.input_tokens": 60, "output_tokens": 50, "audio.output_tokens": 30},
            "input 40, input_image_tokens 60, output 20, output_audio_tokens 30",
        ),
        ({"input_tokens": 10, "cache_read.input_tokens": 2000, "output_tokens": 5}, "input 10, input_cached_tokens 2000, output 5"),
        (
            {"input_tokens": 100, "cache_read.input_tokens": 40, "audio.input_tokens": 30, "audio.cache_read.input_tokens": 10},
            "input 40, input_audio_tokens 20, input_cached_tokens 30, input_cached_audio_tokens 10, output 0",
        ),
        ({"input_tokens": 100, "video.input_tokens": 60}, "input 40, input_video_tokens 60, output 0"),
        ({"input_tokens": 0, "output_tokens": 0}, "input 0, output 0"),
    ],
)  # fmt: skip
def test_usage_of_the_conventions(attributes, usage):
    """Modalities, cache and reasoning are parts of input and output; the buckets exclude each other."""
    call = told(
        span(attributes={"gen_ai.request.model": "m"} | {f"gen_ai.usage.{key}": v for key, v in attributes.items()})
    )
    expected = {part.split()[0]: int(part.split()[1]) for part in usage.split(", ")}

    assert call.usage == {**expected, "total": sum(expected.values())}


BEDROCK = {
    "gen_ai.system": "aws.bedrock",
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "anthropic.claude-haiku-4-5-20251001-v1:0",
    "gen_ai.usage.input_tokens": 5000,
    "gen_ai.usage.output_tokens": 7,
    "gen_ai.usage.cache_read.input_tokens": 2000,
}


@pytest.mark.parametrize(
    ("more", "scope", "fresh"),
    [
        ({}, None, 3000),
        ({"rpc.service": "Bedrock Runtime"}, None, 5000),
        ({}, "opentelemetry.instrumentation.botocore.bedrock-runtime", 5000),
        ({"gen_ai.usage.total_tokens": 5007}, None, 5000),
        ({"gen_ai.usage.total_tokens": 7007}, None, 5000),
    ],
    ids=["the conventions", "botocore", "botocore by its scope", "OpenLLMetry", "Strands"],
)
def test_who_passes_the_counts_of_bedrock_on_has_the_cache_beside_the_input(more, scope, fresh):
    """Amazon Bedrock counts cached tokens beside the input; whose span it is tells whether that was made good."""
    document = {**WHOLE["aws/spans"], "attributes": BEDROCK | more, "scope": {"name": scope} if scope else None}

    assert told(document).usage == {"input": fresh, "input_cached_tokens": 2000, "output": 7, "total": fresh + 2007}


@pytest.mark.parametrize(
    ("provider", "usage", "fresh"),
    [
        ("anthropic.messages", {"inputTokens": 5000, "cachedInputTokens": 2000}, 5000),
        ("amazon-bedrock", {"inputTokens": 5000, "cachedInputTokens": 2000}, 5000),
        ("vertex.anthropic.messages", {"inputTokens": 5000, "cachedInputTokens": 2000}, 5000),
        ("openai.responses", {"inputTokens": 5000, "cachedInputTokens": 2000}, 3000),
        ("anthropic.messages", {"inputTokens": 5000, "inputTokenDetails.cacheReadTokens": 2000}, 3000),
    ],
)
def test_the_vercel_sdk_counts_as_its_provider_does(provider, usage, fresh):
    """Before version 6 its input was the provider's own, without the cache for Anthropic; since then it holds it."""
    named = {"ai.operationId": "ai.generateText.doGenerate", "ai.model.id": "m", "ai.model.provider": provider}
    call = told(span(attributes=named | {f"ai.usage.{key}": value for key, value in usage.items()}))

    assert (call.usage["input"], call.usage["input_cached_tokens"]) == (fresh, 2000)


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"gen_ai.operation.name": "execute_tool"}, "tool"),
        ({"gen_ai.operation.name": "retrieval"}, "retriever"),
        ({"gen_ai.operation.name": "embeddings", "gen_ai.request.model": "m"}, "embedding"),
        ({"gen_ai.operation.name": "create_agent"}, "agent"),
        ({"gen_ai.operation.name": "invoke_workflow"}, "chain"),
        ({"gen_ai.operation.name": "plan"}, "chain"),
        ({"gen_ai.operation.name": "text_completion", "gen_ai.request.model": "m"}, "generation"),
        ({"openinference.span.kind": "RERANKER", "reranker.model_name": "m"}, "retriever"),
        ({"openinference.span.kind": "GUARDRAIL"}, "guardrail"),
        ({"openinference.span.kind": "EVALUATOR"}, "evaluator"),
        ({"openinference.span.kind": "chain"}, "chain"),
        ({"traceloop.span.kind": "agent"}, "agent"),
        ({"traceloop.span.kind": "task"}, "chain"),
        ({"langfuse.observation.type": "evaluator"}, "evaluator"),
        ({"langfuse.observation.type": "span"}, "span"),
        ({"llm.request.type": "rerank", "llm.request.model": "m"}, "retriever"),
        ({"mcp.method.name": "tools/call"}, "tool"),
        ({"ai.operationId": "ai.streamObject"}, "chain"),
        ({"ai.operationId": "ai.embedMany.doEmbed", "ai.model.id": "m"}, "embedding"),
    ],
)
def test_kinds(attributes, kind):
    """Each family's word for what a span is becomes the observation type."""
    assert told(span(attributes=attributes)).kind == kind


@pytest.mark.parametrize(
    "document",
    [
        {"event_name": "gen_ai.user.message", "body": {"content": "Hi"}, "attributes": {"gen_ai.system": "openai"}},
        {
            "body": {"message": {"content": "x"}},
            "attributes": {"gen_ai.system": "openai", "event.name": "gen_ai.choice"},
        },
        {"name": "GET /", "attributes": {"gen_ai.conversation.id": "c", "http.request.method": "GET"}},
        {"name": "llm.flush", "attributes": {"llm.headers": "x"}},
        {"ai": {"enabled": True}, "user": {"id": 7}},
        {
            "_aws": {"Timestamp": START, "CloudWatchMetrics": []},
            "gen_ai.client.operation.duration": {"Values": [0.5], "Counts": [1], "Sum": 0.5, "Count": 1},
            "gen_ai.request.model": "m",
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "aws.bedrock",
        },
        {"name": "gen_ai.client.token.usage", "attributes": {"gen_ai.token.type": "input", **CHAT_WITHOUT_TOKENS}},
        {
            "scope": {"name": "strands.telemetry.tracer"},
            "body": {"input": {"messages": [{"role": "user", "content": "a"}]}, "output": {"messages": []}},
            "attributes": {"event.name": "strands.telemetry.tracer", "session.id": "s"},
            "traceId": TRACE,
            "spanId": SPAN,
        },
    ],
)
def test_no_calls(document):
    """Single messages of a call, judgements about one and spans that only carry a name of the family are no calls."""
    assert read(document, document) is None
    assert recognise(record(document), RULES).calls == ()


def test_details_in_the_body_of_an_event():
    """Some loggers put the attributes of an event into its body."""
    event = {"eventName": "gen_ai.client.inference.operation.details", "body": CHAT, "traceId": TRACE, "spanId": SPAN}

    assert (told(event).model, told(event).observation_id) == ("gpt-4o", SPAN)


def test_an_event_of_an_inference_is_the_call_of_its_span():
    """The event with all details stands for the span that it happened in, and for no other."""
    attributes = CHAT | {"gen_ai.input.messages": "[]", "gen_ai.response.id": "chatcmpl-1"}
    event = {
        "event_name": "gen_ai.client.inference.operation.details",
        "trace_id": f"0x{TRACE}",
        "span_id": f"0x{SPAN}",
        "timestamp": "2026-08-29T10:40:00Z",
        "attributes": attributes,
    }

    assert (told(event).trace_id, told(event).observation_id, told(event).end_ms) == (TRACE, SPAN, START)


def test_content_of_span_events():
    """Prompts and answers that stand in events of the span are read like those in attributes."""
    events = [
        {"name": "gen_ai.content.prompt", "attributes": otlp({"gen_ai.prompt": '[{"role":"user","content":"Hi"}]'})},
        {"name": "gen_ai.content.completion", "attributes": otlp({"gen_ai.completion": "Hello"})},
    ]
    call = told(span(events=events))

    assert (call.input, call.output) == ([{"role": "user", "content": "Hi"}], "Hello")


def test_messages_by_number_keep_their_order():
    """Numbered messages are put in the order of the numbers, not of the text."""
    attributes = CHAT | {f"gen_ai.prompt.{number}.content": f"m{number}" for number in (10, 2, 0)}

    assert [message["content"] for message in told(span(attributes=attributes)).input] == ["m0", "m2", "m10"]


@pytest.mark.parametrize(
    ("status", "attributes", "events", "error"),
    [
        ({"code": 2, "message": "quota"}, {}, [], "quota"),
        ({"code": "STATUS_CODE_ERROR"}, {"error.type": "429"}, [], "429"),
        ({"code": "ERROR", "message": "slow down"}, {"error.type": "RateLimitError"}, [], "RateLimitError: slow down"),
        ({"status_code": "ERROR", "description": "boom"}, {}, [], "boom"),
        (
            {"code": 2},
            {},
            [{"name": "exception", "attributes": otlp({"exception.type": "E", "exception.message": "no"})}],
            "E: no",
        ),
        ({"code": 2}, {}, [], "failed"),
        ({"code": 1}, {}, [], None),
        ({"code": "Ok"}, {}, [{"name": "exception", "attributes": otlp({"exception.type": "E"})}], None),
        ({}, {"langfuse.observation.level": "ERROR", "langfuse.observation.status_message": "bad"}, [], "bad"),
    ],
)
def test_failures(status, attributes, events, error):
    """A failed span says why: the description of its status, the type of error, else its exception."""
    assert told(span(attributes=CHAT | attributes, status=status, events=events)).error == error


@pytest.mark.parametrize(
    ("after", "first_token_ms"),
    [(0.25, 250), (0, 0), (173, 173), (0.75, None)],
    ids=["seconds", "at once", "milliseconds of Strands", "later than the end"],
)
def test_time_to_the_first_chunk(after, first_token_ms):
    """The first token comes so long after the start, within the call."""
    moment = told(span(attributes=CHAT | {"gen_ai.response.time_to_first_chunk": after})).first_token_ms

    assert moment == (None if first_token_ms is None else START + first_token_ms)


def test_cost_that_the_span_states():
    """OpenInference's cost by side is taken over; an agent's own is that of its calls."""
    cost = {"llm.cost.prompt": 0.001, "llm.cost.completion": 0.002, "llm.cost.total": 0.003}
    llm = {"openinference.span.kind": "LLM", "llm.model_name": "m", "llm.token_count.prompt": 5} | cost
    agent = told(span(attributes=llm | {"openinference.span.kind": "AGENT"}))

    assert told(span(attributes=llm)).cost == {"input": 0.001, "output": 0.002, "total": 0.003}
    assert (agent.usage, agent.cost) == ({}, {})
    assert agent.metadata["cost_of_children"]["total"] == 0.003


def test_prompt_and_whom():
    """Prompt, session, user, tags, tier and region stand where each family has them."""
    attributes = CHAT | {
        "langfuse.observation.prompt.name": "greet",
        "langfuse.observation.prompt.version": 3,
        "traceloop.association.properties.user_id": "u-1",
        "gen_ai.conversation.id": "c-1",
        "langfuse.trace.tags": '["a", "b"]',
        "openai.response.service_tier": "flex",
        "cloud.region": "us-east-1",
    }
    call = told(span(attributes=attributes))

    assert (call.prompt_name, call.prompt_version, call.user_id, call.session_id) == ("greet", 3, "u-1", "c-1")
    assert (call.tags, call.service_tier, call.region) == (("a", "b"), "flex", "us-east-1")


def test_a_retriever_and_a_reranker():
    """Queries and documents are what was asked and answered."""
    retrieved = {
        "openinference.span.kind": "RETRIEVER",
        "input.value": "capital",
        "retrieval.documents.0.document.content": "Seoul",
        "retrieval.documents.0.document.score": 0.5,
    }
    ranked = {
        "openinference.span.kind": "RERANKER",
        "reranker.query": "capital",
        "reranker.input_documents.0.document.content": "Busan",
        "reranker.output_documents.0.document.content": "Seoul",
    }

    assert told(span(attributes=retrieved)).output == [{"content": "Seoul", "score": 0.5}]
    assert told(span(attributes=ranked)).input == {"query": "capital", "documents": [{"content": "Busan"}]}
    assert told(span(attributes=ranked)).output == [{"content": "Seoul"}]


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [
        "gen_ai.usage.input_tokens", "gen_ai.input.messages", "gen_ai.prompt.0.role", "gen_ai.operation.name",
        "llm.input_messages.0.message.content", "llm.token_count.prompt", "ai.usage.promptTokens", "ai.operationId",
        "ai.response.providerMetadata", "langfuse.observation.usage_details", "langfuse.observation.cost_details",
        "gen_ai.response.time_to_first_chunk", "tag.tags", "metadata", "input.value", "output.value", "error.type",
        "gen_ai.request.model", "openinference.span.kind", "gen_ai.usage.raw", "langfuse.trace.tags", "llm.cost.total",
    ]
)  # fmt: skip
PLACES = st.sampled_from(
    [
        "attributes",
        "events",
        "status",
        "context",
        "resource",
        "startTime",
        "endTimeUnixNano",
        "spanId",
        "scopeSpans",
        "name",
    ]
)


@given(
    attributes=st.dictionaries(NAMES, JSONS, max_size=6),
    places=st.dictionaries(PLACES, JSONS, max_size=4),
    is_list=st.booleans(),
)
def test_no_line_breaks_it(attributes, places, is_list):
    """Whatever stands in a span, it is read, refused or no call; buckets add up."""
    held = (
        [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()] if is_list else attributes
    )
    document = {"attributes": held, "spanId": SPAN, **places}

    for one in (
        document,
        {"resourceSpans": [{"scopeSpans": [{"spans": [document]}]}]},
        {"scopeSpans": places, **attributes},
    ):
        for call in recognise(record(one), RULES).calls:
            assert sum(count for name, count in call.usage.items() if name != "total") == call.usage.get("total", 0)
            assert call.start_ms <= call.end_ms


HOSTILE = {
    "spans": lambda n: export(*[span(number) for number in range(1, n + 1)]),
    "a chain of spans": lambda n: export(
        *[span(number, number - 1, attributes=CHAT if number % 2 else {}) for number in range(1, n + 1)]
    ),
    "attributes": lambda n: span(
        attributes=CHAT | {f"gen_ai.prompt.{number}.content": "x" for number in range(10 * n)}
    ),
    "events": lambda n: span(events=[{"name": "gen_ai.choice", "attributes": {"message": "x"}} for _ in range(10 * n)]),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_time_grows_with_the_line_and_no_faster(kind):
    """Four times the spans, attributes or events cost about four times as much, not sixteen times."""

    def cost_of(count):
        document = HOSTILE[kind](count)
        took = []
        for _ in range(3):
            begun = time.process_time()
            recognise(record(document), RULES)
            took.append(time.process_time() - begun)
        return min(took)

    assert cost_of(800) < 10 * cost_of(200) + 0.02


def test_a_line_as_long_as_cloudwatch_takes_is_read_whole():
    """Each of the spans of one long line is a call of its own."""
    line = export(*[span(number) for number in range(1, 2001)])
    calls = recognise(record(json.loads(json.dumps(line))), RULES).calls

    assert len({call.observation_id for call in calls}) == 2000
    assert [call.position for call in calls] == list(range(2000))


CLAUDE_CODE = {
    "event.name": "api_request",
    "model": "claude-opus-4-8",
    "cost_usd": "0.0123",
    "duration_ms": "2400",
    "input_tokens": "50",
    "output_tokens": "40",
    "cache_read_tokens": "2000",
    "cache_creation_tokens": "300",
    "session.id": "s-1",
    "user.id": "u-1",
    "prompt.id": "p-1",
}
GEMINI_CLI = {
    "event.name": "gemini_cli.api_response",
    "model": "gemini-2.5-pro",
    "duration_ms": 900,
    "input_token_count": 100,
    "output_token_count": 20,
    "cached_content_token_count": 60,
    "thoughts_token_count": 35,
    "tool_token_count": 0,
    "session.id": "s-1",
}
CODEX = {
    "event.name": "codex.sse_event",
    "event.kind": "response.completed",
    "model": "gpt-5-codex",
    "input_token_count": "1200",
    "output_token_count": "300",
    "cached_token_count": "1024",
    "reasoning_token_count": "256",
    "conversation.id": "c-1",
}


@pytest.mark.parametrize(
    ("attributes", "body", "usage"),
    [
        (
            CLAUDE_CODE,
            "claude_code.api_request",
            "input 50, input_cached_tokens 2000, input_cache_creation 300, output 40",
        ),
        (GEMINI_CLI, "API response", "input 40, input_cached_tokens 60, output 20, output_reasoning_tokens 35"),
        (CODEX, None, "input 176, input_cached_tokens 1024, output 44, output_reasoning_tokens 256"),
    ],
    ids=["Claude Code", "Gemini CLI", "Codex"],
)
@pytest.mark.parametrize("form", ["flat", "export"])
def test_coding_agents(attributes, body, usage, form):
    """The events of coding agents are calls, by the custom of each one's provider."""
    document = {"body": body, "timestamp": "2026-08-29T10:40:00Z", "attributes": attributes}
    if form == "export":
        row = {"timeUnixNano": str(START * 10**6), "body": {"stringValue": body or ""}, "attributes": otlp(attributes)}
        document = {"resourceLogs": [{"scopeLogs": [{"logRecords": [row]}]}]}
    call = told(document)
    expected = {part.split()[0]: int(part.split()[1]) for part in usage.split(", ")}

    assert call.usage == {**expected, "total": sum(expected.values())}
    assert (call.model, call.end_ms) == (attributes["model"], START)
    assert call.session_id in {"s-1", "c-1"}
    assert call.cost == ({"total": 0.0123} if "cost_usd" in attributes else {})


@pytest.mark.parametrize(
    "attributes",
    [
        {**CODEX, "event.kind": "response.output_text.delta"},
        {"event.name": "tool_result", "tool_name": "Bash", "duration_ms": 5},
        {"event.name": "codex.user_prompt", "prompt_length": 7, "model": "gpt-5-codex"},
    ],
)
def test_other_events_of_coding_agents_are_no_calls(attributes):
    """Prompts, tools and parts of a stream are not counted."""
    document = {"attributes": attributes, "body": "x"}

    assert read(document, document) is None


@pytest.mark.parametrize("name", ["gen_ai.usage.cost", "gen_ai.cost.total_cost", "llm.cost.total", "operation.cost"])
def test_a_cost_of_nothing_is_not_told(name):
    """OpenLIT writes a cost of 0 where it has no price: the call is priced, not free."""
    assert told(span(attributes=CHAT | {name: 0})).cost == {}
    assert told(span(attributes=CHAT | {name: 0.25})).cost == {"total": 0.25}


def test_a_cost_of_nothing_that_is_meant():
    """Who sets Langfuse's own attribute to 0 means it."""
    assert told(span(attributes=CHAT | {"langfuse.observation.cost_details": '{"total": 0}'})).cost == {"total": 0.0}


def test_openlit_passes_the_counts_of_anthropic_on():
    """It writes Anthropic's own input, beside which the cache stands."""
    named = {"telemetry.sdk.name": "openlit", "gen_ai.provider.name": "anthropic", "gen_ai.usage.input_tokens": 5000}
    call = told(span(attributes=CHAT | named | {"gen_ai.usage.cache_read.input_tokens": 2000}))

    assert (call.usage["input"], call.usage["input_cached_tokens"]) == (5000, 2000)


def test_usage_that_python_shows():
    """LiteLLM writes the provider's object as Python shows it; text that is none is left."""
    usage = "{'prompt_tokens': 10, 'prompt_tokens_details': {'cached_tokens': 4, 'audio_tokens': None}}"

    assert told(span(attributes=CHAT | {"metadata.usage_object": usage})).usage["input_cached_tokens"] == 4
    assert told(span(attributes=CHAT | {"metadata.usage_object": "{'a': __import__('os')}"})).usage == USAGE
    assert told(span(attributes=CHAT | {"metadata.usage_object": "{'" + "(" * 4000})).usage == USAGE


def test_prompts_are_content_also_in_templates():
    """What fills a prompt is not told beside it: the policy could not drop it there."""
    attributes = CHAT | {
        "llm.prompt_template.variables": '{"name": "Kim"}',
        "traceloop.prompt.template_variables": '{"name": "Kim"}',
        "gen_ai.guardrail.input": "Kim",
    }
    rules = {**RULES, "content": {**RULES["content"], "input": "drop", "output": "drop"}}
    (call,) = recognise(record(span(attributes=attributes)), rules).calls

    assert "Kim" not in json.dumps(dict(call.metadata))


def test_a_prompt_of_langfuse_in_the_vercel_sdk():
    """The prompt that Langfuse's guide puts into the SDK's metadata is linked."""
    prompt = '{"name": "greet", "version": 3, "prompt": "Hi {{name}}"}'
    call = told(span(attributes=CHAT | {"ai.telemetry.metadata.langfusePrompt": prompt}))

    assert (call.prompt_name, call.prompt_version) == ("greet", 3)
    assert "Hi" not in json.dumps(dict(call.metadata))


def test_long_definitions_of_tools_are_cut():
    """Metadata stay small enough for a message."""
    call = told(span(attributes=CHAT | {"gen_ai.tool.definitions": "x" * 100_000}))

    assert len(call.metadata["tools"]) == 20_000


def test_a_judgement_about_an_answer():
    """An evaluation stands under the span that it judges, with its score as what came out."""
    event = {
        "eventName": "gen_ai.evaluation.result",
        "traceId": TRACE,
        "spanId": SPAN,
        "timeUnixNano": str(START * 10**6),
        "attributes": otlp({"gen_ai.evaluation.name": "Relevance", "gen_ai.evaluation.score.value": 4.0}),
    }
    call = told(event)

    assert (call.kind, call.name, call.output) == ("evaluator", "Relevance", {"score.value": 4.0})
    assert (call.trace_id, call.parent_id, call.end_ms, dict(call.usage)) == (TRACE, SPAN, START, {})
    assert call.observation_id != SPAN


def test_a_span_without_times_has_its_own_id():
    """A name, an id and attributes make a span; a line of a logger names the span around it."""
    bare = {"name": "chat", "traceId": TRACE, "spanId": SPAN, "attributes": CHAT}

    assert told(bare).observation_id == SPAN
    assert told({**bare, "level": "info", "message": "answered"}).observation_id != SPAN


@pytest.mark.parametrize(
    "head",
    [
        "Nov 20, 2026 2:00:00 AM io.opentelemetry.exporter.logging.otlp.internal.traces.OtlpStdoutSpanExporter export\nINFO: ",
        "[otel.javaagent 2026-11-20 02:00:00:123 +0000] [main] INFO io.opentelemetry.exporter.OtlpJsonLoggingSpanExporter - ",
        "02:00:00.123 [main] INFO i.o.e.l.o.OtlpJsonLoggingSpanExporter - ",
    ],
    ids=["java.util.logging", "agent", "logback"],
)
def test_an_export_behind_the_head_of_a_java_logger(head):
    """Java's OTLP exporters write one resource with its spans behind whatever the logger puts in front."""
    (call,) = calls_of((head + json.dumps(export(span(parent=7))["resourceSpans"][0])).split("\n"))

    assert (call.observation_id, call.record.service, dict(call.usage)) == (f"{1:016x}", "shop", USAGE)
