"""Token counts of any provider into exclusive buckets that add up.

Providers disagree on what `input` holds: OpenAI, Gemini and the OpenTelemetry conventions count cached tokens inside,
Anthropic and Bedrock outside; reasoning is inside `output` for OpenAI and outside for Gemini. Langfuse adds up whatever
buckets it is sent, so ours exclude each other (measured with server 4.16.0, 2026-11-20).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import product

from logrouter.model import Json
from logrouter.stages.llm.fields import Fields, opened

CONTAINERS = (
    "usage",
    "usagemetadata",
    "tokenusage",
    "usagedetails",
    "tokens",
    "tokencounts",
    "usageobject",
    "tokencount",
)
"""Plain names of the objects in which loggers put their counts."""

_INPUT = (
    "prompttokens", "inputtokens", "inputtokencount", "prompttokencount", "inputtexttokencount", "promptevalcount",
    "tokensin", "intokens", "tokensprompt", "tokensinput", "prompttokensused", "nprompttokens", "numprompttokens",
    "numinputtokens",
)  # fmt: skip
_OUTPUT = (
    "completiontokens", "outputtokens", "outputtokencount", "candidatestokencount", "generationtokencount",
    "responsetokencount", "completiontokencount", "evalcount", "tokensout", "outtokens", "tokenscompletion",
    "tokensoutput", "generatedtokens", "responsetokens", "ncompletiontokens", "numcompletiontokens", "numoutputtokens",
)  # fmt: skip
_TOTAL = ("totaltokens", "totaltokencount", "tokenstotal", "tokensused", "numtokens")
_READ = (
    "cachereadinputtokens", "cachereadinputtokencount", "cachereadtokens", "cachedcontenttokencount", "cachedtokens",
    "cachedinputtokens", "cachedprompttokens", "inputcachedtokens", "promptcachehittokens", "cacheread",
)  # fmt: skip
_WRITE = (
    "cachecreationinputtokens", "cachewriteinputtokens", "cachewriteinputtokencount", "cachecreationtokens",
    "cachewritetokens", "inputcachecreation", "inputcachecreationtokens",
)  # fmt: skip
_WRITE_5M = ("ephemeral5minputtokens", "cachewrite5mtokens", "inputcachecreation5m")
_WRITE_1H = ("ephemeral1hinputtokens", "cachewrite1htokens", "inputcachecreation1h")
_REASONING = (
    "reasoningtokens", "thoughtstokencount", "thinkingtokens", "reasoningoutputtokens", "outputreasoningtokens",
)  # fmt: skip
_TOOL = ("tooluseprompttokencount",)
_INPUT_DETAILS = ("prompttokensdetails", "inputtokensdetails", "inputtokendetails", "prompttokendetails")
_OUTPUT_DETAILS = (
    "completiontokensdetails", "outputtokensdetails", "outputtokendetails", "candidatestokensdetails",
    "responsetokensdetails",
)  # fmt: skip


@dataclass(slots=True)
class Counts:
    """Token counts as a provider states them; None = not stated."""

    input: int | None = None
    output: int | None = None
    total: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    cache_write_5m: int | None = None
    cache_write_1h: int | None = None
    reasoning: int | None = None
    tool_input: int | None = None
    audio_input: int | None = None
    audio_output: int | None = None
    image_input: int | None = None
    image_output: int | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, declared.name) is not None for declared in fields(self))

    def over(self, other: "Counts") -> "Counts":
        """Return these counts, with what they do not state taken from `other`."""
        merged = Counts()
        for declared in fields(self):
            mine = getattr(self, declared.name)
            setattr(merged, declared.name, getattr(other, declared.name) if mine is None else mine)
        return merged


def read_counts(document: Mapping[str, Json]) -> Counts:
    """Read the counts of one usage object, whatever the spelling; raises NonsenseError on impossible ones."""
    found = Fields(document)
    counts = Counts(
        input=found.whole(*_INPUT),
        output=found.whole(*_OUTPUT),
        total=found.whole(*_TOTAL),
        cache_read=found.whole(*_READ),
        cache_write=found.whole(*_WRITE),
        cache_write_5m=found.whole(*_WRITE_5M),
        cache_write_1h=found.whole(*_WRITE_1H),
        reasoning=found.whole(*_REASONING),
        tool_input=found.whole(*_TOOL),
        audio_input=found.whole("audioinputtokens", "inputaudiotokens"),
        audio_output=found.whole("audiooutputtokens", "outputaudiotokens"),
        image_input=found.whole("imageinputtokens", "inputimagetokens"),
        image_output=found.whole("imageoutputtokens", "outputimagetokens"),
    )
    return counts.over(_input_details(found)).over(_output_details(found)).over(_cache_details(found))


def find_counts(document: Mapping[str, Json]) -> Counts:
    """Read counts from an object that carries them itself or in one of the `CONTAINERS`."""
    found = Fields(document)
    counts = read_counts(document)
    for name in CONTAINERS:
        container = opened(found.get(name))
        if isinstance(container, dict):
            counts = counts.over(read_counts(container)).over(_short_names(container))
    if not counts:
        counts.total = found.whole("tokens", "tokencount") if _is_number(found.get("tokens", "tokencount")) else None
    return counts


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
        `output_reasoning_tokens`, `input_audio_tokens` and so on, without zeros except `input` and `output`; `unsplit`
        when only a total is known; empty when nothing is.
    """
    if not counts:
        return {}
    stated = _completed(counts)
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


def _completed(counts: Counts) -> Counts:
    """Fill in the side that the total implies, and add the tokens of tool results to the input they are."""
    stated = Counts().over(counts)
    if stated.total is not None:
        if stated.output is None and stated.input is not None:
            stated.output = max(stated.total - stated.input - (stated.tool_input or 0), 0)
        elif stated.input is None and stated.output is not None:
            stated.input = max(stated.total - stated.output, 0)
    if stated.tool_input:
        stated.input = (stated.input or 0) + stated.tool_input
    return stated


def _divided(counts: Counts, cache_inside: bool, reasoning_inside: bool) -> dict[str, int] | None:  # noqa: FBT001 - private
    reasoning = counts.reasoning or 0
    buckets = {"input": counts.input or 0, "output": counts.output or 0, **_cache(counts)}
    if reasoning:
        buckets["output_reasoning_tokens"] = reasoning
    if cache_inside:
        buckets["input"] -= sum(_cache(counts).values())
    if reasoning_inside:
        buckets["output"] -= reasoning
    if buckets["input"] < 0 or buckets["output"] < 0:
        return None
    for side, name, count in (
        ("input", "input_audio_tokens", counts.audio_input),
        ("output", "output_audio_tokens", counts.audio_output),
        ("input", "input_image_tokens", counts.image_input),
        ("output", "output_image_tokens", counts.image_output),
    ):
        if count and count <= buckets[side]:
            buckets[side] -= count
            buckets[name] = count
    return buckets


def _cache(counts: Counts) -> dict[str, int]:
    split = (counts.cache_write_5m or 0) + (counts.cache_write_1h or 0)
    buckets = {
        "input_cached_tokens": counts.cache_read or 0,
        "input_cache_creation": max((counts.cache_write or 0) - split, 0),
        "input_cache_creation_5m": counts.cache_write_5m or 0,
        "input_cache_creation_1h": counts.cache_write_1h or 0,
    }
    return {name: count for name, count in buckets.items() if count}


def _input_details(found: Fields) -> Counts:
    details = opened(found.get(*_INPUT_DETAILS))
    if isinstance(details, list):
        return Counts(audio_input=_modality(details, "AUDIO"), image_input=_modality(details, "IMAGE"))
    if not isinstance(details, dict):
        return Counts()
    inner = Fields(details)
    return Counts(
        cache_read=inner.whole("cachedtokens", "cacheread", "cachedtokenscount", "cachereadtokens"),
        cache_write=inner.whole("cachecreation", "cachecreationtokens", "cachewritetokens"),
        audio_input=inner.whole("audiotokens", "audio"),
        image_input=inner.whole("imagetokens", "image"),
    )


def _output_details(found: Fields) -> Counts:
    details = opened(found.get(*_OUTPUT_DETAILS))
    if isinstance(details, list):
        return Counts(audio_output=_modality(details, "AUDIO"), image_output=_modality(details, "IMAGE"))
    if not isinstance(details, dict):
        return Counts()
    inner = Fields(details)
    return Counts(
        reasoning=inner.whole("reasoningtokens", "reasoning"),
        audio_output=inner.whole("audiotokens", "audio"),
        image_output=inner.whole("imagetokens", "image"),
    )


def _cache_details(found: Fields) -> Counts:
    creation, details = opened(found.get("cachecreation")), opened(found.get("cachedetails"))
    if isinstance(creation, dict):  # Anthropic
        inner = Fields(creation)
        return Counts(cache_write_5m=inner.whole(*_WRITE_5M), cache_write_1h=inner.whole(*_WRITE_1H))
    if isinstance(details, list):  # Bedrock Converse: [{"ttl": "5m", "inputTokens": 10}]
        by_ttl = {str(item.get("ttl")): Fields(item).whole("inputtokens") for item in details if isinstance(item, dict)}
        return Counts(cache_write_5m=by_ttl.get("5m"), cache_write_1h=by_ttl.get("1h"))
    return Counts(cache_write=found.whole("cachecreation")) if _is_number(creation) else Counts()


def _short_names(container: Mapping[str, Json]) -> Counts:
    """Counts of an object like `{"prompt": 10, "completion": 5, "total": 15}`."""
    found = Fields(container)
    numbers = {name: found.get(*names) for name, names in _SHORT.items()}
    return Counts(**{name: found.whole(*_SHORT[name]) for name, value in numbers.items() if _is_number(value)})


_SHORT = {
    "input": ("prompt", "input", "in"),
    "output": ("completion", "output", "out", "response"),
    "total": ("total",),
    "cache_read": ("cached", "cacheread"),
    "reasoning": ("reasoning",),
}


def _modality(details: list[Json], modality: str) -> int | None:
    for item in details:
        if isinstance(item, dict) and str(item.get("modality", "")).upper() == modality:
            return Fields(item).whole("tokencount")
    return None


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float, str)) and not isinstance(value, bool)
