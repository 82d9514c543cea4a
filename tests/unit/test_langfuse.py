"""The Langfuse destination: attributes, ids and sizes that its server reads right, and what its answers mean."""

import gzip
import json
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logrouter.adapters.retry_queue import MESSAGE_LIMIT_BYTES, encode_message
from logrouter.destinations.contract import Answer
from logrouter.destinations.langfuse import (
    BATCH_BYTES,
    BATCH_SPANS,
    LANGFUSE,
    PACKED_BYTES,
    encode_calls,
    ledger_key,
)
from logrouter.destinations.langfuse_span import SPAN_LIMIT_BYTES, span_bytes
from logrouter.destinations.langfuse_values import environment_name
from logrouter.errors import SecretError
from logrouter.model import Fate
from logrouter.stages.llm.identity import observation_id_of, trace_id_of
from tests.unit.langfuse_calls import call_of, judged
from tests.unit.langfuse_oracle import read_by_opentelemetry
from tests.unit.llm_samples import AT_MS, SAMPLES

SECRET = {"host": "https://langfuse.example/", "public_key": "pk-1", "secret_key": "sk" + "-1"}


def many(count, size=0):
    noise = random.Random(7)
    return [
        call_of(
            observation_id=f"{number + 1:016x}",
            output="".join(chr(noise.randrange(0xAC00, 0xD7A3)) for _ in range(size)),
        )
        for number in range(count)
    ]


def spans_in(document):
    return document["resourceSpans"][0]["scopeSpans"][0]["spans"]


def spans(delivery):
    return spans_in(json.loads(delivery.body))


def attributes(span):
    return {item["key"]: item["value"] for item in span["attributes"]}


@pytest.mark.parametrize("name", ["full", "failed", "parent that is not sent", "agent with its calls"])
def test_golden_export(name, golden):
    """A payload becomes exactly these spans."""
    (delivery,) = encode_calls(judged()[name], "default", environment="prod")

    golden(f"llm/export_{name.replace(' ', '_')}", json.loads(delivery.body))


@pytest.mark.parametrize("seed", ["req-1", "한글 요청", "a" * 5000])
def test_trace_id_is_the_sdk_s(seed):
    """An application computes the same trace id with the langfuse SDK."""
    from langfuse import Langfuse

    assert trace_id_of(seed) == Langfuse.create_trace_id(seed=seed)


def test_observation_id_is_the_sdk_s():
    """The langfuse SDK makes the same observation id of trace and call key; other calls and traces have others."""
    from langfuse import Langfuse

    made = observation_id_of("4bf92f3577b34da6a3ce929d0e0e4736", "chatcmpl-1")

    assert made == Langfuse._create_observation_id(None, seed="4bf92f3577b34da6a3ce929d0e0e4736/chatcmpl-1")
    assert len({made, observation_id_of("t", "a"), observation_id_of("t", "b"), observation_id_of("u", "a")}) == 4


def test_attribute_names_are_the_sdk_s():
    """Every attribute that we send is one of the SDK's constants, or metadata under one of them."""
    from langfuse._client.attributes import LangfuseOtelSpanAttributes as Names

    known = {value for name, value in vars(Names).items() if name.isupper()}
    call = call_of("litellm", prompt_name="p", prompt_version=3, first_token_ms=AT_MS, error="e")
    sent = set(attributes(json.loads(span_bytes(call, "prod"))))
    plain = {name for name in sent if ".metadata." not in name}

    assert plain <= known
    assert all(name.startswith((f"{Names.TRACE_METADATA}.", f"{Names.OBSERVATION_METADATA}.")) for name in sent - plain)
    assert {Names.OBSERVATION_PROMPT_VERSION, Names.OBSERVATION_COMPLETION_START_TIME, Names.TRACE_TAGS} <= plain


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_payload_is_accepted_by_opentelemetry(name):
    """OpenTelemetry's own JSON parser takes the payload and reads back ids, times and attributes."""
    call = call_of(name)
    document = json.loads(encode_calls([call], "default", environment="prod")[0].body)

    (span,) = read_by_opentelemetry(document).resource_spans[0].scope_spans[0].spans

    assert (span.trace_id.hex(), span.span_id.hex()) == (call.trace_id, call.observation_id)
    assert span.start_time_unix_nano == call.start_ms * 10**6
    assert span.status.code == (0 if call.error is None else 2)
    assert {item.key for item in span.attributes} == set(attributes(spans_in(document)[0]))


def test_numbers_travel_in_texts():
    """No attribute is an integer, which older servers misread; the prompt version is a double."""
    span = json.loads(span_bytes(call_of(prompt_name="p", prompt_version=3), "prod"))

    assert {next(iter(value)) for value in attributes(span).values()} <= {"stringValue", "arrayValue", "doubleValue"}
    assert attributes(span)["langfuse.observation.prompt.version"] == {"doubleValue": 3.0}


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"name": "answer-question"}, "answer-question"),
        ({"name": "generation", "prompt_name": "greet"}, "greet"),
        ({"name": "generation", "model": "gpt-4o"}, "generation gpt-4o"),
        (
            {"name": "embedding", "kind": "embedding", "model": "arn:aws:bedrock:us-east-1::foundation-model/titan"},
            "embedding titan",
        ),
        ({"name": "tool", "kind": "tool", "model": None}, "tool"),
        ({"name": "\n", "kind": "agent", "model": None}, "agent"),
    ],
)
def test_calls_that_nobody_named_are_told_apart(fields, name):
    """A list of calls that are all called `generation` would tell nobody anything."""
    assert json.loads(span_bytes(replace(call_of(), **fields), "prod"))["name"] == name


def test_failed_call_says_what_it_cost():
    """A failed call carries a cost of zero and the level ERROR, so that the server invents nothing."""
    span = json.loads(span_bytes(call_of("canonical_failed", cost={}), "prod"))

    assert attributes(span)["langfuse.observation.cost_details"] == {"stringValue": '{"total":0}'}
    assert span["status"] == {"code": 2, "message": "RateLimitError: 429 slow down"}


def test_unknown_cost_is_left_out():
    """A call of unknown price says nothing about cost."""
    span = json.loads(span_bytes(call_of(cost={}, cost_source="unknown"), "prod"))

    assert "langfuse.observation.cost_details" not in attributes(span)


@pytest.mark.parametrize(
    ("given_name", "expected"),
    [
        ("prod", "prod"),
        ("Prod EU", "prod-eu"),
        ("langfuse-prod", "prod"),
        ("운영", "default"),
        ("", "default"),
        ("a" * 60, "a" * 40),
        ("langfuse", "default"),
    ],
)
def test_environment_is_one_that_langfuse_shows(given_name, expected):
    """An environment is brought into Langfuse's form, else it would be shown as default."""
    assert environment_name(given_name) == expected


def test_same_calls_same_bytes():
    """A resend is byte for byte what was sent first, also compressed."""
    first, second = (encode_calls(many(5, 50), "default", environment="prod")[0] for _ in range(2))
    target = LANGFUSE.targets(SECRET)["default"]

    assert first == second
    assert LANGFUSE.request(first, target, 1.0).body == LANGFUSE.request(second, target, 2.0).body


def test_batches_by_count():
    """A request carries at most 500 calls, in order, and names each once."""
    deliveries = encode_calls(many(1201), "default", environment="prod")

    assert [len(delivery.keys) for delivery in deliveries] == [BATCH_SPANS, BATCH_SPANS, 201]
    assert [span["spanId"] for delivery in deliveries for span in spans(delivery)] == [
        f"{number + 1:016x}" for number in range(1201)
    ]


def test_batches_by_bytes_and_for_the_queue():
    """However large the calls, each delivery stays below Langfuse's limit and fits a queue message."""
    deliveries = encode_calls(many(60, 40_000), "default", environment="prod")

    assert sum(len(delivery.keys) for delivery in deliveries) == 60
    assert all(len(delivery.body) <= BATCH_BYTES for delivery in deliveries)
    assert all(len(encode_message(delivery)) <= MESSAGE_LIMIT_BYTES for delivery in deliveries)
    assert any(len(delivery.keys) > 1 for delivery in deliveries)


def test_one_huge_call_is_cut_not_lost():
    """A call larger than a queue message goes with its content cut, and says so."""
    (delivery,) = encode_calls([call_of(input="가" * 2_000_000, output="나" * 1000)], "default", environment="prod")
    sent = attributes(spans(delivery)[0])

    assert len(delivery.body) < SPAN_LIMIT_BYTES + 1000
    assert len(gzip.compress(delivery.body)) < PACKED_BYTES
    assert sent["langfuse.observation.metadata.content_cut"] == {"stringValue": "true"}
    assert sent["langfuse.observation.input"]["stringValue"].endswith("characters more]")


@pytest.mark.parametrize("noise", ["\0", "한", '"', "\\", "\U0001f600", "\ud800"])
def test_no_call_is_larger_than_a_message_carries(noise):
    """With every field as full as it may be, of what takes most room in JSON, a span still keeps its bound."""
    full = {f"{noise * 150}{number}": noise * 30_000 for number in range(300)}
    call = replace(
        call_of(),
        **dict.fromkeys(("name", "model", "provider", "error", "user_id", "session_id", "trace_name"), noise * 9_000),
        **dict.fromkeys(("prompt_name", "release", "version", "input", "output"), noise * 500_000),
        parameters=full,
        metadata={**full, **{f"deep {name}": [value] for name, value in full.items()}},
        tags=tuple(f"{number}{noise * 500}" for number in range(200)),
    )

    assert len(span_bytes(call, "prod")) <= SPAN_LIMIT_BYTES


def test_split_keeps_everything():
    """Halves hold the calls of the whole, with their keys and lines."""
    (whole,) = encode_calls(many(5), "default", environment="prod")
    parts = LANGFUSE.split(whole)

    assert [len(part.keys) for part in parts] == [2, 3]
    assert (*parts[0].keys, *parts[1].keys) == whole.keys
    assert [*spans(parts[0]), *spans(parts[1])] == spans(whole)
    assert sum(part.records for part in parts) == whole.records


def test_single_call_is_split_off_its_content_once():
    """A single call that is refused for its size goes once more without content, then no more."""
    (whole,) = encode_calls(many(1, 5000), "default", environment="prod")
    (slim,) = LANGFUSE.split(whole)

    assert slim.keys == whole.keys
    assert "langfuse.observation.output" not in attributes(spans(slim)[0])
    assert attributes(spans(slim)[0])["langfuse.observation.usage_details"]
    assert LANGFUSE.split(slim) == ()


def test_without_takes_calls_out():
    """Calls already delivered are taken out; nothing is left of a delivery whose calls all are."""
    (whole,) = encode_calls(many(3), "default", environment="prod")
    rest = LANGFUSE.without(whole, {whole.keys[1]})

    assert rest is not None
    assert rest.keys == (whole.keys[0], whole.keys[2])
    assert spans(rest) == [spans(whole)[0], spans(whole)[2]]
    assert LANGFUSE.without(whole, set(whole.keys)) is None
    assert LANGFUSE.without(whole, ()) == whole


def test_ledger_key_follows_the_observation():
    """The ledger knows a call by its observation id."""
    call = call_of()

    assert encode_calls([call], "default", environment="prod")[0].keys == (ledger_key(call),)


def test_request():
    """A request is gzipped JSON to the OTLP path, with basic auth and our own name."""
    (delivery,) = encode_calls([call_of()], "default", environment="prod")
    request = LANGFUSE.request(delivery, LANGFUSE.targets(SECRET)["default"], 0.0)

    assert request.url == "https://langfuse.example/api/public/otel/v1/traces"
    assert gzip.decompress(request.body) == delivery.body
    assert request.headers["Authorization"] == "Basic cGstMTpzay0x"
    assert request.headers["x-langfuse-ingestion-version"] == "4"
    assert request.headers["x-langfuse-sdk-name"] == "logrouter"


def test_routes_of_a_secret():
    """A route has keys of its own and the default's host unless it names one."""
    targets = LANGFUSE.targets(
        {
            **SECRET,
            "routes": {"eu": {**SECRET, "host": "https://eu.example"}, "b": {"public_key": "p", "secret_key": "s"}},
        }
    )

    assert {name: target.url.split("/")[2] for name, target in targets.items()} == {
        "default": "langfuse.example",
        "eu": "eu.example",
        "b": "langfuse.example",
    }


@pytest.mark.parametrize(
    "secret",
    [
        {},
        {**SECRET, "host": ""},
        {**SECRET, "host": "langfuse.example"},
        {**SECRET, "host": "ftp://langfuse.example"},
        {**SECRET, "public_key": None},
        {**SECRET, "secret_key": "a\nb"},
        {**SECRET, "routes": ["x"]},
        {**SECRET, "routes": {"x": {}}},
    ],
)
def test_faulty_secret_is_named_not_quoted(secret):
    """A secret that cannot be used is refused by route and field, without its values."""
    with pytest.raises(SecretError) as refusal:
        LANGFUSE.targets(secret)

    assert "sk-1" not in str(refusal.value)


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        (200, Fate.DELIVERED),
        (207, Fate.DELIVERED),
        (400, Fate.REFUSED),
        (401, Fate.UNAUTHORIZED),
        (403, Fate.UNAUTHORIZED),
        (408, Fate.RETRY),
        (413, Fate.SPLIT),
        (429, Fate.RETRY),
        (500, Fate.RETRY),
        (503, Fate.RETRY),
        (None, Fate.RETRY),
    ],
)
def test_answers(status, fate):
    """Only 2xx is success; 5xx, also a 500, is worth another try."""
    assert LANGFUSE.interpret(Answer(status, failure=None if status else "timeout")).fate is fate


def test_retry_after_is_kept():
    """A 429 names its own wait."""
    assert LANGFUSE.interpret(Answer(429, {"retry-after": "17"})).retry_after_s == 17


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(alphabet=st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(content=JSON, metadata=st.dictionaries(st.text(max_size=8), JSON, max_size=3))
def test_any_content_is_strict_json(content, metadata):
    """Whatever a prompt holds (NaN, lone surrogates, huge numbers), the payload is strict JSON with string attributes."""
    call = call_of(input=content, output=content, parameters={"p": content}, metadata=metadata)
    span = json.loads(span_bytes(call, "prod"), parse_constant=pytest.fail)

    assert all(isinstance(value.get("stringValue", ""), str) for value in attributes(span).values())


@pytest.mark.parametrize("leaf", [1.5, float("nan")])
@pytest.mark.parametrize("depth", [800, 2_000, 100_000])
def test_what_nests_without_end_takes_no_call_along(depth, leaf):
    """An answer deeper than can be written as JSON is named as such; the call goes out."""
    answer = leaf
    for _ in range(depth):
        answer = [answer]

    sent = attributes(json.loads(span_bytes(replace(call_of(), output=answer, metadata={"a": answer}), "prod")))

    assert sent["langfuse.observation.output"]["stringValue"].strip("[]") in {"1.5", "null", '"[nested too deeply]"'}


@pytest.mark.parametrize(("version", "linked"), [(None, False), (0, False), (1, True), (65_535, True), (65_536, False)])
def test_prompts_are_named_with_versions_that_langfuse_keeps(version, linked):
    """A version beyond 16 bits, or none, is metadata: Langfuse would forget it, or lose the call."""
    sent = attributes(json.loads(span_bytes(call_of(prompt_name="greet", prompt_version=version), "prod")))

    assert ("langfuse.observation.prompt.name" in sent) is linked
    assert ("langfuse.observation.metadata.prompt_name" in sent) is not linked


def test_status_messages_are_bounded():
    """A message of 4,000 characters is whole, in both of its places; a longer one is cut."""
    whole, cut = (json.loads(span_bytes(call_of(error="e" * length), "prod")) for length in (4_000, 4_001))

    assert whole["status"]["message"] == "e" * 4_000
    assert cut["status"]["message"] == "e" * 4_000 + "[cut: 1 characters more]"
    assert attributes(cut)["langfuse.observation.status_message"] == {"stringValue": cut["status"]["message"]}


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"usage": {"input": 1, "total": 1}, "cost": {}}, "generation"),
        ({"usage": {}, "cost": {"total": 0.1}}, "generation"),
        ({"usage": {}, "cost": {}}, "span"),
    ],
)
def test_a_span_with_tokens_or_a_cost_is_a_generation(fields, kind):
    """Servers before 4 take neither of a plain span."""
    sent = attributes(json.loads(span_bytes(call_of(kind="span", model=None, **fields), "prod")))

    assert sent["langfuse.observation.type"] == {"stringValue": kind}


def test_ids_are_whole_up_to_their_bound():
    """An id of 200 characters is as it was; of longer ones two that differ behind the bound stay two."""
    whole, one, other = (
        attributes(json.loads(span_bytes(call_of(user_id=user), "prod")))["user.id"]["stringValue"]
        for user in ("u" * 200, "u" * 300 + "1", "u" * 300 + "2")
    )

    assert whole == "u" * 200
    assert len(one) == len(other) == 200
    assert one != other


def test_metadata_and_parameters_are_bounded():
    """So many names and no more, so many characters and no more; what was left out is said."""
    many = {f"n{number:03}": "v" for number in range(70)}
    large = {f"n{number}": "v" * 9_999 for number in range(5)}
    few, much = (
        attributes(json.loads(span_bytes(call_of(metadata=given, parameters=given), "p"))) for given in (many, large)
    )

    def told(sent):
        names = [name for name in sent if name.startswith("langfuse.observation.metadata.n")]
        return len(names), len(json.loads(sent["langfuse.observation.model.parameters"]["stringValue"]))

    assert (told(few), told(much)) == ((64, 64), (4, 1))
    assert [sent["langfuse.observation.metadata.metadata_cut"]["stringValue"] for sent in (few, much)] == ["true"] * 2


def test_tags_are_bounded():
    """At most fifty tags, each once, none empty."""
    sent = attributes(json.loads(span_bytes(call_of(tags=("a", "", "a", *map(str, range(60)))), "prod")))

    assert len(sent["langfuse.trace.tags"]["arrayValue"]["values"]) == 50


def test_numbers_that_json_cannot_say_become_null():
    """NaN and infinity in an answer cost their own value, not the span."""
    span = json.loads(span_bytes(call_of(output={"score": float("nan"), "all": [float("inf"), 1.5]}), "dev"))

    assert attributes(span)["langfuse.observation.output"] == {"stringValue": '{"score":null,"all":[null,1.5]}'}


def test_names_that_the_server_drops_are_not_sent():
    """Langfuse drops a metadata name with a segment that could change a prototype, and its neighbours with it."""
    span = json.loads(span_bytes(call_of(metadata={"__proto__": "x", "a.constructor": "x", "shape": "y"}), "dev"))

    names = [name for name in attributes(span) if name.startswith("langfuse.observation.metadata.")]
    assert "langfuse.observation.metadata.shape" in names
    assert not [name for name in names if "__proto__" in name or "constructor" in name]
