"""Read back what a delivery to Langfuse tells of its calls: what metrics, budgets and the delivered book go by.

A delivery carries all of it in its spans, so that one that waited in the retry queue tells what it told before.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from logrouter.model import Delivery, Json

_OBSERVATION: Final = "langfuse.observation."
_METADATA: Final = "langfuse.observation.metadata."


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What a delivered call says, in the units of its span.

    Args:
        key: its ledger key in the delivery.
        start_ms: epoch milliseconds.
        usage: exclusive buckets in tokens and `total`; empty when unknown.
        cost: US dollars by bucket and `total`, exact; empty when unknown.
        metadata: of the observation, as texts: `service`, `log_group`, `cost_source`, ...
    """

    key: str
    observation_id: str
    trace_id: str
    start_ms: int
    kind: str
    model: str | None
    environment: str
    user_id: str | None
    failed: bool
    usage: Mapping[str, int] = field(default_factory=dict)
    cost: Mapping[str, Decimal] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def service(self) -> str | None:
        """Service that made the call, None when the record and its log group name none."""
        return self.metadata.get("service")

    @property
    def tokens(self) -> int:
        """Tokens of all buckets."""
        return self.usage.get("total", 0)

    @property
    def cost_usd(self) -> Decimal | None:
        """US dollars of the whole call, None when unknown."""
        return self.cost.get("total")


def calls_of(delivery: Delivery) -> tuple[CallFacts, ...]:
    """Return the facts of each call of a delivery of `logrouter.destinations.langfuse`, in its order."""
    spans = json.loads(delivery.body)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    return tuple(_facts(key, span) for key, span in zip(delivery.keys, spans, strict=True))


def _facts(key: str, span: Mapping[str, Any]) -> CallFacts:
    attributes = {item["key"]: item["value"] for item in span["attributes"]}

    def text(name: str) -> str | None:
        found: str | None = attributes.get(name, {}).get("stringValue")
        return found

    def numbers(name: str) -> dict[str, Any]:
        found: Json = json.loads(text(_OBSERVATION + name) or "{}", parse_float=Decimal)
        return found if isinstance(found, dict) else {}

    return CallFacts(
        key=key,
        observation_id=span["spanId"],
        trace_id=span["traceId"],
        start_ms=int(span["startTimeUnixNano"]) // 1_000_000,
        kind=text(f"{_OBSERVATION}type") or "span",
        model=text(f"{_OBSERVATION}model.name"),
        environment=text("langfuse.environment") or "default",
        user_id=text("user.id"),
        failed=text(f"{_OBSERVATION}level") == "ERROR",
        usage=numbers("usage_details"),
        cost={bucket: Decimal(amount) for bucket, amount in numbers("cost_details").items()},
        metadata={
            name.removeprefix(_METADATA): value.get("stringValue", "")
            for name, value in attributes.items()
            if name.startswith(_METADATA)
        },
    )
