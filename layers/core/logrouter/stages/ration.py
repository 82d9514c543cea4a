"""Rations issues: of a storm of equal ones the first go one by one, then each that doubles their number.

Who counts them is a collaborator; decided here is which are sent and which are not, before any is encoded. The first
occurrence of a window is always sent.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, Protocol

from logrouter.model import DropReason, Issue, Json, Occurrence
from logrouter.stages.classify import facts_of
from logrouter.stages.grouping.issue_key import issue_key
from logrouter.stages.matching import first_match

MINUTE_MS: Final = 60_000


class Candidate(NamedTuple):
    """An issue that is sent unless too many equal ones are.

    Args:
        route: the project it goes to.
        payload: identity of the payload it came in: the same for every repeat of the payload.
    """

    issue: Issue
    route: str
    payload: str


class Share(NamedTuple):
    """What one payload adds to one counter.

    Args:
        counter: 32 hex digits, a function of route, issue and window.
    """

    counter: str
    payload: str
    occurrences: int


class Occurrences(Protocol):
    """Counts occurrences over many events and containers. Nothing here raises."""

    def before(self, shares: Sequence[Share], left_s: float) -> Sequence[int]:
        """Add each share to its counter and return how much was in there before; the same again for a repeat.

        Args:
            shares: each counter once for each payload.
            left_s: seconds that may be spent.
        """
        ...

    def claim_reports(self, shares: Sequence[Share], left_s: float) -> Sequence[bool]:
        """Say for which of these counters a report is to be made by the caller: one at a time."""
        ...


class Rationed(NamedTuple):
    """The fate of a candidate.

    Args:
        counter: set when the issue is to be sent later, as the report of how many there were by then.
    """

    fate: Issue | DropReason
    counter: str | None = None


@dataclass(frozen=True, slots=True)
class Ration:
    """What the policy allows an issue. See `Occurrence` for its fields."""

    budget: int
    window_minutes: int
    keep_one_in: int = 1

    @property
    def is_bounded(self) -> bool:
        """True when anything may be held back, and so has to be counted."""
        return self.budget > 0 or self.keep_one_in > 1


class WithinEvent:
    """Counts within one event and remembers nothing."""

    def before(self, shares: Sequence[Share], left_s: float) -> Sequence[int]:  # noqa: ARG002 - the protocol
        """Count from zero."""
        counts: Counter[str] = Counter()
        found = []
        for share in shares:
            found.append(counts[share.counter])
            counts[share.counter] += share.occurrences
        return found

    def claim_reports(self, shares: Sequence[Share], left_s: float) -> Sequence[bool]:  # noqa: ARG002 - the protocol
        """Ask for none: nobody could say the number later."""
        return [False] * len(shares)


@dataclass(frozen=True, slots=True)
class _Counted:
    """A candidate and the counter it is counted by."""

    issue: Issue
    ration: Ration
    window_start_ms: int
    counter: str
    payload: str


def ration(
    candidates: Sequence[Candidate], rules: Mapping[str, Json], occurrences: Occurrences, left_s: Callable[[], float]
) -> list[Rationed]:
    """Decide which issues are sent; in the order of the candidates.

    Args:
        candidates: the issues of one event.
        rules: policy section `errors`: `budget`, `budgets`, `sampling`.
        occurrences: who counts.
        left_s: seconds that may yet be spent on counting.

    Returns:
        Of each candidate: itself with its `occurrence`, or `SAMPLED_OUT` or `OVER_BUDGET`. Where something is held
        back and no report is on its way, the last one held back becomes the report.
    """
    counted = [_counted(candidate, rules) for candidate in candidates]
    sizes = Counter((one.counter, one.payload) for one in counted if one)
    shares = [Share(counter, payload, size) for (counter, payload), size in sizes.items()]
    numbers = dict(zip(sizes, occurrences.before(shares, left_s()), strict=True)) if shares else {}
    rationed: list[Rationed] = []
    held_back: dict[str, tuple[int, Issue, Share]] = {}
    for candidate, one in zip(candidates, counted, strict=True):
        if one is None:
            rationed.append(Rationed(candidate.issue))
            continue
        place = one.counter, one.payload
        numbers[place] += 1
        issue = replace(one.issue, occurrence=_occurrence(one, numbers[place]))
        reason = _held_back(issue)
        if reason:
            held_back[one.counter] = (len(rationed), issue, Share(*place, sizes[place]))
        rationed.append(Rationed(reason or issue))
    _report(rationed, list(held_back.values()), occurrences, left_s)
    return rationed


def allowed(issue: Issue, rules: Mapping[str, Json]) -> Ration:
    """Return what the policy allows an issue: the first of `budgets` and of `sampling` that match, over `budget`."""
    default, budgets, sampling = rules.get("budget") or {}, rules.get("budgets"), rules.get("sampling")
    facts: Mapping[str, Json] = {}
    if budgets or sampling:
        facts = facts_of(issue.record) | {"level": issue.level.value}
    own = {**default, **(first_match(budgets, facts) or {})}
    sample = first_match(sampling, facts) or {}
    return Ration(int(own.get("events", 0)), int(own.get("minutes", 60)), int(sample.get("keep_one_in", 1)))


def _counted(candidate: Candidate, rules: Mapping[str, Json]) -> _Counted | None:
    """Find the counter of a candidate; None when nothing of it may be held back."""
    issue = candidate.issue
    ration = allowed(issue, rules)
    if not ration.is_bounded:
        return None
    window_ms = ration.window_minutes * MINUTE_MS
    start_ms = issue.record.timestamp_ms // window_ms * window_ms
    parts = (candidate.route, _key(issue), ration.window_minutes, start_ms)
    counter = hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return _Counted(issue, ration, start_ms, counter, candidate.payload)


def _key(issue: Issue) -> str:
    try:
        return issue_key(issue)
    except Exception:  # noqa: BLE001 - one odd record must not cost the batch: it is counted with its like
        return repr((issue.record.origin.log_group, issue.fingerprint))


def _occurrence(one: _Counted, number: int) -> Occurrence:
    ration = one.ration
    return Occurrence(number, one.window_start_ms, ration.window_minutes, ration.budget, ration.keep_one_in)


def _held_back(issue: Issue) -> DropReason | None:
    """Return why an occurrence is not sent; None for one that is."""
    one = issue.occurrence
    if one is None or one.is_sent:
        return None
    return DropReason.SAMPLED_OUT if (one.number - 1) % one.keep_one_in else DropReason.OVER_BUDGET


def _report(
    rationed: list[Rationed],
    held_back: Sequence[tuple[int, Issue, Share]],
    occurrences: Occurrences,
    left_s: Callable[[], float],
) -> None:
    """Make the last one that was held back of each counter its report, where none is on its way."""
    if not held_back:
        return
    claims = occurrences.claim_reports([share for _, _, share in held_back], left_s())
    for (place, issue, share), is_ours in zip(held_back, claims, strict=True):
        if is_ours:
            rationed[place] = Rationed(issue, share.counter)
