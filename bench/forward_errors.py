"""How fast forward_errors works on the largest event Lambda can get; ratios are of one run, so they can be compared.

Run: python bench/forward_errors.py [--profile]

The event: one subscription payload that fills the 1 MiB of an asynchronous invocation: about ten thousand JSON records
of one service, 2 % errors with a stack trace, 1 % with personal data; and one without any error. Each round has an
event of its own, because what a process has seen before costs it less. Printed for each step: MB of decompressed
payload and records a CPU second, and how many times longer than decoding alone it takes.
"""

import argparse
import base64
import cProfile
import gzip
import json
import pstats
import random
import time
import uuid
from collections.abc import Callable, Sequence
from functools import partial

from logrouter.jobs.forward_errors import plan
from logrouter.masking import Masker
from logrouter.policy import default_policy
from logrouter.stages.decode import decode

PAYLOAD_BYTES = 1_048_000
ROUNDS = 8
TRACEBACK = """Traceback (most recent call last):
  File "/var/task/app.py", line {line}, in handler
    return checkout(order)
  File "/var/task/orders/checkout.py", line 88, in checkout
    stock = client.get(f"/stock/{{item}}")
  File "/opt/python/httpx/_client.py", line 1054, in get
    return self.request("GET", url)
  File "/opt/python/httpx/_transports/default.py", line 118, in map_httpcore_exceptions
    raise mapped_exc(message) from exc
httpx.ConnectTimeout: timed out after {line} ms"""


def make_record(rng: random.Random, number: int, errors: float) -> str:
    record = {
        "timestamp": f"2026-11-20T02:{number % 60:02d}:{rng.randrange(60):02d}.{rng.randrange(1000):03d}Z",
        "level": "info",
        "msg": rng.choice(["order received", "stock reserved", "payment authorised", "mail queued"]),
        "serviceId": "orders",
        "requestId": str(uuid.UUID(int=rng.getrandbits(128))),
        "userId": f"u-{rng.randrange(10**6)}",
        "path": f"/orders/{rng.randrange(10**6)}",
        "method": "POST",
        "durationMs": round(rng.random() * 900, 2),
        "status": 200,
        "traceId": f"{rng.getrandbits(128):032x}",
    }
    if rng.random() < errors:
        record |= {"level": "error", "msg": f"order {number} failed", "status": 500}
        record["error"] = {
            "type": "httpx.ConnectTimeout",
            "message": "timed out",
            "stack": TRACEBACK.format(line=rng.randrange(900)),
        }
    if rng.random() < 0.01:
        record["msg"] = "call " + "010-" + f"{rng.randrange(10**4):04d}-{rng.randrange(10**4):04d}" + " about the order"
        record["email"] = f"user{rng.randrange(10**5)}" + "@" + "example.com"
    return json.dumps(record)


def make_event(seed: int = 20261120, errors: float = 0.02) -> tuple[dict, int, int]:
    """Return the event, its decompressed size in bytes and its number of records."""
    rng = random.Random(seed)
    messages = [make_record(rng, number, errors) for number in range(12_000)]
    while True:
        events = [
            {"id": f"{number:056d}", "timestamp": 1795140000000 + number, "message": message}
            for number, message in enumerate(messages)
        ]
        document = {
            "messageType": "DATA_MESSAGE",
            "owner": "123456789012",
            "logGroup": "/aws/ecs/orders/application",
            "logStream": "app/orders/1",
            "subscriptionFilters": ["logrouter"],
            "logEvents": events,
        }
        raw = json.dumps(document).encode()
        data = base64.b64encode(gzip.compress(raw, 6))
        if len(data) <= PAYLOAD_BYTES:
            return {"awslogs": {"data": data.decode()}}, len(raw), len(messages)
        del messages[int(len(messages) * PAYLOAD_BYTES / len(data)) :]


def cpu_s(work: Callable[[dict], object], events: Sequence[dict]) -> float:
    """Return the shortest CPU time of several rounds, one for each event, seconds."""
    best = float("inf")
    for event in events:
        start = time.process_time()
        work(event)
        best = min(best, time.process_time() - start)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profile", action="store_true", help="print where the time of the whole job goes")
    arguments = parser.parse_args()
    event, size, records = make_event()
    events = [make_event(seed)[0] for seed in range(ROUNDS)]
    quiet = [make_event(seed, errors=0)[0] for seed in range(ROUNDS)]
    policy = default_policy()
    mask_text = Masker(policy).mask_text
    job = partial(
        plan,
        policy=policy,
        mask_text=mask_text,
        region="ap-northeast-2",
        environment="bench",
        limit_bytes=100_000_000,
    )

    tally = job(event).tally
    print(f"{records} records, {size / 1e6:.1f} MB; {len(job(event).deliveries)} issues; {tally.as_dict()['dropped']}")
    decode_s = cpu_s(decode, events)
    steps = [("decode", decode_s), ("whole job", cpu_s(job, events)), ("no errors", cpu_s(job, quiet))]
    for name, seconds in steps:
        ratio = seconds / decode_s
        speed = f"{size / 1e6 / seconds:7.1f} MB/s {records / seconds:9.0f} records/s"
        print(f"{name:10} {seconds * 1000:7.1f} ms CPU {speed}  x{ratio:.2f}")
    if arguments.profile:
        with cProfile.Profile() as profile:
            job(event)
        pstats.Stats(profile).sort_stats("tottime").print_stats(20)


if __name__ == "__main__":
    main()
