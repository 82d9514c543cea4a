"""The laws of a storm: bounded, every record one fate, the first always sent, repeats change nothing, the number true."""

from collections import Counter, defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from logrouter.model import DropReason, Issue
from logrouter.stages.ration import Candidate, ration
from tests.unit.issues import issue, record


class Counters:
    """What the table promises, in memory: one number, shares that are remembered, one report at a time."""

    def __init__(self):
        self.numbers = Counter()
        self.shares = {}
        self.reporters = {}

    def before(self, shares, left_s):
        found = []
        for share in shares:
            place = share.counter, share.payload
            if place not in self.shares:
                self.shares[place] = self.numbers[share.counter]
                self.numbers[share.counter] += share.occurrences
            found.append(self.shares[place])
        return found

    def claim_reports(self, shares, left_s):
        return [self.reporters.setdefault(share.counter, share.payload) == share.payload for share in shares]

    def conclude(self, counter):
        self.reporters.pop(counter, None)
        return self.numbers[counter]


KINDS = ("a", "b", "c")
payloads = st.lists(st.lists(st.sampled_from(KINDS), min_size=1, max_size=40), min_size=1, max_size=12)
rules = st.builds(
    lambda events, keep_one_in: {
        "budget": {"events": events, "minutes": 60},
        "sampling": [{"id": "x", "match": {"message": "*"}, "keep_one_in": keep_one_in}],
    },
    st.integers(0, 12),
    st.sampled_from([1, 1, 2, 5]),
)


def candidates(kinds, payload):
    return [Candidate(issue(record(), fingerprint=(kind,)), "default", f"p{payload}") for kind in kinds]


def numbers(kinds, rationed):
    """The numbers that are sent now, by kind."""
    sent = defaultdict(list)
    for kind, (fate, counter) in zip(kinds, rationed, strict=True):
        if isinstance(fate, Issue) and counter is None:
            sent[kind].append(fate.occurrence.number if fate.occurrence else 0)
    return sent


@settings(max_examples=200, deadline=None)
@given(payloads, rules, st.data())
def test_a_storm_is_bounded_and_its_number_true(arrived, section, data):
    """Over any payloads, with reports sent at any moment: few events, the first among them, and the whole number said."""
    counters, sent, stated, waiting = Counters(), defaultdict(list), defaultdict(int), {}
    reports = held_back = 0
    for at, kinds in enumerate(arrived):
        rationed = ration(candidates(kinds, at), section, counters, lambda: 60)
        for kind, found in numbers(kinds, rationed).items():
            sent[kind] += found
        waiting |= {one.counter: kind for kind, one in zip(kinds, rationed, strict=True) if one.counter}
        reports += sum(one.counter is not None for one in rationed)
        held_back += sum(isinstance(one.fate, DropReason) for one in rationed)
        if data.draw(st.booleans()) or at == len(arrived) - 1:
            for counter, kind in waiting.items():
                stated[kind] = max(stated[kind], counters.conclude(counter))
            waiting = {}

    totals = Counter(kind for kinds in arrived for kind in kinds)
    assert totals.total() == sum(map(len, sent.values())) + reports + held_back
    budget, one_in = section["budget"]["events"], section["sampling"][0]["keep_one_in"]
    for kind, total in totals.items():
        kept = -(-total // one_in)
        assert len(sent[kind]) <= (budget + max(0, (kept // budget).bit_length() - 1) if budget else kept)
        if budget or one_in > 1:
            assert min(sent[kind]) == 1
        if total > len(sent[kind]):
            assert max(stated[kind], *sent[kind], 0) == total


@settings(max_examples=100, deadline=None)
@given(payloads, rules, st.data())
def test_repeats_change_nothing(arrived, section, data):
    """A payload that comes again at any later time has the same fates, and moves no number."""
    counters = Counters()
    first = [ration(candidates(kinds, at), section, counters, lambda: 60) for at, kinds in enumerate(arrived)]
    before = Counter(counters.numbers)

    at = data.draw(st.integers(0, len(arrived) - 1))
    again = ration(candidates(arrived[at], at), section, counters, lambda: 60)

    assert (again, counters.numbers) == (first[at], before)
