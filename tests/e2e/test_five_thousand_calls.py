"""Five thousand LLM calls while Langfuse limits, refuses, fails, hangs, resets and goes away: each is there once."""

import os
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

import pytest

from logrouter_local.langfuse_receiver import LangfuseReceiver
from logrouter_local.otlp_rules import attributes_of, parsed
from logrouter_local.places import aws_environment
from logrouter_local.progress import Progress
from logrouter_local.receiving import Fault
from tests.e2e.fault_proxy import FATES, FaultProxy
from tests.e2e.lambda_service import Environment, LambdaService
from tests.e2e.llm_applications import LlmPayload, large_call, many_calls

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

SEED = int(os.environ.get("LOGROUTER_E2E_SEED") or random.SystemRandom().randrange(1, 10**6))
CALLS = int(os.environ.get("LOGROUTER_E2E_CALLS") or 5_000)
OUTAGES = 4
LARGEST_BYTES = 3_000
"""Of a request on the wire: enough for some of the payloads, too little for others."""

LIMITS = ({"Retry-After": "1"}, {"Retry-After": "1", "X-RateLimit-Remaining": "0"}, {})
PATIENT = Environment(10, {"DEADLINE_RESERVE_MS": "4000"})
HASTY = Environment(2, {"DEADLINE_RESERVE_MS": "0"})
"""Too little time and none of it kept for handing over: where Langfuse hangs, Lambda ends it in the middle of its work."""

REFUSED_FIRST = 2
"""Whole exports that the server answers with 400 at first: their halves are taken."""


@dataclass(frozen=True)
class Ran:
    """What a run came to: the payloads sent, what invoked the function, what failed on purpose, what the server has."""

    sent: Sequence[LlmPayload]
    service: LambdaService
    proxy: FaultProxy
    langfuse: LangfuseReceiver

    @property
    def cases(self) -> Counter[int]:
        """How many observations tell of each call, by its number."""
        return Counter(case_of(entry.span) for entry in self.langfuse.stored.values())

    @property
    def cost(self) -> Decimal:
        """US dollars of all observations, each counted once, as Langfuse does when it has merged its rows."""
        costs = (told(entry.span, "cost_details")["total"] for entry in self.langfuse.stored.values())
        return sum((Decimal(repr(cost)) for cost in costs), Decimal(0))

    @property
    def tokens(self) -> int:
        return sum(told(entry.span, "usage_details")["total"] for entry in self.langfuse.stored.values())


def told(span, name: str):
    return parsed(attributes_of(span)[f"langfuse.observation.{name}"])


def case_of(span) -> int:
    found = re.search(r"case (\d+)", str(attributes_of(span).get("langfuse.observation.input")))
    return int(found[1]) if found else 0


@contextmanager
def weather(proxy: FaultProxy, langfuse: LangfuseReceiver, outages: int):
    """Let the server be away for a while, at moments that the seed chooses by how much has arrived."""
    luck = random.Random(f"{SEED}/outages")
    moments = sorted(luck.randrange(CALLS // 20, CALLS * 9 // 10) for _ in range(outages))
    over = threading.Event()

    def rage() -> None:
        for moment in moments:
            while len(langfuse.stored) < moment and not over.wait(0.05):
                pass
            proxy.port = 9  # nobody listens there
            over.wait(luck.uniform(0.5, 3))
            proxy.port = langfuse.server_port

    thread = threading.Thread(target=rage, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(10)


def run(tenant, functions, langfuse, sent: Sequence[LlmPayload], *, environments, death, outages, **faults) -> Ran:
    """Send payloads to the function while Langfuse fails; return once nothing is on its way any more."""
    print(f"seed {SEED}: {len(sent)} payloads (LOGROUTER_E2E_SEED={SEED} repeats it)")
    sqs = tenant.stack.aws("sqs")
    proxy = FaultProxy(langfuse.server_port, seed=SEED, limits=LIMITS, named=lambda body: None, **faults)
    with proxy:
        variables = aws_environment(tenant.stack.ports) | {
            "LANGFUSE_HOST": proxy.url,
            "LANGFUSE_PUBLIC_KEY": "pk-local",
            "LANGFUSE_SECRET_KEY": "sk" + "-local",
            "RETRY_QUEUE_URL": tenant.retry_queue,
            "LEDGER_TABLE": tenant.ledger,
            "RETRY_FIRST_WAIT_S": "1",
        }
        service = LambdaService(functions["TraceLlm"], variables, sqs, tenant.retry_queue, environments, death)
        with service, weather(proxy, langfuse, outages):
            for number, payload in enumerate(sent):
                service.send(payload.event, number)
            wait(tenant, lambda: (service.waiting == 0, f"{len(langfuse.stored)} observations"))
    print(f"faults: {dict(proxy.fates)}\ninvocations: {dict(service.outcomes)}\ncodes: {dict(service.codes)}")
    for source, books in service.books.items():
        print(f"{source}: {books}")
    return Ran(sent, service, proxy, langfuse)


def wait(tenant, look: Callable[[], tuple[bool, str]]) -> None:
    Progress().wait("calls on their way", look, within_s=800, check=tenant.stack.supervisor.check)


def ledger_of(tenant) -> Counter[str]:
    """Count the deliveries in the ledger by what became of them."""
    pages = tenant.stack.aws("dynamodb").get_paginator("scan").paginate(TableName=tenant.ledger)
    items = [item for page in pages for item in page["Items"] if item["pk"]["S"].startswith("langfuse/")]
    return Counter(item["fate"]["S"] for item in items)


def killed_at_times(name: str) -> float | None:
    """Let one payload in eight and one batch in forty run out of memory, somewhere in the first second."""
    luck = random.Random(f"{SEED}/{name}")
    return luck.uniform(0, 1) if luck.random() < (1 / 8 if name.startswith("payload") else 1 / 40) else None


def assert_exact(ran: Ran, wanted: Mapping[int, Decimal]) -> None:
    """Each call is there once, no copy differs from another, and tokens and cost are those that were logged."""
    calls = {call.number: call for payload in ran.sent for call in payload.calls}
    assert ran.cases == Counter(wanted.keys())
    assert ran.langfuse.complaints == []
    assert ran.tokens == sum(calls[number].tokens for number in wanted)
    assert abs(ran.cost - sum(wanted.values())) < Decimal("0.000001")


def test_every_call_is_there_once_whatever_happens(stack, functions, tenant):
    """Langfuse fails in every way and goes away four times, functions die, payloads come twice: nothing lost, nothing more."""
    payloads = list(many_calls(CALLS, seed=SEED, at_ms=int(time.time() * 1000) - 4_000_000))
    repeated = random.Random(SEED).sample(payloads, len(payloads) // 10)

    with LangfuseReceiver() as langfuse:
        ran = run(
            tenant,
            functions,
            langfuse,
            [*payloads, *repeated],
            environments=(PATIENT, PATIENT, PATIENT, HASTY),
            death=killed_at_times,
            outages=OUTAGES,
            faulty=0.3,
            largest_bytes=LARGEST_BYTES,
        )

    assert_exact(ran, {call.number: call.cost for payload in payloads for call in payload.calls})
    assert (tenant.dead(), ran.service.exhausted, ran.service.faults) == (0, [], [])
    assert ledger_of(tenant) == {"delivered": CALLS}
    assert {"server down", "too large", *FATES} <= set(ran.proxy.fates)
    assert {"Runtime.ExitError", "Sandbox.Timedout"} <= {name.partition(": ")[2] for name in ran.service.outcomes}
    assert all(books.is_balanced for books in ran.service.books.values())
    assert ran.service.books["subscription"].dropped.keys() <= {"duplicate", "not_selected", "not_an_llm_call"}


def test_the_books_are_exact_while_no_function_dies(stack, functions, tenant):
    """Each log event is told exactly once: as delivered, as no call, as repeated, or as refused to the last."""
    at_ms = int(time.time() * 1000) - 4_000_000
    payloads = [*many_calls(400, seed=SEED, at_ms=at_ms), large_call(401, at_ms=at_ms, chars=60_000)]
    quick = {fate: weight for fate, weight in FATES.items() if "ing" not in fate and "stored" not in fate}

    with LangfuseReceiver() as langfuse:
        langfuse.inject(*[Fault(400)] * REFUSED_FIRST)
        ran = run(
            tenant,
            functions,
            langfuse,
            [*payloads, *payloads[:5]],
            environments=(PATIENT, PATIENT),
            death=lambda _: None,
            outages=0,
            faulty=0.3,
            largest_bytes=60_000,
            weights=quick,
        )

    books, retried = ran.service.books["subscription"], ran.service.books["retry"]
    repeated = sum(len(payload.calls) for payload in payloads[:5])
    quiet = sum(payload.quiet for payload in ran.sent)
    copies = {entry.copies for entry in langfuse.stored.values()}
    assert ran.cases == Counter(dict.fromkeys((*range(1, 401), 0), 1))
    assert (ran.langfuse.complaints, copies) == ([], {1})
    assert (tenant.dead(), ran.service.exhausted, ran.service.faults) == (0, [], [])
    assert books.received == sum(payload.log_events for payload in ran.sent)
    assert (books.dropped + retried.dropped).pop("duplicate") == repeated
    assert books.delivered + retried.delivered == 401
    assert quiet == sum((books.dropped + retried.dropped).values()) - repeated
    assert books.handed_over + retried.handed_over == retried.received
