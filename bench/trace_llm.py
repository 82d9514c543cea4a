"""What an LLM call costs on its way to Langfuse: CPU, requests, bytes, beside the stock SDK and beside decoding alone.

Run: python bench/trace_llm.py [--profile]

The calls: subscription payloads of fifty log lines, in turn of the canonical form, OpenAI's, Anthropic's, LiteLLM's,
Bedrock's and OpenTelemetry's, each with a prompt and an answer of some hundred words. The server: a process of its own
on the loopback that answers 200 at once. Everything is measured in turn within each round; medians are shown. The stock
SDK is given the same calls, ready to be told, and sends them with its public functions; it can give no start time.
"""

import argparse
import base64
import cProfile
import gzip
import importlib.util
import json
import os
import pstats
import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any

from langfuse import Langfuse
from sink import running

from logrouter.adapters.http import HttpTransport
from logrouter.adapters.retry_queue import decode_message, encode_message
from logrouter.destinations.langfuse import LANGFUSE, encode_calls
from logrouter.jobs import trace_llm
from logrouter.masking import Masker
from logrouter.policy import default_policy
from logrouter.stages.decode import batches_of
from logrouter.stages.price import fill_cost
from logrouter.stages.recognise import recognise

CALLS = 1_000
EACH = 50
HANDLER = Path(__file__).parents[1] / "functions" / "trace_llm" / "app.py"
ROUNDS = 7
AT_MS = 1_795_140_000_000
LETTERS = "etaoinshrdlucmfwyp"


# ---- the calls


def text(rng: random.Random, words: int) -> str:
    return " ".join("".join(rng.choices(LETTERS, k=rng.randrange(2, 9))) for _ in range(words))


def canonical(rng: random.Random, number: int) -> dict[str, Any]:
    call = {"type": "llm", "serviceId": "chat", "requestId": f"req-{number}", "userId": "u-7", "model": "gpt-4o-mini"}
    tokens = {"prompt_tokens": 220, "completion_tokens": 90, "latency_ms": 800}
    return {**call, **tokens, "prompt": text(rng, 150), "response": text(rng, 60)}


def openai(rng: random.Random, number: int) -> dict[str, Any]:
    details = {"prompt_tokens_details": {"cached_tokens": 64}, "completion_tokens_details": {"reasoning_tokens": 30}}
    usage = {"prompt_tokens": 220, "completion_tokens": 90, "total_tokens": 310, **details}
    message = {"role": "assistant", "content": text(rng, 60)}
    choices = [{"index": 0, "finish_reason": "stop", "message": message}]
    response = {"id": f"chatcmpl-{number}", "object": "chat.completion", "model": "gpt-4o-2024-08-06"}
    request = {"messages": [{"role": "user", "content": text(rng, 150)}], "temperature": 0.2}
    answer = {**response, "choices": choices, "usage": usage}
    return {"msg": "answered", "requestId": f"req-{number}", "durationMs": 640, "request": request, "response": answer}


def anthropic(rng: random.Random, number: int) -> dict[str, Any]:
    usage = {"input_tokens": 200, "cache_read_input_tokens": 2_000, "output_tokens": 40}
    answer = {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5-20250929"}
    return {**answer, "prompt": text(rng, 150), "content": [{"type": "text", "text": text(rng, 60)}], "usage": usage}


def litellm(rng: random.Random, number: int) -> dict[str, Any]:
    ids = {"id": f"lite-{number}", "litellm_call_id": f"c-{number}", "call_type": "acompletion", "status": "success"}
    model = {"custom_llm_provider": "openai", "model": "gpt-4o-2024-08-06", "model_parameters": {"temperature": 0}}
    tokens = {"prompt_tokens": 220, "completion_tokens": 90, "total_tokens": 310, "response_cost": 0.00145}
    times = {"startTime": AT_MS / 1000 - 2, "endTime": AT_MS / 1000 - 1, "completionStartTime": AT_MS / 1000 - 1.5}
    answer = {"choices": [{"message": {"role": "assistant", "content": text(rng, 60)}}]}
    asked = [{"role": "user", "content": text(rng, 150)}]
    return {**ids, **model, **tokens, **times, "messages": asked, "response": answer, "end_user": "u-7"}


def bedrock(rng: random.Random, number: int) -> dict[str, Any]:
    usage = {"inputTokens": 220, "outputTokens": 90, "totalTokens": 310}
    answer = {"output": {"message": {"role": "assistant", "content": [{"text": text(rng, 60)}]}}, "usage": usage}
    asked = {"messages": [{"role": "user", "content": [{"text": text(rng, 150)}]}]}
    return {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": "2026-11-20T02:00:00Z",
        "accountId": "123456789012",
        "region": "us-east-1",
        "requestId": f"7a1f0e52-0000-4000-8000-{number:012x}",
        "operation": "Converse",
        "modelId": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "input": {"inputContentType": "application/json", "inputBodyJson": asked, "inputTokenCount": 220},
        "output": {"outputBodyJson": {**answer, "metrics": {"latencyMs": 812}}, "outputTokenCount": 90},
    }


def otel(rng: random.Random, number: int) -> dict[str, Any]:
    asked = json.dumps([{"role": "user", "parts": [{"type": "text", "content": text(rng, 150)}]}])
    answered = json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": text(rng, 60)}]}])
    return {
        "name": "chat gpt-4o",
        "traceId": f"{rng.getrandbits(127) + 1:032x}",
        "spanId": f"{number + 1:016x}",
        "startTimeUnixNano": f"{AT_MS - 2_000}000000",
        "endTimeUnixNano": f"{AT_MS - 1_000}000000",
        "attributes": {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.input_tokens": 220,
            "gen_ai.usage.output_tokens": 90,
            "gen_ai.input.messages": asked,
            "gen_ai.output.messages": answered,
        },
    }


SHAPES = {
    "canonical": canonical,
    "OpenAI": openai,
    "Anthropic": anthropic,
    "LiteLLM": litellm,
    "Bedrock": bedrock,
    "OpenTelemetry": otel,
}


def lines_of(calls: int, *shapes: str) -> list[str]:
    rng = random.Random(20261120)
    makers = [SHAPES[name] for name in shapes or SHAPES]
    return [json.dumps(makers[number % len(makers)](rng, number)) for number in range(calls)]


def document(lines: list[str], first: int = 0) -> bytes:
    events = [
        {"id": f"{first + at:056d}", "timestamp": AT_MS + first + at, "message": line} for at, line in enumerate(lines)
    ]
    head = {"messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "/aws/ecs/chat/llm"}
    return json.dumps({**head, "logStream": "chat/1", "subscriptionFilters": ["x"], "logEvents": events}).encode()


def awslogs(lines: list[str], first: int = 0) -> dict[str, Any]:
    return {"awslogs": {"data": base64.b64encode(gzip.compress(document(lines, first))).decode()}}


def payloads(lines: list[str], each: int = EACH) -> list[dict[str, Any]]:
    return [awslogs(lines[start : start + each], start) for start in range(0, len(lines), each)]


def kinesis(lines: list[str], each: int = EACH, records: int = 10) -> list[dict[str, Any]]:
    """Return events of ten records of a stream, fifty calls a record."""
    packed = [
        base64.b64encode(gzip.compress(document(lines[start : start + each], start))).decode()
        for start in range(0, len(lines), each)
    ]
    made = [
        {"eventSource": "aws:kinesis", "kinesis": {"sequenceNumber": str(at), "data": data}}
        for at, data in enumerate(packed)
    ]
    return [{"Records": made[start : start + records]} for start in range(0, len(made), records)]


# ---- what is measured


def job(event: dict[str, Any]) -> Any:
    return _job(event).deliveries


def _make_job() -> Callable[..., Any]:
    policy = default_policy()
    how = {"region": "us-east-1", "environment": "bench", "limit_bytes": 10**8}
    return partial(trace_llm.plan, policy=policy, mask_text=Masker(policy).mask_text, **how)


_job = _make_job()
RULES = default_policy().section("llm")


def noted(name: str, events: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return the arguments with which the job calls one of its steps."""
    original, seen = getattr(trace_llm, name), []

    def remember(*arguments: Any, **named: Any) -> Any:
        seen.append((arguments, named))
        return original(*arguments, **named)

    setattr(trace_llm, name, remember)
    try:
        for event in events:
            job(event)
    finally:
        setattr(trace_llm, name, original)
    return seen


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the function's own lines and metrics off the table."""
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        yield


class Bench:
    """What is compared, ready to be run again and again; `url` leads to the server."""

    def __init__(self, url: str) -> None:
        self.lines = lines_of(CALLS)
        self.events = payloads(self.lines)
        self.encoding = noted("encode_calls", self.events)
        self.deliveries = [one for event in self.events for one in job(event)]
        self.calls = [call for (calls, *_), _ in self.encoding for call in calls]
        fields = {"host": url, "public_key": "pk-bench", "secret_key": "sk-bench"}
        self.target = LANGFUSE.targets(fields)["default"]
        self.transport = HttpTransport(connections=8)
        os.environ |= {f"LANGFUSE_{name.upper()}": value for name, value in fields.items()}
        self.sdk = Langfuse(public_key="pk-bench", secret_key="sk-bench", base_url=url, flush_interval=60, timeout=30)

    def decode(self) -> None:
        for event in self.events:
            for batch in batches_of(event, region="us-east-1", limit_bytes=10**8):
                list(getattr(batch, "events", ()))

    def plan(self) -> None:
        for event in self.events:
            job(event)

    def encode(self) -> None:
        for arguments, named in self.encoding:
            encode_calls(*arguments, **named)

    def request(self) -> None:
        for delivery in self.deliveries:
            LANGFUSE.request(delivery, self.target, 0.0)

    def tell(self) -> None:
        """Calls in hand to acknowledged answers, as the SDK does."""
        for arguments, named in self.encoding:
            for delivery in encode_calls(*arguments, **named):
                answer = self.transport.send(LANGFUSE.request(delivery, self.target, 0.0), 10)
                assert answer.status == 200

    def handled_by(self, concurrency: int) -> Callable[[], None]:
        """Return work: the function's handler, loaded anew as in a container of its own, given every payload."""
        os.environ["DELIVERY_CONCURRENCY"] = str(concurrency)
        spec = importlib.util.spec_from_file_location("app", HANDLER)
        app = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(app)
        with quiet():
            app.handler(self.events[0], None)

        def work() -> None:
            with quiet():
                tallies = [app.handler(event, None) for event in self.events]
            assert sum(tally["delivered"] for tally in tallies) == CALLS

        return work

    def queue(self) -> None:
        for delivery in self.deliveries:
            decode_message(encode_message(delivery))

    def stock(self) -> None:
        """The same calls by the SDK: a flush for each payload, without which a function would lose them."""
        for start in range(0, CALLS, EACH):
            for call in self.calls[start : start + EACH]:
                told = self.sdk.start_observation(
                    trace_context={"trace_id": call.trace_id},
                    name=call.name,
                    as_type="generation",
                    input=call.input,
                    output=call.output,
                    model=call.model,
                    model_parameters=dict(call.parameters),
                    usage_details=dict(call.usage),
                    cost_details=dict(call.cost),
                    metadata=dict(call.metadata),
                )
                told.end(end_time=call.end_ms * 1_000_000)
            self.sdk.flush()


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Return seconds of CPU, those of all threads, and of wall time."""
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu_s, time.perf_counter() - wall_s


def in_turn(works: dict[str, Callable[[], object]]) -> dict[str, tuple[float, float]]:
    """Return the medians of CPU and wall time of some works, measured in turn."""
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for work in works.values():
        work()  # a process is quicker with what it has done before
    for _ in range(ROUNDS):
        for name, work in works.items():
            seen[name].append(measured(work))
    return {
        name: (statistics.median(cpu for cpu, _ in runs), statistics.median(wall for _, wall in runs))
        for name, runs in seen.items()
    }


def measure_steps() -> None:
    with running() as sink:
        bench = Bench(sink.url)
        works = {
            "decode alone": bench.decode,
            "decode to deliveries": bench.plan,
            "encode (calls to exports)": bench.encode,
            "request (gzip)": bench.request,
            "retry queue, in and out": bench.queue,
            "calls in hand to answer": bench.tell,
            "calls in hand to answer, langfuse SDK": bench.stock,
            "decode to answer, 1 at a time": bench.handled_by(1),
            "decode to answer, 8 at a time": bench.handled_by(8),
        }
        found = in_turn(works)
        decoding_s = found["decode alone"][0]
        for name, (cpu_s, wall_s) in found.items():
            share = f"x{cpu_s / decoding_s:5.1f} of decoding"
            print(f"{name:38} {cpu_s / CALLS * 1e6:7.0f} us CPU a call   {share}   {CALLS / wall_s:7.0f} calls/s")
        ours, stock = (found[f"calls in hand to answer{who}"][0] for who in ("", ", langfuse SDK"))
        print(f"langfuse SDK beside ours, calls in hand: x{stock / ours:.1f}")
        decoded = sum(len(document(bench.lines[at : at + EACH], at)) for at in range(0, CALLS, EACH))
        for name in ("decode alone", "decode to deliveries", "decode to answer, 8 at a time"):
            rate = decoded / found[name][0] / 1e6
            print(f"{name}: {rate:.0f} MB/s of decoded payload, {decoded // CALLS} bytes a call")
        measure_bytes(bench, sink)


def measure_bytes(bench: Bench, sink: Any) -> None:
    for name, work in (("ours", bench.tell), ("langfuse SDK", bench.stock)):
        before = sink.seen()
        work()
        after = sink.seen()
        requests, sent = (after[each] - before[each] for each in ("requests", "body_bytes"))
        print(f"{name}: {requests} requests and {sent / CALLS:.0f} bytes a call on the wire")
    messages = [encode_message(delivery) for delivery in bench.deliveries]
    print(f"bytes a call: {sum(len(d.body) for d in bench.deliveries) // CALLS} as JSON,", end=" ")
    print(f"{sum(map(len, messages)) // CALLS} in the retry queue")
    sizes = {"payloads of 50 calls": bench.events, "Kinesis, 10 records of 50": kinesis(bench.lines)}
    for name, events in (sizes | {"payloads of 500 calls": payloads(bench.lines, 500)}).items():
        print(f"requests for 1,000 calls, {name}: {sum(len(job(event)) for event in events)}")


def measure_parts() -> None:
    """Where the time of the job goes: what the stages take of the same lines, in turn."""
    lines = lines_of(CALLS)
    events = payloads(lines)
    policy = default_policy()
    masker = Masker(policy)
    found = noted("recognise", events)
    priced = noted("fill_cost", events)
    by_shape = {name: noted("recognise", payloads(lines_of(CALLS // 5, name))) for name in SHAPES}
    works: dict[str, Callable[[], object]] = {
        "mask (the lines alone)": lambda: [masker.mask_text(line) for line in lines],
        "recognise": lambda: [recognise(*arguments, **named) for arguments, named in found],
        "price, warm": lambda: [fill_cost(*arguments, **named) for arguments, named in priced],
    }
    works |= {
        f"recognise {name}": lambda calls=calls: [recognise(*arguments, **named) for arguments, named in calls * 5]
        for name, calls in by_shape.items()
    }
    for name, (cpu_s, _) in in_turn(works).items():
        print(f"{name:38} {cpu_s / CALLS * 1e6:7.0f} us CPU a call")


def profile() -> None:
    events = payloads(lines_of(CALLS))
    for event in events:
        job(event)
    threading.setprofile_all_threads(None)
    with cProfile.Profile(time.thread_time) as profiler:
        for event in events:
            job(event)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(40)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profile", action="store_true", help="print where the CPU time of 1,000 calls goes")
    if parser.parse_args().profile:
        profile()
        return
    measure_steps()
    measure_parts()


if __name__ == "__main__":
    main()
