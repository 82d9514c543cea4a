"""Five thousand errors while Sentry limits, fails, hangs, resets and is killed: each is there once, and the books balance."""

import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from logrouter_local.progress import Progress
from tests.e2e.applications import Sent, large_error, many_errors
from tests.e2e.fault_proxy import FATES, FaultProxy
from tests.e2e.lambda_service import Environment, LambdaService

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

SEED = int(os.environ.get("LOGROUTER_E2E_SEED") or random.SystemRandom().randrange(1, 10**6))
ERRORS = int(os.environ.get("LOGROUTER_E2E_ERRORS") or 5_000)
CRASHES = 4
LARGEST_BYTES = 1_700

PATIENT = Environment(10, {"DEADLINE_RESERVE_MS": "4000"})
HASTY = Environment(2, {"DEADLINE_RESERVE_MS": "0"})
"""Too little time and none of it kept for handing over: where Sentry hangs, Lambda ends it in the middle of its work."""


@dataclass(frozen=True)
class Ran:
    """What a run came to: the payloads sent, what invoked the function, what failed on purpose, what Sentry holds."""

    sent: Sequence[Sent]
    service: LambdaService
    proxy: FaultProxy
    stored: Sequence[dict]

    @property
    def cases(self) -> Counter[int]:
        """How often each error is in Sentry, by its number."""
        return Counter(number for event in self.stored for number in cases_of(event))


def run(tenant, functions, proxy: FaultProxy, sent: Sequence[Sent], environments, *, death, crashes: int) -> Ran:
    """Send payloads to the function while Sentry fails; return once nothing is on its way any more."""
    print(f"seed {SEED}: {len(sent)} payloads (LOGROUTER_E2E_SEED={SEED} repeats it)")
    variables = tenant.variables | {"SENTRY_DSN": proxy.dsn(tenant.dsn), "RETRY_FIRST_WAIT_S": "1"}
    sqs, sentry = tenant.stack.aws("sqs"), tenant.stack.sentry
    function = functions["ForwardErrors"]
    with LambdaService(function, variables, sqs, tenant.retry_queue, environments, death) as service:
        for number, payload in enumerate(sent):
            service.send(payload.event, number)
        crash_and_wait(tenant, service, proxy, crashes, errors=sum(len(payload.errors) for payload in sent))
    wait("Bugsink digests", tenant, lambda: (sentry.backlog() == 0, f"{sentry.backlog()} events"))
    print(f"faults: {dict(proxy.fates)}\ninvocations: {dict(service.outcomes)}\ncodes: {dict(service.codes)}")
    for source, books in service.books.items():
        print(f"{source}: {books}")
    return Ran(sent, service, proxy, sentry.stored(tenant.project))


def crash_and_wait(tenant, service: LambdaService, proxy: FaultProxy, crashes: int, *, errors: int) -> None:
    """Crash Sentry at moments that the seed chooses; return once all is delivered."""
    luck = random.Random(f"{SEED}/crashes")
    moments = sorted(luck.randrange(errors // 20, errors * 9 // 10) for _ in range(crashes))

    def look() -> tuple[bool, str]:
        stored = proxy.passed_on.total()
        if moments and stored >= moments[0]:
            del moments[0]
            tenant.stack.sentry.crash(tenant.stack.supervisor, tenant.project)
            time.sleep(luck.uniform(0.5, 3))
            tenant.stack.sentry.start(tenant.stack.supervisor)
        waiting = service.waiting
        return waiting == 0, f"{stored} passed on, {waiting} waiting, {len(moments)} crashes to come"

    wait("errors on their way", tenant, look)


def wait(what: str, tenant, look: Callable[[], tuple[bool, str]]) -> None:
    Progress().wait(what, look, within_s=800, check=tenant.stack.supervisor.check)


def cases_of(event: dict) -> set[int]:
    """Return the numbers of the errors that an event speaks of: one, if all is well."""
    values = event.get("exception", {}).get("values", [])
    said = [event["logentry"]["formatted"], *(value.get("value") or "" for value in values)]
    return {int(number) for text in said for number in re.findall(r"case (\d+)", text)}


def ledger_of(tenant) -> Counter[str]:
    """Count the deliveries in the ledger by what became of them."""
    pages = tenant.stack.aws("dynamodb").get_paginator("scan").paginate(TableName=tenant.ledger)
    items = [item for page in pages for item in page["Items"] if item["pk"]["S"].startswith("sentry/")]
    return Counter(item["fate"]["S"] for item in items)


def killed_at_times(name: str) -> float | None:
    """Let one payload in six and one batch in forty run out of memory, somewhere in the first two seconds."""
    luck = random.Random(f"{SEED}/{name}")
    return luck.uniform(0, 2) if luck.random() < (1 / 6 if name.startswith("payload") else 1 / 40) else None


def test_every_error_is_there_once_whatever_happens(stack, functions, tenant):
    """Sentry fails in every way and is killed four times, functions die of memory and time: nothing lost, nothing twice."""
    sent = list(many_errors(ERRORS, seed=SEED, at_ms=int(time.time() * 1000) - 4_000_000))

    with FaultProxy(stack.ports.sentry, seed=SEED, faulty=0.16) as proxy:
        environments = (PATIENT, PATIENT, PATIENT, HASTY)
        ran = run(tenant, functions, proxy, sent, environments, death=killed_at_times, crashes=CRASHES)

    assert ran.cases == Counter(range(1, ERRORS + 1))
    assert len({event["event_id"] for event in ran.stored}) == len(ran.stored) == ERRORS
    assert (tenant.dead(), ran.service.exhausted, ran.service.faults) == (0, [], [])
    assert ledger_of(tenant) == {"delivered": ERRORS}
    assert {"server down", *FATES} <= set(proxy.fates)
    assert {"Runtime.ExitError", "Sandbox.Timedout"} <= {name.partition(": ")[2] for name in ran.service.outcomes}
    assert_books(ran)


def assert_books(ran: Ran) -> None:
    """Every invocation balanced, and all of them together do, but for what the dead could not tell any more.

    In log events. What a dead invocation delivered is told by a later one, as a duplicate; what it handed over is
    received from the queue though nobody booked it: so more may come out of the queue than the books put in.
    """
    books = ran.service.books.values()
    wanted = sum(payload.log_events - payload.quiet for payload in ran.sent)
    delivered, handed_over = sum(each.delivered for each in books), sum(each.handed_over for each in books)
    dropped = sum((each.dropped for each in books), Counter())
    assert all(each.is_balanced for each in books)
    assert dropped.keys() == {"duplicate", "not_selected"}
    assert 0 <= wanted - delivered <= dropped["duplicate"]
    assert ran.service.books["retry"].received >= handed_over


def test_the_books_are_exact_while_no_function_dies(stack, functions, tenant):
    """Sentry fails and crashes once: each log event is told exactly once, as delivered or as too large in its least form."""
    at_ms = int(time.time() * 1000) - 4_000_000
    large = [large_error(401, at_ms=at_ms), large_error(402, at_ms=at_ms), large_error(403, at_ms=at_ms, frames=0)]
    sent = [*many_errors(400, seed=SEED, at_ms=at_ms), *large]
    quick = {fate: weight for fate, weight in FATES.items() if "ing" not in fate}

    with FaultProxy(stack.ports.sentry, seed=SEED, faulty=0.16, largest_bytes=LARGEST_BYTES, weights=quick) as proxy:
        ran = run(tenant, functions, proxy, sent, (PATIENT, PATIENT), death=lambda _: None, crashes=1)

    books, retried = ran.service.books["subscription"], ran.service.books["retry"]
    quiet = sum(payload.quiet for payload in sent)
    assert ran.cases == Counter(range(1, 403))
    assert {min(cases_of(event)) for event in ran.stored if "logrouter.trimmed" in event["tags"]} == {401, 402}
    assert (tenant.dead(), ran.service.exhausted, ran.service.faults) == (0, [], [])
    assert books.received == sum(payload.log_events for payload in sent)
    assert books.dropped + retried.dropped == {"not_selected": quiet, "oversize_record": 1}
    assert books.delivered + retried.delivered == books.received - quiet - 1
    assert books.handed_over + retried.handed_over == retried.received
    assert ledger_of(tenant) == {"delivered": 402}
