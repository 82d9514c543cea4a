"""replay_failed: give functions back the payloads of invocations that died.

Event: a schedule (sweep), an S3 or EventBridge "object created", or `{"again": true}` for the payloads given up.
Returns the tally, in payloads: delivered = taken by Lambda, handed over = kept in the bucket.
"""

import os
from functools import cache
from typing import Any

from logrouter.adapters.aws import client, error_code
from logrouter.adapters.clock import SystemClock
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.failed_payloads import FailedPayloads
from logrouter.adapters.shield import shielded
from logrouter.adapters.telemetry import Telemetry
from logrouter.jobs import replay_failed as job
from logrouter.model import DropReason, Json, Tally
from logrouter.settings import ReplayFailedSettings

CLOCK = SystemClock()


@cache
def telemetry() -> Telemetry:
    """Make the logger and metrics of this function."""
    return Telemetry("replay_failed")


def handler(event: Json, context: Any) -> dict[str, Json]:
    """Look at the payloads the event asks for until the deadline comes; the next sweep goes on."""
    with shielded(telemetry()):
        settings = ReplayFailedSettings.load(os.environ)
        deadline = Deadline.of(context, settings.reserve_ms, CLOCK)
        store = FailedPayloads(settings.failed_bucket, s3=client("s3"), functions=client("lambda"))
        sweep = job.sweep_of(event)
        prefix = job.EXHAUSTED_PREFIX if sweep.anew else settings.failed_prefix
        skipped = "\0" if sweep.anew else job.EXHAUSTED_PREFIX
        tally = Tally(source="replay")
        try:
            for key in store.keys(prefix, without=skipped) if sweep.keys is None else sweep.keys:
                if deadline.passed:
                    telemetry().warning("deadline, the next sweep goes on")
                    break
                tally.received += 1
                _settle(key, store, settings, tally, anew=sweep.anew)
        finally:  # a listing that ends in the middle takes nothing back
            telemetry().report(tally)
        return tally.as_dict()


def _settle(key: str, store: FailedPayloads, settings: ReplayFailedSettings, tally: Tally, *, anew: bool) -> None:
    """Replay one payload, keep it, or give it up; a fault with one never stops the others."""
    try:
        kept = store.read(key)
        if kept is None:
            tally.drop(DropReason.DUPLICATE)
            return
        failure = job.read_failure(kept[0])
        if failure is None:
            telemetry().warning("not a failed invocation", key=job.shown_key(key), bytes=len(kept[0]))
            if not anew:
                store.move(key, job.EXHAUSTED_PREFIX + key)
            tally.drop(DropReason.CORRUPT_DELIVERY)  # once it is out of the way: a fault above counts it as kept
            return
        _act(key, job.anew(failure) if anew else failure, CLOCK.now_s() - kept[1], store, settings, tally)
    except Exception as error:  # noqa: BLE001 - the object is still there; the next sweep tries again
        tally.handed_over += 1
        telemetry().count("ReplayFailures")
        telemetry().warning("payload kept", key=job.shown_key(key), why=error_code(error))


def _act(
    key: str, failure: job.Failure, age_s: float, store: FailedPayloads, settings: ReplayFailedSettings, tally: Tally
) -> None:
    decision = job.decide(failure, age_s=age_s, max_replays=settings.max_replays)
    if decision is job.Decision.REPLAY:
        refusal = store.replay(failure.function_arn, job.next_payload(failure))
        if refusal is None:
            store.remove(key)
            tally.delivered += 1
            return
        telemetry().count("ReplayFailures")
        telemetry().warning("function not invoked", key=job.shown_key(key), why=refusal)
    elif decision is job.Decision.GIVE_UP:
        telemetry().count("ReplaysExhausted")
        telemetry().error("payload given up", key=job.shown_key(key), replays=failure.replays)
        store.move(key, job.EXHAUSTED_PREFIX + key)
    tally.handed_over += 1
