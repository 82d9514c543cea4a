"""Read the bodies of the vendors on Bedrock: Claude, Nova, Llama, Mistral, Titan, DeepSeek, Cohere, gpt-oss.

`InvokeModel` logs them as the vendor defines them, `InvokeModelWithResponseStream` as a list of the vendor's chunks.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from logrouter.model import Json
from logrouter.stages.llm.anthropic import content
from logrouter.stages.llm.fields import opened
from logrouter.stages.llm.surroundings import PARAMETERS

_METRICS = "amazon-bedrock-invocationMetrics"
_MASK = "***MASKED***"
_MASKED_HEAD = re.compile(r"\*\*\*MASKED\*\*\*|[^\s@*]{0,4}\*\*+@")
"""How a chunk begins whose first word is masked: what the chunk before ends with may be the beginning of that word."""

_WORD_ENDS = frozenset(" \t\r\n\"'`<>()[]{}=:,;")
"""What ends a word of an answer; a secret holds none of these more often than not."""

_SETTINGS = ("inferenceConfig", "textGenerationConfig", "additionalModelRequestFields", "toolConfig", "tools")


@dataclass(slots=True)
class Body:
    """What a body says: content in a form that Langfuse renders, and the figures beside it."""

    content: Json = None
    parameters: dict[str, Json] = field(default_factory=dict)
    usage: dict[str, Json] = field(default_factory=dict)
    latency_ms: Json = None
    first_byte_ms: Json = None
    finish_reason: str | None = None


def read_input(body: Json) -> Body:
    """Read a request body: messages with the system prompt in front, or the one prompt text; absent gives empty."""
    body = opened(body)
    if not isinstance(body, dict):
        return Body(body)
    messages = body.get("messages")
    if isinstance(messages, list):
        asked: Json = [_message(message) for message in messages]
        if body.get("system"):
            asked = [{"role": "system", "content": content(body["system"])}, *asked]
    else:
        asked = _first(body, "prompt", "inputText", "texts", "query", "message", "textToImageParams") or body
    settings = {name: body[key] for key, name in _settings_names(body)}
    for name in _SETTINGS:
        value = body.get(name)
        if isinstance(value, dict):
            settings |= value if name.endswith("Config") and name != "toolConfig" else {name: value}
        elif value:
            settings[name] = value
    return Body(asked, settings)


def read_output(body: Json) -> Body:
    """Read a response body, or join the chunks of a stream; absent gives empty."""
    body = opened(body)
    if isinstance(body, list):
        return _joined([chunk for chunk in map(opened, body) if isinstance(chunk, dict)])
    if not isinstance(body, dict):
        return Body(body)
    result = Body(_answer(body), finish_reason=_finish_reason(body))
    result.usage = _usage(body)
    metrics = body.get("metrics")
    if isinstance(metrics, dict):
        result.latency_ms = metrics.get("latencyMs")
    return _with_metrics(result, body)


def _message(message: Json) -> Json:
    if not isinstance(message, dict):
        return message
    return {**message, "content": content(message.get("content"))}


def _answer(body: Mapping[str, Json]) -> Json:
    output = body.get("output")
    if isinstance(output, dict) and isinstance(output.get("message"), dict):  # Converse, Nova
        return content(output["message"].get("content"))
    if isinstance(body.get("content"), list):  # Claude
        return content(body["content"])
    for name, text in (("results", "outputText"), ("outputs", "text"), ("generations", "text"), ("choices", "text")):
        parts = body.get(name)
        if isinstance(parts, list) and parts and isinstance(parts[0], dict):  # Titan, Mistral, Cohere, DeepSeek
            said = [part.get(text) or part.get("message") for part in parts if isinstance(part, dict)]
            return said[0] if len(said) == 1 else said
    if "embedding" in body or "embeddings" in body:
        return None  # vectors are no text to read, and large
    return _first(body, "generation", "completion", "text", "outputText") or None


def _usage(body: Mapping[str, Json]) -> dict[str, Json]:
    usage = body.get("usage")
    if isinstance(usage, dict):
        return usage
    named = {
        name: body[name]
        for name in ("prompt_token_count", "generation_token_count", "inputTextTokenCount")
        if name in body
    }
    results = body.get("results")
    if isinstance(results, list) and results and isinstance(results[0], dict) and "tokenCount" in results[0]:
        named["outputTokenCount"] = results[0]["tokenCount"]
    return named


def _finish_reason(body: Mapping[str, Json]) -> str | None:
    reason = _first(body, "stopReason", "stop_reason", "completionReason", "finish_reason")
    for name in ("results", "outputs", "choices"):
        parts = body.get(name)
        if reason is None and isinstance(parts, list) and parts and isinstance(parts[0], dict):
            reason = _first(parts[0], "completionReason", "stop_reason", "finish_reason")
    return reason if isinstance(reason, str) else None


def _joined(chunks: list[dict[str, Json]]) -> Body:
    """Join stream chunks. Usage in them is cumulative: the last word on each count holds, nothing is added up."""
    result = Body(_glued(piece for chunk in chunks for piece in _pieces(chunk)) or None)
    for chunk in chunks:
        message = chunk.get("message")
        usages = (
            message.get("usage") if isinstance(message, dict) else None,
            chunk.get("usage"),
            _nested(chunk, "metadata", "usage"),
        )
        for usage in usages:
            if isinstance(usage, dict):
                result.usage |= {name: value for name, value in usage.items() if value is not None}
        result.usage |= {} if isinstance(chunk.get("usage"), dict) else _usage(chunk)
        stop = (
            _nested(chunk, "delta", "stop_reason")
            or _nested(chunk, "messageStop", "stopReason")
            or _finish_reason(chunk)
        )
        result.finish_reason = stop if isinstance(stop, str) else result.finish_reason
        result.latency_ms = _nested(chunk, "metadata", "metrics", "latencyMs") or result.latency_ms
        result = _with_metrics(result, chunk)
    return result


def _glued(pieces: Iterable[str]) -> str:
    """Join the texts of chunks. A word masked up to the border of its chunk goes on in the next one: hide it all."""
    parts: list[str] = []
    is_torn = False
    for piece in pieces:
        rest = piece[_word_chars(piece) :] if is_torn else piece
        if _MASKED_HEAD.match(rest):
            _drop_last_word(parts)
        if rest:
            parts.append(rest)
        is_torn = rest.endswith(_MASK) or (is_torn and not rest)
    return "".join(parts)


def _word_chars(text: str) -> int:
    """Return how many characters of a word a text begins with."""
    return next((at for at, char in enumerate(text) if char in _WORD_ENDS), len(text))


def _drop_last_word(parts: list[str]) -> None:
    while parts and not parts[-1].endswith(_MASK):
        kept = parts[-1][: len(parts[-1]) - _word_chars(parts[-1][::-1])]
        if kept:
            parts[-1] = kept
            return
        parts.pop()


def _pieces(chunk: Mapping[str, Json]) -> Iterator[str]:
    for path in (
        ("delta", "text"),  # Claude
        ("delta", "partial_json"),
        ("contentBlockDelta", "delta", "text"),  # Nova
        ("generation",),  # Llama
        ("outputText",),  # Titan
        ("completion",),
    ):
        piece = _nested(chunk, *path)
        if isinstance(piece, str):
            yield piece
    for name in ("outputs", "choices"):  # Mistral, DeepSeek, gpt-oss
        for part in chunk.get(name) or ():
            piece = (_nested(part, "text") or _nested(part, "delta", "content")) if isinstance(part, dict) else None
            if isinstance(piece, str):
                yield piece


def _with_metrics(result: Body, chunk: Mapping[str, Json]) -> Body:
    metrics = chunk.get(_METRICS)
    if isinstance(metrics, dict):
        result.latency_ms = metrics.get("invocationLatency", result.latency_ms)
        result.first_byte_ms = metrics.get("firstByteLatency", result.first_byte_ms)
        counts = {name: value for name, value in metrics.items() if name.endswith("TokenCount")}
        result.usage = {**counts, **result.usage} if result.usage else counts
    return result


def _settings_names(body: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    for key in body:
        name = PARAMETERS.get("".join(filter(str.isalnum, key.lower())))
        if name:
            yield key, name


def _nested(value: Json, *path: str) -> Json:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _first(body: Mapping[str, Json], *names: str) -> Json:
    return next((body[name] for name in names if body.get(name) is not None), None)
