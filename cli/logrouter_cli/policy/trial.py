"""Tries a policy on captured traffic beside the one in force: what it would mask, send and drop otherwise.

Counts, rule ids and places come out, never a value.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from logrouter.jobs import forward_errors, trace_llm
from logrouter.masking import Masker
from logrouter.model import Json, LogEvent, MaskedText, Origin, Plan
from logrouter.policy.load import Policy
from logrouter.policy.log_groups import kind_of, service_of
from logrouter.stages.mask import PLACEHOLDER
from logrouter_cli.reading.documents import Chunk
from logrouter_cli.reading.names import Names

JOBS: Final[Mapping[str, tuple[Callable[..., Plan], frozenset[str]]]] = {
    "forward_errors": (forward_errors.plan, frozenset({"errors", "routes", "log_groups"})),
    "trace_llm": (trace_llm.plan, frozenset({"llm", "routes", "log_groups"})),
}
"""Forwarding jobs, and the sections that decide what they send."""

KIND_FACTS: Final = ("id", "retention_days", "subscribe", "archive", "class", "log_type", "filter_pattern")

type Ready = tuple[Policy, Masker]


@dataclass(frozen=True, slots=True)
class Place:
    """A record that the rules treat otherwise: where it stands, which rules hit it before and which after."""

    where: str
    gone: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(slots=True)
class Trial:
    """What a trial found.

    Args:
        records, characters: how much traffic there was.
        unread: payloads and log events that could not be read, by reason.
        troubles: files, objects, log groups and payloads that could not be read, one line each.
        hits: values masked by rule, before and after.
        hit_records: records hit by rule, before and after.
        masked_records: records with any value masked, before and after.
        changed: records whose masked text differs.
        newly_masked, no_longer_masked: of those, records that only one of the two policies touches.
        failed: records that could not be masked, before and after.
        services: changed records by service.
        places: of changed records, as many as were asked for.
        masking_s: processor time of masking, before and after, seconds.
        sent: what would be sent, by `job route`, before and after; empty when nothing of it could differ.
        dropped: the same by `job reason`.
        kinds: log groups whose kind says something else: group to fact to (before, after).
    """

    records: int = 0
    characters: int = 0
    unread: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)
    hits: tuple[Counter[str], Counter[str]] = field(default_factory=lambda: (Counter(), Counter()))
    hit_records: tuple[Counter[str], Counter[str]] = field(default_factory=lambda: (Counter(), Counter()))
    masked_records: list[int] = field(default_factory=lambda: [0, 0])
    changed: int = 0
    newly_masked: int = 0
    no_longer_masked: int = 0
    failed: list[int] = field(default_factory=lambda: [0, 0])
    services: Counter[str] = field(default_factory=Counter)
    places: list[Place] = field(default_factory=list)
    masking_s: list[float] = field(default_factory=lambda: [0.0, 0.0])
    sent: tuple[Counter[str], Counter[str]] = field(default_factory=lambda: (Counter(), Counter()))
    dropped: tuple[Counter[str], Counter[str]] = field(default_factory=lambda: (Counter(), Counter()))
    kinds: dict[str, dict[str, tuple[Json, Json]]] = field(default_factory=dict)

    def loud(self, most_percent: float) -> dict[str, float]:
        """Return rules that would hit more records than they did and more than so many percent: id to percent."""
        if not self.records:
            return {}
        before, after = self.hit_records
        shares = {rule: 100 * count / self.records for rule, count in after.items() if count > before[rule]}
        return {rule: share for rule, share in sorted(shares.items()) if share > most_percent}


class Bench:
    """Two policies side by side.

    Args:
        before: policy and masker in force.
        after: those to be tried.
        places: how many places of changed records are kept.
    """

    def __init__(self, before: Ready, after: Ready, *, places: int = 0) -> None:
        self._sides = (before, after)
        self._places = places
        self._jobs = [
            (name, plan) for name, (plan, sections) in JOBS.items() if any(self._differs(one) for one in sections)
        ]
        self._same_masking = not self._differs("masking")
        self.shown = Names(before[1]).shown
        """A name as it may be shown."""
        self._groups: set[str] = set()
        self.trial = Trial()

    def run(self, traffic: Iterable[Chunk]) -> Trial:
        """Put traffic through both policies."""
        for turn, part in enumerate(traffic):
            self._mask(part, turn)
            self._plan(part)
            self._kinds(part.batch.origin.log_group)
        return self.trial

    def _differs(self, section: str) -> bool:
        before, after = self._sides
        return before[0].section(section) != after[0].section(section)

    def _mask(self, part: Chunk, turn: int) -> None:
        """Mask a part with both, the first one first in every other turn, so that neither has the warmer caches."""
        masked: list[list[tuple[MaskedText, Mapping[str, int]]]] = [[], []]
        if turn == 0:
            self._warm(part)
        for side in (0, 1) if turn % 2 == 0 else (1, 0):
            if side == 1 and self._same_masking:
                continue
            started = time.thread_time()
            masked[side] = self._masked(self._sides[side][1], part.batch.events, part.batch.origin)
            self.trial.masking_s[side] += time.thread_time() - started
        if self._same_masking:
            masked[1], self.trial.masking_s[1] = masked[0], self.trial.masking_s[0]
        for event, where, before, after in zip(part.batch.events, part.places, *masked, strict=True):
            self._compare(event, where, part.batch.origin, before, after)

    def _warm(self, part: Chunk) -> None:
        """Let both compile what they compile on first use, so that it is not counted."""
        for _, masker in self._sides:
            self._masked(masker, part.batch.events, part.batch.origin)

    def _masked(
        self, masker: Masker, events: Sequence[LogEvent], origin: Origin
    ) -> list[tuple[MaskedText, Mapping[str, int]]]:
        service = service_of(origin.log_group)
        done: list[tuple[MaskedText, Mapping[str, int]]] = []
        for event in events:
            try:
                done.append(masker.mask_text(event.message, service, origin.log_group))
            except Exception:  # noqa: BLE001 - as the functions do: the placeholder, counted
                done.append((PLACEHOLDER, {}))
        return done

    def _compare(
        self,
        event: LogEvent,
        where: str,
        origin: Origin,
        before: tuple[MaskedText, Mapping[str, int]],
        after: tuple[MaskedText, Mapping[str, int]],
    ) -> None:
        trial = self.trial
        trial.records += 1
        trial.characters += len(event.message)
        for side, (_, hits) in enumerate((before, after)):
            trial.hits[side].update(hits)
            trial.hit_records[side].update(hits.keys())
            trial.masked_records[side] += bool(hits)
        trial.failed[0] += before[0] is PLACEHOLDER
        trial.failed[1] += after[0] is PLACEHOLDER
        if before[0] == after[0]:
            return
        trial.changed += 1
        trial.newly_masked += not before[1]
        trial.no_longer_masked += not after[1]
        trial.services[self.shown(service_of(origin.log_group) or "(no service)")] += 1
        if len(trial.places) < self._places:
            gone, new = Counter(before[1]) - Counter(after[1]), Counter(after[1]) - Counter(before[1])
            trial.places.append(Place(where, tuple(sorted(gone)), tuple(sorted(new))))

    def _plan(self, part: Chunk) -> None:
        """Ask the forwarding jobs what they would send, where a section that decides it differs."""
        for name, plan in self._jobs:
            for side, (policy, masker) in enumerate(self._sides):
                planned = plan(
                    part.document(),
                    policy=policy,
                    mask_text=masker.mask_text,
                    region="",
                    environment="",
                    limit_bytes=0,
                )
                for delivery in planned.deliveries:
                    self.trial.sent[side][f"{name} {delivery.route}"] += delivery.records
                for reason, count in planned.tally.dropped.items():
                    self.trial.dropped[side][f"{name} {reason.value}"] += count

    def _kinds(self, group: str) -> None:
        """Note what the log group would be otherwise: retention, subscription, archive."""
        if group in self._groups or not self._differs("log_groups"):
            return
        self._groups.add(group)
        before, after = (kind_of(policy.section("log_groups"), group) or {} for policy, _ in self._sides)
        facts = {
            fact: (before.get(fact), after.get(fact)) for fact in KIND_FACTS if before.get(fact) != after.get(fact)
        }
        if facts:
            self.trial.kinds[self.shown(group)] = facts


def as_json(trial: Trial) -> dict[str, Json]:
    """Return a trial as JSON."""

    def pair(counters: tuple[Counter[str], Counter[str]]) -> dict[str, Any]:
        return {name: [counters[0][name], counters[1][name]] for name in sorted({*counters[0], *counters[1]})}

    return {
        "records": trial.records,
        "characters": trial.characters,
        "unread": dict(sorted(trial.unread.items())),
        "troubles": trial.troubles,
        "rules": {
            rule: {"values": values, "records": [trial.hit_records[0][rule], trial.hit_records[1][rule]]}
            for rule, values in pair(trial.hits).items()
        },
        "masked_records": trial.masked_records,
        "changed_records": trial.changed,
        "newly_masked_records": trial.newly_masked,
        "no_longer_masked_records": trial.no_longer_masked,
        "failed_records": trial.failed,
        "changed_by_service": dict(sorted(trial.services.items())),
        "masking_s": [round(seconds, 6) for seconds in trial.masking_s],
        "sent": pair(trial.sent),
        "dropped": pair(trial.dropped),
        "log_groups": {name: {fact: list(two) for fact, two in facts.items()} for name, facts in trial.kinds.items()},
        "places": [{"where": place.where, "gone": list(place.gone), "new": list(place.new)} for place in trial.places],
    }


def as_lines(trial: Trial, most_percent: float) -> Iterator[str]:
    """Yield a trial as lines for a terminal."""
    yield f"{trial.records:,} records, {trial.characters:,} characters" + "".join(
        f"; {count} not read ({reason})" for reason, count in sorted(trial.unread.items())
    )
    yield from _masking_lines(trial)
    for title, counters in (("would be sent", trial.sent), ("would be dropped", trial.dropped)):
        for name in sorted({*counters[0], *counters[1]}):
            if counters[0][name] != counters[1][name]:
                yield f"{title}: {name}  {counters[0][name]:,} -> {counters[1][name]:,}"
    for group, facts in sorted(trial.kinds.items()):
        for fact, (before, after) in facts.items():
            yield f"log group {group}: {fact}  {before} -> {after}"
    for place in trial.places:
        says = [f"-{rule}" for rule in place.gone] + [f"+{rule}" for rule in place.new]
        yield f"{place.where}: {' '.join(says) or 'masked in another way'}"
    for rule, share in trial.loud(most_percent).items():
        yield f"LOUD: {rule} would hit {share:.1f} % of the records, more than {most_percent:g} %"
    if trial.failed[1] > trial.failed[0]:
        yield f"LOUD: masking would fail on {trial.failed[1]} records (before: {trial.failed[0]})"


def _masking_lines(trial: Trial) -> Iterator[str]:
    before, after = trial.hits
    yield f"values masked: {before.total():,} -> {after.total():,}"
    yield (
        f"records that change: {trial.changed:,} (newly masked {trial.newly_masked:,}, "
        f"no longer masked {trial.no_longer_masked:,})"
    )
    for rule in sorted({*before, *after}):
        if before[rule] != after[rule]:
            share = 100 * trial.hit_records[1][rule] / trial.records
            yield f"  {rule}: {before[rule]:,} -> {after[rule]:,} values, {share:.2f} % of the records"
    for service, count in trial.services.most_common():
        yield f"  in {service}: {count:,} records change"
    if trial.masking_s[0] and trial.characters:
        ratio = trial.masking_s[1] / trial.masking_s[0]
        yield f"masking time: {trial.masking_s[0]:.3f} s -> {trial.masking_s[1]:.3f} s ({ratio:.2f} times)"
