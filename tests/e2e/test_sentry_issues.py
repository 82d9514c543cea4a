"""What Sentry makes of errors that come again, from several runtimes and in later releases: ids and issues as they should be."""

import json
import re
import uuid
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from logrouter_local.progress import Progress
from logrouter_local.rie import Emulator
from tests.e2e.applications import subscription, wrapped

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

TRACES = Path(__file__).parents[1] / "samples" / "traces"
AT_MS = 1795140000000

FAULTS = {
    "python": {"refused": ("python/cause-3.9.txt", "python/cause-3.13.txt"), "broken": ("python/simple-3.13.txt",)},
    "node": {"refused": ("node/cause.txt",), "broken": ("node/uncaught.txt",)},
    "java": {"refused": ("java/cause.txt",), "broken": ("java/uncaught.txt",)},
    "go": {"refused": ("go/error_value.txt",), "broken": ("go/index.txt",)},
}
"""Runtime to fault to what programs really wrote about it; where two interpreters did, a later release runs on the newer."""

LINE = {
    "python": r"(?<=, line )\d+",
    "node": r"(?<=\.js:)\d+(?=:\d+\))",
    "java": r"(?<=\.java:)\d+",
    "go": r"(?<=\.go:)\d+",
}
"""Where a runtime's traces name a line."""

RELEASES = ("1.4.0", "1.5.0", "2.0.0")


def logged(runtime: str, fault: str, text: str, release: str, *, shift: int) -> str:
    """Write a record as the service would: the trace with its lines moved down, a request id of its own."""
    moved = re.sub(LINE[runtime], lambda line: str(int(line[0]) + shift), text)
    facts = {"level": "error", "msg": "request failed", "serviceId": f"checkout-{runtime}", "version": release}
    facts |= {"requestId": str(uuid.uuid4()), "path": "/checkout", "component": fault}
    return json.dumps(facts | {"stack": moved}, ensure_ascii=False)


def payload(group: str, *messages: str) -> dict:
    events = [{"id": uuid.uuid4().hex, "timestamp": AT_MS + at, "message": text} for at, text in enumerate(messages)]
    return wrapped(subscription(group, f"stream/{uuid.uuid4().hex}", events))


def wait_for(stack, project: int, count: int) -> list[dict]:
    """Return what is stored once so many events are, and nothing is left to digest."""

    def look() -> tuple[bool, str]:
        stored, backlog = stack.sentry.stored_events(project), stack.sentry.backlog()
        return stored >= count and backlog == 0, f"{stored} of {count} events"

    Progress().wait("waiting for Sentry", look, within_s=120, check=stack.supervisor.check)
    return stack.sentry.stored(project)


def test_forty_ids_sent_three_times_are_stored_once(stack, functions, tenant):
    """The ledger keeps a repeat from being sent; with the ledger lost, ids made of the log event keep it from counting."""
    messages = [f'{{"level":"error","msg":"parcel {n} is lost","serviceId":"parcels"}}' for n in range(40)]
    event = payload("/aws/ecs/parcels/application", *messages)

    with Emulator(functions["ForwardErrors"], tenant.variables) as emulator:
        first = emulator.invoke(event).result
        again = emulator.invoke(event).result
        tenant.empty_ledger()
        without_ledger = emulator.invoke(event).result
    stored = wait_for(stack, tenant.project, 40)

    assert (first["delivered"], again["dropped"], without_ledger["delivered"]) == (40, {"duplicate": 40}, 40)
    assert len({event["event_id"] for event in stored}) == len(stored) == 40
    assert [issue["stored_event_count"] for issue in stack.sentry.issues(tenant.project)] == [40]


def test_one_issue_a_runtime_and_fault_whatever_the_release(stack, functions, tenant):
    """Four runtimes, two faults, three releases with other line numbers: eight issues, each with all its releases."""
    with Emulator(functions["ForwardErrors"], tenant.variables) as emulator:
        for runtime, faults in FAULTS.items():
            for fault, texts in faults.items():
                files = [(TRACES / name).read_text() for name in texts]
                messages = [
                    logged(runtime, fault, files[at % len(files)], release, shift=at * 17)
                    for at, release in enumerate(RELEASES)
                ]
                done = emulator.invoke(payload(f"/aws/ecs/checkout-{runtime}/application", *messages))
                assert done.result["delivered"] == len(RELEASES)
    stored = wait_for(stack, tenant.project, 8 * len(RELEASES))

    issues = defaultdict(list)
    for event in stored:
        issues[event["issue"]].append(event)
    assert len(issues) == 8
    for events in issues.values():
        faults = {(event["platform"], event["tags"]["service"], event["tags"]["component"]) for event in events}
        [(_, service, _)] = faults
        assert {event["release"] for event in events} == {f"{service}@{release}" for release in RELEASES}
        assert len({event["tags"]["request_id"] for event in events}) == len(RELEASES)
    assert Counter(events[0]["platform"] for events in issues.values()) == dict.fromkeys(FAULTS, 2)


def test_timeouts_join_by_function(stack, functions, tenant):
    """Each is one event, though two lines tell of it; those of one function are one issue, of another another's."""

    def timed_out(function: str, seconds: str) -> dict:
        request, at = str(uuid.uuid4()), "2026-11-20T01:18:10.400Z"
        return payload(
            f"/aws/lambda/{function}",
            f"START RequestId: {request} Version: $LATEST\n",
            f"{at} {request} Task timed out after {seconds} seconds\n\n",
            f"END RequestId: {request}\n",
            f"REPORT RequestId: {request}\tDuration: {float(seconds) * 1000:.2f} ms\tBilled Duration: 3000 ms\t"
            "Memory Size: 128 MB\tMax Memory Used: 71 MB\tStatus: timeout\n",
        )

    with Emulator(functions["ForwardErrors"], tenant.variables) as emulator:
        done = [
            emulator.invoke(timed_out(*each)).result
            for each in [("orders-fn", "3.00"), ("orders-fn", "30.03"), ("mails-fn", "3.00")]
        ]
    stored = wait_for(stack, tenant.project, 3)

    issues = Counter((event["issue"], event["tags"]["log_group"]) for event in stored)
    assert [result["delivered"] for result in done] == [2, 2, 2]
    assert {group: count for (_, group), count in issues.items()} == {
        "/aws/lambda/mails-fn": 1,
        "/aws/lambda/orders-fn": 2,
    }
    assert len(issues) == 2
