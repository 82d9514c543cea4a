"""How events come to a forwarding function in a simulated account: late, again, in part, while things fail and time passes."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from random import Random
from typing import Any

from tests.contract_world import awslogs, kinesis
from tests.forwarding_world import Faults, World

type MakeFaults = Callable[[Random], Faults]


def run(world: World, payloads: Sequence[dict[str, Any]], random: Random, faults: MakeFaults) -> None:
    """Send the payloads in order, repeat some, let time pass, drain between; every payload gets through in the end."""
    waiting = arriving(payloads, random)
    sent: list[Any] = []
    while waiting:
        event = waiting[0]
        for _ in range(random.randrange(1, 3)):
            if not deliver(world, event, faults(random)):
                world.now_s += random.choice([1, 60])
                continue
            break
        else:
            deliver(world, event, Faults(), insist=True)
        sent.append(waiting.pop(0))
        if random.random() < 0.3:
            deliver(world, part(random.choice(sent), random), faults(random))
        if random.random() < 0.3:
            world.now_s += random.choice([1, 5, 30, 700])
        if random.random() < 0.3:
            world.drain(faults(random))
    world.settle()
    world.redrive()
    if random.random() < 0.5:
        world.now_s += random.choice([60, 5_000, 300_000])
        for event in random.sample(sent, random.randrange(len(sent) + 1)):
            deliver(world, part(event, random), Faults(), insist=True)
    world.settle()


def arriving(payloads: Sequence[dict[str, Any]], random: Random) -> list[Any]:
    """The payloads as they come: one by one, or as records of a shard, some at a time."""
    if random.random() < 0.6:
        return [awslogs(payload) for payload in payloads]
    edges = [0, *cuts(random, len(payloads)), len(payloads)]
    return [kinesis(*payloads[start:end]) for start, end in pairwise(edges)]


def part(event: Any, random: Random) -> Any:
    """What is repeated of an event: of a shard also the records from one on, as Lambda does, or some of them."""
    records = event.get("Records", [])
    start = random.randrange(len(records)) if records else 0
    return {"Records": records[start : random.randrange(start + 1, len(records) + 1)]} if records else event


def deliver(world: World, event: Any, faults: Faults, *, insist: bool = False) -> bool:
    """Invoke as Lambda does; a shard is repeated from the record that is named."""
    for _ in range(10):
        answer = world.invoke(event, faults)
        if answer is not None and not answer.get("batchItemFailures"):
            return True
        if answer is not None and "Records" in event:
            named = answer["batchItemFailures"][0]["itemIdentifier"]
            numbers = [record["kinesis"]["sequenceNumber"] for record in event["Records"]]
            event = {"Records": event["Records"][numbers.index(named) :]}
        if not insist and "Records" not in event:
            return False
        faults = Faults()
        world.now_s += 90
    raise AssertionError("the invocation fails for ever")


def cuts(random: Random, lines: int) -> list[int]:
    return sorted({random.randrange(1, lines) for _ in range(random.randrange(3))}) if lines > 1 else []
