"""The books: received = delivered + dropped with a reason + handed over, in log events."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from logrouter.model.text import Json


class DropReason(StrEnum):
    """Why a log event ended without being delivered. Bounded, because each value is a metric dimension."""

    CONTROL_MESSAGE = "control_message"
    CORRUPT_BASE64 = "corrupt_base64"
    CORRUPT_GZIP = "corrupt_gzip"
    CORRUPT_JSON = "corrupt_json"
    OVERSIZE_PAYLOAD = "oversize_payload"
    UNKNOWN_MESSAGE_TYPE = "unknown_message_type"
    MALFORMED_EVENT = "malformed_event"
    EMPTY_BATCH = "empty_batch"
    OWN_RECORD = "own_record"
    NOT_SELECTED = "not_selected"
    BELOW_LEVEL = "below_level"
    NOT_AN_LLM_CALL = "not_an_llm_call"
    INVALID_LLM_CALL = "invalid_llm_call"
    IGNORED_BY_RULE = "ignored_by_rule"
    SAMPLED_OUT = "sampled_out"
    OVER_BUDGET = "over_budget"
    DUPLICATE = "duplicate"
    OVERSIZE_RECORD = "oversize_record"
    REFUSED_BY_DESTINATION = "refused_by_destination"
    CORRUPT_DELIVERY = "corrupt_delivery"
    UNPROCESSABLE = "unprocessable"


class Noticed(StrEnum):
    """What is worth counting about log events that have their fate anyway. Bounded, as `DropReason` is."""

    UNPRICED_MODEL = "unpriced_model"
    UNPRICED_TIER = "unpriced_tier"
    ASSUMED_PRICE = "assumed_price"
    COST_DEVIATION = "cost_deviation"
    ODD_TOTAL = "odd_total"
    NONSENSE = "nonsense"
    NOTHING_SAID = "nothing_said"
    TOO_MUCH = "too_much"
    UNREADABLE = "unreadable"


@dataclass(slots=True)
class Tally:
    """The books of one invocation, in log events: received = delivered + dropped(reason) + handed over.

    Args:
        source: where the records came from: `subscription`, `kinesis`, `retry`, `replay`, `archive`, `sns`.
        masked: how often each masking rule hit, by rule id.
        masking_failed: masking failures (their text was replaced by a placeholder; the records themselves go on).
        noticed: what is worth counting besides; in no column of the books.
    """

    source: str = "subscription"
    received: int = 0
    delivered: int = 0
    handed_over: int = 0
    dropped: Counter[DropReason] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)
    masking_failed: int = 0
    noticed: Counter[Noticed] = field(default_factory=Counter)

    @property
    def balanced(self) -> bool:
        """True when every received log event has exactly one fate."""
        return self.received == self.delivered + self.handed_over + self.dropped.total()

    @property
    def missing(self) -> int:
        """Log events without a fate (negative: with more than one). Zero when balanced."""
        return self.received - self.delivered - self.handed_over - self.dropped.total()

    def drop(self, reason: DropReason, count: int = 1) -> None:
        """Count `count` log events as dropped for `reason`."""
        if count:
            self.dropped[reason] += count

    def as_dict(self) -> dict[str, Json]:
        """The tally as JSON: what a handler returns and logs."""
        books: dict[str, Json] = {
            "source": self.source,
            "received": self.received,
            "delivered": self.delivered,
            "handed_over": self.handed_over,
            "dropped": {reason.value: count for reason, count in sorted(self.dropped.items()) if count},
            "masked": dict(sorted(self.masked.items())),
            "masking_failed": self.masking_failed,
            "balanced": self.balanced,
        }
        if self.noticed:
            books["noticed"] = {what.value: count for what, count in sorted(self.noticed.items())}
        return books


@dataclass(slots=True)
class Settlement:
    """The fate of a set of deliveries, in log events.

    Args:
        undelivered: neither taken nor handed over (no retry queue, or it refused): the invocation must fail.
        codes: how often each answer code was seen (`http_200`, `timeout`, ...), per request, for metrics.
    """

    delivered: int = 0
    handed_over: int = 0
    dropped: Counter[DropReason] = field(default_factory=Counter)
    undelivered: int = 0
    codes: Counter[str] = field(default_factory=Counter)
