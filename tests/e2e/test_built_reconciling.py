"""The built reconcile_llm against the running stack: it finds what Langfuse lost, and brings it back from the logs."""

import json
import urllib.request

import pytest

from logrouter_local.findings import booked_days
from logrouter_local.receivers import read_traces
from logrouter_local.rie import Emulator

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def order(stack, path, **wanted):
    """Tell the Langfuse receiver what to do to its rows; return what it did."""
    url = f"http://127.0.0.1:{stack.ports.langfuse}{path}"
    with urllib.request.urlopen(urllib.request.Request(url, data=json.dumps(wanted).encode()), timeout=10) as answer:
        return json.load(answer)


def sums(done):
    """Add up what a run says of its days."""
    assert done.error is None, done.error
    names = ("calls", "missing", "doubled", "resent", "unfindable")
    return {name: sum(day.get(name, 0) for day in done.result["days"]) for name in names}


def test_lost_calls_are_found_and_come_back(stack, outcome, functions):
    """Three calls vanish behind their 200: found by their ids, sent again from their log groups, all there, each once."""
    before = read_traces(stack.ports)
    lost = order(stack, "/_lose", observations=3)["observations"]
    days = {"days": booked_days(stack)}
    with Emulator(functions["ReconcileLlm"], stack.variables("ReconcileLlm")) as emulator:
        found = sums(emulator.invoke(days))
        sent = sums(emulator.invoke(days | {"resend": True}))
        again = sums(emulator.invoke(days))
    after = read_traces(stack.ports)

    assert (found["missing"], found["resent"], len(lost)) == (3, 0, 3)
    assert (sent["missing"], sent["resent"], sent["unfindable"]) == (3, 3, 0)
    assert (again["calls"], again["missing"], again["doubled"]) == (found["calls"], 0, 0)
    assert (after.observations, after.copies) == (before.observations, before.copies)
