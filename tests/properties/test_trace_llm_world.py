"""The whole of trace_llm under faults: each call at Langfuse, its copies equal, counted once and booked, no secret out."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from logrouter.destinations.langfuse import LANGFUSE
from logrouter.destinations.langfuse_book import day_of
from logrouter.jobs.trace_llm import plan
from logrouter.model import Delivery, Fate
from tests import forwarding_world
from tests.contract_world import PLANTED, awslogs, document
from tests.forwarding_run import cuts, deliver, run
from tests.forwarding_world import START_S, Faults, Worlds, ready
from tests.tracing_world import POISON, TracingWorld, tracing

GROUP = "/aws/ecs/chat/llm"
LONG = "word " * 6_000


@dataclass
class Log:
    """What was logged, payload by payload.

    Args:
        calls: how many calls there are, those logged twice counted once.
        refused: how many of them nobody takes.
    """

    payloads: list[dict[str, Any]] = field(default_factory=list)
    calls: int = 0
    refused: int = 0
    number: int = 0


def canonical(number: int, prompt: str) -> dict[str, Any]:
    call = {"type": "llm", "model": "house", "requestId": f"r-{number}", "prompt": prompt, "response": "sure"}
    return {**call, "prompt_tokens": number, "completion_tokens": 7, "total_cost": 0.001, "latency_ms": 70}


def chat_id(number: int) -> str:
    return f"chatcmpl-{number:024x}"


def openai(number: int, prompt: str) -> dict[str, Any]:
    usage = {"prompt_tokens": 900, "completion_tokens": 30, "total_tokens": 930}
    message = {"index": 0, "message": {"role": "assistant", "content": "sure"}}
    answer = {"id": chat_id(number), "object": "chat.completion", "model": "gpt-4o", "choices": [message]}
    return {
        "requestId": f"r-{number}",
        "durationMs": 640,
        "request": {"messages": [{"role": "user", "content": prompt}]},
        "response": {**answer, "usage": usage},
    }


def anthropic(number: int, prompt: str) -> dict[str, Any]:
    answer = {"id": f"msg_{number:024x}", "type": "message", "role": "assistant", "model": "claude-3-haiku-20240307"}
    usage = {"input_tokens": 50, "cache_read_input_tokens": 20, "output_tokens": 40}
    return {"prompt": prompt, **answer, "content": [{"type": "text", "text": "sure"}], "usage": usage}


def litellm(number: int, prompt: str) -> dict[str, Any]:
    call = {"id": chat_id(number), "litellm_call_id": f"c-{number}", "call_type": "acompletion", "model": "gpt-4o"}
    times = {"startTime": START_S - 2_000.5, "endTime": START_S - 1_999.25}
    tokens = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110, "response_cost": 0.002}
    return {
        **call,
        **times,
        **tokens,
        "custom_llm_provider": "openai",
        "messages": [{"role": "user", "content": prompt}],
    }


def bedrock(number: int, prompt: str) -> dict[str, Any]:
    asked = {"inputBodyJson": {"messages": [{"role": "user", "content": [{"text": prompt}]}]}, "inputTokenCount": 20}
    message = {"role": "assistant", "content": [{"text": "sure"}]}
    usage = {"inputTokens": 20, "outputTokens": 7, "totalTokens": 27}
    answered = {"output": {"message": message}, "metrics": {"latencyMs": 812}, "usage": usage}
    head = {"schemaType": "ModelInvocationLog", "schemaVersion": "1.0", "timestamp": "2026-11-20T02:00:00Z"}
    what = {"requestId": f"7a1f0e52-0000-4000-8000-{number:012x}", "operation": "Converse", "region": "us-east-1"}
    model = {"accountId": "123456789012", "modelId": "anthropic.claude-3-5-haiku-20241022-v1:0"}
    return {**head, **what, **model, "input": asked, "output": {"outputBodyJson": answered, "outputTokenCount": 7}}


def span(number: int, prompt: str, parent: str | None = None) -> dict[str, Any]:
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.usage.input_tokens": 100 + number,
        "gen_ai.usage.output_tokens": 50,
        "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": prompt}]}]),
    }
    ids = {"traceId": f"{number // 9 + 1:032x}", "spanId": f"{number:016x}", "parentSpanId": parent or ""}
    start = (int(START_S - 2_000) + number) * 10**9
    times = {"startTimeUnixNano": str(start), "endTimeUnixNano": str(start + 9 * 10**8)}
    listed = [{"key": name, "value": _any(value)} for name, value in attributes.items()]
    return {"name": "chat gpt-4o", **ids, **times, "attributes": listed}


def _any(value: Any) -> dict[str, Any]:
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}


SHAPES: tuple[Callable[[int, str], dict[str, Any]], ...] = (canonical, openai, anthropic, litellm, bedrock, span)


def logged(random: Random) -> Log:
    """Payloads of one service: calls of all shapes, several a line, some logged twice, too large, or poisoned."""
    log, twice = Log(), list[str]()
    for _ in range(random.randrange(1, 6)):
        lines: list[str] = []
        for _ in range(random.randrange(1, 7)):
            lines += random.choice([one_call, one_call, one_call, export, chatter])(log, random)
        twice += [of_gateway(line, random) for line in lines if '"type": "llm"' not in line and random.random() < 0.2]
        if twice and random.random() < 0.5:
            lines.append(twice.pop())
        for start, end in zip([0, *(edges := cuts(random, len(lines)))], [*edges, len(lines)], strict=True):
            add(log, lines[start:end])
    return log


def of_gateway(line: str, random: Random) -> str:
    """A call as it is logged once more: the same line, or what a gateway says of a call of OpenAI's."""
    found = re.search(r'"chatcmpl-0*([0-9a-f]+)"', line)
    if found is None or random.random() < 0.5 or "litellm" in line or POISON in line:
        return line
    return json.dumps(litellm(int(found[1], 16), "as the gateway saw it"))


def one_call(log: Log, random: Random) -> list[str]:
    log.number += 1
    log.calls += 1
    prompt = f"case {log.number} of {PLANTED['email']}, {PLANTED['card']}"
    if random.random() < 0.1:
        prompt += f" {POISON}" + random.choice(["", f" {LONG[:3_000]}"])
        log.refused += len(prompt) < 2_000
    elif random.random() < 0.1:
        prompt += f" {LONG}"
    return [json.dumps(random.choice(SHAPES)(log.number, prompt))]


def export(log: Log, random: Random) -> list[str]:
    """An OTLP export in one line: a call and calls below it."""
    numbers = range(log.number + 1, log.number + random.randrange(3, 5))
    log.number, log.calls = numbers[-1], log.calls + len(numbers)
    parent = f"{numbers[0]:016x}"
    spans = [span(number, f"case {number}", None if number == numbers[0] else parent) for number in numbers]
    for each in spans:
        each["traceId"] = f"{numbers[0]:032x}"
    return [json.dumps({"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {}, "spans": spans}]}]})]


def chatter(log: Log, random: Random) -> list[str]:
    return [json.dumps({"level": "info", "msg": f"{random.random()} no call", "tokens": 3})]


def add(log: Log, lines: list[str]) -> None:
    first = 1 + 100 * len(log.payloads)
    made = document(*lines, first=first, logGroup=GROUP, logStream=f"chat/{len(log.payloads) % 2}")
    for at, event in enumerate(made["logEvents"]):
        event["timestamp"] = int((START_S - 1_500) * 1000) + 20_000 * len(log.payloads) + at
    log.payloads.append(made)


def planned(log: Log, policy: str) -> tuple[dict[str, str], dict[str, set[str]]]:
    """Return the ledger keys by observation id, and of each id the spans: as logged, and without what was said."""
    keys: dict[str, str] = {}
    forms: dict[str, set[str]] = {}
    known, masker = ready(policy)
    job = partial(plan, policy=known, mask_text=masker.mask_text, region="us-east-1", environment="world")
    for payload in log.payloads:
        for delivery in job(awslogs(payload), limit_bytes=10**8).deliveries:
            for one in alone(delivery):
                slim = LANGFUSE.split(one)
                id_ = json.loads(text_of(one))["spanId"]
                keys[id_] = one.keys[0]
                forms.setdefault(id_, set()).update(map(text_of, (one, *slim)))
    return keys, forms


def alone(delivery: Delivery) -> list[Delivery]:
    if len(delivery.keys) == 1:
        return [delivery]
    return [one for part in LANGFUSE.split(delivery) for one in alone(part)]


def text_of(delivery: Delivery) -> str:
    return json.dumps(json.loads(delivery.body)["resourceSpans"][0]["scopeSpans"][0]["spans"][0])


@dataclass(frozen=True)
class Promise:
    """What holds besides: nothing is lost, every copy is one of what was planned, and nothing unmasked is anywhere.

    Args:
        copies: there is one more only where an answer was lost or an invocation died that had sent it.
        counted: each call is counted exactly once; False: at most once; None: nothing is promised.
        booked: each call that Langfuse shows is in the delivered book.
    """

    copies: bool = True
    counted: bool | None = True
    booked: bool = True


@pytest.fixture(scope="module")
def worlds() -> Iterator[Worlds]:
    with pytest.MonkeyPatch.context() as patch, tracing(patch) as made:
        yield made


def check(world: TracingWorld, log: Log, promise: Promise) -> None:
    """Hold what Langfuse has, what was counted and what was booked against what was logged."""
    key_of, forms = planned(log, json.dumps({"llm": world.policy}))
    calls, shown = set(key_of.values()), {key_of[id_] for id_ in world.rows}
    assert len(calls) == log.calls
    assert len(calls - shown) == log.refused
    assert {key for key in calls - shown if (key, Fate.REFUSED.name) not in world.fates} == set() or world.deaths
    assert {id_: set(rows) - forms[id_] for id_, rows in world.rows.items() if set(rows) - forms[id_]} == {}
    assert len(world.dead) == 0
    stored = world.stored()
    assert [name for name in ("email", "card") if PLANTED[name] in stored] == []
    if promise.copies:
        rows, excused = Counter[str](), Counter(shown)
        for id_, copies in world.rows.items():
            rows[key_of[id_]] += len(copies)
            excused[key_of[id_]] += world.lost[id_] + world.died_with[id_]
        assert rows - excused == Counter()
    if promise.counted is not None:
        assert {key: times for key, times in world.told.items() if times > 1} == {}
    if promise.counted:
        assert set(world.told) == calls
    if promise.booked:
        days = {
            day_of(int(json.loads(row)["startTimeUnixNano"]) // 10**6) for rows in world.rows.values() for row in rows
        }
        assert shown - {key_of[id_] for id_ in world.booked(days)} == set()


ANSWERS = (
    503,
    500,
    502,
    408,
    429,
    401,
    403,
    404,
    400,
    413,
    200,
    (429, {"retry-after": "3"}),
    "timeout",
    "connection",
    "lost",
)
KINDS = ("throttle", "gone", "hang", "lost")


def no_faults(random: Random) -> Faults:
    return Faults()


def langfuse_faults(random: Random) -> Faults:
    """Langfuse answers anything."""
    return Faults(sentry=[random.choice(ANSWERS) for _ in range(random.randrange(8))])


def some(random: Random, calls: int, share: float) -> dict[int, str]:
    return {at: random.choice(KINDS) for at in range(calls) if random.random() < share}


def queue_faults(random: Random) -> Faults:
    """The queue fails, and so does Langfuse."""
    return replace(langfuse_faults(random), sqs=some(random, 4, 0.5))


def secret_faults(random: Random) -> Faults:
    """Secrets Manager fails, and so does Langfuse."""
    return replace(langfuse_faults(random), secrets=some(random, 3, 0.5))


def deaths(random: Random) -> Faults:
    """The invocation dies at any call, before it is done or after."""
    return replace(langfuse_faults(random), dies_at=random.randrange(20), done=random.random() < 0.5)


def table_faults(random: Random) -> Faults:
    """The table fails."""
    return replace(langfuse_faults(random), dynamodb=some(random, 20, 0.3))


def short_times(random: Random) -> Faults:
    """The invocation has little time, and everything but the table fails."""
    return replace(random.choice(FAULTS)(random), left_s=random.choice(SHORT_S))


def anything(random: Random) -> Faults:
    """The invocation has little time, and everything fails, the table too."""
    return replace(random.choice((*FAULTS, table_faults))(random), left_s=random.choice(SHORT_S))


SHORT_S = (0.5, 3.0, 12.0, 16.0, 60.0)
FAULTS = (no_faults, langfuse_faults, queue_faults, secret_faults, deaths)
MODES = {
    "none": (no_faults, Promise()),
    "langfuse": (langfuse_faults, Promise()),
    "queue": (queue_faults, Promise()),
    "secret": (secret_faults, Promise()),
    "deaths": (deaths, Promise(counted=False, booked=False)),
    "short": (short_times, Promise(counted=False, booked=False)),
    "table": (table_faults, Promise(copies=False, counted=None, booked=False)),
    "anything": (anything, Promise(copies=False, counted=None, booked=False)),
}


@pytest.mark.parametrize("mode", MODES)
@given(st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
def test_every_call_is_shown_and_counted_once(worlds, mode, random):
    """Whatever fails at whichever call: nothing is lost, copies are equal, nothing counts twice, no message waits for ever."""
    faults, promise = MODES[mode]
    log = logged(random)
    world = worlds.new()

    run(world, log.payloads, random, faults)

    check(world, log, promise)


@given(st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
def test_dead_letters_that_are_put_back(worlds, monkeypatch, random):
    """A queue that gives up after three receives loses nothing: what stands among the dead goes back, and counted already."""
    monkeypatch.setattr(forwarding_world, "TRIES", 3)
    log, world = logged(random), worlds.new()

    run(world, log.payloads, random, lambda chance: Faults(sentry=[503] * 9))
    world.redrive()
    world.settle()

    check(world, log, Promise())


@given(st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
def test_payloads_in_any_order(worlds, random):
    """Payloads that overtake each other, calls that are logged twice among them, give the same calls."""
    log, world = logged(random), worlds.new()
    random.shuffle(log.payloads)

    run(world, log.payloads, random, langfuse_faults)

    check(world, log, Promise())


@pytest.mark.parametrize(
    "absent", [["LEDGER_TABLE"], ["RETRY_QUEUE_URL"], ["LEDGER_TABLE", "RETRY_QUEUE_URL"]], ids="+".join
)
@pytest.mark.parametrize("faults", [no_faults, deaths], ids=["well", "deaths"])
def test_without_ledger_or_queue(worlds, monkeypatch, absent, faults):
    """What is not there is done without: nothing is lost, and Lambda repeats what could not be handed over."""
    for name in absent:
        monkeypatch.delenv(name)
    for seed in range(4):
        random = Random(seed)
        log, world = logged(random), worlds.new()

        run(world, log.payloads, random, faults)

        keeps = absent == ["RETRY_QUEUE_URL"]
        check(world, log, Promise(copies=keeps, counted=False if keeps else None, booked=False))


def test_a_death_at_every_call(worlds):
    """Whichever call to the outside is the last one, before it is done or after: shown, equal, counted at most once."""
    random = Random(5)
    log = logged(random)
    for dies_at in range(0, 24, 2):
        for done in (False, True):
            world = worlds.new()
            for payload in log.payloads:
                event = awslogs(payload)
                faults = Faults(sentry=[200, 503], dies_at=dies_at, done=done)
                deliver(world, event, faults)
                world.now_s += 90
                deliver(world, event, Faults(), insist=True)
            world.settle()

            check(world, log, Promise(counted=False, booked=False))
