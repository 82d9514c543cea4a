"""Token counts of any provider into exclusive buckets that add up.

Providers disagree on what `input` holds: OpenAI, Gemini and the OpenTelemetry conventions count cached tokens inside,
Anthropic and Bedrock outside; reasoning is inside `output` for OpenAI and outside for Gemini. Langfuse adds up whatever
buckets it is sent, so ours exclude each other (measured with server 4.16.0, 2026-11-20).
"""

from collections.abc import Mapping
from itertools import product

from logrouter.stages.llm.reading.counts import (
    CONTAINERS,
    COUNT_NAMES,
    Counts,
    counted_sides,
    find_counts,
    is_miscounted,
    read_counts,
)

__all__ = [
    "CONTAINERS",
    "COUNT_NAMES",
    "Counts",
    "counted_sides",
    "exclusive",
    "find_counts",
    "is_miscounted",
    "odd_total",
    "read_counts",
    "with_hidden_thoughts",
]


def exclusive(
    counts: Counts, *, cache_inside: bool = True, reasoning_inside: bool = True, trust_total: bool = True
) -> dict[str, int]:
    """Turn counts into buckets that exclude each other, and their `total`.

    Args:
        counts: as stated by the provider.
        cache_inside: the provider's custom: `input` holds cached tokens.
        reasoning_inside: the provider's custom: `output` holds reasoning tokens.
        trust_total: let a stated total decide when it fits another custom; off where the format is certain.

    Returns:
        Buckets `input`, `output`, `input_cached_tokens`, `input_cache_creation` (`_5m`, `_1h`),
        `output_reasoning_tokens`, `input_audio_tokens`, `input_cached_audio_tokens` and so on, without zeros except
        `input` and `output`; `unsplit` when only a total is known; empty when nothing is.
    """
    if not counts:
        return {}
    stated = _completed(counts, cache_inside, reasoning_inside)
    if stated.input is None and stated.output is None and not _cache(stated) and not stated.reasoning:
        return {"unsplit": stated.total, "total": stated.total} if stated.total else {}
    custom = (cache_inside, reasoning_inside)
    ways = sorted(product((True, False), repeat=2), key=lambda way: (way[0] != custom[0]) + (way[1] != custom[1]))
    possible = [buckets for way in ways if (buckets := _divided(stated, *way)) is not None]
    fitting = [buckets for buckets in possible if trust_total and sum(buckets.values()) == stated.total]
    chosen = (fitting or possible)[0]
    kept = {name: count for name, count in chosen.items() if count or name in {"input", "output"}}
    return {**kept, "total": sum(kept.values())}


def odd_total(counts: Counts, usage: Mapping[str, int]) -> int | None:
    """Return the total that a provider states when it is not that of the buckets, else None."""
    return counts.total if counts.total != usage.get("total", 0) else None


def with_hidden_thoughts(counts: Counts, model: str | None) -> Counts:
    """Return counts with the thoughts that Gemini's OpenAI-compatible endpoint counts in the total alone.

    Gemini bills thoughts as output (seen at https://discuss.ai.google.dev/t/98760: 758 in, 102 out, 1725 in total).
    """
    if "gemini" not in (model or "") or counts.reasoning is not None or None in {counts.input, counts.output}:
        return counts
    hidden = (counts.total or 0) - (counts.input or 0) - (counts.output or 0)
    return Counts(reasoning=hidden).over(counts) if hidden > 0 else counts


def _completed(counts: Counts, cache_inside: bool, reasoning_inside: bool) -> Counts:  # noqa: FBT001 - private
    """Fill in the side that the total implies, and add the tokens of tool results to the input they are."""
    stated = Counts().over(counts)
    if stated.total is not None and (stated.input is None) != (stated.output is None):
        beside = 0 if cache_inside else sum(_cache(stated).values())
        beside += 0 if reasoning_inside else stated.reasoning or 0
        if stated.output is None:
            stated.output = max(stated.total - (stated.input or 0) - (stated.tool_input or 0) - beside, 0)
        else:
            stated.input = max(stated.total - stated.output - (stated.tool_input or 0) - beside, 0)
    if stated.tool_input:
        stated.input = (stated.input or 0) + stated.tool_input
    return stated


def _divided(counts: Counts, cache_inside: bool, reasoning_inside: bool) -> dict[str, int] | None:  # noqa: FBT001 - private
    """Return buckets by one custom, None where a side would be negative by it."""
    reasoning = counts.reasoning or 0
    cache = _cache(counts)
    buckets = {"input": counts.input or 0, "output": counts.output or 0, **cache}
    if reasoning:
        buckets["output_reasoning_tokens"] = reasoning
    if cache_inside:
        buckets["input"] -= sum(cache.values())
    if reasoning_inside:
        buckets["output"] -= reasoning
    if buckets["input"] < 0 or buckets["output"] < 0:
        return None
    for modality, asked, answered, cached in (
        ("audio", counts.audio_input, counts.audio_output, counts.audio_cached),
        ("image", counts.image_input, counts.image_output, counts.image_cached),
        ("video", counts.video_input, counts.video_output, None),
    ):
        was_cached = _move(buckets, "input_cached_tokens", f"input_cached_{modality}_tokens", cached)
        fresh = (asked or 0) - was_cached if cache_inside else asked
        _move(buckets, "input", f"input_{modality}_tokens", fresh)
        _move(buckets, "output", f"output_{modality}_tokens", answered)
    return buckets


def _move(buckets: dict[str, int], source: str, target: str, count: int | None) -> int:
    """Move a part of a bucket into one of its own; a part larger than the whole is not believed."""
    if not count or not 0 < count <= buckets.get(source, 0):
        return 0
    buckets[source] -= count
    buckets[target] = count
    return count


def _cache(counts: Counts) -> dict[str, int]:
    split = (counts.cache_write_5m or 0) + (counts.cache_write_1h or 0)
    buckets = {
        "input_cached_tokens": counts.cache_read or 0,
        "input_cache_creation": max((counts.cache_write or 0) - split, 0),
        "input_cache_creation_5m": counts.cache_write_5m or 0,
        "input_cache_creation_1h": counts.cache_write_1h or 0,
    }
    return {name: count for name, count in buckets.items() if count}
