"""Counts the calls that were delivered: metrics of tokens and cost, daily budgets, and alerts when one is reached.

A call counts when it is first delivered, handed over, or refused by the destination: its tokens were spent anyway. What
comes out of the retry queue counted when it went in, unless the ledger could not remember that.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from logrouter.adapters.alert_topic import AlertTopic
from logrouter.adapters.aws import client
from logrouter.adapters.clock import Clock, SystemClock
from logrouter.adapters.daily_spending import Added, DailySpending
from logrouter.adapters.llm_metrics import write_figures
from logrouter.adapters.outcomes import Outcome
from logrouter.adapters.spending_table import spending_from
from logrouter.adapters.telemetry import Telemetry
from logrouter.destinations.langfuse_account import CallFacts, calls_of
from logrouter.errors import PolicyError
from logrouter.model import Json
from logrouter.policy.load import Policy, default_policy
from logrouter.settings import TraceLlmSettings
from logrouter.stages.counting.budget_alerts import alert_of, too_many
from logrouter.stages.counting.budgets import MAX_ALERTS, Counter, Passing, passed, rules_of, spending_of
from logrouter.stages.counting.figures import Names, figures_of

PARTS: Final = 60
WHOLES: Final = 500
"""Parts of a budget, and budgets of a day, of which a container remembers that they are."""
LONGEST_S: Final = 10.0
"""What telling may take in one round; alerts beyond are published by the next call that counts there."""
ALERT_S: Final = 20.0
"""What one alert may take, two tries at two questions and at SNS: without so much left none is begun."""


class CallCounter:
    """Observes the deliveries of `trace_llm`; made once a container.

    Args:
        deployment: name of this deployment's environment.
        region: of the metrics.
        policy: gives the one in force. Raises PolicyError.
    """

    def __init__(
        self,
        *,
        policy: Callable[[], Policy],
        deployment: str,
        region: str,
        clock: Clock,
        telemetry: Telemetry,
        spending: DailySpending,
        topic: AlertTopic,
    ) -> None:
        self._deployment = deployment
        self._region = region
        self._clock = clock
        self._telemetry = telemetry
        self._spending = spending
        self._topic = topic
        self._policy = policy
        self._names = Names()
        self._parts: OrderedDict[Counter, dict[Counter, None]] = OrderedDict()

    def observe(self, outcomes: Sequence[Outcome], left_s: float) -> None:
        """Count what is counted for the first time."""
        calls = list(_first_seen(outcomes))
        if not calls:
            return
        policy = self._policy_in_force()
        self._count(calls, policy.section("llm")["metrics"])
        self._spend(calls, policy.section("budgets"), left_s)

    def _policy_in_force(self) -> Policy:
        """Return the policy; where none can be had, calls are in the metrics and in no budget."""
        try:
            return self._policy()
        except PolicyError:
            return default_policy()

    def _count(self, calls: Sequence[CallFacts], rules: Mapping[str, Json]) -> None:
        now_ms = int(self._clock.now_s() * 1000)
        if not rules["dimensions"]:
            return
        figures, outside = figures_of(calls, self._names, now_ms, rules["combinations"])
        if outside:
            self._telemetry.count("UntimelyCalls", outside)
        write_figures(figures, rules["dimensions"], self._deployment)

    def _spend(self, calls: Sequence[CallFacts], section: Mapping[str, Json], left_s: float) -> None:
        spending = spending_of(calls, section, int(self._clock.now_s() * 1000))
        if not spending:
            return
        end_s = self._clock.monotonic_s() + left_s
        self._remember_parts(spending)
        added = self._spending.add(_name_of(calls), spending, left_s)
        rules = rules_of(section)
        due = [
            (counter, state, passing)
            for counter, state in added.items()
            if counter.rule in rules
            for passing in passed(rules[counter.rule], state.spending.amounts, state.told)
        ]
        until_s = min(end_s - ALERT_S, self._clock.monotonic_s() + LONGEST_S)
        for counter, state, passing in due:
            if self._clock.monotonic_s() < until_s:
                rule = rules[counter.rule]
                self._tell(rule, counter, state, passing, rule.get("time_zone", section["time_zone"]))

    def _tell(self, rule: Mapping[str, Json], counter: Counter, state: Added, passing: Passing, zone: str) -> None:
        """Tell people; what the topic did not take is told by the next call that counts there."""
        latest_ms = state.spending.latest_ms
        known = self._spending.look(list(self._parts.get(counter, ())))
        alert = alert_of(
            rule,
            counter,
            state.spending.amounts,
            passing,
            latest_ms=latest_ms,
            zone=zone,
            region=self._region,
            parts={each.part: amounts for each, amounts in known.items() if each.part},
        )
        if counter.values and not self._spending.may_tell(counter, rule.get("max_alerts", MAX_ALERTS)):
            alert = too_many(rule, counter, latest_ms=latest_ms, region=self._region)
        if self._topic.publish(alert):
            self._telemetry.count("BudgetsPassed", 1, budget=counter.rule)
            self._spending.note_told(counter, passing.budget, passing.reached.parts)

    def _remember_parts(self, spending: Iterable[Counter]) -> None:
        """Keep which parts of which budgets this container has seen: of those an alert names the biggest."""
        for counter in spending:
            if counter.part:
                whole = counter.whole
                seen = self._parts.setdefault(whole, {})
                self._parts.move_to_end(whole)
                if len(seen) < PARTS:
                    seen[counter] = None
        while len(self._parts) > WHOLES:
            self._parts.popitem(last=False)


def call_counter_from(
    settings: TraceLlmSettings, telemetry: Telemetry, policy: Callable[[], Policy], clock: Clock | None = None
) -> CallCounter:
    """Make the counter of a container, with the table and the topic that its settings name."""
    time = clock or SystemClock()
    arn = settings.alert_topic_arn
    return CallCounter(
        policy=policy,
        deployment=settings.environment,
        region=settings.region,
        clock=time,
        telemetry=telemetry,
        spending=spending_from(settings, time, telemetry.count),
        topic=AlertTopic(client("sns") if arn else None, arn, telemetry),
    )


def _first_seen(outcomes: Sequence[Outcome]) -> list[CallFacts]:
    """Return the calls that no round has counted yet."""
    return [
        call
        for outcome in outcomes
        if not outcome.again.issuperset(outcome.delivery.keys)  # its body need not be opened
        for call in calls_of(outcome.delivery)
        if call.key not in outcome.again
    ]


def _name_of(calls: Sequence[CallFacts]) -> str:
    """Return a name for what is counted together: the same calls have the same, whoever counts them."""
    keys = "\n".join(sorted(call.key for call in calls))
    return hashlib.sha256(keys.encode("utf-8", "replace")).hexdigest()[:32]
