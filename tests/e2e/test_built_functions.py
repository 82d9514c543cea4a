"""The built artifacts run under the Runtime Interface Emulator: alone with their layer, against the running stack."""

import json
import time
import uuid
from datetime import UTC, datetime

import pytest

from logrouter_local import samples
from logrouter_local.feeding import write
from logrouter_local.findings import queue_depths, read_archive
from logrouter_local.progress import Progress
from logrouter_local.rie import Emulator

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

PAYLOADS = {
    "ForwardErrors": "forward_errors/gateway",
    "TraceLlm": "trace_llm/canonical",
    "GovernLogGroups": "govern_log_groups/create_log_group",
    "Notify": "notify/alarm",
    "ReplayFailed": "replay_failed/schedule",
}


def fresh(name: str) -> dict:
    """Return a sample whose log events have ids nobody has seen, at times near now."""
    event = samples.render(name, at_ms=int(time.time() * 1000) - 3_900_000)
    for item in event.get("logEvents", ()):
        item["id"] = uuid.uuid4().hex
    return event


def fates(tally: dict) -> int:
    return tally["delivered"] + tally["handed_over"] + sum(tally["dropped"].values())


@pytest.mark.parametrize(("function", "sample"), PAYLOADS.items())
def test_a_built_function_answers_its_event(stack, outcome, functions, function, sample):
    """The function imports with what it ships, does its work and returns its tally (governance: its counts)."""
    with Emulator(functions[function], stack.variables(function)) as emulator:
        done = emulator.invoke(fresh(sample))

    assert done.error is None, done.error
    if function == "GovernLogGroups":
        assert done.result["failed"] == 0
    else:
        assert done.result["received"] == fates(done.result)
        assert done.result["balanced"] is True


def test_a_built_forwarder_delivers(stack, outcome, functions):
    """Under the emulator forward_errors reaches Sentry as it does deployed: every error of the sample is stored."""
    before = stack.sentry.stored_events()
    with Emulator(functions["ForwardErrors"], stack.variables("ForwardErrors")) as emulator:
        done = emulator.invoke(fresh("forward_errors/gateway"))

    assert done.result["delivered"] > 0
    wait_for_events(stack, before + 1)
    assert stack.sentry.stored_events() > before


def test_a_hanging_sentry_is_survived_by_handing_over(stack, outcome, functions, black_hole):
    """Sentry takes the connection and never answers: before its timeout the function hands over, and nothing is lost."""
    variables = stack.variables("ForwardErrors") | {"SENTRY_DSN": f"http://key@{black_hole}/1", "SENTRY_SECRET_ARN": ""}
    before = stack.sentry.stored_events()
    with Emulator(functions["ForwardErrors"], variables, timeout_s=20) as emulator:
        done = emulator.invoke(fresh("forward_errors/gateway"))

    assert done.error is None, done.error
    assert done.duration_ms < 20_000
    assert done.result["handed_over"] > 0
    assert done.result["delivered"] == 0
    assert done.result["balanced"] is True
    wait_for_events(stack, before + 1)
    wait_for_empty_queue(stack)


def test_a_timeout_is_survived_by_replaying(stack, outcome, functions, black_hole):
    """Everything hangs and Lambda ends the invocation; the payload it kept is replayed and every error arrives once.

    The embedded AWS has no on-failure destination in S3, so the test writes the object that Lambda would.
    """
    event = fresh("forward_errors/gateway")
    with Emulator(functions["ForwardErrors"], stack.variables("ForwardErrors"), timeout_s=20) as emulator:
        wanted = emulator.invoke({**event, "logEvents": [{**e, "id": uuid.uuid4().hex} for e in event["logEvents"]]})
    before = wait_until_still(stack)

    hanging = stack.variables("ForwardErrors") | {"AWS_ENDPOINT_URL": f"http://{black_hole}"}
    with Emulator(functions["ForwardErrors"], hanging, timeout_s=2) as emulator:
        died = emulator.invoke(event)
    keep_as_lambda_would(stack, event)
    replayed = stack.invoke("ReplayFailed", {})

    assert died.timed_out
    assert died.error["errorMessage"] == "Task timed out after 2.00 seconds"
    assert replayed["delivered"] == 1
    wait_for_events(stack, before + wanted.result["delivered"])
    assert wait_until_still(stack) == before + wanted.result["delivered"]
    assert stack.aws("s3").list_objects_v2(Bucket=stack.outputs["FailedBucketName"])["KeyCount"] == 0


def test_the_archive_functions_seal_a_window_hand_in_hand(stack, outcome, functions):
    """Plan, window and verify, each run built, take new events of a group into the proven archive."""
    group, stream = "/aws/ecs/order-service/application", "order/order-service/built"
    now_ms = int(time.time() * 1000)
    stack.aws("logs").create_log_stream(logGroupName=group, logStreamName=stream)
    write(stack, group, stream, [{"timestamp": now_ms - n, "message": f"built probe {n}"} for n in range(1, 6)])
    time.sleep(1)
    request = {"groups": [group], "from": iso(outcome.fed.until_ms), "until": iso(now_ms)}

    windows = run(stack, functions, "ArchivePlan", request)["windows"]
    compacted = [run(stack, functions, "ArchiveWindow", window) for window in windows]
    sealed = [run(stack, functions, "ArchiveVerify", window) for window in compacted]
    archived = read_archive(stack)

    assert [each["state"] for each in compacted] == ["compacted"] * len(windows)
    assert [each["state"] for each in sealed] == ["sealed"] * len(windows)
    assert sum(each["tally"]["delivered"] for each in compacted) == 5
    assert archived.events[group] == outcome.fed.events_of(group) + 5
    assert archived.faults == []


def run(stack, functions, name: str, event: dict) -> dict:
    with Emulator(functions[name], stack.variables(name)) as emulator:
        done = emulator.invoke(event)
    assert done.error is None, done.error
    return done.result


def iso(epoch_ms: int) -> str:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="milliseconds")


def keep_as_lambda_would(stack, event) -> None:
    arn = stack.outputs["ForwardErrorsArn"]
    context = {"requestId": str(uuid.uuid4()), "functionArn": arn, "condition": "RetriesExhausted"}
    body = {"version": "1.0", "requestContext": context | {"approximateInvokeCount": 3}, "requestPayload": event}
    stack.aws("s3").put_object(
        Bucket=stack.outputs["FailedBucketName"],
        Key=f"aws/lambda/async/{stack.functions['ForwardErrors']}/2026/11/20/{uuid.uuid4()}",
        Body=json.dumps(body).encode(),
    )


def wait_for_events(stack, count: int) -> None:
    def look() -> tuple[bool, str]:
        stored = stack.sentry.stored_events()
        return stored >= count, f"{stored} of {count} events in Sentry"

    Progress().wait("waiting for Sentry", look, within_s=180, check=stack.supervisor.check)


def wait_for_empty_queue(stack) -> None:
    def look() -> tuple[bool, str]:
        depth = queue_depths(stack)["ForwardErrorsRetryQueue"]
        return depth == 0, f"{depth} messages in the retry queue"

    Progress().wait("waiting for the retry queue", look, within_s=180, check=stack.supervisor.check)


def wait_until_still(stack) -> int:
    """Return the number of events in Sentry once it has not changed for three seconds."""
    count, since = stack.sentry.stored_events(), time.monotonic()
    while time.monotonic() - since < 3:
        time.sleep(0.5)
        found = stack.sentry.stored_events()
        if found != count:
            count, since = found, time.monotonic()
    return count
