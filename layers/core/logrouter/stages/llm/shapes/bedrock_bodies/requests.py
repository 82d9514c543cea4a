"""Read requests: messages with the system prompt in front, or what else was asked, and the parameters beside it."""

from collections.abc import Iterator, Mapping
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.reading.fields import opened
from logrouter.stages.llm.reading.media import lean
from logrouter.stages.llm.reading.surroundings import PARAMETERS
from logrouter.stages.llm.shapes.anthropic import content
from logrouter.stages.llm.shapes.bedrock_bodies.body import Body, first, nested, objects

_FLATTENED: Final = ("inferenceConfig", "textGenerationConfig", "imageGenerationConfig")
_KEPT: Final = (
    "additionalModelRequestFields", "toolConfig", "tools", "tool_choice", "thinking", "guardrailConfig",
    "performanceConfig", "outputConfig", "promptVariables", "input_type", "dimensions", "normalize", "embeddingConfig",
)  # fmt: skip
_NAMED: Final = {"max_gen_len": "max_tokens", "maxTokenCount": "max_tokens", "p": "top_p", "k": "top_k"}
_IMAGE_TASKS: Final = "Params"


def read_input(body: Json) -> Body:
    """Read a request body; absent gives empty."""
    body = opened(body)
    if isinstance(body, list):
        return Body(lean([event for event in body if nested(event, "event", "audioInput") is None]))
    if not isinstance(body, dict):
        return Body(lean(body))
    return Body(lean(_asked(body)), _settings(body))


def _asked(body: Mapping[str, Json]) -> Json:
    messages = body.get("messages")
    if isinstance(messages, list):
        asked = [_message(message) for message in messages]
        return [{"role": "system", "content": content(body["system"])}, *asked] if body.get("system") else asked
    if isinstance(body.get("message"), str):
        return _cohere(body)
    if "query" in body and "documents" in body:
        return {"query": body["query"], "documents": body["documents"]}
    task = {name: value for name, value in body.items() if name == "taskType" or name.endswith(_IMAGE_TASKS)}
    if len(task) > 1 or isinstance(body.get("source"), str):  # Titan and Nova pictures and embeddings; a guardrail
        return task if len(task) > 1 else body.get("content") or body
    pictures = {name: body[name] for name in ("image", "images", "inputImage", "mediaSource") if body.get(name)}
    text = first(body, "prompt", "inputText", "text_prompts", "texts", "inputs", "inputPrompt", "query")
    return {"text": text, **pictures} if text is not None and pictures else text or pictures or dict(body)


def _message(message: Json) -> Json:
    if not isinstance(message, dict):
        return message
    return {**message, "content": content(message.get("content"))}


def _cohere(body: Mapping[str, Json]) -> Json:
    """Return Cohere's chat as messages: preamble, history, question."""
    history = [
        {"role": str(turn.get("role", "")).lower(), "content": turn.get("message")}
        for turn in objects(body.get("chat_history"))
    ]
    preamble = [{"role": "system", "content": body["preamble"]}] if body.get("preamble") else []
    if not history and not preamble:
        return body["message"]
    return [*preamble, *history, {"role": "user", "content": body["message"]}]


def _settings(body: Mapping[str, Json]) -> dict[str, Json]:
    settings = {name: body[key] for key, name in _settings_names(body)}
    for name in _FLATTENED:
        value = body.get(name)
        if isinstance(value, dict):
            settings |= value
    settings |= {name: body[name] for name in _KEPT if body.get(name)}
    return settings


def _settings_names(body: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    for key in body:
        name = _NAMED.get(key) or PARAMETERS.get("".join(filter(str.isalnum, key.lower())))
        if name:
            yield key, name
