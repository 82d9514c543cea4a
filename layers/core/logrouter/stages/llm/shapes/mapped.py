"""Recognise a team's own LLM log format by a mapping in the policy: paths of fields to ours, no code.

A mapping is tried before every built-in shape, so that it can also correct one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.charges import finish
from logrouter.stages.llm.reading.fields import Fields, duration_ms, is_absent, money, opened, text, time_ms, whole
from logrouter.stages.llm.reading.surroundings import failure, kind_named, settled_cost, stated_cost
from logrouter.stages.llm.reading.units import read_units
from logrouter.stages.llm.reading.usage import Counts, exclusive, odd_total, read_counts

TEXTS: Final = (
    "name", "model", "provider", "call_id", "request_id", "trace_id", "span_id", "parent_id", "user_id", "session_id",
    "trace_name", "prompt_name", "service_tier", "region", "release", "version",
)  # fmt: skip
TIMES: Final = ("start_ms", "end_ms", "at_ms", "first_token_ms")
DURATIONS: Final = ("latency", "first_token_after")
"""Each as `<name>_ms` and as `<name>_s`, which says what a bare number counts."""

COUNTS: Final = (
    "input", "output", "total", "cache_read", "cache_write", "cache_write_5m", "cache_write_1h", "reasoning",
    "audio_input", "audio_output", "image_input", "image_output", "video_input", "video_output", "audio_cached",
    "image_cached",
)  # fmt: skip
"""Each as `<name>_tokens`."""

UNITS: Final = (
    "web_searches", "social_searches", "file_searches", "code_executions", "rerank_searches", "audio_seconds",
    "video_seconds", "characters", "pages", "images",
)  # fmt: skip
"""What is charged beside tokens, each under its own name, or several in an object at `units`."""

COSTS: Final = ("total", "input", "output")
OTHERS: Final = (
    "kind", "error", "finish_reason", "tags", "prompt_version", "parameters", "input_text", "output_text", "usage",
    "cost", "units",
)  # fmt: skip
FIELDS: Final = (
    *TEXTS,
    *TIMES,
    *(f"{name}_{unit}" for name in DURATIONS for unit in ("ms", "s")),
    *(f"{name}_tokens" for name in COUNTS),
    *(f"{name}_cost" for name in COSTS),
    *UNITS,
    *OTHERS,
)
"""Every field that a mapping may fill, by the names of the policy's schema."""

_MOST_CALLS: Final = 1_000
_LARGEST_VERSION: Final = 10**9


def read_mapped(document: Mapping[str, Json], mappings: Sequence[Mapping[str, Json]]) -> list[Finding] | None:
    """Read a document by the first mapping whose `when` fits; None when none does.

    A mapping with `each` reads one call of every item of the list at that path; its fields are looked up in the item
    first, then in the document.
    """
    for mapping in mappings:
        if mapping.get("enabled", True) and fits(document, mapping["when"]):
            return [_read(places, mapping) for places in _places(document, mapping.get("each"))]
    return None


def fits(document: Mapping[str, Json], when: Mapping[str, Json]) -> bool:
    """Tell whether every condition holds: a path with a value, one of several values, or `"*"` for any value."""
    return all(_holds(at(document, path), wanted) for path, wanted in when.items())


def at(document: Json, path: str) -> Json:
    """Return the value at a dotted path (`a.b.0.c`); a key that itself holds dots is found too; None when absent."""
    if isinstance(document, dict) and path in document:
        return document[path]
    head, _, rest = path.partition(".")
    value = opened(document)
    if isinstance(value, dict):
        inner = value.get(head)
    elif isinstance(value, list) and head.isdecimal() and int(head) < len(value):
        inner = value[int(head)]
    else:
        return None
    return at(opened(inner), rest) if rest and inner is not None else inner


def _places(document: Mapping[str, Json], each: str | None) -> Iterator[tuple[Mapping[str, Json], ...]]:
    items = opened(at(document, each)) if each else None
    if not isinstance(items, list):
        yield (document,)
        return
    yield from ((item, document) for item in items[:_MOST_CALLS] if isinstance(item, dict))


def _holds(value: Json, wanted: Json) -> bool:
    if wanted == "*":
        return not is_absent(value)
    return value in wanted if isinstance(wanted, list) else value == wanted


def _read(places: Sequence[Mapping[str, Json]], mapping: Mapping[str, Json]) -> Finding:
    constants = mapping.get("constants", {})
    values = {**constants, **_values(places, mapping["fields"])}
    finding = Finding(f"mapping:{mapping['id']}", complete=True)
    for name, said in (_each(values, TEXTS, text) | _each(values, TIMES, time_ms)).items():
        setattr(finding, name, said)
    for name in DURATIONS:
        setattr(finding, f"{name}_ms", _duration(values, name))
    finding.at_is_start = mapping.get("time_is", "end") == "start"
    finding.kind = kind_named(values.get("kind"), constants.get("kind")) or "generation"
    finding.input, finding.output = opened(values.get("input_text")), opened(values.get("output_text"))
    finding.error = _error(values.get("error"), places, mapping.get("failed"))
    _describe(finding, values)
    _count(finding, values, mapping.get("usage", {}))
    finding.metadata |= {name: _first(places, path) for name, path in mapping.get("metadata", {}).items()}
    return finding


def _describe(finding: Finding, values: Mapping[str, Json]) -> None:
    parameters, tags, version = (
        opened(values.get("parameters")),
        opened(values.get("tags")),
        values.get("prompt_version"),
    )
    finding.parameters = parameters if isinstance(parameters, dict) else {}
    given = tags.split(",") if isinstance(tags, str) else tags
    finding.tags = (
        tuple(tag.strip()[:200] for tag in given if isinstance(tag, str))[:50] if isinstance(given, list) else ()
    )
    if (number := text(version)) is not None and number.isdecimal() and int(number) <= _LARGEST_VERSION:
        finding.prompt_version = int(number)
    finding.metadata = finish(values.get("finish_reason"))


def _count(finding: Finding, values: Mapping[str, Json], custom: Mapping[str, Json]) -> None:
    """Read usage and cost: an object whole, in any provider's spelling; over it each count that has its own path."""
    usage, cost, units = (opened(values.get(name)) for name in ("usage", "cost", "units"))
    counts = Counts(**{name: whole(values.get(f"{name}_tokens"), name) for name in COUNTS})
    if isinstance(usage, dict):
        counts = counts.over(read_counts(usage))
        finding.units = read_units(usage)
    if isinstance(units, dict):
        finding.units |= read_units(units)
    finding.units |= {name: amount for name in UNITS if (amount := money(values.get(name), name))}
    finding.usage = exclusive(
        counts,
        cache_inside=custom.get("cache_inside", True),
        reasoning_inside=custom.get("reasoning_inside", True),
        trust_total=not custom,
    )
    finding.usage_total_reported = odd_total(counts, finding.usage)
    finding.cost = settled_cost(*(money(values.get(f"{name}_cost"), name) for name in COSTS))
    if not finding.cost and cost is not None:
        finding.cost = stated_cost({"cost": cost})


def _error(said: Json, places: Sequence[Mapping[str, Json]], failed: Mapping[str, Json] | None) -> str | None:
    """Return the status message: what the field says, else that a condition for failed calls holds."""
    message = failure(Fields({"error": said})) if said is not None else None
    if message is None and failed and any(fits(place, failed) for place in places):
        return "failed"
    return message


def _duration(values: Mapping[str, Json], name: str) -> float | None:
    in_ms = duration_ms(values.get(f"{name}_ms"), name)
    return duration_ms(values.get(f"{name}_s"), name, unit="s") if in_ms is None else in_ms


def _values(places: Sequence[Mapping[str, Json]], fields: Mapping[str, Json]) -> dict[str, Json]:
    found = {name: _first(places, source) for name, source in fields.items()}
    return {name: value for name, value in found.items() if value is not None}


def _first(places: Sequence[Mapping[str, Json]], source: str | list[str]) -> Json:
    """Return the value of the first path that has one, in the first place that has it."""
    paths = [source] if isinstance(source, str) else source
    return next((value for place in places for path in paths if not is_absent(value := at(place, path))), None)


def _each(values: Mapping[str, Json], names: Sequence[str], read: Callable[[Json], Json]) -> dict[str, Json]:
    return {name: value for name in names if (value := read(values.get(name))) is not None}
