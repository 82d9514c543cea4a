"""Applications that log thousands of calls of language models: subscription payloads, from a seed, with what each costs.

Prices are those of the providers' pages for one million tokens, as of 2026-11-20; the sums are made here, by hand.
"""

import json
import random
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from tests.e2e.applications import subscription, wrapped

SERVICES: Final = ("chat", "search", "summary", "translate")
CLAUDE: Final = "claude-3-haiku-20240307"
BEDROCK: Final = "anthropic.claude-3-5-haiku-20241022-v1:0"
ANSWER: Final = "the order is on its way "
MILLION: Final = Decimal(1_000_000)
RATES: Final[Mapping[str, tuple[Decimal, Decimal, Decimal]]] = {
    "gpt-4o": (Decimal("2.5"), Decimal("1.25"), Decimal(10)),
    "gpt-4o-mini": (Decimal("0.15"), Decimal("0.075"), Decimal("0.6")),
    CLAUDE: (Decimal("0.25"), Decimal("0.03"), Decimal("1.25")),
    BEDROCK: (Decimal("0.8"), Decimal("0.08"), Decimal(4)),
}
"""US dollars for a million tokens of input, of cached input, of output."""


@dataclass(frozen=True)
class Call:
    """What one call is, as its log line tells it; its prompt ends in `case <number>`."""

    number: int
    shape: str
    tokens: int
    cost: Decimal


@dataclass(frozen=True)
class LlmPayload:
    """One subscription event.

    Args:
        log_events: log events in it.
        quiet: log events in it that are no calls.
    """

    event: Mapping[str, Any]
    calls: tuple[Call, ...]
    log_events: int
    quiet: int


def many_calls(count: int, *, seed: int, at_ms: int) -> Iterator[LlmPayload]:
    """Yield payloads that hold `count` calls between them, 4 to 24 each: several services, shapes and streams."""
    rng = random.Random(seed)
    numbers = list(range(1, count + 1))
    while numbers:
        size = rng.randrange(4, 25)
        taken, numbers = numbers[:size], numbers[size:]
        yield _payload(rng, taken, at_ms + rng.randrange(3_000_000))


def large_call(number: int, *, at_ms: int, chars: int) -> LlmPayload:
    """Return a payload of one call whose prompt does not compress."""
    rng = random.Random(number)
    noise = "".join(chr(rng.randrange(0xAC00, 0xD7A3)) for _ in range(chars))
    document = {"type": "llm", "model": "gpt-4o", "requestId": f"large-{number}", "prompt": f"{noise} case {number}"}
    line = json.dumps({**document, "prompt_tokens": 9, "completion_tokens": 1, "total_cost": 0.01}, ensure_ascii=False)
    events = [{"id": f"{number:056d}", "timestamp": at_ms, "message": line}]
    event = wrapped(subscription("/aws/ecs/chat/llm", "large", events))
    return LlmPayload(event, (Call(number, "canonical", 10, Decimal("0.01")),), 1, 0)


def _payload(rng: random.Random, numbers: Sequence[int], begin_ms: int) -> LlmPayload:
    service = rng.choice(SERVICES)
    calls, lines, quiet = [], [], 0
    for number in numbers:
        if rng.random() < 0.3:
            lines.append(f'{{"level":"info","msg":"asked for case {number}","serviceId":"{service}","tokens":3}}')
            quiet += 1
        call, document = _call(rng, number, begin_ms + len(lines))
        calls.append(call)
        lines.append(json.dumps({"serviceId": service, **document} if call.shape == "canonical" else document))
    events = [
        {"id": f"{rng.getrandbits(180):056d}", "timestamp": begin_ms + at, "message": line}
        for at, line in enumerate(lines)
    ]
    event = wrapped(subscription(f"/aws/ecs/{service}/llm", f"{service}/{rng.randrange(4)}", events))
    return LlmPayload(event, tuple(calls), len(events), quiet)


@dataclass(frozen=True)
class _Facts:
    """What a call is before it is written down."""

    at_ms: int
    request: str
    identifier: str
    model: str
    prompt: str
    answer: str
    fresh: int
    cached: int
    output: int
    stated: Decimal


def _call(rng: random.Random, number: int, at_ms: int) -> tuple[Call, dict[str, Any]]:
    shape = rng.choice(list(SHAPES))
    facts = _Facts(
        at_ms=at_ms,
        request=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        identifier=f"{rng.getrandbits(96) + 1:024x}",
        model=rng.choice(("gpt-4o", "gpt-4o-mini")),
        prompt=f"where is my order, case {number}",
        answer=ANSWER * rng.randrange(1, 40),
        fresh=rng.randrange(50, 4_000),
        cached=rng.choice((0, 0, 1_024)) if shape in CACHING else 0,
        output=rng.randrange(1, 900),
        stated=Decimal(rng.randrange(1, 9_000)) / MILLION,
    )
    document = SHAPES[shape](facts)
    tokens = facts.fresh + facts.cached + facts.output
    model = {"anthropic": CLAUDE, "bedrock": BEDROCK}.get(shape, facts.model)
    return Call(number, shape, tokens, facts.stated if shape in STATING else _cost(model, facts)), document


def _cost(model: str, facts: _Facts) -> Decimal:
    rate_input, rate_cached, rate_output = RATES[model]
    return (rate_input * facts.fresh + rate_cached * facts.cached + rate_output * facts.output) / MILLION


def _canonical(facts: _Facts) -> dict[str, Any]:
    return {
        "type": "llm",
        "model": "house-model",
        "requestId": facts.request,
        "prompt": facts.prompt,
        "response": facts.answer,
        "prompt_tokens": facts.fresh,
        "completion_tokens": facts.output,
        "total_cost": float(facts.stated),
        "latency_ms": 70,
    }


def _priced_by_us(facts: _Facts) -> dict[str, Any]:
    return {
        "type": "llm",
        "model": facts.model,
        "provider": "openai",
        "requestId": facts.request,
        "callId": facts.identifier,
        "prompt": facts.prompt,
        "response": facts.answer,
        "promptTokens": str(facts.fresh),
        "completionTokens": str(facts.output),
    }


def _openai(facts: _Facts) -> dict[str, Any]:
    usage = {
        "prompt_tokens": facts.fresh + facts.cached,
        "completion_tokens": facts.output,
        "total_tokens": facts.fresh + facts.cached + facts.output,
        "prompt_tokens_details": {"cached_tokens": facts.cached},
    }
    completion = {
        "id": f"chatcmpl-{facts.identifier}",
        "object": "chat.completion",
        "model": facts.model,
        "usage": usage,
        "choices": [{"message": {"role": "assistant", "content": facts.answer}, "finish_reason": "stop"}],
    }
    asked = {"messages": [{"role": "user", "content": facts.prompt}]}
    return {"msg": "answered", "requestId": facts.request, "request": asked, "response": completion}


def _anthropic(facts: _Facts) -> dict[str, Any]:
    usage = {
        "input_tokens": facts.fresh,
        "output_tokens": facts.output,
        "cache_read_input_tokens": facts.cached,
    }
    content = [{"type": "text", "text": facts.answer}]
    message = {"id": f"msg_{facts.identifier}", "type": "message", "role": "assistant", "model": CLAUDE}
    return {
        "requestId": facts.request,
        "prompt": facts.prompt,
        "response": {**message, "content": content, "usage": usage},
    }


def _bedrock(facts: _Facts) -> dict[str, Any]:
    asked = {"messages": [{"role": "user", "content": [{"text": facts.prompt}]}]}
    answered = {"output": {"message": {"role": "assistant", "content": [{"text": facts.answer}]}}}
    return {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": datetime.fromtimestamp(facts.at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "us-east-1",
        "accountId": "123456789012",
        "requestId": facts.request,
        "operation": "Converse",
        "modelId": BEDROCK,
        "input": {
            "inputBodyJson": asked,
            "inputTokenCount": facts.fresh,
            "cacheReadInputTokenCount": facts.cached,
        },
        "output": {"outputBodyJson": answered, "outputTokenCount": facts.output},
    }


def _litellm(facts: _Facts) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{facts.identifier}",
        "litellm_call_id": facts.request,
        "call_type": "acompletion",
        "custom_llm_provider": "house",
        "model": "house-model",
        "messages": [{"role": "user", "content": facts.prompt}],
        "response": facts.answer,
        "prompt_tokens": facts.fresh,
        "completion_tokens": facts.output,
        "total_tokens": facts.fresh + facts.output,
        "response_cost": float(facts.stated),
        "status": "success",
        "startTime": facts.at_ms / 1000,
        "endTime": facts.at_ms / 1000 + 1.5,
    }


def _otel(facts: _Facts) -> dict[str, Any]:
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": facts.model,
        "gen_ai.usage.input_tokens": facts.fresh + facts.cached,
        "gen_ai.usage.output_tokens": facts.output,
        "gen_ai.usage.cache_read.input_tokens": facts.cached,
        "gen_ai.input.messages": json.dumps([{"role": "user", "content": facts.prompt}]),
    }
    return {
        "traceId": facts.identifier.rjust(32, "a"),
        "spanId": facts.identifier[-16:],
        "name": "chat",
        "startTimeUnixNano": str(facts.at_ms * 1_000_000),
        "endTimeUnixNano": str((facts.at_ms + 80) * 1_000_000),
        "attributes": attributes,
    }


SHAPES: Final[Mapping[str, Callable[[_Facts], dict[str, Any]]]] = {
    "canonical": _canonical,
    "priced by us": _priced_by_us,
    "openai": _openai,
    "anthropic": _anthropic,
    "bedrock": _bedrock,
    "litellm": _litellm,
    "otel": _otel,
}
STATING: Final = frozenset({"canonical", "litellm"})
"""Shapes whose records state what they cost."""

CACHING: Final = frozenset({"openai", "anthropic", "bedrock", "otel"})
