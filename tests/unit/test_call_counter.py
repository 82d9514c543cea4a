"""Who counts calls keeps to its time, and what cannot be told now is told later."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from logrouter.adapters.alert_topic import AlertTopic
from logrouter.adapters.call_counter import ALERT_S, LONGEST_S, CallCounter
from logrouter.adapters.daily_spending import ContainerSpending
from logrouter.adapters.outcomes import Outcome
from logrouter.adapters.telemetry import Telemetry
from logrouter.destinations.alert_document import decode_document
from logrouter.errors import PolicyError
from logrouter.jobs.trace_llm import plan
from logrouter.model import Alert, Fate
from logrouter.policy import Policy, default_policy, load_policy
from tests.delivery_fakes import FakeClock

NOW_S = 1_795_140_000.0


@dataclass
class Topic:
    """An SNS client; publishing takes some seconds of the clock."""

    clock: FakeClock
    takes_s: float = 0.0
    published: list[dict[str, Any]] = field(default_factory=list)

    def publish(self, **message: Any) -> None:
        self.clock.at_s += self.takes_s
        self.published.append(message)

    @property
    def alerts(self) -> list[Alert]:
        documents = [json.loads(json.loads(each["Message"])["default"]) for each in self.published]
        return [alert for document in documents if (alert := decode_document(document)) is not None]


def outcome(*numbers: int, again: frozenset[str] = frozenset(), **fields: Any) -> Outcome:
    """Calls of half a dollar each, of a user each, as they were delivered."""
    events = [
        {
            "id": f"{number:056d}",
            "timestamp": int(NOW_S * 1000),
            "message": json.dumps(
                {"type": "llm", "serviceId": "chat", "requestId": f"r-{number}", "userId": f"u-{number}", "model": "gpt-4o",
                 "prompt_tokens": 10, "completion_tokens": 1, "total_cost": 0.5, **fields}
            ),
        }
        for number in numbers
    ]  # fmt: skip
    document = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/ecs/chat/llm",
        "logStream": "app/chat/1",
        "logEvents": events,
    }
    planned = plan(
        document,
        policy=default_policy(),
        mask_text=lambda text, service, group: (text, {}),
        region="us-east-1",
        environment="production",
        limit_bytes=10**9,
    )
    (delivery,) = planned.deliveries
    return Outcome(delivery, Fate.DELIVERED, again)


def budgets(*rules: dict[str, Any]) -> Policy:
    return load_policy(json.dumps({"budgets": {"rules": list(rules)}}))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(at_s=NOW_S)


@pytest.fixture
def topic(clock: FakeClock) -> Topic:
    return Topic(clock)


@pytest.fixture
def counter(clock: FakeClock, topic: Topic) -> Any:
    def make(*rules: dict[str, Any], policy: Any = None) -> CallCounter:
        in_force = budgets(*rules)
        return CallCounter(
            policy=policy or (lambda: in_force),
            deployment="stage",
            region="us-east-1",
            clock=clock,
            telemetry=Telemetry("trace_llm"),
            spending=ContainerSpending(),
            topic=AlertTopic(topic, "arn:topic", Telemetry("trace_llm")),
        )

    return make


def test_shortly_before_the_end_nobody_is_told(counter: Any, topic: Topic) -> None:
    """SNS may take its time; the books of the invocation must still be written. The next call tells."""
    mine = counter({"id": "day", "daily_usd": 0.1, "warn_at": [1]})
    mine.observe([outcome(1)], ALERT_S - 1)
    told_before = len(topic.published)
    mine.observe([outcome(2)], 50)

    assert told_before == 0
    assert [alert.fields["Spent"] for alert in topic.alerts] == ["$1.00 (1,000 %)"]


def test_telling_many_takes_a_while_at_most(counter: Any, topic: Topic) -> None:
    """A hundred users over their budget and a slow topic: some are told now, the others when they call again."""
    topic.takes_s = 1.0
    mine = counter({"id": "user", "by": ["user"], "daily_usd": 0.1, "warn_at": [1], "max_alerts": 1000})
    mine.observe([outcome(*range(100))], 50)
    first = len(topic.published)
    mine.observe([outcome(*range(100), requestId="again")], 50)

    assert first == LONGEST_S
    assert len({alert.key for alert in topic.alerts}) == len(topic.alerts) == 2 * LONGEST_S


def test_e_mail_gets_text(counter: Any, topic: Topic) -> None:
    """Whoever subscribed by e-mail reads sentences, not a document."""
    counter({"id": "day", "daily_usd": 0.1, "warn_at": [1]}).observe([outcome(1)], 50)
    (message,) = topic.published
    texts = json.loads(message["Message"])

    assert message["MessageStructure"] == "json"
    assert texts["email"].startswith(
        "Budget day: 500 % of $0.10 spent on 2026-11-20\n\nThe day's budget is passed by $0.40."
    )
    assert message["Subject"] == "ERROR: Budget day: 500 % of $0.10 spent on 2026-11-20"


def test_without_a_policy_calls_are_in_the_metrics(counter: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A bucket that cannot be read stops neither draining nor counting."""

    def gone() -> Policy:
        raise PolicyError("policy", "cannot be read")

    counter(policy=gone).observe([outcome(1)], 50)

    assert '"Calls":[1.0]' in capsys.readouterr().out


def test_what_was_told_before_is_not_counted(counter: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a delivery only what is new; nothing new writes nothing."""
    both = outcome(1, 2)
    mine = counter()
    mine.observe([outcome(1, 2, again=frozenset(both.delivery.keys[:1]))], 50)
    first = capsys.readouterr().out
    mine.observe([outcome(1, 2, again=frozenset(both.delivery.keys))], 50)

    assert '"Calls":[1.0]' in first
    assert capsys.readouterr().out == ""
