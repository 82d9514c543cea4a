"""Token counts and cost of a span, in the names and by the customs of each family of instrumentations.

The conventions count cached tokens inside the input, reasoning inside the output, and modalities as parts of both. Who
writes the numbers of a provider through, that counts the cache beside the input, is known by name.
"""

import ast
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.reading.fields import Fields, money, whole
from logrouter.stages.llm.reading.surroundings import settled_cost
from logrouter.stages.llm.reading.usage import Counts, exclusive, read_counts
from logrouter.stages.llm.shapes.otel.attributes import Attributes, as_object

_GEN_AI: Final = {
    "input": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens"),
    "output": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens"),
    "total": ("gen_ai.usage.total_tokens", "llm.usage.total_tokens"),
    "cache_read": (
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.cache_read_tokens",
        "gen_ai.usage.input_tokens.cached",
        "gen_ai.usage.details.cache_read_tokens",
        "gen_ai.usage.details.cache_read_input_tokens",
        "gen_ai.usage.details.cached_tokens",
        "llm.usage.cache_read_input_tokens",
    ),
    "cache_write": (
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_write.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "gen_ai.usage.cache_write_input_tokens",
        "gen_ai.usage.cache_write_tokens",
        "gen_ai.usage.input_tokens.cache_write",
        "gen_ai.usage.details.cache_write_tokens",
        "gen_ai.usage.details.cache_creation_input_tokens",
        "llm.usage.cache_creation_input_tokens",
    ),
    "cache_write_5m": ("anthropic.usage.cache_creation.ephemeral_5m_input_tokens",),
    "cache_write_1h": ("anthropic.usage.cache_creation.ephemeral_1h_input_tokens",),
    "reasoning": (
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.usage.reasoning_tokens",
        "gen_ai.usage.output_tokens.reasoning",
        "gen_ai.usage.details.reasoning_tokens",
        "llm.usage.reasoning_tokens",
    ),
    "audio_input": ("gen_ai.usage.audio.input_tokens", "gen_ai.usage.details.input_audio_tokens"),
    "audio_output": ("gen_ai.usage.audio.output_tokens", "gen_ai.usage.details.output_audio_tokens"),
    "image_input": ("gen_ai.usage.image.input_tokens",),
    "image_output": ("gen_ai.usage.image.output_tokens",),
    "audio_cached": ("gen_ai.usage.audio.cache_read.input_tokens",),
    "image_cached": ("gen_ai.usage.image.cache_read.input_tokens",),
    "video_input": ("gen_ai.usage.video.input_tokens",),
    "video_output": ("gen_ai.usage.video.output_tokens",),
}
_OPENINFERENCE: Final = {
    "input": ("llm.token_count.prompt",),
    "output": ("llm.token_count.completion",),
    "total": ("llm.token_count.total",),
    "cache_read": ("llm.token_count.prompt_details.cache_read", "llm.token_count.prompt_details.cache_input"),
    "cache_write": ("llm.token_count.prompt_details.cache_write",),
    "reasoning": ("llm.token_count.completion_details.reasoning",),
    "audio_input": ("llm.token_count.prompt_details.audio",),
    "audio_output": ("llm.token_count.completion_details.audio",),
}
_VERCEL: Final = {
    "input": ("ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens"),
    "output": ("ai.usage.outputTokens", "ai.usage.completionTokens"),
    "total": ("ai.usage.totalTokens",),
    "cache_read": (
        "ai.usage.inputTokenDetails.cacheReadTokens",
        "ai.usage.cacheReadInputTokens",
        "ai.usage.cachedInputTokens",
    ),
    "cache_write": ("ai.usage.inputTokenDetails.cacheWriteTokens", "ai.usage.cacheCreationInputTokens"),
    "reasoning": ("ai.usage.outputTokenDetails.reasoningTokens", "ai.usage.reasoningTokens"),
}
"""Field of `Counts` to attribute names, current names first."""

_COST: Final = ("llm.cost.total", "gen_ai.usage.cost", "gen_ai.cost.total_cost", "operation.cost")
_RAW: Final = ("gen_ai.usage.raw", "langsmith.metadata.usage_metadata", "metadata.usage_object")
"""A provider's own object, of which Logfire, LangSmith and LiteLLM write more than they name."""

_LONGEST_RAW: Final = 5_000
_WITHIN: Final = ("ai.usage.inputTokenDetails.noCacheTokens", "ai.usage.inputTokenDetails.cacheReadTokens")
"""Versions of the Vercel AI SDK that have these names count the cache inside the input, whoever the provider is."""

_OUTSIDE: Final = ("anthropic", "bedrock")
"""In the names of providers of the Vercel AI SDK (`vertex.anthropic.messages`) whose own count of the input it passed
on before: without the cache."""

_BEDROCK: Final = frozenset({"aws.bedrock", "AWS", "aws"})
_PASSED_ON_BY_OPENLIT: Final = frozenset({"anthropic", *_BEDROCK})
_BUCKETS: Final = {
    "cache_read_input_tokens": "input_cached_tokens",
    "cache_creation_input_tokens": "input_cache_creation",
}


def usage_of(attributes: Attributes, scope: str | None = None) -> tuple[dict[str, int], int | None]:
    """Return exclusive buckets, and the total that the span states where it is not theirs.

    Args:
        attributes: of the span.
        scope: name of the instrumentation, where the form has it.

    Raises:
        NonsenseError: a count is impossible.
    """
    said = as_object(attributes.first("langfuse.observation.usage_details"))
    if said:
        return _langfuse(said)
    counts = _named(attributes, _VERCEL)
    if counts:
        counts, inside = _vercel(attributes, counts)
        return _settled(counts, inside=inside, trust_total=False)
    counts = _named(attributes, _OPENINFERENCE)
    if counts:
        return _settled(counts, inside=True, trust_total=True)
    counts = _named(attributes, _GEN_AI).over(_own_counts(_raw(attributes.first(*_RAW))))
    if _is_passed_on(attributes, counts, scope):
        counts.total = None
        return _settled(counts, inside=False, trust_total=False)
    return _settled(counts, inside=True, trust_total=True)


def cost_of(attributes: Attributes) -> dict[str, float]:
    """Return US dollars: `total`, and `input` and `output` where the span states them.

    A cost of nothing is none: so writes who does not know the price (OpenLIT). Langfuse's own attribute is meant.
    """
    said = Fields(as_object(attributes.first("langfuse.observation.cost_details")))
    total, given, answered = said.money("total"), said.money("input"), said.money("output")
    if total is None:
        total = _money(attributes, *_COST) or None
    if given is None:
        given = _money(attributes, "llm.cost.prompt", "gen_ai.usage.input_cost", "gen_ai.cost.input_cost")
    if answered is None:
        answered = _money(attributes, "llm.cost.completion", "gen_ai.usage.output_cost", "gen_ai.cost.output_cost")
    return settled_cost(total, given, answered) if total is not None or given or answered else {}


def _named(attributes: Attributes, names: dict[str, tuple[str, ...]]) -> Counts:
    return Counts(**{field: attributes.whole(*spellings) for field, spellings in names.items()})


def _settled(counts: Counts, *, inside: bool, trust_total: bool) -> tuple[dict[str, int], int | None]:
    usage = exclusive(counts, cache_inside=inside, reasoning_inside=True, trust_total=trust_total)
    is_odd = trust_total and counts.total is not None and counts.total != usage.get("total", 0)
    return usage, counts.total if is_odd else None


def _vercel(attributes: Attributes, counts: Counts) -> tuple[Counts, bool]:
    """Add what only the provider's own metadata say of a call, and tell whether its input holds the cache."""
    provider = attributes.text("ai.model.provider") or ""
    told = as_object(attributes.first("ai.response.providerMetadata"))
    for named in told.values():
        if isinstance(named, dict):
            counts = counts.over(_own_counts(named))
    return counts, attributes.first(*_WITHIN) is not None or not any(name in provider for name in _OUTSIDE)


def _raw(value: Json) -> Mapping[str, Json]:
    """Return a provider's object from JSON, or from the text that Python shows of it."""
    if isinstance(value, str) and value.startswith("{'") and len(value) <= _LONGEST_RAW:
        try:
            shown = ast.literal_eval(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return {}
        return shown if isinstance(shown, dict) else {}
    return as_object(value)


def _own_counts(named: Mapping[str, Json]) -> Counts:
    """Read what a provider's own words say of cache, reasoning and modalities; its sides are told already."""
    usage = named.get("usage")
    found = read_counts(named).over(read_counts(usage) if isinstance(usage, dict) else Counts())
    return replace(found, input=None, output=None, total=None, tool_input=None)


def _is_passed_on(attributes: Attributes, counts: Counts, scope: str | None) -> bool:
    """Whether the counts are the provider's own, which has the cache beside the input.

    So botocore's instrumentation writes Amazon Bedrock's (0.66b2), OpenLLMetry's too (0.62.4), whose total leaves the
    cache out, and OpenLIT's those of Anthropic as well (1.45.0).
    """
    provider = attributes.text("gen_ai.provider.name", "gen_ai.system")
    if attributes.text("telemetry.sdk.name") == "openlit" and provider in _PASSED_ON_BY_OPENLIT:
        return True
    if attributes.first("rpc.service") == "Bedrock Runtime" or (scope or "").endswith(".botocore.bedrock-runtime"):
        return True
    if provider not in _BEDROCK:
        return False
    return counts.total is not None and counts.total == (counts.input or 0) + (counts.output or 0)


def _langfuse(said: Mapping[str, Json]) -> tuple[dict[str, int], int | None]:
    """Read usage as the langfuse SDK states it: buckets that exclude each other, or a provider's own object."""
    if not said.keys() & {"input", "output"}:
        return _settled(read_counts(said), inside=True, trust_total=True)
    usage = {
        _BUCKETS.get(name, name): count
        for name, value in said.items()
        if name != "total" and (count := None if isinstance(value, (dict, list)) else whole(value, name)) is not None
    }
    kept = {name: count for name, count in usage.items() if count or name in {"input", "output"}}
    total, stated = sum(kept.values()), whole(said.get("total"), "total")
    return {**kept, "total": total}, stated if stated is not None and stated != total else None


def _money(attributes: Attributes, *names: str) -> float | None:
    for name in names:
        value = attributes.first(name)
        amount = None if isinstance(value, (dict, list)) else money(value, name)
        if amount is not None:
            return amount
    return None
