"""A large event gives up what tells least first, and what Sentry groups by last."""

import copy

import pytest

from logrouter.destinations.sentry import encode_issue
from logrouter.destinations.sentry_envelope import EVENT_LIMIT_BYTES, event_bytes
from logrouter.destinations.sentry_event import build_event
from logrouter.destinations.sentry_trims import TRIMMED, TRIMS
from logrouter.model import ErrorInfo, Frame
from tests.unit.issues import full, issue, record
from tests.unit.sentry_oracle import event_of, faults_of

STEPS = list(TRIMS)


def large():
    """An event that has something to give up at every step."""
    frames = []
    for number in range(240):
        is_own = number % 3 == 0
        frames.append(Frame(f"f{number}", f"/app/m{number}.py", number, None, None, is_own, "line\nmore"))
    error = ErrorInfo("E", "v" * 6_000, tuple(frames), language="python")
    for number in range(5):
        error = ErrorInfo(f"E{number}", "v" * 6_000, tuple(frames), error, "python")
    one = issue(
        record(message="order 17 failed " * 400, error=error, path="/x?a=1", attributes={"k": "v" * 1_000}),
        breadcrumbs=tuple(record(message=f"{number} " * 200) for number in range(60)),
    )
    return build_event(one, "dev")


def trimmed_to(step):
    """Return the large event after all steps up to one."""
    event = copy.deepcopy(EVENT)
    for name in STEPS[: STEPS.index(step) + 1]:
        TRIMS[name](event)
    return event


def grouping(event):
    """Return what Sentry groups by: types, and own frames with their source lines."""
    return [
        (
            value["type"],
            [
                (frame["function"], frame.get("context_line"))
                for frame in value["stacktrace"]["frames"]
                if frame["in_app"]
            ],
        )
        for value in event["exception"]["values"]
    ]


EVENT = large()


@pytest.mark.parametrize("step", STEPS)
def test_each_step_makes_it_smaller_and_leaves_it_valid(step):
    """No step is in vain where there is something to give up, and Sentry takes what is left."""
    number = STEPS.index(step)
    before = trimmed_to(STEPS[number - 1]) if number else EVENT

    after = trimmed_to(step)

    assert len(event_bytes(after, 10**9)) < len(event_bytes(before, 10**9))
    assert faults_of(after) == []


@pytest.mark.parametrize("step", STEPS[: STEPS.index("frames")])
def test_grouping_stays_as_long_as_it_can(step):
    """Until its own frames have to go, a trimmed event is grouped with the whole ones."""
    assert grouping(trimmed_to(step)) == grouping(EVENT)


def test_an_event_says_how_far_it_went():
    """The tag names the last step that was taken, and the event is below its limit."""
    event = copy.deepcopy(EVENT)

    payload = event_bytes(event)

    assert len(payload) <= EVENT_LIMIT_BYTES
    assert event["tags"][TRIMMED] in STEPS


def test_what_remains_at_the_end():
    """The bare crash keeps its type, place, links and tags."""
    event = trimmed_to(STEPS[-1])

    assert [value["type"] for value in event["exception"]["values"]] == ["E4"]
    assert len(event["exception"]["values"][0]["stacktrace"]["frames"]) == 10
    assert {"cloudwatch", "log_record"} <= event["contexts"].keys()
    assert event["tags"]["log_group"]


def test_an_ordinary_event_is_whole():
    """An ordinary event gives up nothing."""
    assert TRIMMED not in event_of(encode_issue(full(), "default", environment="dev"))["tags"]
