"""The history in CloudWatch Logs: what is asked, what counts as an answer, and how it fails."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from logrouter.adapters.look_back import ANSWERS_KEPT, FRESH_S, LONGEST_S, LogsHistory, history_from
from logrouter.adapters.resting import FAILURES_TO_REST, REST_S
from logrouter.model import Origin
from logrouter.settings import ForwardErrorsSettings
from logrouter.stages.requests.history import Lookup, NoHistory
from logrouter.stages.requests.payloads import EVENT_LIMIT_CHARS
from tests.delivery_fakes import FakeClock

ACCOUNT = "123456789012"
ORIGIN = Origin(ACCOUNT, "ap-northeast-2", "/aws/ecs/orders/application", "app/orders/1")
ID = "7f3c9a52-1d84-4e0b-9c27-5b8e6a40d913"
LOOKUP = Lookup(ORIGIN, in_stream=False, text=ID, since_ms=1000, until_ms=2000)


def refusal(code):
    return ClientError({"Error": {"Code": code, "Message": "planted"}}, "FilterLogEvents")


def item(number, message="text", at_ms=None):
    return {"eventId": str(number), "timestamp": 1000 + number if at_ms is None else at_ms, "message": message}


class FakeLogs:
    """A `logs` client that gives page after page, or raises what stands there instead."""

    def __init__(self, *pages, parameters=("logGroupName", "startFromHead")):
        self.asked = []
        self._pages = list(pages)
        shape = SimpleNamespace(input_shape=SimpleNamespace(members=dict.fromkeys(parameters)))
        self.meta = SimpleNamespace(service_model=SimpleNamespace(operation_model=lambda name: shape))

    def filter_log_events(self, **arguments):
        self.asked.append(arguments)
        page = self._pages.pop(0) if self._pages else {"events": []}
        if isinstance(page, Exception):
            raise page
        return page


class World:
    """A history over a fake client, its clock and its metrics."""

    def __init__(self, *pages, **arguments):
        self.client = FakeLogs(*pages, **arguments)
        self.clock = FakeClock()
        self.counted = []
        self.history = LogsHistory(
            ACCOUNT,
            make_client=lambda: self.client,
            clock=self.clock,
            count=lambda name, number: self.counted.append((name, number)),
        )

    def ask(self, lookup=LOOKUP, limit=100, within_s=2.0):
        return self.history.before(lookup, limit, within_s)


def test_the_question():
    """The group is asked for the quoted id from the end of the stretch; a stream for all it has."""
    world = World()

    world.ask()
    world.ask(LOOKUP._replace(in_stream=True, text=None))

    both = {"logGroupName": ORIGIN.log_group, "startTime": 1000, "endTime": 2000, "limit": 100, "startFromHead": False}
    assert world.client.asked == [both | {"filterPattern": f'"{ID}"'}, both | {"logStreamNames": [ORIGIN.log_stream]}]


def test_the_answer():
    """Events come oldest first, those of one moment in the order of their ids; what is endless loses its text."""
    world = World({"events": [item(3), item(12, at_ms=1002), item(11, "x" * (EVENT_LIMIT_CHARS + 1), at_ms=1002)]})

    found = world.ask()

    assert [(event.id, event.timestamp_ms, event.message) for event in found] == [
        ("11", 1002, ""),
        ("12", 1002, "text"),
        ("3", 1003, "text"),
    ]


def test_an_older_boto3():
    """One that cannot begin at the end asks for the whole stretch, and takes only a page that is the whole of it."""
    pages = [{"events": [item(number) for number in range(5)]}, {"events": [item(1)], "nextToken": "more"}]
    world = World(*pages, parameters=("logGroupName",))

    whole = world.ask(limit=2)
    part = world.ask(limit=3)

    assert ([event.id for event in whole], list(part)) == (["3", "4"], [])
    assert [(asked["limit"], "startFromHead" in asked) for asked in world.client.asked] == [(10_000, False)] * 2


def test_asked_once():
    """The same question within a minute is answered from memory; later it is asked again."""
    world = World({"events": [item(1)]})

    first = world.ask()
    again = world.ask()
    world.clock.at_s += FRESH_S
    world.ask()

    assert (list(first), len(world.client.asked)) == (list(again), 2)


def test_answers_are_let_go():
    """A bounded number of answers is kept, the latest ones."""
    world = World()

    for number in range(ANSWERS_KEPT + 1):
        world.ask(LOOKUP._replace(until_ms=2000 + number))
    world.ask(LOOKUP._replace(until_ms=2000 + ANSWERS_KEPT))
    world.ask(LOOKUP._replace(until_ms=2000))

    assert len(world.client.asked) == ANSWERS_KEPT + 2


@pytest.mark.parametrize(
    "failure",
    [
        refusal("ThrottlingException"),
        refusal("AccessDeniedException"),
        ConnectTimeoutError(endpoint_url="x"),
        KeyError("x"),
    ],
    ids=["throttled", "denied", "slow", "a fault of ours"],
)
def test_failures(failure):
    """Whatever goes wrong, there is no answer, it is counted, and nothing is raised."""
    world = World(failure)

    assert list(world.ask()) == []
    assert world.counted == [("LookBackFailures", 1)]


def test_rests_after_failures():
    """After repeated failures nothing is asked for a while."""
    world = World(*[refusal("ThrottlingException")] * FAILURES_TO_REST, {"events": [item(1)]})
    lookups = [LOOKUP._replace(until_ms=2000 + number) for number in range(FAILURES_TO_REST + 1)]

    for lookup in lookups:
        world.ask(lookup)
    asked = len(world.client.asked)
    world.clock.at_s += REST_S
    found = world.ask(lookups[-1])

    assert (asked, len(found)) == (FAILURES_TO_REST, 1)


def test_a_failure_is_not_asked_again_at_once():
    """A Kinesis event that is planned again record by record must not wait for the same failure each time."""
    world = World(refusal("ThrottlingException"))

    world.ask()
    world.ask()

    assert len(world.client.asked) == 1


def test_short_of_time():
    """A call that could take longer than there is time for is not begun, and is no failure."""
    world = World()

    assert list(world.ask(within_s=LONGEST_S - 0.1)) == []
    assert (world.client.asked, world.counted) == ([], [])


def test_another_account():
    """Log groups of other accounts may have the same names, and are not asked for."""
    world = World({"events": [item(1)]})

    assert list(world.ask(LOOKUP._replace(origin=replace(ORIGIN, account="999999999999")))) == []
    assert world.client.asked == []


def test_off_without_an_account():
    """Without `LOOK_BACK_ACCOUNT` there is no history, and no client is made."""
    settings = ForwardErrorsSettings(sentry_dsn="x")

    history = history_from(settings, FakeClock(), lambda name, number: None, lambda: pytest.fail("a client was made"))

    assert isinstance(history, NoHistory)
