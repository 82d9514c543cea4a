"""Read token counts out of a usage object under any spelling; what they exclude each other by is not judged here."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from logrouter.model import Json
from logrouter.stages.llm.reading.fields import Fields, opened, whole

CONTAINERS = (
    "usage",
    "usagemetadata",
    "tokenusage",
    "usagedetails",
    "billedunits",
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
_SIDES = {"input": frozenset(_INPUT), "output": frozenset(_OUTPUT), "total": frozenset(_TOTAL)}
COUNT_NAMES = frozenset({*_INPUT, *_OUTPUT})
"""Plain names of the tokens of either side."""

_READ = (
    "cachereadinputtokens", "cachereadinputtokencount", "cachereadtokens", "cachedcontenttokencount", "cachedtokens",
    "cachedinputtokens", "cachedprompttokens", "inputcachedtokens", "promptcachehittokens", "cacheread",
    "cachedinputtokencount", "cachedtokencount", "inputtokendetailscachedtokencount",
)  # fmt: skip
_MISS = ("promptcachemisstokens",)
_WRITE = (
    "cachecreationinputtokens", "cachewriteinputtokens", "cachewriteinputtokencount", "cachecreationtokens",
    "cachewritetokens", "inputcachecreation", "inputcachecreationtokens",
)  # fmt: skip
_WRITE_5M = ("ephemeral5minputtokens", "cachewrite5mtokens", "inputcachecreation5m")
_WRITE_1H = ("ephemeral1hinputtokens", "cachewrite1htokens", "inputcachecreation1h")
_REASONING = (
    "reasoningtokens", "thoughtstokencount", "thinkingtokens", "reasoningoutputtokens", "outputreasoningtokens",
    "reasoningtokencount", "outputtokendetailsreasoningtokencount", "thoughttokens", "thoughtstokens",
)  # fmt: skip
_TOOL = ("tooluseprompttokencount",)
_INPUT_DETAILS = ("prompttokensdetails", "inputtokensdetails", "inputtokendetails", "prompttokendetails")
_OUTPUT_DETAILS = (
    "completiontokensdetails", "outputtokensdetails", "outputtokendetails", "candidatestokensdetails",
    "responsetokensdetails",
)  # fmt: skip
_CACHE_DETAILS = ("cachetokensdetails", "cachedtokensdetails", "cachedcontenttokensdetails")
_OF_TOKENS = ("tokenusage", "tokens", "tokencounts", "tokencount", "usagemetadata")
"""Containers whose own name says that they count tokens, so that `input` in them is no disk's."""

_SHORT = {
    "input": ("prompt", "input", "in"),
    "output": ("completion", "output", "out", "response"),
    "total": ("total",),
    "cache_read": ("cached", "cacheread"),
    "reasoning": ("reasoning",),
}


@dataclass(slots=True)
class Counts:
    """Token counts as a provider states them; None = not stated. Details (`audio_input`, ...) lie inside their side."""

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
    video_input: int | None = None
    video_output: int | None = None
    audio_cached: int | None = None
    image_cached: int | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, name) is not None for name in _NAMES)

    def over(self, other: "Counts") -> "Counts":
        """Return these counts, with what they do not state taken from `other`."""
        stated = [(name, count) for name in _NAMES if (count := getattr(other, name)) is not None]
        merged = replace(self) if stated else self
        for name, count in stated:
            if getattr(merged, name) is None:
                setattr(merged, name, count)
        return merged


_NAMES = tuple(declared.name for declared in fields(Counts))


def read_counts(document: Mapping[str, Json]) -> Counts:
    """Read the counts of one usage object, whatever the spelling; raises NonsenseError on impossible ones."""
    found = Fields(document)
    counts = Counts(
        input=_side(found, _INPUT),
        output=_side(found, _OUTPUT),
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
        video_input=found.whole("videoinputtokens", "inputvideotokens"),
        video_output=found.whole("videooutputtokens", "outputvideotokens"),
        audio_cached=found.whole("cachedaudiotokens", "inputcachedaudiotokens", "cacheaudioreadtokens"),
        image_cached=found.whole("cachedimagetokens", "inputcachedimagetokens", "cacheimagereadtokens"),
    )
    for more in (_input_details, _output_details, _cache_details, _nested_sides, _billed):
        counts = counts.over(more(found))
    if "nativeusage" in found:
        counts = counts.over(_native(found))
    if counts.input is None and _MISS[0] in found:  # DeepSeek: the prompt is what hit the cache and what missed it
        counts.input = (found.whole(*_MISS) or 0) + (counts.cache_read or 0)
    return counts


def find_counts(document: Mapping[str, Json]) -> Counts:
    """Read counts from an object that carries them itself or in one of the `CONTAINERS`."""
    found = Fields(document)
    counts = read_counts(document)
    for name in CONTAINERS:
        container = opened(found.get(name))
        if isinstance(container, dict):
            counts = counts.over(read_counts(container)).over(_short_names(container))
    if not counts:  # `tokens` alone, of the line or, as the AI SDK counts embeddings, of its usage
        bare = found.get("tokens", "tokencount") or Fields(found.mapping("usage")).get("tokens")
        counts.total = whole(bare, "tokens") if _is_number(bare) else None
    return counts


def counted_sides(found: Fields, *, in_words: bool = True) -> set[str]:
    """Return which of `input`, `output` and `total` an object counts, itself or in a container, in words of tokens.

    Without `in_words` also those of a `usage` that could be a disk's: `{"input": 9, "output": 1}`.
    """
    sides: set[str] = set()
    for name in ("", *(each for each in CONTAINERS if each in found)):
        place = Fields(found.mapping(name)) if name else found
        is_short = name in _OF_TOKENS or (bool(name) and not in_words)
        for side, names in _SIDES.items():
            short = _SHORT[side] if is_short else _SHORT[side][:1] if name and side != "total" else ()
            if place.has_any(names) or any(each in place for each in short):
                sides.add(side)
    return sides


def is_miscounted(found: Fields) -> bool:
    """Tell whether an object names counts, itself or in a container, none of which is a number or its text."""
    places = (found, *(Fields(found.mapping(name)) for name in CONTAINERS if name in found))
    said = [place.get(name) for place in places for name in (*_INPUT, *_OUTPUT, *_TOTAL) if name in place]
    return bool(said) and all(isinstance(value, (dict, list)) for value in said)


def _side(found: Fields, names: tuple[str, ...]) -> int | None:
    """Return a side's count where it is one number; where it is an object, `_nested_sides` reads it."""
    return found.whole(*(name for name in names if name in found and not isinstance(found.get(name), (dict, list))))


def _input_details(found: Fields) -> Counts:
    details = opened(found.get(*_INPUT_DETAILS))
    if isinstance(details, list):  # Gemini: [{"modality": "AUDIO", "tokenCount": 10}]
        return Counts(
            audio_input=_modality(details, "AUDIO"),
            image_input=_modality(details, "IMAGE"),
            video_input=_modality(details, "VIDEO"),
        )
    if not isinstance(details, dict):
        return Counts()
    inner = Fields(details)
    cached = Fields(inner.mapping(*_CACHE_DETAILS))  # OpenAI Realtime
    return Counts(
        cache_read=inner.whole(*_READ, "cachedtokenscount"),
        cache_write=inner.whole(*_WRITE, "cachecreation"),
        cache_write_5m=inner.whole(*_WRITE_5M),
        cache_write_1h=inner.whole(*_WRITE_1H),
        audio_input=inner.whole("audiotokens", "audio"),
        image_input=inner.whole("imagetokens", "image"),
        video_input=inner.whole("videotokens", "video"),
        audio_cached=cached.whole("audiotokens", "audio"),
        image_cached=cached.whole("imagetokens", "image"),
    )


def _output_details(found: Fields) -> Counts:
    details = opened(found.get(*_OUTPUT_DETAILS))
    if isinstance(details, list):
        return Counts(
            audio_output=_modality(details, "AUDIO"),
            image_output=_modality(details, "IMAGE"),
            video_output=_modality(details, "VIDEO"),
        )
    if not isinstance(details, dict):
        return Counts()
    inner = Fields(details)
    return Counts(
        reasoning=inner.whole("reasoningtokens", "reasoning", "thinkingtokens"),
        audio_output=inner.whole("audiotokens", "audio"),
        image_output=inner.whole("imagetokens", "image"),
        video_output=inner.whole("videotokens", "video"),
    )


def _cache_details(found: Fields) -> Counts:
    creation, details = opened(found.get("cachecreation")), opened(found.get("cachedetails"))
    by_modality = opened(found.get(*_CACHE_DETAILS))
    counts = Counts()
    if isinstance(by_modality, list):  # Gemini: only audio costs another price when it is cached
        counts = Counts(audio_cached=_modality(by_modality, "AUDIO"))
    if isinstance(creation, dict):  # Anthropic
        inner = Fields(creation)
        return counts.over(Counts(cache_write_5m=inner.whole(*_WRITE_5M), cache_write_1h=inner.whole(*_WRITE_1H)))
    if isinstance(details, list):  # Bedrock Converse: [{"ttl": "5m", "inputTokens": 10}]
        return counts.over(Counts(cache_write_5m=_lived(details, "5m"), cache_write_1h=_lived(details, "1h")))
    return counts.over(Counts(cache_write=found.whole("cachecreation"))) if _is_number(creation) else counts


def _native(found: Fields) -> Counts:
    """Read details that stand in the provider's own usage beside the sides of a framework (Spring AI)."""
    native = Fields(found.mapping("nativeusage"))
    return _input_details(native).over(_output_details(native))


def _nested_sides(found: Fields) -> Counts:
    """Read sides that are objects: `{"inputTokens": {"total": 9, "cacheRead": 3}, ...}` (Vercel AI SDK 6)."""
    asked, answered = Fields(found.mapping("inputtokens")), Fields(found.mapping("outputtokens"))
    return Counts(
        input=asked.whole("total"),
        output=answered.whole("total"),
        cache_read=asked.whole("cacheread"),
        cache_write=asked.whole("cachewrite"),
        reasoning=answered.whole("reasoning"),
    )


def _billed(found: Fields) -> Counts:
    """Read what Cohere bills, and only where it says nothing of that, what went through the model."""
    billed, through = Fields(found.mapping("billedunits")), Fields(found.mapping("tokens"))
    return Counts(
        input=_first(billed.whole("inputtokens"), through.whole("inputtokens")),
        output=_first(billed.whole("outputtokens"), through.whole("outputtokens")),
        image_input=billed.whole("imagetokens"),
    )


def _short_names(container: Mapping[str, Json]) -> Counts:
    """Counts of an object like `{"prompt": 10, "completion": 5, "total": 15}`."""
    found = Fields(container)
    numbers = {name: found.get(*names) for name, names in _SHORT.items()}
    return Counts(**{name: found.whole(*_SHORT[name]) for name, value in numbers.items() if _is_number(value)})


def _modality(details: list[Json], modality: str) -> int | None:
    """Add up what a list says of one modality."""
    said = [
        Fields(item).whole("tokencount")
        for item in details
        if isinstance(item, dict) and str(item.get("modality", "")).upper() == modality
    ]
    known = [count for count in said if count is not None]
    return sum(known) if known else None


def _lived(details: list[Json], ttl: str) -> int | None:
    """Add up what a list of cache writes says of one time to live."""
    said = [Fields(item).whole("inputtokens") for item in details if isinstance(item, dict) and item.get("ttl") == ttl]
    known = [count for count in said if count is not None]
    return sum(known) if known else None


def _first(*counts: int | None) -> int | None:
    return next((count for count in counts if count is not None), None)


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float, str)) and not isinstance(value, bool)
