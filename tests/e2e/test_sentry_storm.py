"""An error storm: a hundred thousand equal errors become a bounded number of events, the last of which has the true count."""

import http.client
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from logrouter_local.progress import Progress
from tests.e2e.applications import subscription, wrapped
from tests.e2e.lambda_service import Environment, LambdaService

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

STORM, PAYLOADS, BUDGET = 100_000, 10, 100
DOUBLINGS = 10
"""How often a hundred can be doubled and stay below a hundred thousand: up to the 51,200th."""
HOUR_MS = 3_600_000


@pytest.fixture
def quick_queues(stack) -> Iterator[str]:
    """The address of an SQS where no message waits longer than a second: reports of a storm wait ten minutes."""

    class Shortening(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            body = re.sub(rb'"DelaySeconds": ?\d+', b'"DelaySeconds": 1', body)
            server = http.client.HTTPConnection("127.0.0.1", stack.ports.aws, timeout=30)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "content-length"}
            server.request("POST", self.path, body, headers)
            answer = server.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Shortening) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def storm_payload(number: int, begin_ms: int) -> dict:
    """Return one tenth of the storm; each error names another parcel, and all of them are one issue."""
    size = STORM // PAYLOADS
    events = [
        {
            "id": f"{number * size + at:056d}",
            "timestamp": begin_ms + number * 60_000 + at * 6,
            "message": f'{{"level":"error","msg":"parcel {number * size + at} cannot be found","serviceId":"parcels"}}',
        }
        for at in range(size)
    ]
    return wrapped(subscription("/aws/ecs/parcels/application", f"parcels/{number % 3}", events))


def test_a_storm_is_told_by_a_few_that_carry_the_count(stack, functions, tenant, quick_queues, tmp_path: Path):
    """Of 100,000 errors the budget goes, then every one that doubles their number, then reports; the rest is counted."""
    (tmp_path / "policy.json").write_text(json.dumps({"version": "storm", "errors": {"budget": {"events": BUDGET}}}))
    variables = tenant.variables | {
        "POLICY_FILE": str(tmp_path / "policy.json"),
        "AWS_ENDPOINT_URL_SQS": quick_queues,
        "RETRY_FIRST_WAIT_S": "1",
    }
    begin_ms = (int(time.time() * 1000) // HOUR_MS - 2) * HOUR_MS + 1_000
    environments = (Environment(60), Environment(60))

    sqs, function = stack.aws("sqs"), functions["ForwardErrors"]
    with LambdaService(function, variables, sqs, tenant.retry_queue, environments) as service:
        for number in range(PAYLOADS):
            service.send(storm_payload(number, begin_ms), number)
        wait("the storm", stack, lambda: (service.waiting == 0, f"{service.waiting} waiting"))
    wait("Bugsink digests", stack, lambda: (stack.sentry.backlog() == 0, f"{stack.sentry.backlog()} events"))
    stored = stack.sentry.stored(tenant.project)

    books = service.books
    dropped = sum((each.dropped for each in books.values()), Counter())
    reports = books["retry"].received
    assert len({event["issue"] for event in stored}) == 1
    assert max(int(event["tags"].get("occurrences", 0)) for event in stored) == STORM
    assert 1 <= reports <= PAYLOADS
    assert len(stored) == BUDGET + DOUBLINGS - 1 + reports
    assert (tenant.dead(), service.exhausted, service.faults) == (0, [], [])
    assert books["subscription"].received == STORM
    assert all(each.is_balanced for each in books.values())
    assert dropped == {"over_budget": STORM - len(stored)}
    assert sum(each.handed_over for each in books.values()) == reports


def wait(what: str, stack, look) -> None:
    Progress().wait(what, look, within_s=240, check=stack.supervisor.check)
