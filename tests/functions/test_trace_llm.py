"""trace_llm as Lambda calls it: in a bare process, with the local receiver standing in for Langfuse."""

import json
from collections.abc import Iterator

import pytest

from logrouter.errors import SettingsError, UndeliveredError
from logrouter_local import samples
from logrouter_local.langfuse_receiver import LangfuseReceiver
from logrouter_local.receiving import Fault
from tests.functions.calling import calling, import_bare, run_bare

SHAPES = ("canonical", "bedrock", "openai", "anthropic", "litellm", "otel_genai")
CALLS = {"canonical": 5, "bedrock": 5, "openai": 3, "anthropic": 2, "litellm": 2, "otel_genai": 2}


@pytest.fixture
def langfuse() -> Iterator[LangfuseReceiver]:
    with LangfuseReceiver() as server:
        yield server


@pytest.fixture
def variables(langfuse):
    """The three variables that a local run needs."""
    return {
        "LANGFUSE_HOST": langfuse.url,
        "LANGFUSE_PUBLIC_KEY": "pk-local",
        "LANGFUSE_SECRET_KEY": "sk-local",
    }


@pytest.fixture
def handle(function, monkeypatch, variables):
    """Call the handler in this process."""
    with calling(function("trace_llm"), monkeypatch, variables) as call:
        yield call


@pytest.fixture
def bare(tmp_path):
    """Run the handler in a process of its own, with an environment of nothing but what is given."""
    return lambda event, environment: run_bare("trace_llm", event, tmp_path, environment)


def a_call(number=1, **fields):
    """A decoded document with one canonical call."""
    message = {
        "type": "llm",
        "serviceId": "chat",
        "requestId": f"req-{number}",
        "model": "gpt-4o",
        "prompt": "Hi",
        "response": "Hello",
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "latency_ms": 500,
        **fields,
    }
    return {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/ecs/chat/llm",
        "logStream": "app/chat/1",
        "logEvents": [{"id": str(number), "timestamp": 1795140000000 + number, "message": json.dumps(message)}],
    }


HEAVY = {
    "boto3",
    "botocore.client",
    "langfuse",
    "opentelemetry",
    "google.protobuf",
    "requests",
    "httpx",
    "httpx2",
    "asyncio",
    "sentry_sdk",
    "fastjsonschema",
    "logrouter.adapters.langfuse_reader",
    "logrouter.adapters.log_reader",
    "logrouter.destinations.sentry",
    "logrouter.jobs.forward_errors",
}
"""Takes longer to load than the first call may, and no first call without AWS needs it, prices looked up or not."""


class TestBareProcess:
    def test_delivers_with_three_variables_alone(self, langfuse, variables, bare):
        """With host and keys alone the handler makes no AWS call, delivers, and returns books that balance."""
        ran, _ = bare(samples.render("trace_llm/canonical"), variables)

        tally = ran["result"]
        assert (tally["balanced"], tally["received"], tally["delivered"]) == (True, 6, 5)
        assert tally["dropped"] == {"not_an_llm_call": 1}
        assert len(langfuse.received()["spans"]) == 5
        assert not HEAVY & set(ran["modules"])

    def test_loads_no_price_book_without_need(self, variables, bare, tmp_path):
        """Calls that state their cost are delivered without loading the price book, where nobody checks the cost."""
        policy = tmp_path / "unchecked.json"
        policy.write_text('{"version": "1", "llm": {"cost_check": {"enabled": false}}}', "utf-8")
        ran, _ = bare(a_call(total_cost=0.01), {**variables, "POLICY_FILE": str(policy)})

        assert ran["result"]["delivered"] == 1
        assert not {"genai_prices", "pydantic"} & set(ran["modules"])

    def test_missing_settings(self, bare):
        """Every missing variable stands in one error, names only."""
        ran, _ = bare(a_call(), {"LANGFUSE_SECRET_KEY": "planted", "DELIVERY_CONCURRENCY": "planted"})

        assert ran["result"]["error"] == SettingsError.__name__
        for name in ("LANGFUSE_HOST", "LANGFUSE_PUBLIC_KEY", "DELIVERY_CONCURRENCY"):
            assert name in ran["result"]["message"]
        assert "planted" not in ran["result"]["message"]

    def test_imports_with_an_empty_environment(self):
        """Importing the handler does nothing and needs nothing."""
        import_bare("trace_llm")


class TestCalls:
    @pytest.mark.parametrize("shape", SHAPES)
    def test_every_shape_arrives(self, handle, langfuse, shape):
        """Every call of every supported shape becomes an observation that the server reads right."""
        tally = handle(samples.render(f"trace_llm/{shape}"))

        assert tally["balanced"] is True
        assert tally["delivered"] == CALLS[shape] == len(langfuse.received()["spans"])
        assert langfuse.received()["complaints"] == []

    @pytest.mark.parametrize("shape", SHAPES)
    def test_nothing_planted_leaves(self, handle, langfuse, shape):
        """No personal value and no secret of a prompt or an answer reaches Langfuse."""
        handle(samples.render(f"trace_llm/{shape}"))

        assert [samples.leaks(body) for body in langfuse.bodies] == [[]] * len(langfuse.bodies)

    def test_figures_survive_masking(self, handle, langfuse):
        """Masking leaves model, tokens, cost, session and texts readable."""
        handle(a_call(sessionId="session-3", userId="user-7", total_cost=0.0035, response="서울입니다."))
        (trace,) = langfuse.traces()
        (observation,) = trace["observations"]

        assert (observation["model"], observation["usageDetails"]) == (
            "gpt-4o",
            {"input": 1000, "output": 100, "total": 1100},
        )
        assert (trace["sessionId"], trace["totalCost"], observation["latency"]) == ("session-3", 0.0035, 0.5)
        assert (observation["input"], observation["output"]) == ("Hi", "서울입니다.")
        assert trace["name"] == "chat"

    def test_cost_is_computed(self, handle, langfuse):
        """A call without a cost is priced by the day's list: 1000 in at 2.5 and 100 out at 10 dollars a million."""
        handle(a_call())

        assert langfuse.traces()[0]["totalCost"] == 0.0035

    def test_trace_is_the_request(self, handle, langfuse):
        """The trace id is what the application computes from its request id."""
        from langfuse import Langfuse

        handle(a_call())

        assert langfuse.traces()[0]["id"] == Langfuse.create_trace_id(seed="req-1")

    def test_invalid_calls_are_counted(self, handle, langfuse):
        """Nonsense is dropped with its reason, the rest of the batch goes on."""
        tally = handle(samples.render("trace_llm/invalid_calls"))

        assert tally["dropped"] == {"invalid_llm_call": 2, "not_an_llm_call": 2}
        assert (tally["delivered"], tally["balanced"]) == (1, True)
        assert langfuse.traces()[0]["observations"][0]["costDetails"] == {}

    def test_same_call_twice_in_a_batch(self, handle, langfuse):
        """Two log events that tell of the same provider call are one observation, the fuller one."""
        event = a_call(id="chatcmpl-1", prompt_tokens=None, completion_tokens=None)
        event["logEvents"] += a_call(2, requestId="req-1", id="chatcmpl-1")["logEvents"]
        tally = handle(event)

        assert (tally["delivered"], tally["dropped"]) == (1, {"duplicate": 1})
        assert langfuse.traces()[0]["totalTokens"] == 1100

    def test_routes(self, handle, langfuse, tmp_path):
        """A route of the policy needs its own keys; without them the default project takes the call."""
        policy = tmp_path / "policy.json"
        routes = {"langfuse": [{"id": "chat", "route": "chat", "services": ["chat"]}]}
        policy.write_text(json.dumps({"version": "1", "routes": routes}))

        assert handle(a_call(), POLICY_FILE=str(policy))["delivered"] == 1

    def test_policy_drops_content(self, handle, langfuse, tmp_path):
        """A policy may keep prompts and answers at home; figures still arrive."""
        policy = tmp_path / "policy.json"
        policy.write_text(json.dumps({"version": "1", "llm": {"content": {"input": "drop", "output": "drop"}}}))
        handle(a_call(), POLICY_FILE=str(policy))
        observation = langfuse.traces()[0]["observations"][0]

        assert (observation["input"], observation["output"]) == (None, None)
        assert observation["usageDetails"]["total"] == 1100


class TestFailures:
    def test_same_event_again_is_the_same_bytes(self, handle, langfuse):
        """A repeated invocation sends byte for byte the same."""
        event = samples.render("trace_llm/bedrock")
        handle(event)
        handle(event)

        assert langfuse.bodies[0] == langfuse.bodies[1]
        assert langfuse.received()["complaints"] == []

    @pytest.mark.parametrize("fault", [Fault(429, {"Retry-After": "1"}), Fault(500), Fault(503), Fault(401)])
    def test_failure_without_a_queue(self, handle, langfuse, fault):
        """What cannot be delivered and not be handed over fails the invocation, so that Lambda repeats it."""
        langfuse.inject(*[fault] * 5)

        with pytest.raises(UndeliveredError):
            handle(a_call())

    def test_reset_is_tried_once_more(self, handle, langfuse):
        """A connection that breaks is tried again at once."""
        langfuse.inject(Fault(0))

        assert handle(a_call())["delivered"] == 1
        assert langfuse.received()["copies"] == 1
