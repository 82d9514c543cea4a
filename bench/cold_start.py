"""What the first event of a fresh process costs: trace_llm beside a function that does the same with the stock SDK.

Run: python bench/cold_start.py [--runs 15]

The event: one payload of ten LLM calls in the canonical form, whose costs are to be looked up. Each run is a process of
its own; the kinds take turns. `import` ends when the handler could be called, `first call` when the server has
acknowledged. The function with the stock SDK decodes the payload, tells each record as a generation and flushes: no
masking, no policy, no books, no start times. All send to a server on the loopback that answers 200.
"""

import argparse
import base64
import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from sink import running

ROOT = Path(__file__).parents[1]
CALLS = 10

BARE = "import time; began = time.perf_counter(); print(0, 0, time.process_time(), 0)"
OURS = """
import json, sys, time
began = time.perf_counter()
from functions.trace_llm.app import handler
ready = time.perf_counter()
event = json.load(open(sys.argv[1]))
out, sys.stdout = sys.stdout, open("/dev/null", "w")
tally = handler(event, None)
done = time.perf_counter()
sys.stdout = out
assert tally["delivered"] == 10, tally
print(ready - began, done - ready, time.process_time(), len(sys.modules))
"""
STOCK = """
PRICES = False
import base64, gzip, json, sys, time
began = time.perf_counter()
import os
from langfuse import Langfuse
if PRICES:
    from genai_prices import Usage, calc_price
client = Langfuse(public_key="pk", secret_key="sk", base_url=os.environ["LANGFUSE_HOST"], timeout=30)
def handler(event, context):
    for each in json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))["logEvents"]:
        call = json.loads(each["message"])
        told = client.start_observation(
            name="llm", as_type="generation", model=call["model"], input=call["prompt"], output=call["response"],
            usage_details={"input": call["prompt_tokens"], "output": call["completion_tokens"]},
            trace_context={"trace_id": client.create_trace_id(seed=call["requestId"])},
            cost_details={"total": float(calc_price(
                Usage(input_tokens=call["prompt_tokens"], output_tokens=call["completion_tokens"]), call["model"]
            ).total_price)} if PRICES else None,
        )
        told.end()
    client.flush()
ready = time.perf_counter()
event = json.load(open(sys.argv[1]))
handler(event, None)
done = time.perf_counter()
print(ready - began, done - ready, time.process_time(), len(sys.modules))
"""
KINDS = {
    "a bare interpreter": BARE,
    "trace_llm": OURS,
    "trace_llm, costs stated, unchecked": OURS,
    "langfuse SDK": STOCK,
    "langfuse SDK and genai-prices": STOCK.replace("PRICES = False", "PRICES = True"),
}
UNCHECKED = {"version": "1", "llm": {"cost_check": {"enabled": False}}}


def event(*, stated: bool) -> dict[str, object]:
    lines = [
        {
            "type": "llm",
            "model": "gpt-4o-mini",
            "requestId": f"req-{number}",
            "prompt": f"where is order {number}?",
            "response": "on its way",
            "prompt_tokens": 12,
            "completion_tokens": 5,
            "latency_ms": 420,
            **({"total_cost": 0.0001} if stated else {}),
        }
        for number in range(CALLS)
    ]
    events = [
        {"id": f"{at:056d}", "timestamp": 1_795_140_000_000 + at, "message": json.dumps(line)}
        for at, line in enumerate(lines)
    ]
    head = {"messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "/aws/ecs/chat/llm"}
    document = {**head, "logStream": "chat/1", "subscriptionFilters": ["x"], "logEvents": events}
    return {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(document).encode())).decode()}}


def run(name: str, url: str, folder: Path) -> tuple[float, ...]:
    """Return milliseconds of import, of the first call and of CPU in all, and how many modules were loaded."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANGFUSE_HOST": url, "NO_PROXY": "127.0.0.1"}
    environment |= {"LANGFUSE_PUBLIC_KEY": "pk", "LANGFUSE_SECRET_KEY": "sk", "AWS_REGION": "us-east-1"}
    is_stated = "stated" in name
    if is_stated:
        environment["POLICY_FILE"] = str(folder / "policy.json")
    path = folder / f"{is_stated}.json"
    done = subprocess.run(
        [sys.executable, "-c", KINDS[name], str(path)], env=environment, capture_output=True, text=True, check=True
    )
    ready, called, cpu, modules = (float(each) for each in done.stdout.split())
    return ready * 1000, called * 1000, cpu * 1000, modules


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    seen: dict[str, list[tuple[float, ...]]] = {name: [] for name in KINDS}
    with tempfile.TemporaryDirectory() as directory, running() as sink:
        folder = Path(directory)
        (folder / "policy.json").write_text(json.dumps(UNCHECKED))
        for is_stated in (False, True):
            (folder / f"{is_stated}.json").write_text(json.dumps(event(stated=is_stated)))
        for _ in range(runs):
            for name in KINDS:
                seen[name].append(run(name, sink.url, folder))
    for name, found in seen.items():
        ready, called, cpu, modules = (statistics.median(each) for each in zip(*found, strict=True))
        print(
            f"{name:32} import {ready:5.0f} ms, first call {called:5.0f} ms, together {ready + called:5.0f} ms,"
            f" CPU {cpu:5.0f} ms, {modules:4.0f} modules"
        )


if __name__ == "__main__":
    main()
