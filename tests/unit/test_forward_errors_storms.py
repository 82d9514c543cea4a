"""The plan of forward_errors in a storm: a bounded number of events, a report with the number, and books that balance."""

import json

from logrouter.destinations.sentry import encode_issue
from logrouter.jobs import forward_errors
from logrouter.jobs.forward_errors import REPORT_WAIT_S, Memory
from logrouter.model import DropReason
from logrouter.policy.load import load_policy
from logrouter.stages.ration import WithinEvent
from tests.unit.sentry_oracle import event_of
from tests.unit.test_forward_errors_job import document, error, planned


class Counting(WithinEvent):
    """Claims every report."""

    def claim_reports(self, shares, left_s):
        return [True] * len(shares)


STORM = load_policy(json.dumps({"errors": {"budget": {"events": 3}}}))


def test_a_storm_is_bounded_and_the_books_balance():
    """Of ten equal errors with a budget of three: the first three, the sixth, and a report of the last held back."""
    event = document(*[error(f"order {number} failed") for number in range(10)])

    result = planned(event, STORM, memory=Memory(occurrences=Counting()))

    (report,) = result.later
    numbers = [params(delivery) for delivery in (*result.deliveries, report.delivery)]
    assert numbers == ["0", "1", "2", "5", "9"]
    assert (report.wait_s, report.code, len(report.delivery.completed_by)) == (REPORT_WAIT_S, "storm", 32)
    assert dict(result.tally.dropped) == {DropReason.OVER_BUDGET: 5}
    assert result.tally.received == len(result.deliveries) + len(result.later) + result.tally.dropped.total()


def params(delivery):
    return event_of(delivery)["logentry"]["params"][0]


def test_what_is_held_back_is_not_encoded(monkeypatch):
    """A storm costs no encoding: only what is sent is made an event of."""
    made = []
    monkeypatch.setattr(
        forward_errors, "encode_issue", lambda *of, **also: made.append(of) or encode_issue(*of, **also)
    )

    planned(document(*[error()] * 50), STORM)

    assert len(made) == 3 + 4


def test_held_back_records_are_still_crumbs():
    """What is not sent led to what is: an error of the same request carries it along."""
    event = document(*[error(requestId="request-1")] * 8, error("other", requestId="request-1"))

    last = event_of(planned(event, STORM).deliveries[-1])

    assert len(last["breadcrumbs"]["values"]) == 8


def test_sampled_out_records_have_a_reason_of_their_own():
    """An operator sees which rule held a record back."""
    sampling = [{"id": "probes", "match": {"message": "probe*"}, "keep_one_in": 4}]
    policy = load_policy(json.dumps({"errors": {"sampling": sampling}}))

    result = planned(document(*[error("probe failed")] * 9, error("other")), policy)

    assert (len(result.deliveries), dict(result.tally.dropped)) == (4, {DropReason.SAMPLED_OUT: 6})


def test_a_fault_in_rationing_holds_nothing_back(monkeypatch):
    """A fault of ours must not cost a record."""
    monkeypatch.setattr(forward_errors, "ration", lambda *of: 1 / 0)

    assert len(planned(document(*[error()] * 9), STORM).deliveries) == 9


def test_payloads_of_one_stream_are_told_apart():
    """A payload is known by its stream and first log event: the same for a repeat, another for the next one."""
    shares = []

    class Noting(Counting):
        def before(self, asked, left_s):
            shares.extend(asked)
            return super().before(asked, left_s)

    for event in (document(error()), document(error()), document(error(), group="/aws/ecs/orders/other")):
        planned(event, STORM, memory=Memory(occurrences=Noting()))
    later = document(error(), error())
    planned({**later, "logEvents": later["logEvents"][1:]}, STORM, memory=Memory(occurrences=Noting()))

    first, repeat, elsewhere, next_one = shares
    assert first == repeat
    assert len({first.payload, elsewhere.payload, next_one.payload}) == 3
