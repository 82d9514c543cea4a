"""What evidence proves a window: the stored parts, and the counts that confirm or contradict the claim."""

import pytest

from logrouter.destinations.archive.proof import Count, Judgement, Stored
from logrouter.destinations.archive.window import PartFacts, WindowFacts
from logrouter.jobs import archive_verify as job

SHA = "a" * 64
PART = PartFacts("key", SHA, 5, 100, 10, 0, 9, "STANDARD")
FACTS = WindowFacts("pull", 10, 10, parts=[PART], events=5, ids_digest="1" * 64)


@pytest.mark.parametrize(
    ("stored", "fault"),
    [
        (Stored(10, SHA, "STANDARD"), []),
        (None, ["key: missing"]),
        (Stored(11, SHA, "STANDARD"), ["key: 11 bytes instead of 10"]),
        (Stored(10, None, "STANDARD"), ["key: stored without a SHA-256 of the store's own"]),
        (Stored(10, "b" * 64, "STANDARD"), ["key: SHA-256 does not match"]),
    ],
)
def test_a_part_is_there_with_its_size_and_its_hash(stored, fault):
    """Anything else is named, by the key of the part."""
    assert job.judge_parts(FACTS, {"key": stored}) == fault


@pytest.mark.parametrize(
    ("counts", "judgement"),
    [
        ([], Judgement.UNPROVEN),
        ([Count("insights", None)], Judgement.UNPROVEN),
        ([Count("insights", 5)], Judgement.PROVEN),
        ([Count("insights", 6)], Judgement.SHORT),
        ([Count("insights", 4)], Judgement.PROVEN),
        ([Count("reread", 5, "1" * 64)], Judgement.PROVEN),
        ([Count("reread", 5, "2" * 64)], Judgement.SHORT),
        ([Count("insights", 4), Count("reread", 6, "2" * 64)], Judgement.SHORT),
    ],
)
def test_counts(counts, judgement):
    """More events than claimed, or as many others, keep a window open; fewer prove it: the source let go of them."""
    assert job.judge(FACTS, faults=[], counts=counts, best_events=0).judgement is judgement


def test_an_earlier_reading_that_saw_more_keeps_a_window_open():
    """The archive is never brought into agreement with its source by giving up events."""
    proof = job.judge(FACTS, faults=[], counts=[Count("insights", 5)], best_events=6)

    assert (proof.judgement, proof.evidence["earlier_reading"]) == (Judgement.SHORT, 6)


def test_a_damaged_part_outweighs_every_count():
    """Nothing is proven while a part is missing."""
    proof = job.judge(FACTS, faults=["key: missing"], counts=[Count("insights", 5)], best_events=0)

    assert proof.judgement is Judgement.DAMAGED
