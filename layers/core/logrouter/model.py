"""The values that travel through logrouter: log events, masked records, deliveries, verdicts and the books.

Everything here is data. Text that has not been masked has the type `RawText`; destinations, queues and stores accept
`MaskedText` only, so the type checker refuses a leak.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, NewType

type Json = Any
"""A decoded JSON value: None, bool, int, float, str, list or dict with str keys."""

RawText = NewType("RawText", str)
"""Text as it came from the log: may hold personal data and secrets, and must not leave the invocation."""

MaskedText = NewType("MaskedText", str)
"""Text that went through `logrouter.masking`, or a placeholder: may be sent, stored, queued and logged."""


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
    DUPLICATE = "duplicate"
    OVERSIZE_RECORD = "oversize_record"
    REFUSED_BY_DESTINATION = "refused_by_destination"
    CORRUPT_DELIVERY = "corrupt_delivery"
    UNPROCESSABLE = "unprocessable"


class Level(StrEnum):
    """Severity of a record, in the words of the canonical format."""

    TRACE = "trace"
    DEBUG = "debug"
    INFO = "info"
    WARN = "warn"
    ERROR = "error"
    FATAL = "fatal"

    @property
    def rank(self) -> int:
        """Position on the scale, 0 (trace) to 5 (fatal)."""
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a log event comes from: `account` (12 digits), `region`, `log_group`, `log_stream`."""

    account: str
    region: str
    log_group: str
    log_stream: str


class LogEvent(NamedTuple):
    """One log event, or several of one stream that `stitch` joined.

    A named tuple, because ten thousand of them are made for one large payload and a frozen dataclass takes three times
    as long to make.

    Args:
        id: the CloudWatch event id (of the first event when joined); unique, the root of every id we derive.
        timestamp_ms: event time, epoch milliseconds (of the first event when joined).
        message: the raw text.
        lines: how many log events this one stands for; the books count log events.
        ingestion_ms: when CloudWatch took it, epoch milliseconds; only readers of archives know it.
    """

    id: str
    timestamp_ms: int
    message: RawText
    lines: int = 1
    ingestion_ms: int | None = None

    def __repr__(self) -> str:
        """Show sizes only: what shows an object in a trace or a test report must not show raw text."""
        return f"LogEvent({len(self.message)} characters, lines={self.lines})"


@dataclass(frozen=True, slots=True)
class Batch:
    """The log events of one subscription payload (one log stream), or the reason why there are none.

    Args:
        origin: where the events come from; empty strings when the payload could not be read.
        events: the readable log events, in the order of the payload.
        refused: log events (or whole payloads, counted as one) that were not readable, by reason.
        sequence_number: Kinesis sequence number, for partial batch responses; None for direct subscriptions.
    """

    origin: Origin
    events: tuple[LogEvent, ...]
    refused: Mapping[DropReason, int] = field(default_factory=dict)
    sequence_number: str | None = None

    @property
    def received(self) -> int:
        """Log events that the books of this batch start from."""
        return sum(event.lines for event in self.events) + sum(self.refused.values())


@dataclass(frozen=True, slots=True)
class MaskedEvent:
    """A log event after masking: the only form that `parse` and everything behind it sees.

    Args:
        rules: how often each masking rule hit, by rule id.
    """

    origin: Origin
    id: str
    timestamp_ms: int
    message: MaskedText
    lines: int = 1
    rules: Mapping[str, int] = field(default_factory=dict)
    ingestion_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """One stack frame.

    Args:
        line: 1-based line number, None when the trace does not say.
        in_app: the team's own code, as against a library or the runtime.
        source: the source line, where the trace prints it.
    """

    function: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None
    module: str | None = None
    in_app: bool = True
    source: str | None = None


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """An exception found in a log: frames oldest call first, `cause` is what led to it.

    Args:
        language: python, node, java, go, csharp, ruby, php; None when unknown.
        stack: the trace as text when no frames could be read from it.
        relation: how `cause` led here: `cause` (explicit), `context` (while handling it) or `suppressed`.
        members: exceptions this one carries beside its cause: those of an exception group (Python), an
            AggregateError (Node), or the suppressed ones (Java).
    """

    type: str | None = None
    message: str | None = None
    frames: tuple[Frame, ...] = ()
    cause: "ErrorInfo | None" = None
    language: str | None = None
    stack: str | None = None
    relation: str = "cause"
    members: "tuple[ErrorInfo, ...]" = ()


@dataclass(slots=True)
class Record:
    """The canonical record: what every supported logger's line becomes. Holds masked values only.

    Args:
        timestamp_ms: the record's own time, else the log event's, epoch milliseconds.
        level: None when the line does not say (`classify` decides).
        format: name of the parser that recognised it; `text` when none did.
        attributes: every field that has no place of its own, JSON types kept.
        document: the whole masked JSON object when the line was one, else None; read by LLM recognisers.
    """

    origin: Origin
    event_id: str
    timestamp_ms: int
    message: str
    level: Level | None = None
    service: str | None = None
    environment: str | None = None
    version: str | None = None
    request_id: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    path: str | None = None
    method: str | None = None
    client_ip: str | None = None
    user_agent: str | None = None
    component: str | None = None
    duration_ms: float | None = None
    status: int | None = None
    error: ErrorInfo | None = None
    attributes: dict[str, Json] = field(default_factory=dict)
    document: dict[str, Json] | None = None
    format: str = "text"
    lines: int = 1
    rules: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A masked, ready-to-send request to one destination, without address or credentials.

    Args:
        destination: its name: `sentry`, `langfuse`, `slack`.
        route: which project or channel of the destination; the secret knows its address. `default` always exists.
        keys: one ledger key a record, functions of the log event only; a key seen as delivered is never sent again.
        lines: log events each key stands for, same order; their sum is what the books count.
        body: request body, not compressed. Made of masked values only.
        attempt: how many times it was handed over before.
    """

    destination: str
    route: str
    keys: tuple[str, ...]
    lines: tuple[int, ...]
    body: bytes
    attempt: int = 0

    @property
    def records(self) -> int:
        """Log events this delivery stands for."""
        return sum(self.lines)


class Fate(StrEnum):
    """What an answer of a destination means for a delivery."""

    DELIVERED = "delivered"
    RETRY = "retry"
    SPLIT = "split"
    REFUSED = "refused"
    UNAUTHORIZED = "unauthorized"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A destination's reading of one answer.

    Args:
        fate: what to do with the delivery.
        retry_after_s: for RETRY: how long the destination asks us to wait, seconds; None when it does not say.
        code: short machine-readable cause (`http_429`, `timeout`, `connection`); never text of the answer.
        closes_route: for RETRY: the destination wants nothing at all on this route until `retry_after_s` passed.
    """

    fate: Fate
    code: str
    retry_after_s: float | None = None
    closes_route: bool = False


@dataclass(slots=True)
class Tally:
    """The books of one invocation, in log events: received = delivered + dropped(reason) + handed over.

    Args:
        source: where the records came from: `subscription`, `kinesis`, `retry`, `replay`, `archive`.
        masked: how often each masking rule hit, by rule id.
        failed: masking failures (their text was replaced by a placeholder; the records themselves go on).
    """

    source: str = "subscription"
    received: int = 0
    delivered: int = 0
    handed_over: int = 0
    dropped: Counter[DropReason] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)
    masking_failed: int = 0

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
        self.dropped[reason] += count

    def as_dict(self) -> dict[str, Json]:
        """The tally as JSON: what a handler returns and logs."""
        return {
            "source": self.source,
            "received": self.received,
            "delivered": self.delivered,
            "handed_over": self.handed_over,
            "dropped": {reason.value: count for reason, count in sorted(self.dropped.items())},
            "masked": dict(sorted(self.masked.items())),
            "masking_failed": self.masking_failed,
            "balanced": self.balanced,
        }


OWN_MARKER = '"logrouter_own":true'
"""Stands in every JSON line that logrouter logs itself; `select` refuses a log event that contains it (no loops)."""

REPLAYS_FIELD = "logrouterReplays"
"""Top-level field that `replay_failed` adds to an event: how often it was replayed. Such an invocation is asynchronous,
so a partial batch response would be lost on Lambda and what is left must be raised instead."""


@dataclass(frozen=True, slots=True)
class Issue:
    """A record that is an error, classified: what the Sentry destination encodes.

    Args:
        level: severity after the policy's mapping.
        fingerprint: grouping key, stable over releases; `("{{ default }}",)` lets Sentry group by frames.
        template: the message with numbers, ids, addresses and quoted values lifted out as `%s`.
        params: what was lifted out, in order (masked values).
        breadcrumbs: earlier records of the same request, oldest first.
        transaction: where it happened, stable over requests: method and route template, function name or component.
    """

    record: Record
    level: Level
    fingerprint: tuple[str, ...]
    template: str
    params: tuple[str, ...] = ()
    breadcrumbs: tuple[Record, ...] = ()
    transaction: str | None = None


@dataclass(frozen=True, slots=True)
class LlmCall:
    """One call of a language model found in a log: what the Langfuse destination encodes.

    Args:
        kind: Langfuse observation type: generation, embedding, tool, retriever, agent, chain, guardrail,
            evaluator, span.
        trace_id: 32 hex digits, a function of the request id (or the record's own W3C id).
        observation_id: 16 hex digits, a function of trace and the provider's call id.
        start_ms, end_ms, first_token_ms: epoch milliseconds, from the record only, never from the clock.
        usage: exclusive buckets in tokens (`input`, `output`, `input_cached_tokens`, ...) plus `total`.
        cost: US dollars by bucket plus `total`; empty when unknown.
        cost_source: `record`, `prices`, or `unknown`.
        error: status message of a failed call (masked), None when it succeeded.
    """

    record: Record
    name: str
    trace_id: str
    observation_id: str
    start_ms: int
    end_ms: int
    kind: str = "generation"
    model: str | None = None
    provider: str | None = None
    first_token_ms: int | None = None
    parent_id: str | None = None
    input: Json = None
    output: Json = None
    parameters: Mapping[str, Json] = field(default_factory=dict)
    usage: Mapping[str, int] = field(default_factory=dict)
    cost: Mapping[str, float] = field(default_factory=dict)
    cost_source: str = "unknown"
    error: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    trace_name: str | None = None
    tags: tuple[str, ...] = ()
    prompt_name: str | None = None
    prompt_version: int | None = None
    metadata: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a forwarding job decided about one event: what to send, and the books so far (all but the deliveries)."""

    deliveries: tuple[Delivery, ...]
    tally: Tally


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


class Severity(StrEnum):
    """How bad an alert is, in the words of its colour."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Alert:
    """Something people should know, masked and ready to be worded for a channel.

    Args:
        key: what makes two alerts the same one (the alarm's ARN, a rule's id with its group).
        firing: False when it is over.
        occurred_ms: when the state changed, epoch milliseconds.
        fields: short facts in the order to show them.
        links: label to https URL.
    """

    key: str
    title: str
    text: str
    severity: Severity
    firing: bool
    occurred_ms: int
    service: str | None = None
    environment: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
