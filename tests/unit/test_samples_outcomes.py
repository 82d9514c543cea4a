"""What becomes of every sample: the books of each, and that no planted value is in anything that would be sent."""

import importlib
import json

import pytest

from logrouter.errors import UnsupportedEventError
from logrouter.masking import default_masker
from logrouter.policy.load import default_policy
from logrouter_local import samples

FORWARDING = ("forward_errors", "trace_llm")
PLANNED = [name for function in FORWARDING for name in samples.cases(function) if not name.endswith("/retry_queue")]


def plan(name):
    return importlib.import_module(f"logrouter.jobs.{name.split('/')[0]}").plan(
        samples.render(name),
        policy=default_policy(),
        mask_text=default_masker().mask_text,
        region="ap-northeast-2",
        environment="production",
        limit_bytes=100_000_000,
    )


@pytest.mark.parametrize("function", FORWARDING)
def test_the_books_of_every_sample(function, golden):
    """Each sample ends in deliveries and counted drops as the golden file says; a change of it is looked at."""
    books = {}
    for name in [name for name in PLANNED if name.startswith(function)]:
        try:
            planned = plan(name)
        except UnsupportedEventError:
            books[name] = "unsupported"
            continue
        tally = planned.tally.as_dict()
        sent = sum(delivery.records for delivery in planned.deliveries)
        assert tally["received"] == sent + sum(tally["dropped"].values()), name
        books[name] = {"received": tally["received"], "sent": sent, "dropped": tally["dropped"]}

    golden(f"samples/{function}", books)


@pytest.mark.parametrize("name", [name for name in PLANNED if not name.endswith("/unsupported")])
def test_no_planted_value_would_be_sent(name):
    """No delivery of any sample, nor its keys and route, holds a planted value in any spelling."""
    planned = plan(name)

    written = b"".join(
        delivery.body + json.dumps([delivery.keys, delivery.route]).encode() for delivery in planned.deliveries
    )
    assert samples.leaks(written) == []
    assert planned.tally.masking_failed == 0
