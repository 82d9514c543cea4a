"""Sentry is killed in the middle: every error arrives once it is back, none is lost, none is there twice."""

import time
from collections import Counter

import pytest

from logrouter_local.books import read_books
from logrouter_local.feeding import finished
from logrouter_local.findings import delivered_keys, queue_depths
from logrouter_local.leaks import find_leaks
from logrouter_local.progress import Progress

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

GROUP, STREAM = "/aws/ecs/gateway/application", "gateway/gateway/outage"
BEFORE, DURING = range(30), range(30, 60)


def message(number: int) -> str:
    return f'{{"level":"error","msg":"outage probe {number:03d} failed","serviceId":"gateway","userId":"u-{number}"}}'


def put(stack, numbers) -> None:
    now_ms = int(time.time() * 1000)
    events = [{"timestamp": now_ms + number, "message": message(number)} for number in numbers]
    stack.aws("logs").put_log_events(logGroupName=GROUP, logStreamName=STREAM, logEvents=events)


def put_and_wait(stack, numbers) -> None:
    """Write and wait until the invocation ended, so that what follows is known to come after it."""
    ended = finished(stack, "forward_errors")
    put(stack, numbers)

    def look() -> tuple[bool, str]:
        return finished(stack, "forward_errors") > ended, f"{ended} invocations"

    Progress().follow("Sentry is down", look, within_s=90, check=stack.supervisor.check)


def probes(stack) -> Counter[str]:
    """Count the probes in Sentry by their message."""
    found = Counter()
    for issue in stack.sentry.issues():
        for event in stack.sentry.events(issue["id"]):
            text = str(stack.sentry.event_data(event["id"]))
            found.update(f"{n:03d}" for n in (*BEFORE, *DURING) if f"outage probe {n:03d} failed" in text)
    return found


def test_every_error_arrives_once_after_an_outage(stack, outcome):
    """Sixty errors, Sentry killed while they come: queued masked, delivered after the restart, each exactly once."""
    stack.aws("logs").create_log_stream(logGroupName=GROUP, logStreamName=STREAM)
    stored_before = stack.sentry.stored_events()

    for start in range(0, len(BEFORE), 5):
        put(stack, BEFORE[start : start + 5])
    stack.sentry.kill(stack.supervisor)
    for start in range(0, len(DURING), 5):
        put_and_wait(stack, DURING[start : start + 5])
    queued = queue_depths(stack)["ForwardErrorsRetryQueue"]
    leaks, _ = find_leaks(stack)
    stack.sentry.start(stack.supervisor)

    def arrived() -> tuple[bool, str]:
        waiting = queue_depths(stack)["ForwardErrorsRetryQueue"]
        stored = stack.sentry.stored_events() - stored_before
        wanted = len(BEFORE) + len(DURING)
        return waiting == 0 and stored >= wanted, f"{stored} of {wanted} in Sentry, {waiting} queued"

    Progress().wait("Sentry is back", arrived, within_s=240, check=stack.supervisor.check)
    time.sleep(2)

    assert queued > 0
    assert leaks == outcome.leaks
    assert probes(stack) == Counter({f"{number:03d}": 1 for number in (*BEFORE, *DURING)})
    assert stack.sentry.stored_events() == delivered_keys(stack)["sentry"]
    assert all(books.is_balanced for books in read_books(stack, "forward_errors").values())
    assert queue_depths(stack)["ForwardErrorsDeadLetters"] == 0
