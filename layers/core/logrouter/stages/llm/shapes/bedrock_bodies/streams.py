"""Join the chunks of a streamed answer into one body: texts, thoughts and tool calls, each from its own pieces.

`InvokeModelWithResponseStream` logs what the vendor streamed, chunk by chunk: Anthropic's events, the events of
ConverseStream for Nova, choices as OpenAI, DeepSeek, Qwen, Writer, AI21 and Mistral stream them, plain texts of Llama,
Titan, Cohere and older Mistral models, and Nova Sonic's events (inference parameters of each vendor, Amazon Bedrock
user guide, checked 2026-11-20). Counts in them are cumulative: the last word on each holds, nothing is added up.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.shapes.bedrock_bodies.body import nested, objects
from logrouter.stages.llm.shapes.bedrock_bodies.gluing import glued

METRICS: Final = "amazon-bedrock-invocationMetrics"
FLAT_COUNTS: Final = ("prompt_token_count", "generation_token_count", "inputTextTokenCount")
"""Counts that Llama and Titan write beside the answer."""

_ALWAYS: Final = ("id", "model", METRICS, "amazon-bedrock-guardrailAction", "amazon-bedrock-trace", "service_tier")
_PLAIN: Final = ("generation", "outputText", "completion", "text")
_EXCEPTION: Final = "Exception"

type _Slot = tuple[str, Json]


@dataclass(slots=True)
class _Block:
    kind: str
    head: dict[str, Json] = field(default_factory=dict)
    pieces: list[str] = field(default_factory=list)

    def whole(self) -> dict[str, Json] | None:
        text = glued(self.pieces)
        if self.kind == "tool":
            return {"type": "tool_use", **self.head, "input": _arguments(text, self.head.get("input"))}
        if self.kind == "block":
            return self.head
        return {"type": self.kind, self.kind: text} if text else None


def joined(chunks: Iterable[Json]) -> dict[str, Json]:
    """Return a stream as one body in Anthropic's form: `content` blocks, `stop_reason`, `usage`, metrics, `error`."""
    stream = _Stream()
    for chunk in chunks:
        if isinstance(chunk, dict):
            stream.add(chunk)
    return stream.body()


class _Stream:
    """What was streamed so far."""

    def __init__(self) -> None:
        self._blocks: dict[_Slot, _Block] = {}
        self._usage: dict[str, Json] = {}
        self._facts: dict[str, Json] = {}

    def add(self, chunk: Mapping[str, Json]) -> None:
        self._anthropic(chunk)
        self._converse(chunk)
        self._choices(chunk)
        self._plain(chunk)
        self._sonic(chunk)
        self._count(chunk)
        self._note(chunk)

    def body(self) -> dict[str, Json]:
        content = [whole for block in self._blocks.values() if (whole := block.whole()) is not None]
        usage = {"usage": self._usage} if self._usage else {}
        return {"role": "assistant", "content": content, **self._facts, **usage}

    def _piece(self, kind: str, place: Json, piece: Json) -> None:
        """Add a piece to the text, thought or tool call at a place; a place holds one of each."""
        if isinstance(piece, str) and piece:
            self._blocks.setdefault(_slot(kind, place), _Block(kind)).pieces.append(piece)

    def _tool(self, place: Json, **head: Json) -> None:
        block = self._blocks.setdefault(_slot("tool", place), _Block("tool"))
        block.head |= {name: value for name, value in head.items() if value}

    def _anthropic(self, chunk: Mapping[str, Json]) -> None:
        place, start, delta = chunk.get("index"), chunk.get("content_block"), chunk.get("delta")
        if isinstance(start, dict):
            if str(start.get("type", "")).endswith("tool_use"):
                self._tool(place, id=start.get("id"), name=start.get("name"), input=start.get("input"))
            elif start.get("type") in ("text", "thinking"):
                self._piece(start["type"], place, start.get(start["type"]))
            else:
                self._blocks.setdefault(_slot("block", place), _Block("block", dict(start)))
        if isinstance(delta, dict):
            self._piece("text", place, delta.get("text"))
            self._piece("thinking", place, delta.get("thinking"))
            self._piece("tool", place, delta.get("partial_json"))

    def _converse(self, chunk: Mapping[str, Json]) -> None:
        start, delta = chunk.get("contentBlockStart"), chunk.get("contentBlockDelta")
        tool = nested(start, "start", "toolUse")
        if isinstance(tool, dict):
            self._tool(nested(start, "contentBlockIndex"), id=tool.get("toolUseId"), name=tool.get("name"))
        if isinstance(delta, dict):
            place = delta.get("contentBlockIndex")
            self._piece("text", place, nested(delta, "delta", "text"))
            self._piece("tool", place, nested(delta, "delta", "toolUse", "input"))
            self._piece("thinking", place, nested(delta, "delta", "reasoningContent", "text"))

    def _choices(self, chunk: Mapping[str, Json]) -> None:
        for choice in (*objects(chunk.get("choices")), *objects(chunk.get("outputs"))):
            place = choice.get("index", 0)
            said = choice.get("delta") or choice.get("message") or choice
            if not isinstance(said, dict):
                continue
            self._piece("thinking", place, said.get("reasoning_content") or said.get("reasoning"))
            self._piece("text", place, said.get("content") or said.get("text"))
            for call in objects(said.get("tool_calls")):
                slot = f"{place}/{call.get('index', call.get('id', 0))}"
                self._tool(slot, id=call.get("id"), name=nested(call, "function", "name"))
                self._piece("tool", slot, nested(call, "function", "arguments"))

    def _plain(self, chunk: Mapping[str, Json]) -> None:
        for name in _PLAIN:
            self._piece("text", "plain", chunk.get(name))
        for part in objects(chunk.get("generations")):
            self._piece("text", "plain", part.get("text"))
        for number, call in enumerate(objects(chunk.get("tool_calls"))):  # Cohere tells them whole
            self._tool(f"plain/{number}", name=call.get("name"), input=call.get("parameters"))

    def _sonic(self, chunk: Mapping[str, Json]) -> None:
        event = chunk.get("event")
        said = nested(event, "textOutput")
        if isinstance(said, dict) and said.get("role", "ASSISTANT") == "ASSISTANT":
            self._piece("text", said.get("contentId"), said.get("content"))
        tool = nested(event, "toolUse")
        if isinstance(tool, dict):
            place = tool.get("toolUseId")
            self._tool(place, id=place, name=tool.get("toolName"))
            self._piece("tool", place, tool.get("content"))
        usage = nested(event, "usageEvent")
        if isinstance(usage, dict):
            self._add_counts(
                {
                    "inputTokens": usage.get("totalInputTokens"),
                    "outputTokens": usage.get("totalOutputTokens"),
                    "totalTokens": usage.get("totalTokens"),
                    "audioInputTokens": nested(usage, "details", "total", "input", "speechTokens"),
                    "audioOutputTokens": nested(usage, "details", "total", "output", "speechTokens"),
                }
            )

    def _count(self, chunk: Mapping[str, Json]) -> None:
        for counts in (
            nested(chunk, "message", "usage"),
            chunk.get("usage"),
            nested(chunk, "metadata", "usage"),
            nested(chunk, "response", "meta", "billed_units"),
        ):
            if isinstance(counts, dict):
                self._add_counts(counts)
        self._add_counts({name: chunk[name] for name in FLAT_COUNTS if name in chunk})
        self._add_counts({"outputTokenCount": chunk.get("totalOutputTextTokenCount")})

    def _add_counts(self, counts: Mapping[str, Json]) -> None:
        self._usage |= {name: value for name, value in counts.items() if value is not None}

    def _note(self, chunk: Mapping[str, Json]) -> None:
        message = chunk.get("message")
        for source in (message, chunk):
            if isinstance(source, dict):
                self._facts |= {name: source[name] for name in _ALWAYS if source.get(name) is not None}
        reason = _finish_reason(chunk)
        if reason:
            self._facts["stop_reason"] = reason
        latency = nested(chunk, "metadata", "metrics", "latencyMs")
        if latency is not None:
            self._facts["metrics"] = {"latencyMs": latency}
        trace = nested(chunk, "metadata", "trace")
        if trace is not None:
            self._facts["trace"] = trace
        error = chunk.get("error") or next((chunk[name] for name in chunk if name.endswith(_EXCEPTION)), None)
        if error:
            self._facts["error"] = error


def _slot(kind: str, place: Json) -> _Slot:
    """Return the key of a block; a place that is an object or a list is none."""
    return kind, None if isinstance(place, (dict, list)) else place


def _finish_reason(chunk: Mapping[str, Json]) -> str | None:
    candidates = [
        nested(chunk, "delta", "stop_reason"),
        nested(chunk, "messageStop", "stopReason"),
        *(chunk.get(name) for name in ("stop_reason", "completionReason", "finish_reason")),
        *(
            part.get(name)
            for part in (*objects(chunk.get("choices")), *objects(chunk.get("outputs")))
            for name in ("finish_reason", "stop_reason")
        ),
    ]
    return next((reason for reason in candidates if isinstance(reason, str) and reason), None)


def _arguments(text: str, whole: Json) -> Json:
    """Return the arguments of a tool call, streamed as the text of a JSON object; as they came when they are none."""
    if not text:
        return whole if whole is not None else {}
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
