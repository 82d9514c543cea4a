"""Contract 5, exactly-once effect: ids, times and bytes are functions of the log event, whoever asks and whenever."""

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.contract_world import awslogs, document, kinesis, llm_line, planted_line

PROGRAM = """
import hashlib, importlib, json, sys
from logrouter.masking import Masker
from logrouter.policy.load import default_policy
events = json.load(sys.stdin)
policy, masker = default_policy(), Masker(default_policy())
for name, found in events.items():
    job = importlib.import_module(f"logrouter.jobs.{name}")
    for event in found:
        plan = job.plan(event, policy=policy, mask_text=masker.mask_text, region="r", environment="e", limit_bytes=10**8)
        print(json.dumps([[d.route, d.keys, d.lines, hashlib.sha256(d.body).hexdigest()] for d in plan.deliveries]))
"""
EVENTS = {
    "forward_errors": [
        awslogs(document(*[planted_line(at) for at in range(3)])),
        kinesis(document(planted_line(7), first=70), document("Traceback (most recent call last):", "  x", "E: y")),
    ],
    "trace_llm": [awslogs(document(*[llm_line(at) for at in range(3)], logGroup="/aws/ecs/shop/llm"))],
}


def planned(seed: str, zone: str) -> list[str]:
    """Plan the events in a process of its own: other hash seed, other time zone, other moment."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONHASHSEED": seed, "TZ": zone},
        input=json.dumps(EVENTS),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.splitlines()


def test_the_same_event_gives_the_same_bytes_in_every_process():
    """Contract 5: neither hash seed nor time zone nor clock nor process shows in a single byte or id."""
    here, there = planned("1", "UTC"), planned("4242", "Asia/Seoul")

    assert len(here) == 3
    assert all(json.loads(line) for line in here)
    assert here == there


@pytest.mark.parametrize("field", ["owner", "logGroup", "logStream"])
def test_ids_tell_origins_apart(function, field):
    """Contract 5: equal event ids of another account, group or stream are other events."""
    from logrouter.jobs.forward_errors import plan
    from logrouter.masking import Masker
    from logrouter.policy.load import default_policy

    policy = default_policy()
    masker = Masker(policy)
    plain = {"owner": "123456789012", "logGroup": "/aws/ecs/a/errors", "logStream": "s/1"}
    other = {"owner": "210987654321", "logGroup": "/aws/ecs/b/errors", "logStream": "s/2"}

    keys = [
        plan(
            document(planted_line(), **names),
            policy=policy,
            mask_text=masker.mask_text,
            region="r",
            environment="e",
            limit_bytes=10**8,
        )
        .deliveries[0]
        .keys
        for names in (plain, plain, plain | {field: other[field]})
    ]

    assert keys[0] == keys[1]
    assert keys[0] != keys[2]
