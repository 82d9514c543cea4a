"""Judges whether a window in the archive is complete: stored parts and independent counts against what was claimed.

Pure: the parts' state and the counts come in as values. Archive and source are never brought into agreement by giving
up events: a count above the claim, or an earlier reading that saw more, keeps the window open.
"""

from collections.abc import Mapping, Sequence

from logrouter.destinations.archive.layout import HOUR_MS
from logrouter.destinations.archive.proof import Count, Judgement, Proof, Stored
from logrouter.destinations.archive.window import Window, WindowFacts
from logrouter.model import Json, Tally


def judge_parts(facts: WindowFacts, stored: Mapping[str, Stored | None]) -> list[str]:
    """Return what is wrong with the stored parts, by key; empty when each is there with its size and hash."""
    faults = []
    for part in facts.parts:
        found = stored.get(part.key)
        if found is None:
            faults.append(f"{part.key}: missing")
        elif found.size_bytes != part.bytes_stored:
            faults.append(f"{part.key}: {found.size_bytes} bytes instead of {part.bytes_stored}")
        elif found.sha256 is None:
            faults.append(f"{part.key}: stored without a SHA-256 of the store's own")
        elif found.sha256 != part.sha256:
            faults.append(f"{part.key}: SHA-256 does not match")
    return faults


def needs_another(facts: WindowFacts, counts: Sequence[Count]) -> bool:
    """Say whether the next counter should be asked: none has confirmed the count yet."""
    return not any(_confirms(facts, count) for count in counts)


def judge(facts: WindowFacts, *, faults: Sequence[str], counts: Sequence[Count], best_events: int) -> Proof:
    """Judge a window.

    Args:
        facts: the claim.
        faults: what `judge_parts` found.
        counts: what the counters said.
        best_events: the most events that any reading of this window ever saw.
    """
    evidence: dict[str, Json] = {
        "claimed": facts.events,
        "counts": {count.counter: count.events for count in counts},
    }
    seen = [count.events for count in counts if count.events is not None]
    if faults:
        return Proof(Judgement.DAMAGED, {**evidence, "faults": list(faults[:20])})
    if best_events > facts.events:
        return Proof(Judgement.SHORT, {**evidence, "earlier_reading": best_events})
    if not seen:
        return Proof(Judgement.UNPROVEN, evidence)
    if max(seen) > facts.events:
        return Proof(Judgement.SHORT, evidence)
    if any(_differs(facts, count) for count in counts):
        return Proof(Judgement.SHORT, {**evidence, "ids": "other events"})
    if not any(_confirms(facts, count) for count in counts):
        evidence["remark"] = "the source holds fewer events now than were archived"
    return Proof(Judgement.PROVEN, evidence)


def _confirms(facts: WindowFacts, count: Count) -> bool:
    return count.events == facts.events and count.ids_digest in {None, facts.ids_digest}


def _differs(facts: WindowFacts, count: Count) -> bool:
    return count.events == facts.events and count.ids_digest not in {None, facts.ids_digest}


def counters(rules: Mapping[str, Json], window: Window, now_ms: int) -> list[str]:
    """Return the counters to ask, in order: Logs Insights only once it is exact for this window."""
    is_exact = now_ms >= window.end_ms + int(rules["insights_after_hours"]) * HOUR_MS
    return [counter for counter in rules["counters"] if counter != "insights" or is_exact]


def books(facts: WindowFacts | None, state: str) -> Tally:
    """The books of a verification: the events of the window are archived for good, or handed over to another run."""
    tally = Tally(source="archive", received=facts.events if facts else 0)
    if state == "sealed":
        tally.delivered = tally.received
    else:
        tally.handed_over = tally.received
    return tally
