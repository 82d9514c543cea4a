"""forward_errors as Lambda calls it: in a bare process, with a local server standing in for Sentry."""

import json
from collections.abc import Iterator

import pytest

from logrouter.errors import SettingsError, UndeliveredError
from logrouter_local import samples
from tests.contract_world import World, world_of
from tests.functions.calling import calling, import_bare, run_bare
from tests.functions.sink import Sink, running_sink
from tests.unit.sentry_oracle import normalized, scrubbed

AWS_CLIENTS = {"boto3", "botocore.client", "botocore.session"}
"""Without these no AWS call can be made. (Powertools imports the bare package `botocore` for its version.)"""


@pytest.fixture
def sentry() -> Iterator[Sink]:
    """A server that takes every event."""
    with running_sink() as sink:
        yield sink


@pytest.fixture
def handle(function, monkeypatch, sentry):
    """Call the handler in this process."""
    with calling(function("forward_errors"), monkeypatch, {"SENTRY_DSN": sentry.dsn}) as call:
        yield call


@pytest.fixture
def bare(tmp_path):
    """Run the handler in a process of its own, with an environment of nothing but what is given."""
    return lambda event, environment: run_bare("forward_errors", event, tmp_path, environment)


def an_error(number=1, **changes):
    """A decoded document with one canonical error record."""
    message = {"level": "error", "msg": f"order {number} failed", "serviceId": "orders", "requestId": f"req-{number}"}
    document = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/ecs/orders/application",
        "logStream": "app/orders/1",
        "logEvents": [{"id": str(number), "timestamp": 1795140000000 + number, "message": json.dumps(message)}],
    }
    return document | changes


class TestBareProcess:
    def test_delivers_with_a_dsn_alone(self, sentry, bare):
        """With SENTRY_DSN alone a handler makes no AWS call, delivers, and returns books that balance."""
        ran, _ = bare(samples.render("forward_errors/gateway"), {"SENTRY_DSN": sentry.dsn})

        tally = ran["result"]
        assert tally["balanced"] is True
        assert tally["received"] == 8
        assert tally["delivered"] == len(sentry.requests) == 3
        assert not AWS_CLIENTS & set(ran["modules"])

    def test_loads_no_sdk_without_an_error(self, bare, sentry):
        """An event without an error is answered without loading the Sentry SDK or any AWS library."""
        ran, _ = bare(samples.raw("forward_errors/control_message"), {"SENTRY_DSN": sentry.dsn})

        assert ran["result"]["dropped"] == {"control_message": 1}
        assert not (AWS_CLIENTS | {"sentry_sdk", "langfuse"}) & set(ran["modules"])

    def test_missing_settings(self, bare):
        """Every fault of the environment stands in one error, names only."""
        ran, _ = bare(an_error(), {"DELIVERY_CONCURRENCY": "planted", "DEADLINE_RESERVE_MS": "-1"})

        assert ran["result"]["error"] == SettingsError.__name__
        for name in ("SENTRY_SECRET_ARN or SENTRY_DSN", "DELIVERY_CONCURRENCY", "DEADLINE_RESERVE_MS"):
            assert name in ran["result"]["message"]
        assert "planted" not in ran["result"]["message"]

    def test_imports_with_an_empty_environment(self):
        """Importing the handler does nothing and needs nothing."""
        import_bare("forward_errors")

    def test_bad_dsn(self, bare):
        """A malformed DSN fails the invocation without a trace of its value anywhere."""
        ran, output = bare(an_error(), {"SENTRY_DSN": "https://planted"})

        assert "error" in ran["result"]
        assert "planted" not in output + json.dumps(ran["result"])


class TestDelivery:
    def test_event(self, handle, sentry):
        """What arrives is the record: id, time, level, service, request and group."""
        tally = handle(an_error(), AWS_REGION="ap-northeast-2")

        ((path, headers, _),) = sentry.requests
        ((head, event),) = sentry.envelopes
        assert tally["delivered"] == 1
        assert path == "/api/1/envelope/"
        assert headers["X-Sentry-Auth"].startswith("Sentry sentry_key=")
        assert head["event_id"] == event["event_id"]
        assert "sent_at" in head
        assert (event["timestamp"], event["level"]) == (1795140000.001, "error")
        assert event["tags"]["service"] == "orders"
        assert event["tags"]["request_id"] == "req-1"
        assert event["tags"]["log_group"] == "/aws/ecs/orders/application"
        assert event["tags"]["region"] == "ap-northeast-2"
        normalized(event)

    def test_same_event_again(self, handle, sentry):
        """A repeated invocation sends the same events under the same ids, apart from the sending time."""
        handle(samples.render("forward_errors/gateway"))
        handle(samples.render("forward_errors/gateway"))

        first, second = sentry.events[::2], sentry.events[1::2]
        assert first == second

    def test_failure_without_a_queue(self, handle, sentry):
        """Without a retry queue a 500 makes the invocation fail, so that Lambda repeats it."""
        sentry.answer = lambda number: (500, {})

        with pytest.raises(UndeliveredError, match=r"1 records neither delivered nor handed over \(http_500\)"):
            handle(an_error())

    def test_refused_record(self, handle, sentry):
        """A record Sentry refuses for good is dropped with its reason; the others go on."""
        sentry.answer = lambda number: (400, {}) if b'"order 1 failed"' in sentry.requests[number][2] else (200, {})
        events = [an_error(number)["logEvents"][0] for number in (1, 2)]

        tally = handle(an_error(logEvents=events), DELIVERY_CONCURRENCY="1")

        assert tally["balanced"] is True
        assert (tally["delivered"], tally["dropped"]) == (1, {"refused_by_destination": 1})

    def test_kinesis(self, handle, sentry):
        """A Kinesis event answers with partial batch failures only, a corrupt record among good ones included."""
        assert handle(samples.render("forward_errors/kinesis_one_corrupt")) == {"batchItemFailures": []}
        assert len(sentry.requests) > 0

    def test_breadcrumbs(self, handle, sentry):
        """An error carries the earlier records of its own request along, and of no other."""
        events = [
            {"id": str(number), "timestamp": 1795140000000 + number, "message": json.dumps(message)}
            for number, message in enumerate(
                [
                    {"level": "error", "msg": "stock gone", "requestId": "a-request"},
                    {"level": "error", "msg": "elsewhere", "requestId": "b-request"},
                    {"level": "error", "msg": "order failed", "requestId": "a-request"},
                ]
            )
        ]

        handle(an_error(logEvents=events))

        assert [crumb["message"] for crumb in sentry.events[2]["breadcrumbs"]["values"]] == ["stock gone"]
        assert "breadcrumbs" not in sentry.events[1]

    def test_unsupported_event(self, handle, sentry):
        """An event of another kind is counted as malformed; repeating it would not help."""
        tally = handle(samples.raw("forward_errors/unsupported"))

        assert (tally["received"], tally["dropped"], tally["balanced"]) == (1, {"malformed_event": 1}, True)
        assert sentry.requests == []


@pytest.mark.parametrize("case", samples.cases("forward_errors"))
def test_samples(case, handle, sentry):
    """Every sample is worked off: the books balance, each event is valid, and no planted value leaves."""
    tally = handle(samples.render(case))

    if "batchItemFailures" not in tally:
        assert tally["balanced"] is True
        assert tally["delivered"] == sum(event["contexts"]["log_record"]["lines"] for event in sentry.events)
        assert tally["masking_failed"] == 0
    for event in sentry.events:
        normalized(event)
    assert samples.leaks(sentry.bytes) == []


def test_scrubbers_find_nothing(handle, sentry):
    """Sentry's own scrubbing of text finds no e-mail address, card, token or the like in what arrives."""
    handle(samples.render("forward_errors/gateway"))

    for event in sentry.events:
        entry = normalized(event)["logentry"]
        assert scrubbed({"logentry": entry})["logentry"] == entry


class TestStorm:
    @pytest.fixture
    def world(self, monkeypatch, capsys, function, tmp_path) -> Iterator[World]:
        """An account with ledger and queue, and a budget of five."""
        policy = tmp_path / "policy.json"
        policy.write_text('{"errors": {"budget": {"events": 5}}}')
        with world_of(monkeypatch, capsys, function, POLICY_FILE=str(policy)) as made:
            yield made

    @staticmethod
    def numbers(sink: Sink) -> list[int]:
        """The numbers that the events sent so far state, in the order they were sent."""
        tags = [event["tags"] for _, event in sink.envelopes]
        return [int(tag["occurrences"]) for tag in tags if "occurrences" in tag]

    @staticmethod
    def payload(first, size=20):
        """A document of equal errors."""
        return an_error(logEvents=[an_error(number)["logEvents"][0] for number in range(first, first + size)])

    def test_many_payloads_are_one_budget(self, world):
        """Of 80 equal errors in four payloads, each in a container of its own, eight go; a report waits for the number."""
        tallies = [world.handle("forward_errors", self.payload(first)) for first in range(0, 80, 20)]

        assert all(tally["balanced"] for tally in tallies)
        assert [tally["delivered"] for tally in tallies] == [7, 1, 0, 1]
        assert [tally["handed_over"] for tally in tallies] == [1, 0, 0, 0]
        assert [tally["dropped"].get("over_budget") for tally in tallies] == [12, 19, 20, 19]
        assert sorted(self.numbers(world.sink)) == [10, 20, 40, 80]

    def test_the_report_has_the_number_of_when_it_is_sent(self, world):
        """What waits in the queue is completed from the counter; the storm that goes on may then report again."""
        world.handle("forward_errors", self.payload(0))
        world.handle("forward_errors", self.payload(20))

        answer = world.handle("forward_errors", world.drain_event())

        assert answer == {"batchItemFailures": []}
        assert self.numbers(world.sink)[-1] == 40
        assert world.handle("forward_errors", self.payload(40))["handed_over"] == 1
        world.handle("forward_errors", world.drain_event())
        assert self.numbers(world.sink)[-1] == 60
        assert world.tallies()[-1]["balanced"]

    def test_a_repeat_changes_nothing(self, world):
        """The same payload again, in another container: all it sent is known, and the number stays."""
        world.handle("forward_errors", self.payload(0))
        before = len(world.sink.requests)

        again = world.handle("forward_errors", self.payload(0))

        assert again["dropped"] == {"duplicate": 7, "over_budget": 12}
        assert len(world.sink.requests) == before
        assert world.handle("forward_errors", self.payload(20))["delivered"] == 1

    def test_a_replay_days_later_counts_in_its_own_hour(self, world):
        """The window goes by the records' own time: an old payload takes nothing from today's budget."""
        old = self.payload(100, 5)
        for event in old["logEvents"]:
            event["timestamp"] -= 3 * 86_400_000
        world.handle("forward_errors", self.payload(0, 5))

        tally = world.handle("forward_errors", old)

        assert (tally["delivered"], tally["dropped"]) == (5, {})
