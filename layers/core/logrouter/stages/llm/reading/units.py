"""Read what a call is charged for beside tokens: searches, seconds of audio, pages.

Units never enter the usage buckets, which Langfuse adds up as tokens. Names are those of the policy's `per_unit`.
"""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.llm.finding import NonsenseError
from logrouter.stages.llm.reading.fields import Fields

_MOST = 10**9

_UNITS = {
    "web_searches": ("websearchrequests", "numsearchqueries", "websearches"),
    "code_executions": ("codeexecutionrequests",),
    "rerank_searches": ("searchunits",),
    "audio_seconds": ("promptaudioseconds", "audioseconds"),
    "pages": ("pagesprocessed",),
}
"""Unit to the plain names under which Anthropic, Perplexity, Cohere and Mistral count it."""

_HOLDERS = ("servertooluse", "billedunits", "usageinfo")
"""Objects inside a usage object that hold such counts: Anthropic; Cohere; Mistral OCR."""

_CALLS = {"web_search_call": "web_searches", "file_search_call": "file_searches"}
"""What OpenAI's Responses list among their output, and the unit it is charged by."""


def read_units(usage: Mapping[str, Json]) -> dict[str, float]:
    """Return the units of one usage object, those that are not 0; raises NonsenseError on impossible ones."""
    found = Fields(usage)
    places = [found, *(Fields(inner) for name in _HOLDERS if (inner := found.mapping(name)))]
    units: dict[str, float] = {}
    for unit, names in _UNITS.items():
        for place in places:
            amount = place.money(*names)
            if amount and amount > _MOST:
                raise NonsenseError(f"{unit} is not a count")
            if amount:
                units[unit] = amount
                break
    if usage.get("type") == "duration":  # OpenAI transcriptions: {"type": "duration", "seconds": 12.5}
        seconds = found.money("seconds")
        units |= {"audio_seconds": seconds} if seconds else {}
    return units


def count_calls(output: Json) -> dict[str, float]:
    """Return how often an OpenAI response searched, by what it lists among its output."""
    units: dict[str, float] = {}
    for item in output if isinstance(output, list) else ():
        unit = _CALLS.get(str(item.get("type"))) if isinstance(item, dict) else None
        if unit:
            units[unit] = units.get(unit, 0) + 1
    return units
