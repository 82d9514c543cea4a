"""Recognise telemetry of models: spans and log records of OpenTelemetry, one or a whole export in a line.

Names of attributes: semantic-conventions-genai (state of development) and what OpenLLMetry, OpenInference, the Vercel
AI SDK, Logfire, Pydantic AI, Strands and the langfuse SDK write (each run, 2026-11-20; see tests/samples/llm/otel).
"""

from collections.abc import Mapping
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding, NonsenseError
from logrouter.stages.llm.reading.fields import Fields, duration_ms, plain
from logrouter.stages.llm.shapes.otel.coding_agents import event_named, finding_of
from logrouter.stages.llm.shapes.otel.counts import cost_of, usage_of
from logrouter.stages.llm.shapes.otel.exports import Export, spans_in
from logrouter.stages.llm.shapes.otel.facts import (
    error_of,
    model_of,
    name_of,
    provider_of,
    service_and_environment,
    tell_facts,
)
from logrouter.stages.llm.shapes.otel.kinds import GENERATION, is_aggregate, kind_of
from logrouter.stages.llm.shapes.otel.messages import answered, asked
from logrouter.stages.llm.shapes.otel.nested import tree_of
from logrouter.stages.llm.shapes.otel.spans import Told, told_by

EXAMPLES = (
    {"gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 9, "gen_ai.usage.output_tokens": 1},
    {"attributes": {"gen_ai": {"system": "openai", "request": {"model": "gpt-4o"}, "usage": {"prompt_tokens": 9}}}},
    {"name": "ai.generateText", "attributes": {"ai.model.id": "gpt-4o", "ai.usage.promptTokens": 9}},
)
NO_EXAMPLES = (
    {"attributes": {"http.request.method": "GET"}},
    {"name": "chat", "attributes": {"ai.enabled": True}},
    {"event_name": "gen_ai.user.message", "body": {"content": "Hi"}, "attributes": {"gen_ai.system": "openai"}},
    {"msg": "llm call", "llm": {"model": "gpt-4o", "usage": {"prompt_tokens": 9, "completion_tokens": 1}}},
    {"name": "GET /", "attributes": {"gen_ai.conversation.id": "a", "http.request.method": "GET"}},
)

_FIRST_TOKEN: Final = frozenset(
    {
        "gen_ai.content.completion.chunk",
        "llm.content.completion.chunk",
        "ai.stream.firstChunk",
        "First Token Stream Event",
        "gen_ai.first_token",
    }
)
"""Events that mark the first token; the first one counts."""

_AFTER_S: Final = ("gen_ai.response.time_to_first_chunk", "gen_ai.server.time_to_first_token", "gen_ai.response.ttft")
_EVALUATION: Final = "gen_ai.evaluation.result"
_STREAMED: Final = ("gen_ai.request.stream", "gen_ai.is_streaming", "llm.is_streaming")
_CLIENT: Final = ("rpc.service", "url.full", "url.path", "http.route")
"""A span that tells of the request itself is that of a provider's client; see `logrouter.stages.llm.twins`."""

_OF_CALLS: Final = frozenset({GENERATION, "embedding"})


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | list[Finding] | None:  # noqa: ARG001 - every shape's form
    """Read one span or log record, or each one of an export; what is no call of a model is left out.

    One span of an export that states nonsense does not take the others with it.
    """
    export = Export.of(document)
    if export is None:
        told = None if _is_own_section(document) else told_by(document)
        return None if told is None else _finding(told)
    found: list[tuple[Told, Finding]] = []
    nonsense: list[Finding] = []
    for told in spans_in(export):
        try:
            finding = _finding(told)
        except NonsenseError:
            nonsense.append(Finding("otel", is_nonsense=True))
            continue
        if finding is not None:
            found.append((told, finding))
    return [*tree_of(found, export), *nonsense]


def _is_own_section(document: Mapping[str, Json]) -> bool:
    """Whether `llm` or `ai` in a line is an object that somebody made (`{"model": "gpt-4o", ..}`), no attributes."""
    section = document.get("llm", document.get("ai"))
    if not isinstance(section, dict) or "attributes" in document:
        return False
    return any(isinstance(section[name], str) and plain(name) in {"model", "modelid"} for name in section)


def _finding(told: Told) -> Finding | None:
    said = told.attributes
    if event_named(told.event):
        return _told_by_agent(told)
    named = kind_of(said, told.name)
    model = model_of(said)
    if told.event == _EVALUATION:
        return _evaluation(told)
    if not told.is_span and told.event is not None and told.event.startswith("gen_ai.") and not _is_whole(told):
        return None  # one message of a call: the span tells of the call
    usage, odd_total = usage_of(said, told.scope)
    if (told.is_metric and not usage) or (named is None and not (usage or (model and _has_content(told)))):
        return None
    kind = named or GENERATION
    finding = Finding(
        "otel",
        kind=kind,
        name=name_of(told, kind),
        model=model,
        provider=provider_of(said),
        usage=usage,
        usage_total_reported=odd_total,
        cost=cost_of(said),
        input=asked(said, told.events),
        output=None if kind == "embedding" else answered(said, told.events),
        error=error_of(told),
    )
    if _is_opening(told, finding):
        return None
    tell_facts(finding, told)
    _tell_span(finding, told)
    if is_aggregate(said, kind):
        _set_aside(finding)
    return finding


def _told_by_agent(told: Told) -> Finding | None:
    finding = finding_of(told.event or "", told.attributes)
    if finding is not None:
        finding.at_ms, finding.version = told.at_ms, told.resource.text("service.version")
        finding.service, finding.environment = service_and_environment(told)
    return finding


def _evaluation(told: Told) -> Finding:
    """Return a judgement about an answer, which stands under the span of the answer."""
    said = told.attributes.under("gen_ai.evaluation.")
    finding = Finding(
        "otel",
        kind="evaluator",
        name=told.attributes.text("gen_ai.evaluation.name") or _EVALUATION,
        output={name: value for name, value in said.items() if name != "name"},
        error=error_of(told),
    )
    tell_facts(finding, told)
    finding.metadata["response_id"] = told.attributes.text("gen_ai.response.id")
    finding.call_id = None  # of the answer that is judged
    finding.trace_id, finding.parent_id, finding.at_ms = told.trace_id, told.span_id, told.at_ms
    return finding


def _is_whole(told: Told) -> bool:
    return told.event == "gen_ai.client.inference.operation.details"


def _has_content(told: Told) -> bool:
    return told.failed or asked(told.attributes, told.events) is not None


def _is_opening(told: Told, finding: Finding) -> bool:
    """Whether it is Logfire's span of the request for a stream: a log record tells of the call when it is over."""
    if told.attributes.text("logfire.span_type") != "span" or finding.kind != GENERATION:
        return False
    return not finding.usage and finding.output is None and finding.error is None


def _set_aside(finding: Finding) -> None:
    """Keep the usage of an agent or a chain out of every sum: it is that of the calls inside."""
    if finding.usage:
        finding.metadata["usage_of_children"] = finding.usage
    if finding.cost:
        finding.metadata["cost_of_children"] = finding.cost
    finding.usage, finding.cost, finding.usage_total_reported = {}, {}, None


def _tell_span(finding: Finding, told: Told) -> None:
    finding.trace_id, finding.span_id, finding.parent_id = told.trace_id, told.span_id, told.parent_id
    finding.start_ms, finding.end_ms, finding.at_ms = told.start_ms, told.end_ms, told.at_ms
    if _is_whole(told):
        finding.metadata["told_by_event"] = True
    elif not told.is_span:
        finding.span_id = None  # of the span around it
    if finding.kind in _OF_CALLS and finding.call_id:
        finding.metadata["call_id"] = finding.call_id
    if finding.kind in _OF_CALLS and told.attributes.first(*_CLIENT) is not None:
        finding.metadata["client_span"] = True
    lasted = told.attributes.first("duration")
    if told.attributes.text("logfire.span_type") == "log" and isinstance(lasted, float) and finding.end_ms is not None:
        finding.start_ms = finding.end_ms - lasted * 1000
        finding.metadata["told_when_over"] = True
    _tell_first_token(finding, told)


def _tell_first_token(finding: Finding, told: Told) -> None:
    moment = told.attributes.first("langfuse.observation.completion_start_time")
    if isinstance(moment, str):
        finding.first_token_ms = Fields({"at": moment.strip('"')}).time_ms("at")
    after = None if told.attributes.first(*_STREAMED) is False else told.attributes.first(*_AFTER_S)
    if isinstance(after, (int, float)) and not isinstance(after, bool) and after >= 0:
        finding.first_token_after_ms = after * 1000
        lasted = None if told.start_ms is None or told.end_ms is None else told.end_ms - told.start_ms
        if isinstance(after, int) and lasted is not None and after <= lasted + 1 < after * 1000:
            finding.first_token_after_ms = float(min(after, lasted))  # Strands writes milliseconds
    elif (milliseconds := told.attributes.first("ai.response.msToFirstChunk", "ai.stream.msToFirstChunk")) is not None:
        finding.first_token_after_ms = duration_ms(milliseconds, "msToFirstChunk")
    elif finding.first_token_ms is None:
        moments = [event.at_ms for event in told.events if event.name in _FIRST_TOKEN and event.at_ms is not None]
        finding.first_token_ms = min(moments, default=None)
