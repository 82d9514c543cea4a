"""A record on its way: log event, masked event, canonical record, and what was recognised in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from logrouter.model.books import DropReason, Noticed
from logrouter.model.text import Json, MaskedText, RawText


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
        """Position in `SCALE`: 0 (trace) to 5 (fatal)."""
        return SCALE.index(self)


SCALE = tuple(Level)
"""Every level, the least severe first."""


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
        ended_ms: time of the last event when joined, else None.
    """

    id: str
    timestamp_ms: int
    message: RawText
    lines: int = 1
    ingestion_ms: int | None = None
    ended_ms: int | None = None

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
        moved: for each earlier payload whose open end was moved here, where in `events` its log events are over.
        is_continued: its own open end was moved to the payload that follows.
    """

    origin: Origin
    events: tuple[LogEvent, ...]
    refused: Mapping[DropReason, int] = field(default_factory=dict)
    sequence_number: str | None = None
    moved: tuple[int, ...] = ()
    is_continued: bool = False

    @property
    def received(self) -> int:
        """Log events that the books of this batch start from."""
        return sum(event.lines for event in self.events) + sum(self.refused.values())


@dataclass(frozen=True, slots=True)
class MaskedEvent:
    """A log event after masking: the only form that `parse` and everything behind it sees.

    Args:
        rules: how often each masking rule hit, by rule id.
        masked: ids of those rules, sorted, where the policy asks that records carry them; else empty.
    """

    origin: Origin
    id: str
    timestamp_ms: int
    message: MaskedText
    lines: int = 1
    rules: Mapping[str, int] = field(default_factory=dict)
    ingestion_ms: int | None = None
    masked: tuple[str, ...] = ()


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
        masked: ids of the masking rules that hit, where the policy asks for them (`masking.list_rules`); else empty.
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
    masked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Which one it is of the equal issues of one window, and by which rule the others are sent.

    Args:
        number: 1 for the first of the window.
        window_start_ms: epoch milliseconds; windows go by the records' own time.
        window_minutes: length of the window.
        budget: so many are sent one by one, then the one that doubles their number, and so on; 0: no bound.
        keep_one_in: of so many only the first counts for the budget, the others are not sent.
    """

    number: int
    window_start_ms: int
    window_minutes: int
    budget: int
    keep_one_in: int = 1

    @property
    def is_sent(self) -> bool:
        """True for the first ones, and then for each that doubles how many there were."""
        return self._sent_of(self.number) > self._sent_of(self.number - 1)

    @property
    def held_back(self) -> int:
        """How many of the first `number` are not sent."""
        return self.number - self._sent_of(self.number)

    def _sent_of(self, number: int) -> int:
        kept = -(-number // self.keep_one_in)
        if not self.budget or kept <= self.budget:
            return kept
        return self.budget + (kept // self.budget).bit_length() - 1


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
        occurrence: which one of its window it is; None where nobody counts.
    """

    record: Record
    level: Level
    fingerprint: tuple[str, ...]
    template: str
    params: tuple[str, ...] = ()
    breadcrumbs: tuple[Record, ...] = ()
    transaction: str | None = None
    occurrence: Occurrence | None = None

    @property
    def asking(self) -> Record | None:
        """The record that tells what was asked for: its own, else the first of its request that names a path.

        Later ones may be what the service asked of others, as an address with a host is. Other log groups were asked
        something else on the way, so the last of theirs counts only where its own says nothing.
        """
        if self.record.path or self.record.method:
            return self.record
        asked = [record for record in self.breadcrumbs if (record.path or "").startswith("/")]
        own = (record for record in asked if record.origin.log_group == self.record.origin.log_group)
        return next(own, asked[-1] if asked else None)


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
        position: which of the calls of its record it is, from 0.
        beside: observation id of the call that it only stands beside: a failed attempt, or a mere beginning, under the
            id of a call that another line tells of.
        provider_key: what every record of this very call has in common, whoever wrote it; None where none is certain.
        service_tier: how fast and how dear the call was served (`batch`, `flex`, `priority`, ...), as the provider
            says it; None = standard.
        region: where the model ran, as the record says it (`eu-central-1`, Anthropic's `us`); not where the log lies.
        units: what is charged beside tokens, by unit: `web_searches`, `rerank_searches`, `audio_seconds`, ...
        noticed: what is worth counting about its price.
        release: what is deployed (release, commit, image), else the version.
        version: of the application that made the call.
        is_app_root: its parent is not sent with it, so that it has to count as a root.
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
    position: int = 0
    provider_key: str | None = None
    beside: str | None = None
    service_tier: str | None = None
    region: str | None = None
    units: Mapping[str, float] = field(default_factory=dict)
    noticed: tuple[Noticed, ...] = ()
    release: str | None = None
    version: str | None = None
    is_app_root: bool = False

    @property
    def lines(self) -> int:
        """Log events that the books count for it: those of its record stand with the first of its calls."""
        return 0 if self.position else self.record.lines
