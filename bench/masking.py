"""How fast masking is: for each shape of record and share of hits, beside forty substitutions in one run.

Run: python bench/masking.py [--profile SHAPE]

Shapes are made from a seed, so every run measures the same text. Figures are CPU time of one core, medians of
interleaved samples: a machine that is busy for a while slows all of them. Printed: MB/s of UTF-8, records/s, and how
many times as fast as forty `re.sub` over the same records; hostile text per byte beside ordinary records; what
compiling the packaged policy costs, and what masking adds to a whole invocation of forward_errors.
"""

import argparse
import cProfile
import itertools
import json
import pstats
import random
import re
import statistics
import time
import uuid
from collections.abc import Callable, Iterator

from forward_errors import make_event

from logrouter.jobs.forward_errors import plan
from logrouter.masking import Masker
from logrouter.masking.rules.gates import leading_flags
from logrouter.model import MaskedText
from logrouter.policy import default_policy

RECORDS = 1_200
NAIVE_RECORDS = 120
SAMPLES = 5
SHARES = (0, 1, 20, 100)
HOSTILE_CHARS = 200_000
HOSTILE = [
    *(
        "a@",
        "(((",
        "1",
        "1234 ",
        "010-",
        "82-",
        "4111-",
        "MDEw",
        "cGFzc3dvcmQ9" + "aHVudGVyMg==",
        "eyJh",
        "\\u0030",
        "%30",
    ),
    *(
        "&#48;",
        '{"a":',
        "[[",
        '"',
        "\\",
        "://a:b@",
        "１",
        "\u200b",
        "여권",
        "비밀번호: ",
        "password=",
        "password=x1y2 ",
    ),
    *("token: ", "password -> ", "Authorization: Bearer ", "cookie: a=b; ", "-----BEGIN PRIVATE KEY-----"),
    *("insert into a (b", "<password>x"),
]
"""A unit repeated is the worst a rule can meet; tests/unit/test_masking_speed.py holds ten times as many."""


def canonical(rng: random.Random) -> str:
    return json.dumps(
        {
            "timestamp": f"2026-11-20T05:{rng.randrange(60):02d}:{rng.randrange(60):02d}.{rng.randrange(1000):03d}Z",
            "level": "info",
            "msg": f"request completed in {rng.randrange(900)}ms",
            "serviceId": rng.choice(["gateway", "orders", "members"]),
            "requestId": str(uuid.UUID(int=rng.getrandbits(128))),
            "userId": f"u-{rng.randrange(10**6)}",
            "path": f"/api/v1/events/{rng.randrange(10**6)}",
            "status": 200,
        }
    )


def pino(rng: random.Random) -> str:
    return json.dumps(
        {
            "level": 30,
            "time": 1795140000000 + rng.randrange(10**8),
            "pid": 7,
            "hostname": "ip-10-0-1-23",
            "reqId": f"req-{rng.randrange(36**4)}",
            "req": {"method": "GET", "url": f"/carts/{rng.randrange(10**6)}", "remotePort": rng.randrange(65536)},
            "res": {"statusCode": 200},
            "responseTime": round(rng.random() * 90, 3),
            "msg": "request completed",
        },
        separators=(",", ":"),
    )


def spring(rng: random.Random) -> str:
    return (
        f"2026-11-20T05:44:{rng.randrange(60):02d}.{rng.randrange(1000):03d}Z  INFO 1 --- "
        f"[nio-8080-exec-{rng.randrange(10)}] c.example.orders.EventService           : "
        f"processed event {rng.randrange(10**6)} in {rng.randrange(900)} ms"
    )


def stack(rng: random.Random) -> str:
    frames = "".join(
        f"\n\tat com.example.orders.{name}({name.split('.')[0]}.java:{rng.randrange(400)})"
        for name in ("CheckoutService.place", "StockClient.reserve", "Retry.call", "CheckoutController.post")
    )
    return f"java.net.SocketTimeoutException: timeout after {rng.randrange(9000)} ms{frames}\n\t... 42 more"


def llm(rng: random.Random) -> str:
    prompt, completion = rng.randrange(4000), rng.randrange(900)
    return json.dumps(
        {
            "type": "llm",
            "traceId": f"{rng.getrandbits(128):032x}",
            "model": "gpt-4o",
            "prompt": "Summarise the reviews of this month for the owner of the shop.",
            "completion": "Most guests praise the terrace; some waited long at noon.",
            "usage": {
                "prompt_tokens": prompt,
                "completion_tokens": completion,
                "total_tokens": prompt + completion,
            },
            "latency_ms": rng.randrange(9000),
        }
    )


def access(rng: random.Random) -> str:
    return (
        f'10.0.{rng.randrange(256)}.{rng.randrange(256)} - - [20/Nov/2026:05:44:{rng.randrange(60):02d} +0000] "GET '
        f'/api/v1/events/{rng.randrange(10**6)}?page={rng.randrange(40)} HTTP/1.1" 200 '
        f'{rng.randrange(90000)} "-" "curl/8.5.0"'
    )


SHAPES: dict[str, Callable[[random.Random], str]] = {
    "canonical JSON": canonical,
    "Pino": pino,
    "Spring text": spring,
    "stack trace": stack,
    "LLM record": llm,
    "access line": access,
}


def with_hit(record: str, rng: random.Random) -> str:
    """Put personal data or a secret where an application would."""
    phone = "010-" + f"{rng.randrange(10**4):04d}-{rng.randrange(10**4):04d}"
    mail = f"user{rng.randrange(10**5)}" + "@" + "example.com"
    if record[0] == "{":
        added = rng.choice(
            [{"phone": phone}, {"email": mail}, {"password": f"Ab3{rng.randrange(10**5)}x"}, {"memo": phone}]
        )
        return record[:-1] + ", " + json.dumps(added)[1:]
    return record + rng.choice([f" for {mail}", f" 연락처 {phone}", f" password=Ab3{rng.randrange(10**5)}x"])


def records_of(shape: str, share: int) -> list[str]:
    rng = random.Random(f"{shape} {share}")
    make = SHAPES[shape]
    return [with_hit(make(rng), rng) if number * share % 100 < share else make(rng) for number in range(RECORDS)]


def substitute_all(patterns: list[re.Pattern[str]], records: list[str]) -> None:
    for record in records:
        for pattern in patterns:
            record = pattern.sub("***MASKED***", record)  # noqa: PLW2901 - what a naive masker does


def cpu_s(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def medians(works: dict[object, Callable[[], object]], samples: int = SAMPLES) -> dict[object, float]:
    """Return the median CPU seconds of each piece of work; the samples of all of them take turns."""
    taken: dict[object, list[float]] = {name: [] for name in works}
    for _, (name, work) in itertools.product(range(samples), works.items()):
        taken[name].append(cpu_s(work))
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def size_bytes(records: list[str]) -> int:
    return sum(len(record.encode()) for record in records)


def shapes_table(masker: Masker, patterns: list[re.Pattern[str]]) -> tuple[float, float]:
    """Print the table of shapes; return the nanoseconds a byte of a clean and of a hit record costs on average."""
    samples = {(shape, share): records_of(shape, share) for shape in SHAPES for share in SHARES}
    works: dict[object, Callable[[], object]] = {
        key: lambda records=records: [masker.mask_text(record) for record in records]
        for key, records in samples.items()
    }
    naive = {key: records[:NAIVE_RECORDS] for key, records in samples.items() if key[1] in {0, 100}}
    for key, records in naive.items():
        works[key, "naive"] = lambda records=records: substitute_all(patterns, records)
    taken = medians(works)
    print(f"{'shape':15} {'hits':>5} {'MB/s':>7} {'records/s':>10} {'x 40 sub':>9}")
    totals: dict[int, list[float]] = {share: [0.0, 0.0] for share in SHARES}
    for (shape, share), records in samples.items():
        clean, hit = (taken[(shape, end), "naive"] / NAIVE_RECORDS for end in (0, 100))
        naive_s = (clean * (100 - share) + hit * share) / 100 * RECORDS
        seconds = taken[shape, share]
        totals[share][0] += naive_s
        totals[share][1] += seconds
        speed = f"{size_bytes(records) / 1e6 / seconds:7.1f} {RECORDS / seconds:10,.0f} {naive_s / seconds:9.1f}"
        print(f"{shape:15} {share:4d}% {speed}")
    for share, (naive_s, seconds) in totals.items():
        print(f"{'all shapes':15} {share:4d}% {'':18} {naive_s / seconds:9.1f}")
    return tuple(  # type: ignore[return-value]
        sum(taken[shape, share] for shape in SHAPES) / sum(size_bytes(samples[shape, share]) for shape in SHAPES) * 1e9
        for share in (0, 100)
    )


def hostile_table(masker: Masker, clean_ns: float, hit_ns: float) -> None:
    texts = {unit: unit * (HOSTILE_CHARS // len(unit)) for unit in HOSTILE}
    taken = medians({unit: lambda text=text: masker.mask_text(text) for unit, text in texts.items()}, 1)
    print(f"\nordinary records: {clean_ns:.0f} ns/byte clean, {hit_ns:.0f} ns/byte hit")
    print(f"{'hostile unit':32} {'ns/byte':>8} {'x a hit record':>15}")
    for unit, seconds in sorted(taken.items(), key=lambda item: -item[1] / len(texts[item[0]].encode())):
        cost = seconds / len(texts[unit].encode()) * 1e9
        print(f"{unit!a:32} {cost:8.0f} {cost / hit_ns:15.1f}")


def invocation_table(masker: Masker) -> None:
    policy = default_policy()
    event, size, records = make_event()

    def job(mask_text: Callable[..., tuple[MaskedText, dict[str, int]]]) -> Callable[[], object]:
        return lambda: plan(
            event, policy=policy, mask_text=mask_text, region="ap-northeast-2", environment="bench", limit_bytes=10**8
        )

    works: dict[object, Callable[[], object]] = {
        "masked": job(masker.mask_text),
        "not masked": job(lambda text, _service, _group: (MaskedText(text), {})),
        "compile": lambda: Masker(policy),
    }
    taken = medians(works)
    print(f"\ncompile the packaged policy: {taken['compile'] * 1000:.1f} ms")
    print(f"forward_errors, {records} records, {size / 1e6:.1f} MB: {taken['masked'] * 1000:.0f} ms CPU")
    print(f"without masking: {taken['not masked'] * 1000:.0f} ms; ", end="")
    print(f"masking is {1 - taken['not masked'] / taken['masked']:.0%} of the invocation")


def substitutions() -> Iterator[re.Pattern[str]]:
    for rule in default_policy().section("masking")["rules"]:
        if rule["kind"] == "pattern" and not rule.get("optional"):
            yield re.compile("{}(?:{})".format(*leading_flags(rule["pattern"])), re.ASCII)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profile", choices=SHAPES, help="print where the time of hit records of one shape goes")
    arguments = parser.parse_args()
    cold_s = cpu_s(lambda: Masker(default_policy()))
    masker = Masker(default_policy())
    if arguments.profile:
        with cProfile.Profile() as profile:
            for record in records_of(arguments.profile, 100):
                masker.mask_text(record)
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
        return
    print(f"first masker of the process, policy read and compiled: {cold_s * 1000:.1f} ms\n")
    clean_ns, hit_ns = shapes_table(masker, [*substitutions()][:40])
    hostile_table(masker, clean_ns, hit_ns)
    invocation_table(masker)


if __name__ == "__main__":
    main()
