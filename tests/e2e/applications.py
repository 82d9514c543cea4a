"""Applications that log thousands of errors: subscription payloads as CloudWatch Logs sends them, from a seed."""

import base64
import gzip
import json
import random
import string
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

SERVICES: Final = [
    "orders",
    "payments",
    "stock",
    "mail",
    "search",
    "basket",
    "prices",
    "accounts",
    "delivery",
    "invoices",
]
FAULTS: Final = (
    ("TimeoutError", "the gateway gave no answer"),
    ("KeyError", "no such field in the reply"),
    ("ConnectionResetError", "the peer hung up"),
    ("ValueError", "amount below zero"),
    ("PermissionError", "not allowed to write"),
    ("RuntimeError", "stock is out of step"),
    ("LookupError", "currency is unknown"),
    ("OSError", "disk is full"),
    ("AssertionError", "totals differ"),
    ("TypeError", "price is missing"),
)
SHAPES: Final = ("canonical", "python text", "lambda text", "node text", "plain line", "lines of a trace")


@dataclass(frozen=True)
class Sent:
    """One subscription event.

    Args:
        errors: the numbers of the errors in it; each stands in its error's text as `case <number>`.
        log_events: log events in it.
        quiet: log events in it that are no errors.
    """

    event: Mapping[str, Any]
    errors: tuple[int, ...]
    log_events: int
    quiet: int


def many_errors(count: int, *, seed: int, at_ms: int) -> Iterator[Sent]:
    """Yield payloads that hold `count` errors between them, 20 to 80 each: several services, shapes and streams."""
    rng = random.Random(seed)
    numbers = list(range(1, count + 1))
    while numbers:
        size = rng.randrange(20, 81)
        taken, numbers = tuple(numbers[:size]), numbers[size:]
        yield _payload(rng, taken, at_ms)


def large_error(number: int, *, at_ms: int, frames: int = 120) -> Sent:
    """Return a payload of one error whose event is large even when compressed, as its text does not repeat.

    Args:
        frames: how many it says it with; 0 says it in its message, of which too little can be left out.
    """
    rng = random.Random(number)
    message = f"Error: too much to say, case {number}"
    if not frames:
        message = f"{message} {''.join(rng.choices(string.ascii_letters, k=20_000))}"
    names = ["".join(rng.choices(string.ascii_lowercase, k=60)) for _ in range(frames)]
    text = "\n".join([message, *(f"    at {name} (/srv/orders/main.js:1:1)" for name in names)])
    return _sent("/aws/ecs/orders/application", f"orders/{number}", [text], (number,), at_ms)


def wrapped(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a subscription document as Lambda gets it."""
    return {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(document).encode())).decode()}}


def subscription(group: str, stream: str, events: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a subscription document."""
    return {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": group,
        "logStream": stream,
        "subscriptionFilters": ["logrouter-errors"],
        "logEvents": list(events),
    }


def _payload(rng: random.Random, numbers: tuple[int, ...], at_ms: int) -> Sent:
    service, shape = rng.choice(SERVICES), rng.choice(SHAPES)
    messages, quiet = [], 0
    for number in numbers:
        if rng.random() < 0.3:
            messages.append(f'{{"level":"info","msg":"looked at case {number}","serviceId":"{service}"}}')
            quiet += 1
        messages += _error(rng, service, shape, number)
    group = f"/aws/lambda/{service}" if shape == "lambda text" else f"/aws/ecs/{service}/application"
    return _sent(group, f"{service}/{rng.randrange(4)}", messages, numbers, at_ms + rng.randrange(3_000_000), quiet)


def _sent(
    group: str, stream: str, messages: Sequence[str], numbers: tuple[int, ...], begin_ms: int, quiet: int = 0
) -> Sent:
    ids = random.Random(f"{group}{stream}{numbers}")
    events = [
        {"id": f"{ids.getrandbits(180):056d}", "timestamp": begin_ms + at, "message": message}
        for at, message in enumerate(messages)
    ]
    return Sent(wrapped(subscription(group, stream, events)), numbers, len(events), quiet)


def _error(rng: random.Random, service: str, shape: str, number: int) -> list[str]:
    """Return the messages of one error; the same fault of a service reads the same but for its numbers."""
    kind, text = FAULTS[rng.randrange(len(FAULTS))]
    request = str(uuid.UUID(int=rng.getrandbits(128), version=4))
    said, line = f"{text}, case {number}", rng.randrange(10, 400)
    trace = [
        "Traceback (most recent call last):",
        f'  File "/srv/{service}/main.py", line {line + 7}, in handle',
        "    return work(order)",
        f'  File "/srv/{service}/work.py", line {line}, in work',
        f"    raise {kind}(message)",
        f"{kind}: {said}",
    ]
    match shape:
        case "canonical":
            error = {"type": kind, "message": said, "stack": "\n".join(trace)}
            facts = {"level": "error", "msg": said, "serviceId": service, "requestId": request, "error": error}
            return [json.dumps(facts | {"version": f"1.{rng.randrange(3)}.0", "path": f"/{service}/{number}"})]
        case "python text":
            return ["\n".join([f"2026-11-20 01:02:03,004 ERROR {service} {text}", *trace])]
        case "lambda text":
            return [f"[ERROR] {kind}: {said}\n" + "\n".join(trace[:-1])]
        case "node text":
            frames = [
                f"    at work (/srv/{service}/work.js:{line}:9)",
                f"    at handle (/srv/{service}/main.js:{line}:3)",
            ]
            return [f"2026-11-20T01:02:03.004Z\t{request}\tERROR\tError: {said}\n" + "\n".join(frames)]
        case "plain line":
            return [f"2026-11-20T01:02:03Z ERROR [{service}] {kind}: {said}"]
        case _:
            return trace
