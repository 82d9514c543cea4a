"""Recognise a team's own LLM log format by a mapping in the policy: paths of fields to ours, no code.

A mapping is tried before every built-in shape, so that it can also correct one.
"""

from collections.abc import Callable, Mapping, Sequence

from logrouter.model import Json
from logrouter.stages.llm.fields import duration_ms, is_absent, money, opened, text, time_ms, whole
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.surroundings import kind_named, settled_cost
from logrouter.stages.llm.usage import Counts, exclusive, odd_total

_TEXTS = (
    "name",
    "model",
    "provider",
    "call_id",
    "request_id",
    "trace_id",
    "span_id",
    "parent_id",
    "user_id",
    "session_id",
    "trace_name",
    "prompt_name",
    "error",
    "service_tier",
    "region",
)
_TIMES = ("start_ms", "end_ms", "at_ms", "first_token_ms")
_COUNTS = (
    "input",
    "output",
    "total",
    "cache_read",
    "cache_write",
    "cache_write_5m",
    "cache_write_1h",
    "reasoning",
    "audio_input",
    "audio_output",
    "image_input",
    "image_output",
    "video_input",
    "video_output",
    "audio_cached",
    "image_cached",
)
_UNITS = (
    "web_searches",
    "file_searches",
    "code_executions",
    "rerank_searches",
    "audio_seconds",
    "video_seconds",
    "characters",
    "pages",
    "images",
)


def read_mapped(document: Mapping[str, Json], mappings: Sequence[Mapping[str, Json]]) -> Finding | None:
    """Read a document by the first mapping whose `when` fits; None when none does."""
    return next((_read(document, mapping) for mapping in mappings if fits(document, mapping["when"])), None)


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


def _holds(value: Json, wanted: Json) -> bool:
    if wanted == "*":
        return not is_absent(value)
    return value in wanted if isinstance(wanted, list) else value == wanted


def _read(document: Mapping[str, Json], mapping: Mapping[str, Json]) -> Finding:
    values = {name: _value(document, source) for name, source in mapping["fields"].items()}
    constants = mapping.get("constants", {})
    finding = Finding(f"mapping:{mapping['id']}", complete=True)
    for name, said in (_each(values, _TEXTS, text) | _each(values, _TIMES, time_ms)).items():
        setattr(finding, name, said)
    finding.at_is_start = mapping.get("time_is", "end") == "start"
    finding.kind = kind_named(values.get("kind"), constants.get("kind")) or "generation"
    finding.model = finding.model or constants.get("model")
    finding.provider = finding.provider or constants.get("provider")
    finding.latency_ms = duration_ms(values.get("latency_ms"), "latency_ms")
    if finding.latency_ms is None:
        finding.latency_ms = duration_ms(values.get("latency_s"), "latency_s", unit="s")
    finding.input, finding.output = opened(values.get("input_text")), opened(values.get("output_text"))
    parameters, tags = opened(values.get("parameters")), opened(values.get("tags"))
    finding.parameters = parameters if isinstance(parameters, dict) else {}
    finding.tags = tuple(tag[:200] for tag in tags if isinstance(tag, str))[:50] if isinstance(tags, list) else ()
    counts = Counts(**{name: whole(values.get(f"{name}_tokens"), name) for name in _COUNTS})
    custom = mapping.get("usage", {})
    finding.usage = exclusive(
        counts,
        cache_inside=custom.get("cache_inside", True),
        reasoning_inside=custom.get("reasoning_inside", True),
        trust_total=not custom,
    )
    finding.usage_total_reported = odd_total(counts, finding.usage)
    finding.cost = settled_cost(*(money(values.get(f"{name}_cost"), name) for name in ("total", "input", "output")))
    finding.units = {name: amount for name in _UNITS if (amount := money(values.get(name), name))}
    finding.metadata = {name: at(document, path) for name, path in mapping.get("metadata", {}).items()}
    return finding


def _value(document: Mapping[str, Json], source: str | list[str]) -> Json:
    """Return the value of the first path that has one."""
    paths = [source] if isinstance(source, str) else source
    return next((value for path in paths if not is_absent(value := at(document, path))), None)


def _each(values: Mapping[str, Json], names: Sequence[str], read: Callable[[Json], Json]) -> dict[str, Json]:
    return {name: value for name in names if (value := read(values.get(name))) is not None}
