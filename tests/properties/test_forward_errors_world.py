"""All that forward_errors remembers over payloads, together, under faults: each error once, true numbers, no secret out."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from functions.forward_errors import app
from tests.contract_world import PLANTED, awslogs, document, kinesis
from tests.forwarding_run import cuts, run
from tests.forwarding_world import START_S, Faults, World, Worlds, simulated

SECRETS = {
    **PLANTED,
    "split": "hunter2" + "-Wq9",
    "pem": "MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn" + "/ygWyF8PbnGy0AHB7MhgwMbRvI0",
}
SHOP, STORM, LAMBDA, CHATTY = (
    "/aws/ecs/shop/application",
    "/aws/ecs/storm/errors",
    "/aws/lambda/orders",
    "/aws/ecs/chatty/application",
)
POLICY: dict[str, Any] = {
    "budget": {"events": 3, "minutes": 60},
    "sentry_logs": {"enabled": True, "log_groups": [CHATTY], "minimum_level": "info"},
}
MARK = re.compile(r"(?<![0-9a-f])9\d{5}(?![0-9a-f])")


@dataclass
class Log:
    """What was logged, payload by payload, and what has to become of it.

    Args:
        errors: numbers that each have to stand in an event.
        together: numbers of which each pair has to stand in one event.
        storms: numbers of errors that are equal, which have a budget together.
        lines: numbers that have to stand in a log.
    """

    payloads: list[dict[str, Any]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    together: list[tuple[str, ...]] = field(default_factory=list)
    storms: dict[str, list[str]] = field(default_factory=lambda: {"storm": [], "chatty": []})
    lines: list[str] = field(default_factory=list)
    number: int = 0

    def mark(self) -> str:
        self.number += 1
        return str(900_000 + self.number)


def trace(log: Log, random: Random) -> list[str]:
    """An error of several lines, one line a log event: its first line and its last one have a number."""
    first, last = log.mark(), log.mark()
    log.together.append((first, last))
    log.errors.append(first)
    depth = random.randrange(1, 5)
    frames = [
        line for at in range(depth) for line in (f'  File "/app/m{first}.py", line {at + 1}, in f{at}', f"    g{at}()")
    ]
    secret = f" for {SECRETS['email']} password={SECRETS['split']}" if random.random() < 0.3 else ""
    return [
        f"2026-11-20 10:00:00,123 ERROR shop charge {first} failed{secret}",
        "Traceback (most recent call last):",
        *frames,
        f"ValueError: refused {last} {SECRETS['card']}",
    ]


def shop(log: Log, random: Random) -> None:
    """A stream of plain text, cut anywhere."""
    lines: list[str] = []
    for _ in range(random.randrange(1, 5)):
        lines += random.choice([lambda: trace(log, random), lambda: ["2026-11-20 10:00:00,124 INFO shop next"]])()
    add(log, SHOP, f"app/shop/{random.randrange(3)}", lines, cuts(random, len(lines)))


def storm(log: Log, random: Random) -> None:
    """Equal errors."""
    marks = [log.mark() for _ in range(random.randrange(1, 12))]
    log.storms["storm"] += marks
    lines = [json.dumps({"level": "error", "msg": f"order {mark} failed {SECRETS['email']}"}) for mark in marks]
    add(log, STORM, f"app/storm/{random.randrange(3)}", lines, cuts(random, len(lines)))


def function(log: Log, random: Random) -> None:
    """An invocation of Lambda: its error and what the platform says of it."""
    request = f"{random.getrandbits(32):08x}-2182-454f-963f-{random.getrandbits(48):012x}"
    mark, other = log.mark(), log.mark()
    log.errors.append(mark)
    log.errors.append(other)
    lines = [
        f"START RequestId: {request} Version: $LATEST",
        f"2026-11-20T10:00:00.000Z\t{request}\tINFO\tbegins",
        f"2026-11-20T10:00:01.000Z\t{request}\tERROR\tInvoke Error \t"
        + json.dumps({"errorType": f"Lost{other}", "errorMessage": f"no {mark}", "stack": [f"Lost{other}: no {mark}", "    at f (/var/task/a.js:1:2)"]}),
        f"END RequestId: {request}",
        f"REPORT RequestId: {request}\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\tMax Memory Used: 30 MB\tStatus: error\tError Type: Lost{other}",
    ]  # fmt: skip
    add(log, LAMBDA, f"2026/11/20/[$LATEST]{random.getrandbits(128):032x}", lines, [])


def chatty(log: Log, random: Random) -> None:
    """A group whose records all go to Sentry: as issues or as logs."""
    lines = []
    for _ in range(random.randrange(1, 8)):
        mark = log.mark()
        level = random.choice(["info", "warn", "error"])
        (log.storms["chatty"] if level == "error" else log.lines).append(mark)
        message = f"{SECRETS['phone']} cart{mark if level == 'error' else ''} {mark} seen"
        lines.append(json.dumps({"level": level, "msg": message, "requestId": "r-1"}))
    add(log, CHATTY, "app/chatty/1", lines, cuts(random, len(lines)))


def add(log: Log, group: str, stream: str, lines: list[str], edges: list[int]) -> None:
    """Add the payloads of some lines; every record of the log has its own second."""
    first = 1 + 100 * len(log.payloads)
    start_ms = int((START_S - 1_500) * 1000) + 20_000 * len(log.payloads)
    for start, end in pairwise([0, *edges, len(lines)]):
        made = document(*lines[start:end], first=first + start, logGroup=group, logStream=stream)
        for at, event in enumerate(made["logEvents"], start):
            event["timestamp"] = start_ms + at
        log.payloads.append(made)


@dataclass(frozen=True)
class Promise:
    """What holds besides: nothing is lost, and nothing unmasked is anywhere.

    Args:
        joined: a trace that was cut is one event, or its whole says which one it continues; nothing is shown twice.
        counts: of a storm the whole number is told.
        logs_once: no log stands there twice.
    """

    joined: bool = True
    counts: bool = True
    logs_once: bool = True


def told(event: dict[str, Any]) -> set[str]:
    """The numbers that an event tells of by itself."""
    return set(MARK.findall(json.dumps({name: value for name, value in event.items() if name != "breadcrumbs"})))


def logged(random: Random) -> Log:
    log = Log()
    for _ in range(random.randrange(1, 6)):
        random.choice([shop, shop, storm, storm, function, chatty])(log, random)
    return log


@pytest.fixture(scope="module")
def worlds() -> Iterator[Worlds]:
    with pytest.MonkeyPatch.context() as patch, simulated(patch) as made:
        yield made


def check(world: World, log: Log, promise: Promise) -> None:
    """Hold what Sentry has against what was logged."""
    where: dict[str, list[str]] = {}
    for id_, event in world.events.items():
        for mark in told(event):
            where.setdefault(mark, []).append(id_)
    assert [mark for mark in log.errors if mark not in where] == []
    items = Counter(mark for one in world.accepted for item in one.logs for mark in MARK.findall(item["body"]))
    assert [mark for mark in log.lines if mark not in items] == []
    stored = world.stored()
    assert [name for name, value in SECRETS.items() if value in stored] == []
    for marks in log.storms.values():
        shown = [event for event in world.events.values() if told(event) & set(marks)]
        counts = [int(event["tags"].get("occurrences", 0)) for event in shown]
        assert len(shown) >= min(len(marks), 3), (marks, counts)
        if promise.counts and not where.keys() >= set(marks):
            assert max(counts, default=0) == len(marks), (marks, counts)
    if promise.joined:
        for pair in log.together:
            assert any(set(pair) <= told(event) for event in world.events.values()), pair
        assert {mark: ids for mark, ids in where.items() if len(ids) > 1 and not are_continued(world, ids)} == {}
    if promise.logs_once:
        assert {mark: count for mark, count in items.items() if count > 1} == {}


def are_continued(world: World, ids: list[str]) -> bool:
    """Whether all but one of some events say that they continue that one, which was sent alone when its time was over."""
    return sum(world.events[id_]["contexts"].get("attributes", {}).get("continues") not in ids for id_ in ids) == 1


ANSWERS = (
    503,
    500,
    408,
    429,
    401,
    404,
    200,
    (429, {"x-sentry-rate-limits": "7:error:key"}),
    (200, {"x-sentry-rate-limits": "60:log_item:org"}),
    (429, {"retry-after": "3"}),
    "timeout",
    "connection",
)


def no_faults(random: Random) -> Faults:
    return Faults()


def sentry_faults(random: Random) -> Faults:
    """Sentry answers anything that leaves the record whole."""
    return Faults(sentry=[random.choice(ANSWERS) for _ in range(random.randrange(6))])


def queue_faults(random: Random) -> Faults:
    """The queue fails, and so does Sentry."""
    kinds = ("throttle", "gone", "hang", "lost")
    return replace(sentry_faults(random), sqs={at: random.choice(kinds) for at in range(6) if random.random() < 0.5})


def deaths(random: Random) -> Faults:
    """The invocation dies at any call, before it is done or after."""
    return replace(sentry_faults(random), dies_at=random.randrange(20), done=random.random() < 0.5)


def table_faults(random: Random) -> Faults:
    """The table fails."""
    kinds = ("throttle", "gone", "hang", "lost")
    return replace(
        sentry_faults(random), dynamodb={at: random.choice(kinds) for at in range(20) if random.random() < 0.3}
    )


def short_times(random: Random) -> Faults:
    """The invocation has little time, and everything fails."""
    return replace(random.choice(FAULTS)(random), left_s=random.choice([0.5, 3.0, 12.0, 16.0, 60.0]))


FAULTS = (no_faults, sentry_faults, queue_faults, deaths, table_faults)
MODES = {
    "none": (no_faults, Promise()),
    "sentry": (sentry_faults, Promise()),
    "queue": (queue_faults, Promise()),
    "deaths": (deaths, Promise(logs_once=False)),
    "table": (table_faults, Promise(joined=False, counts=False, logs_once=False)),
    "short": (short_times, Promise(joined=False, counts=False, logs_once=False)),
}


@pytest.mark.parametrize("mode", MODES)
@given(st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
def test_every_error_is_shown_once(worlds, mode, random):
    """Whatever fails at whichever call: nothing is lost, nothing is shown twice, all is masked, no message waits for ever."""
    faults, promise = MODES[mode]
    log = logged(random)
    world = worlds.new(POLICY)

    run(world, log.payloads, random, faults)

    check(world, log, promise)


@given(st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
def test_payloads_in_any_order_under_changing_policies(worlds, random):
    """Payloads that overtake each other, and a policy that changes between them, lose nothing and let nothing out."""
    log = logged(random)
    random.shuffle(log.payloads)
    world = worlds.new(POLICY)
    changes = ({"budget": {"events": 0}}, {"stitching": {"hold_s": 0}}, {"merge": False}, {"sampling": [{"id": "some", "match": {"log_group": STORM}, "keep_one_in": 2}]}, {})  # fmt: skip

    def faults(chance: Random) -> Faults:
        world.policy = POLICY | chance.choice(changes)
        return sentry_faults(chance)

    run(world, log.payloads, random, faults)

    check(world, log, Promise(joined=False, counts=False))


@pytest.mark.parametrize(
    "absent", [["LEDGER_TABLE"], ["RETRY_QUEUE_URL"], ["LEDGER_TABLE", "RETRY_QUEUE_URL"]], ids="+".join
)
@pytest.mark.parametrize("faults", [no_faults, deaths], ids=["well", "deaths"])
def test_without_table_or_queue(worlds, monkeypatch, absent, faults):
    """What is not there is done without: nothing is lost, and Lambda repeats what could not be handed over."""
    for name in absent:
        monkeypatch.delenv(name)
    for seed in range(4):
        random = Random(seed)
        log, world = logged(random), worlds.new(POLICY)

        run(world, log.payloads, random, faults)

        check(world, log, Promise(joined=False, counts=False, logs_once=False))


LINES = [
    "2026-11-20 10:00:00,123 ERROR shop charge 900001 failed",
    "Traceback (most recent call last):",
    '  File "/app/a.py", line 1, in f',
    "    g()",
    "ValueError: refused 900002",
    "2026-11-20 10:00:00,123 ERROR shop charge 900003 failed",
    "Traceback (most recent call last):",
    '  File "/app/b.py", line 1, in f',
    "    g()",
    "ValueError: refused 900004",
    "2026-11-20 10:00:00,124 INFO shop next",
]


def cut(*edges: int) -> list[dict[str, Any]]:
    log = Log()
    add(log, SHOP, "app/shop/1", LINES, list(edges))
    return log.payloads


def shown(world: World) -> list[set[str]]:
    return sorted((told(event) for event in world.events.values()), key=min)


@pytest.mark.parametrize("repeated", [slice(1, None), slice(1, 2), slice(2, None), slice(0, 1), slice(0, 2)], ids=str)
def test_a_shard_that_is_repeated_from_the_middle(worlds, repeated):
    """A trace over records of a shard is known again by each of them, and no other trace is taken for its beginning."""
    world, event = worlds.new(POLICY), kinesis(*cut(3, 7))
    world.invoke(event)

    world.invoke({"Records": event["Records"][repeated]})
    world.settle()

    assert shown(world) == [{"900001", "900002"}, {"900003", "900004"}]


@pytest.mark.parametrize("repeated", [slice(1, None), slice(2, None), slice(0, 2), slice(0, 1), slice(1, 2)], ids=str)
def test_a_trace_over_three_records_of_a_shard(worlds, repeated):
    """What is repeated of it is known, whichever records of it that are."""
    world, event = worlds.new(POLICY), kinesis(*cut(2, 4))
    world.invoke(event)

    world.invoke({"Records": event["Records"][repeated]})
    world.settle()

    assert shown(world) == [{"900001", "900002"}, {"900003", "900004"}]


def test_a_rest_that_went_first_does_not_take_the_place_of_the_whole(worlds):
    """While the whole waits, its rest is delivered by itself: the whole comes all the same, with the beginning."""
    world, event = worlds.new(POLICY), kinesis(*cut(3))
    world.invoke(event, Faults(sentry=[503, 503, 503]))
    app._forwarder.cache_clear()

    world.invoke({"Records": event["Records"][1:]})
    world.settle()

    assert {"900001", "900002"} in shown(world)


def test_a_third_payload_behind_a_beginning_that_was_sent_alone(worlds):
    """The whole does not go under the id of the beginning, which Sentry has: it would be taken for a repeat."""
    world = worlds.new(POLICY)
    first, second, third = (awslogs(payload) for payload in cut(1, 3))
    world.invoke(first)
    world.settle()
    world.invoke(second)

    world.invoke(third)
    world.settle()

    assert shown(world) == [{"900001"}, {"900001", "900002"}, {"900003", "900004"}]
    assert sum("continues" in event["contexts"].get("attributes", {}) for event in world.events.values()) == 1


def test_a_report_that_no_queue_took(worlds):
    """It is sent at once with the number as it is, and the next one may follow."""
    world, log = worlds.new(POLICY), Log()
    lines = [json.dumps({"level": "error", "msg": f"order {log.mark()} failed"}) for _ in range(9)]
    add(log, STORM, "app/storm/1", lines, [5])
    first, second = map(awslogs, log.payloads)
    world.invoke(first, Faults(sqs={0: "throttle", 1: "throttle"}))

    world.invoke(second)
    world.settle()

    assert max(int(event["tags"].get("occurrences", 0)) for event in world.events.values()) == 9


@pytest.mark.sentry_faults_expected
@pytest.mark.parametrize("at_ms", [0, 1, 4_102_444_800_000, 253_402_300_799_999])
def test_times_far_off(worlds, at_ms):
    """Whatever the clock of a log said, windows, links and joins can be had."""
    world, (payload, rest) = worlds.new(POLICY | {"budget": {"events": 1, "minutes": 60}}), cut(3)
    for event in (*payload["logEvents"], *rest["logEvents"]):
        event["timestamp"] = at_ms

    for each in (payload, rest):
        world.invoke(awslogs(each))
    world.settle()

    assert set().union(*shown(world)) == {"900001", "900002", "900003", "900004"}
    assert all(tally["dropped"].keys() <= {"not_selected", "duplicate"} for tally in world.tallies)
