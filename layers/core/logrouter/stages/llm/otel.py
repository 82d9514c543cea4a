"""Recognise OpenTelemetry GenAI attributes, current and older names: flat, nested or as an OTLP list; and cousins.

Cousins are the attributes of the Vercel AI SDK (`ai.*`), OpenLLMetry (`llm.*`) and OpenInference (`llm.token_count.*`).
Names: opentelemetry semantic-conventions-genai (state of development, checked 2026-11-20).
"""

import re
from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.llm.fields import Fields, opened, text, time_ms, whole
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.surroundings import kind_named
from logrouter.stages.llm.usage import Counts, exclusive

EXAMPLES = (
    {"gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 9, "gen_ai.usage.output_tokens": 1},
    {"attributes": {"gen_ai": {"system": "openai", "request": {"model": "gpt-4o"}, "usage": {"prompt_tokens": 9}}}},
    {"name": "ai.generateText", "attributes": {"ai.model.id": "gpt-4o", "ai.usage.promptTokens": 9}},
)
NO_EXAMPLES = ({"attributes": {"http.request.method": "GET"}}, {"name": "chat", "attributes": {"ai.enabled": True}})

_ROOTS = (
    "gen_ai",
    "llm",
    "ai",
    "traceloop",
    "openinference",
    "langfuse",
    "session",
    "user",
    "enduser",
    "input",
    "output",
    "error",
)
_MODEL = (
    "gen_ai.response.model",
    "gen_ai.request.model",
    "ai.response.model",
    "ai.model.id",
    "llm.model_name",
    "llm.response.model",
    "llm.request.model",
)
_PROVIDER = ("gen_ai.provider.name", "gen_ai.system", "ai.model.provider", "llm.provider", "llm.system", "llm.vendor")
_OPERATION = ("gen_ai.operation.name", "llm.request.type", "openinference.span.kind", "traceloop.span.kind")
_COUNTS = {
    "input": (
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.prompt_tokens",
        "llm.usage.prompt_tokens",
        "llm.token_count.prompt",
        "ai.usage.inputTokens",
        "ai.usage.promptTokens",
    ),
    "output": (
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.completion_tokens",
        "llm.usage.completion_tokens",
        "llm.token_count.completion",
        "ai.usage.outputTokens",
        "ai.usage.completionTokens",
    ),
    "total": (
        "gen_ai.usage.total_tokens",
        "llm.usage.total_tokens",
        "llm.token_count.total",
        "ai.usage.totalTokens",
    ),
    "cache_read": (
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "llm.token_count.prompt_details.cache_read",
        "ai.usage.cachedInputTokens",
    ),
    "cache_write": (
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "llm.token_count.prompt_details.cache_write",
    ),
    "reasoning": (
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.usage.reasoning_tokens",
        "llm.token_count.completion_details.reasoning",
        "ai.usage.reasoningTokens",
    ),
    "audio_input": ("gen_ai.usage.audio.input_tokens",),
    "audio_output": ("gen_ai.usage.audio.output_tokens",),
    "image_input": ("gen_ai.usage.image.input_tokens",),
}
"""Field of `Counts` to attribute names, current names first."""
_INPUT = (
    "gen_ai.input.messages",
    "gen_ai.prompt",
    "ai.prompt.messages",
    "ai.prompt",
    "llm.prompts",
    "traceloop.entity.input",
    "gen_ai.tool.call.arguments",
    "input.value",
)
_OUTPUT = (
    "gen_ai.output.messages",
    "gen_ai.completion",
    "ai.response.text",
    "ai.response.object",
    "ai.response.toolCalls",
    "llm.completions",
    "traceloop.entity.output",
    "gen_ai.tool.call.result",
    "output.value",
)
_SESSION = ("gen_ai.conversation.id", "session.id", "langfuse.session.id", "ai.telemetry.metadata.sessionId")
_USER = ("user.id", "enduser.id", "langfuse.user.id", "ai.telemetry.metadata.userId")
_NUMBERED = re.compile(r"(gen_ai|llm)\.(prompt|completion)s?\.(\d{1,4})\.(role|content)")
_AGGREGATES = frozenset({"agent", "chain"})


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:  # noqa: ARG001 - every shape's form
    """Read one span or log record; `input` holds cached and `output` reasoning tokens, modalities are subsets.

    Agents and workflows repeat the usage of the calls inside them: theirs goes to the metadata, never to the sum.
    """
    attributes = gathered(document)
    model, operation = _text(attributes, *_MODEL), _text(attributes, *_OPERATION)
    counts = Counts(**{name: _whole(attributes, names) for name, names in _COUNTS.items()})
    genai = any(name.startswith("gen_ai.") for name in attributes)
    if not genai and (model is None or not (counts or operation)):
        return None
    kind = kind_named(operation) or "generation"
    finding = Finding(
        "otel",
        kind=kind,
        name=_name(document, attributes, kind),
        model=model,
        provider=_text(attributes, *_PROVIDER),
        call_id=_text(attributes, "gen_ai.response.id", "ai.response.id", "gen_ai.tool.call.id"),
        usage=exclusive(counts, cache_inside=True),
        input=_messages(attributes, _INPUT, "prompt"),
        output=_messages(attributes, _OUTPUT, "completion"),
        parameters=_parameters(attributes),
        session_id=_text(attributes, *_SESSION),
        user_id=_text(attributes, *_USER),
        error=_error(document, attributes),
    )
    if kind in _AGGREGATES and finding.usage:
        finding.metadata["usage_of_children"] = finding.usage
        finding.usage = {}
    _span(finding, document, attributes)
    return finding


def gathered(document: Mapping[str, Json]) -> dict[str, Json]:
    """Return the attributes of a span or log record by dotted name, from the places where exporters put them."""
    flat: dict[str, Json] = {}
    for place in (document, document.get("attributes"), document.get("Attributes")):
        holder = _from_otlp(place) if isinstance(place, list) else place
        if isinstance(holder, dict):
            for name, value in holder.items():
                if name.split(".", 1)[0] in _ROOTS:
                    _flatten(flat, name, value, 0)
    return flat


def _flatten(flat: dict[str, Json], name: str, value: Json, depth: int) -> None:
    if isinstance(value, dict) and depth < 6:
        for key, inner in value.items():
            _flatten(flat, f"{name}.{key}", inner, depth + 1)
    elif value is not None:
        flat.setdefault(name, value)


def _from_otlp(attributes: list[Json]) -> dict[str, Json]:
    """Read `[{"key": .., "value": {"stringValue": ..}}]`."""
    pairs = [item for item in attributes if isinstance(item, dict) and isinstance(item.get("key"), str)]
    return {item["key"]: _otlp_value(item.get("value")) for item in pairs}


def _otlp_value(value: Json) -> Json:
    if not isinstance(value, dict) or len(value) != 1:
        return value
    name, inner = next(iter(value.items()))
    if name == "arrayValue" and isinstance(inner, dict):
        return [_otlp_value(item) for item in inner.get("values", [])]
    if name == "kvlistValue" and isinstance(inner, dict):
        return _from_otlp(inner.get("values", []))
    return inner


def _span(finding: Finding, document: Mapping[str, Json], attributes: Mapping[str, Json]) -> None:
    found = Fields(document)
    context = Fields(found.mapping("context"))
    finding.trace_id = _hex(found.text("traceid") or context.text("traceid"))
    finding.start_ms = found.time_ms("starttimeunixnano", "starttime", "start")
    finding.end_ms = found.time_ms("endtimeunixnano", "endtime", "end")
    if finding.start_ms is not None:  # a log record inside a span carries that span's id, a span carries its own
        finding.span_id = _hex(found.text("spanid") or context.text("spanid"))
        finding.parent_id = _hex(found.text("parentspanid", "parentid"))
    first_token = _first(attributes, "gen_ai.response.time_to_first_chunk", "gen_ai.server.time_to_first_token")
    if isinstance(first_token, (int, float)) and not isinstance(first_token, bool) and first_token >= 0:
        finding.first_token_after_ms = first_token * 1000
    elif (milliseconds := _first(attributes, "ai.response.msToFirstChunk")) is not None:
        finding.first_token_after_ms = Fields({"a": milliseconds}).duration_ms("a")
    finish = opened(
        _first(attributes, "gen_ai.response.finish_reasons", "ai.response.finishReason", "llm.response.finish_reason")
    )
    if finish:
        finding.metadata["finish_reason"] = finish[0] if isinstance(finish, list) and len(finish) == 1 else finish
    observed = time_ms(found.get("timeunixnano", "timestamp", "observedtimestamp"))
    finding.at_ms = observed if finding.start_ms is None else None


def _messages(attributes: Mapping[str, Json], names: tuple[str, ...], side: str) -> Json:
    value = opened(_first(attributes, *names))
    if value is None:
        value = _numbered(attributes, side)
    system = opened(attributes.get("gen_ai.system_instructions")) if side == "prompt" else None
    if system is not None and isinstance(value, list):
        return [{"role": "system", "content": system}, *value]
    return value


def _numbered(attributes: Mapping[str, Json], side: str) -> Json:
    """Collect `gen_ai.prompt.0.role`, `gen_ai.prompt.0.content`, ... in order of their numbers."""
    messages: dict[int, dict[str, Json]] = {}
    for name, value in attributes.items():
        match = _NUMBERED.fullmatch(name)
        if match and match[2] == side:
            messages.setdefault(int(match[3]), {})[match[4]] = value
    return [messages[number] for number in sorted(messages)] or None


def _parameters(attributes: Mapping[str, Json]) -> dict[str, Json]:
    prefix, settings = "gen_ai.request.", "ai.settings."
    named = {name.removeprefix(prefix): value for name, value in attributes.items() if name.startswith(prefix)}
    named |= {name.removeprefix(settings): value for name, value in attributes.items() if name.startswith(settings)}
    named.pop("model", None)
    return named


def _error(document: Mapping[str, Json], attributes: Mapping[str, Json]) -> str | None:
    status = document.get("status")
    code, message = (
        (status.get("code", status.get("status_code")), status.get("message", status.get("description")))
        if isinstance(status, dict)
        else (status, None)
    )
    kind = _text(attributes, "error.type")
    failed = code == 2 or (isinstance(code, str) and code.upper().endswith("ERROR"))
    if not failed and kind is None:
        return None
    return ": ".join(part for part in (kind, text(message)) if part) or "failed"


def _name(document: Mapping[str, Json], attributes: Mapping[str, Json], kind: str) -> str | None:
    named = {"tool": "gen_ai.tool.name", "agent": "gen_ai.agent.name"}.get(kind)
    told = (_text(attributes, named) if named else None) or text(document.get("name"))
    parts = (_text(attributes, *_OPERATION), _text(attributes, "gen_ai.request.model"))
    return told or " ".join(part for part in parts if part) or None


def _hex(identifier: str | None) -> str | None:
    return identifier.removeprefix("0x").lower() if identifier else None


def _text(attributes: Mapping[str, Json], *names: str) -> str | None:
    return next((found for name in names if (found := text(attributes.get(name))) is not None), None)


def _whole(attributes: Mapping[str, Json], names: tuple[str, ...]) -> int | None:
    return next((found for name in names if (found := whole(attributes.get(name), name)) is not None), None)


def _first(attributes: Mapping[str, Json], *names: str) -> Json:
    return next((attributes[name] for name in names if attributes.get(name) is not None), None)
