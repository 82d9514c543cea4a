"""What a shape read out of a log document, before `recognise` makes an `LlmCall` of it."""

from dataclasses import dataclass, field

from logrouter.model import Json, Noticed


class NonsenseError(ValueError):
    """A field says what cannot be (negative, NaN, out of all bounds); names the field's meaning, never its value."""

    noticed = Noticed.NONSENSE


@dataclass(slots=True)
class Finding:
    """One call as the record tells it; everything it does not say is None or empty.

    Args:
        shape: name of the shape that recognised it.
        is_nonsense: it stands for one of several calls that states what cannot be: left out, and noticed.
        complete: the format has a place for everything, so that nothing around it is read.
        kind: Langfuse observation type.
        call_id: the provider's own id of this call, unique for it.
        trace_id: trace id as written: W3C (32 hex digits) or any other text.
        span_id: id of the span that is this call (not of the span around it).
        usage: exclusive buckets and `total`; see `logrouter.stages.llm.reading.usage`.
        usage_total_reported: the total that the record states, when it is not the sum of the buckets.
        cost: US dollars: `total`, and `input` and `output` where the record splits them.
        service_tier: as the provider says it: `batch`, `flex`, `priority`, `fast`, ...; None = nothing said.
        region: where the model ran, where the record says it.
        units: what is charged beside tokens; see `logrouter.stages.llm.reading.units`.
        parent_id: what the record names its parent by: a span id, the id of a framework's run, another call's id.
        release, version, service, environment: of the application, where the format itself has a place for them.
        at_ms: the one time the record carries, epoch milliseconds; `at_is_start` says which end of the call it marks.
        latency_ms: how long the call took.
        first_token_after_ms: time from start to the first token.
    """

    shape: str
    complete: bool = False
    is_nonsense: bool = False
    kind: str = "generation"
    name: str | None = None
    model: str | None = None
    provider: str | None = None
    call_id: str | None = None
    request_id: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    parent_id: str | None = None
    usage: dict[str, int] = field(default_factory=dict)
    usage_total_reported: int | None = None
    cost: dict[str, float] = field(default_factory=dict)
    input: Json = None
    output: Json = None
    parameters: dict[str, Json] = field(default_factory=dict)
    start_ms: float | None = None
    end_ms: float | None = None
    at_ms: float | None = None
    at_is_start: bool = False
    latency_ms: float | None = None
    first_token_ms: float | None = None
    first_token_after_ms: float | None = None
    error: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    trace_name: str | None = None
    tags: tuple[str, ...] = ()
    prompt_name: str | None = None
    prompt_version: int | None = None
    metadata: dict[str, Json] = field(default_factory=dict)
    service_tier: str | None = None
    region: str | None = None
    units: dict[str, float] = field(default_factory=dict)
    release: str | None = None
    version: str | None = None
    service: str | None = None
    environment: str | None = None
