"""What an error costs on its way to Sentry: CPU, requests, bytes, and the time until a thousand are acknowledged.

Run: python bench/sentry.py [--profile]

The events: subscription payloads of one service's JSON records, each an error of two exceptions and eight frames with
twelve records of its request before it. The server: a process of its own on the loopback that answers 200, at once or
after 80 ms. The handler runs bare: no ledger and no queue, whose calls to AWS have their own price. Figures of one run
can be compared with each other; the sentry-sdk builds and packs the same events beside.
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
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import cache, partial
from pathlib import Path

import sentry_sdk
from sink import Sink, running

from logrouter.adapters.retry_queue import decode_message, encode_message
from logrouter.destinations.sentry import SENTRY
from logrouter.destinations.sentry_envelope import encode_issue
from logrouter.jobs import forward_errors
from logrouter.masking import Masker
from logrouter.policy import default_policy

HANDLER = Path(__file__).parents[1] / "functions" / "forward_errors" / "app.py"
ERRORS = 1_000
BEFORE = 12
ANSWER_S = 0.08
ROUNDS = 3
TRACE = """Traceback (most recent call last):
  File "/var/task/orders/stock.py", line {line}, in reserve
    stock = client.get(f"/stock/{{item}}")
  File "/opt/python/httpx/_client.py", line 1054, in get
    return self.request("GET", url)
  File "/opt/python/httpx/_client.py", line 825, in request
    return self.send(request)
  File "/opt/python/httpx/_transports/default.py", line 118, in map_httpcore_exceptions
    raise mapped_exc(message) from exc
httpx.ConnectTimeout: timed out

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/var/task/app.py", line {line}, in handler
    return checkout(order)
  File "/var/task/orders/checkout.py", line 88, in checkout
    reserve(order)
  File "/var/task/orders/checkout.py", line 91, in retry
    return work()
  File "/var/task/orders/stock.py", line 41, in reserve
    raise StockError(order.id) from error
orders.StockError: order {order} could not be reserved"""


def make_payloads(errors: int, each: int = 50) -> list[dict]:
    """Return subscription events of `each` errors, their requests' earlier records among them."""
    rng = random.Random(20261120)
    return [make_payload(rng, min(each, errors - start)) for start in range(0, errors, each)]


def make_payload(rng: random.Random, errors: int) -> dict:
    records = []
    for _ in range(errors):
        facts = {
            "serviceId": "orders",
            "requestId": str(uuid.UUID(int=rng.getrandbits(128))),
            "userId": f"u-{rng.randrange(10**6)}",
            "method": "POST",
            "path": f"/orders/{rng.randrange(10**6)}",
            "version": "1.4.2",
            "traceId": f"{rng.getrandbits(128):032x}",
        }
        records += [facts | {"level": "info", "msg": f"step {step} of the order done"} for step in range(BEFORE)]
        trace = TRACE.format(line=rng.randrange(900), order=rng.randrange(10**6))
        error = {"type": "StockError", "message": trace.rpartition(": ")[2], "stack": trace}
        records.append(facts | {"level": "error", "msg": "order failed", "status": 500, "error": error})
    events = [
        {"id": f"{rng.getrandbits(180):056d}", "timestamp": 1795140000000 + at, "message": json.dumps(record)}
        for at, record in enumerate(records)
    ]
    document = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/ecs/orders/application",
        "logStream": f"app/orders/{rng.randrange(99)}",
        "subscriptionFilters": ["logrouter"],
        "logEvents": events,
    }
    return {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(document).encode())).decode()}}


# ---- what is measured


def dsn_of(sink: Sink) -> str:
    """Return a DSN that leads to the sink."""
    return f"http://key@127.0.0.1:{sink.port}/1"


def handler_for(dsn: str, concurrency: int) -> Callable[[dict], dict]:
    """Return the function's handler, loaded anew as in a container of its own."""
    os.environ.update(SENTRY_DSN=dsn, DELIVERY_CONCURRENCY=str(concurrency))
    spec = importlib.util.spec_from_file_location("app", HANDLER)
    app = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(app)
    return lambda event: app.handler(event, None)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the function's own lines and metrics off the table."""
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        yield


def forwarded(handle: Callable[[dict], dict], payloads: list[dict]) -> tuple[float, float, int]:
    """Return seconds of wall time, seconds of CPU and errors delivered."""
    with quiet():
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        tallies = [handle(payload) for payload in payloads]
        return time.perf_counter() - wall_s, time.process_time() - cpu_s, sum(t["delivered"] for t in tallies)


@cache
def job() -> Callable:
    """Return the function's job under the packaged policy."""
    policy = default_policy()
    return partial(
        forward_errors.plan,
        policy=policy,
        mask_text=Masker(policy).mask_text,
        region="ap-northeast-2",
        environment="bench",
        limit_bytes=10**8,
    )


def plan_all(payloads: list[dict]) -> list:
    """Return the deliveries of all payloads."""
    return [delivery for payload in payloads for delivery in job()(payload).deliveries]


def issues_of(payloads: list[dict]) -> list[tuple]:
    """Return what the job gives to its encoder."""
    seen: list[tuple] = []

    def remember(issue, route, *, environment):
        seen.append((issue, route, environment))
        return encode_issue(issue, route, environment=environment)

    forward_errors.encode_issue = remember
    try:
        plan_all(payloads)
    finally:
        forward_errors.encode_issue = encode_issue
    return seen


def best_cpu_s(work: Callable[[], object]) -> float:
    """Return the shortest CPU time of some rounds, seconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def sdk_packs(events: list[dict]) -> Callable[[], object]:
    """Return work: the sentry-sdk builds each event's envelope, and it is packed, as its transport would."""

    class Collect(sentry_sdk.transport.Transport):
        def __init__(self, options):
            super().__init__(options)
            self.out = []

        def capture_envelope(self, envelope):
            self.out.append(gzip.compress(envelope.serialize(), 6))

    client = sentry_sdk.Client(
        "http://key@127.0.0.1:9/1",
        transport=Collect,
        default_integrations=False,
        auto_enabling_integrations=False,
        release="",
        server_name="",
        send_client_reports=False,
        enable_backpressure_handling=False,
    )
    texts = [json.dumps(event) for event in events]

    def work() -> None:
        for text in texts:
            client.capture_event(json.loads(text))

    def reading_alone() -> None:
        for text in texts:
            json.loads(text)

    work.reading_alone = reading_alone
    return work


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profile", action="store_true", help="print where the CPU time of 1,000 errors goes")
    arguments = parser.parse_args()
    payloads = make_payloads(ERRORS)
    if arguments.profile:
        profile(payloads)
        return
    measure_cost(payloads)
    measure_sending(payloads)
    measure_latency(payloads)


def measure_cost(payloads: list[dict]) -> None:
    issues = issues_of(payloads)
    deliveries = [encode_issue(issue, route, environment=environment) for issue, route, environment in issues]
    target = SENTRY.targets({"dsn": "http://key@127.0.0.1:9/1"})["default"]
    requests = [SENTRY.request(delivery, target, 1795140000.0) for delivery in deliveries]
    events = [json.loads(delivery.body.split(b"\n")[2]) for delivery in deliveries]
    crumbs = sum(len(event.get("breadcrumbs", {}).get("values", ())) for event in events)
    print(f"{len(deliveries)} errors with {crumbs / len(events):.0f} breadcrumbs each")
    plain, sent = mean(len(one.body) for one in deliveries), mean(len(one.body) for one in requests)
    print(f"bytes an error: {plain} as JSON, {sent} sent")

    plan_s = best_cpu_s(lambda: plan_all(payloads))
    encode_s = best_cpu_s(lambda: [encode_issue(i, r, environment=e) for i, r, e in issues])
    request_s = best_cpu_s(lambda: [SENTRY.request(delivery, target, 1795140000.0) for delivery in deliveries])
    packs = sdk_packs(events)
    sdk_s = best_cpu_s(packs) - best_cpu_s(packs.reading_alone)
    round_s = best_cpu_s(lambda: [decode_message(encode_message(delivery)) for delivery in deliveries])
    show("decode to deliveries", plan_s, "encode and its twelve breadcrumbs included")
    show("encode (issue to envelope)", encode_s)
    show("request (sending time, gzip)", request_s)
    show("sentry-sdk, the same events", sdk_s, f"x{sdk_s / (encode_s + request_s):.1f} of encode and request")
    messages = [encode_message(delivery) for delivery in deliveries]
    show("retry queue, in and out", round_s, f"{mean(map(len, messages))} bytes a message")


def measure_sending(payloads: list[dict]) -> None:
    with running(0.0) as sink:
        for concurrency in (8, 1):
            handle = handler_for(dsn_of(sink), concurrency)
            forwarded(handle, payloads[:2])
            before = sink.seen()
            runs = [forwarded(handle, payloads) for _ in range(ROUNDS)]
            seen = {name: count - before[name] for name, count in sink.seen().items()}
            wall_s, cpu_s = min(run[0] for run in runs), min(run[1] for run in runs)
            delivered = sum(run[2] for run in runs)
            assert delivered == ERRORS * ROUNDS
            note = f"{ERRORS / wall_s:.0f} errors/s, {seen['requests'] / delivered:.2f} requests an error"
            show(f"decode to answer, {concurrency} at a time", cpu_s, note)


def measure_latency(payloads: list[dict]) -> None:
    """At 80 ms an answer: one after another would take 80 s, so that one is measured over a tenth."""
    with running(ANSWER_S) as sink:
        for concurrency, part in ((8, payloads), (16, payloads), (1, payloads[: len(payloads) // 10])):
            handle = handler_for(dsn_of(sink), concurrency)
            wall_s, _, delivered = forwarded(handle, part)
            share = ERRORS / delivered
            print(f"1,000 errors at 80 ms an answer, {concurrency:2} at a time: {wall_s * share:6.1f} s")


def profile(payloads: list[dict]) -> None:
    with running(0.0) as sink:
        handle = handler_for(dsn_of(sink), 1)
        forwarded(handle, payloads[:2])
        threading.setprofile_all_threads(None)
        with cProfile.Profile(time.thread_time) as profiler:
            forwarded(handle, payloads)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(30)


def show(what: str, seconds: float, note: str = "") -> None:
    print(f"{what:36} {seconds / ERRORS * 1e6:7.0f} us CPU an error   {note}")


def mean(numbers) -> int:
    found = list(numbers)
    return round(sum(found) / len(found))


if __name__ == "__main__":
    main()
