"""Read what LangChain's results and messages tell of an answer: text, model, ids, and usage in any of its forms.

`usage_metadata` is LangChain's own form for every provider: cached tokens inside the input, reasoning in the output.
`token_usage` and `usage` are the provider's, by its own custom.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.reading.fields import Fields, opened
from logrouter.stages.llm.reading.usage import exclusive, odd_total, read_counts

_RUN: Final = re.compile(r"(?:lc_)?run-{1,2}([0-9a-f]{8}-[0-9a-f-]{27})")
"""Ids that LangChain gives to messages hold the id of their run."""

_PLACES: Final = (
    "response", "result", "output", "outputs", "message", "llmoutput", "responsemetadata", "generations", "kwargs",
)  # fmt: skip
_MESSAGES: Final = frozenset({"ai", "AIMessage", "AIMessageChunk"})
_GENERATIONS: Final = frozenset({"ChatGeneration", "ChatGenerationChunk", "Generation", "GenerationChunk"})
_BESIDE_MODEL: Final = ("usage", "stopreason", "finishreason", "tokenusage")
_DEPTH: Final = 6


@dataclass(slots=True)
class Result:
    """What a result says; nothing where it says nothing."""

    output: Json = None
    model: str | None = None
    provider: str | None = None
    usage: dict[str, int] = field(default_factory=dict)
    odd_total: int | None = None
    answer_id: str | None = None
    run_id: str | None = None
    finish_reason: str | None = None
    service_tier: str | None = None


def result_in(document: Mapping[str, Json]) -> Result | None:
    """Return what an LLMResult, a message or the objects around them tell; None when there is none of them."""
    parts = [Fields(part) for part in _parts(document, 0)]
    if not any(_is_telling(part) for part in parts):
        return None
    result = Result()
    for place, part in enumerate(parts):
        result.output = result.output if result.output is not None else _said(part, is_inner=place > 0)
        result.model = result.model or part.text("modelname", "modelid") or _model(part)
        result.provider = result.provider or part.text("modelprovider", "provider")
        result.finish_reason = result.finish_reason or part.text("finishreason", "stopreason")
        result.service_tier = result.service_tier or part.text("servicetier")
        _identify(result, part.text("id"))
    _count(result, parts)
    return result


def _parts(value: Json, depth: int) -> Iterator[dict[str, Json]]:
    """Yield the objects of a result, outermost first; of several generations the first one stands for all."""
    value = opened(value)
    while isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict) or depth > _DEPTH:
        return
    yield value
    found = Fields(value)
    for name in _PLACES:
        if name in found:
            yield from _parts(found.get(name), depth + 1)


def _is_telling(part: Fields) -> bool:
    has_usage = "usagemetadata" in part and "inputtokens" in Fields(part.mapping("usagemetadata"))
    is_message = "responsemetadata" in part and str(part.get("type")) in _MESSAGES
    is_result = isinstance(part.get("generations"), list) and "prompts" not in part
    return has_usage or is_message or is_result or "tokenusage" in part


def _model(part: Fields) -> str | None:
    """`model` names it only where usage or a reason to stop stands beside: elsewhere it may be anything."""
    return part.text("model") if any(name in part for name in _BESIDE_MODEL) else None


def _said(part: Fields, *, is_inner: bool) -> Json:
    kind = str(part.get("type"))
    said = part.get("text") if is_inner or kind in _GENERATIONS else None
    if not said and kind in _MESSAGES:
        said = part.get("content")
    calls = part.get("toolcalls")
    if not said and isinstance(calls, list) and calls:
        return {"tool_calls": calls}
    return said or None


def _identify(result: Result, identifier: str | None) -> None:
    if identifier is None:
        return
    run = _RUN.match(identifier)
    if run:
        result.run_id = result.run_id or run[1]
    elif result.answer_id is None and identifier.startswith(("chatcmpl-", "msg_", "resp_", "gen-")):
        result.answer_id = identifier


def _count(result: Result, parts: list[Fields]) -> None:
    """Take LangChain's own usage where it is there, else the provider's."""
    for name in ("usagemetadata", "tokenusage", "usage", "estimatedtokenusage"):
        for part in parts:
            usage = part.mapping(name)
            counts = read_counts(usage)
            if counts:
                inside = name != "usage" or "prompttokens" in Fields(usage)
                result.usage = exclusive(counts, cache_inside=inside, trust_total=name != "usagemetadata")
                result.odd_total = odd_total(counts, result.usage) if counts.total is not None else None
                return
