"""Recognise the canonical LLM record (`"type": "llm"`) and its near misses under other spellings.

Behind the shapes of known providers in the registry: it takes what calls itself an LLM call, and what plainly is one.
"""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding, NonsenseError
from logrouter.stages.llm.reading.charges import charge
from logrouter.stages.llm.reading.fields import Fields, plain
from logrouter.stages.llm.reading.models import book_provider, names_a_model
from logrouter.stages.llm.reading.surroundings import (
    INPUT_NAMES,
    OUTPUT_NAMES,
    is_open_event,
    kind_named,
    model_in,
    surround,
)
from logrouter.stages.llm.reading.usage import (
    COUNT_NAMES,
    Counts,
    counted_sides,
    exclusive,
    find_counts,
    is_miscounted,
    odd_total,
)

EXAMPLES = (
    {"type": "llm", "model": "gpt-4o", "prompt_tokens": 10, "completion_tokens": 5},
    {"event": "llm.call", "modelId": "gpt-4o", "usage": {"promptTokens": "10", "completionTokens": "5"}},
    {"llm": {"model": "claude-sonnet-4-5", "input_tokens": 10, "output_tokens": 5}},
    {"model": "mistral-large", "prompt": "a", "response": "b"},
    {"type": "ToolCall", "tool_name": "weather", "arguments": {"city": "Seoul"}, "result": "sunny"},
    {"model": "gpt-4o", "messages": [{"role": "user", "content": "a"}], "error": {"message": "rate limit reached"}},
)
NO_EXAMPLES = (
    {"msg": "query", "model": "User", "operation": "findMany", "tokens": 3},
    {"event": "budget", "model": "gpt-4o", "tokens_used": 812000, "tokens_left": 188000},
    {"msg": "io", "usage": {"input": 1200, "output": 800, "total": 2000}, "device": "sda"},
    {"type": "llm_request", "model": "gpt-4o", "prompt": "a"},
    {"type": "llm", "status": "started", "model": "gpt-4o", "callId": "c-1", "prompt": "a"},
    {"event": "tool_call", "tool": "drill"},
    {"type": "llm_config", "model": "gpt-4o", "temperature": 0.1},
    {"msg": "config loaded", "llm": {"provider": "openai", "model": "gpt-4o", "max_tokens": 1024}},
    {"model": "HP-LaserJet-4200", "input": "tray2", "output": "tray1"},
    {"type": "http", "path": "/v1/models", "status": 200},
    {"msg": "token refreshed", "tokens": 3},
    {"model": "Sonata 2.0", "price": 31000},
)

_PROVIDER = ("provider", "modelprovider", "llmprovider", "vendor", "system", "llmsystem")
_SAYS_THE_ID = ("response", "meta", "metadata", "responsemetadata", "message")
_CALL_ID = ("callid", "llmcallid", "generationid", "completionid", "responseid", "observationid", "runid")
_TYPES = ("type", "eventtype", "logtype", "recordtype", "event", "kind", "category")
_CALLS = frozenset(
    {
        "llm",
        "llmcall",
        "llmcompletion",
        "llmgeneration",
        "llmresponse",
        "llmresult",
        "llmend",
        "llmerror",
        "llminvocation",
    }
)
"""Types of lines that are a call of a model, in plain spelling."""

_STATES = ("status", "state", "phase", "stage")
_UNDER_WAY = frozenset({"running", "processing", "waiting", "submitted", "sending", "sent", "calling", "initiated"})
_ALLOWANCES = (
    "tokenslimit", "tokenlimit", "tokensleft", "tokensremaining", "remainingtokens", "tokenbudget", "tokensbudget",
    "tokenquota", "quota", "budget", "tokensallowed", "tokensallotted",
)  # fmt: skip
_TOOL_CALLS = frozenset({"toolcall", "llmtoolcall", "executetool", "toolresult", "toolexecution"})
_TOOL_NAMES = ("toolname", "tool", "functionname")
_TOOL_SIDES = ("arguments", "args", "toolarguments", "input", "result", "output", "toolresult", "error")
_EVENTS = (
    "error", "errormessage", "cost", "totalcost", "costusd", "latencyms", "latency", "durationms", "duration", "callid",
    "starttime", "endtime",
)  # fmt: skip
_COUNTED = frozenset({*COUNT_NAMES, "usage", "tokenusage", "usagemetadata"})
_OF_A_CALL = frozenset({*_PROVIDER, "operation", "operationname", "latencyms", "latency", "durationms", "duration"})
_ASKED = ("prompt", "prompts", "messages", "inputmessages", "question", "contents")
_ANSWERED = ("completion", "response", "responsetext", "outputtext", "answer", "generatedtext", "choices", "reply")

_EXCLUSIVE_PROVIDERS = ("anthropic", "bedrock", "aws")


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:
    """Read a document that says it is an LLM call, or that carries a model with tokens or with both texts."""
    found = Fields(document)
    if _is_open(found) or (document is not outer and _is_open(Fields(outer))):
        return None  # it only begins, or goes on
    declared, hinted = _is_declared(found) or _is_tool_call(found), _is_hinted(found, document, outer)
    model = model_in(found) or (model_in(Fields(outer)) if document is not outer else None)
    if not (declared or hinted or model is not None or _may_count(found)):
        return None
    counts = find_counts(document)
    if not counts and _is_under_way(found):
        return None
    if declared and not counts and is_miscounted(found):
        raise NonsenseError("tokens are not counts")
    if not declared and _is_budget(found, counts):
        return None
    if not declared and not (hinted and _has_happened(found, counts)) and not _is_plain(found, model, counts):
        return None
    provider = found.text(*_PROVIDER)
    finding = Finding(
        "canonical",
        kind=kind_named(
            *(found.get(name) for name in ("observationtype", "operation", "operationname", "kind", *_TYPES))
        )
        or "generation",
        name=found.text(*_TOOL_NAMES) if _is_tool_call(found) else found.text("name", "operation", "operationname"),
        model=model,
        provider=provider,
        call_id=found.text(*_CALL_ID) or _own_id(found),
    )
    if given := found.mapping("metadata"):
        finding.metadata["request_metadata"] = given  # in one value: names of ours are not to be said by a log line
    _count(finding, counts, found, provider)
    charge(finding, found.mapping("usage", "tokenusage") or document, document)
    return surround(finding, document)


def _count(finding: Finding, counts: Counts, found: Fields, provider: str | None) -> None:
    """Anthropic's own names, or its provider, say that cached tokens are not inside the input."""
    anthropic_names = "cachereadinputtokens" in found or "cachecreationinputtokens" in found
    by_provider = (provider or "").lower().startswith(_EXCLUSIVE_PROVIDERS)
    outside = by_provider or (anthropic_names and "prompttokens" not in found)
    finding.usage = exclusive(counts, cache_inside=not outside)
    finding.usage_total_reported = odd_total(counts, finding.usage)


def _is_open(found: Fields) -> bool:
    words = [found.get(name) for name in _TYPES]
    return any(isinstance(word, str) and is_open_event(word) for word in words)


def _is_budget(found: Fields, counts: Counts) -> bool:
    """Tell whether it says how many tokens are left of those that somebody may use, not what one call used."""
    return counts.input is None and counts.output is None and any(name in found for name in _ALLOWANCES)


def _is_under_way(found: Fields) -> bool:
    """Tell whether it says that the call has begun, and nothing of how it ended, which another line will tell."""
    words = [plain(word) for name in _STATES if isinstance(word := found.get(name), str)]
    return any(is_open_event(word) or word in _UNDER_WAY for word in words) and not (
        found.get("error", "totalcost", "cost") or any(found.get(name) for name in OUTPUT_NAMES)
    )


def _is_declared(found: Fields) -> bool:
    """Tell whether a word for its type says that it is a call of a model, not only something about models."""
    words = [found.get(name) for name in _TYPES]
    return any(isinstance(word, str) and plain(word) in _CALLS for word in words)


def _is_tool_call(found: Fields) -> bool:
    """Tell whether a type says that a model's tool was called, which names itself and what it was given or gave."""
    words = [plain(word) for name in _TYPES if isinstance(word := found.get(name), str)]
    is_named = any(name in found for name in _TOOL_NAMES)
    return is_named and any(word in _TOOL_CALLS for word in words) and any(name in found for name in _TOOL_SIDES)


def _is_hinted(found: Fields, document: Mapping[str, Json], outer: Mapping[str, Json]) -> bool:
    """Tell whether it speaks of models: by its type (`llm_config`, `llm.usage`), or as the section `llm` of a line."""
    words = [found.get(name) for name in _TYPES]
    is_section = any(value is document and plain(name).startswith("llm") for name, value in outer.items())
    return (
        (is_section and document is not outer)
        or "llmmodel" in found
        or any(isinstance(word, str) and plain(word).startswith("llm") for word in words)
    )


def _has_happened(found: Fields, counts: Counts) -> bool:
    """Tell whether something was asked, answered, counted, paid, timed, or went wrong: settings alone are no call."""
    return bool(counts) or any(name in found for name in (*INPUT_NAMES, *OUTPUT_NAMES, *_EVENTS))


def _may_count(found: Fields) -> bool:
    return found.has_any(_COUNTED)


def _is_plain(found: Fields, model: str | None, counts: Counts) -> bool:
    """Tell whether it can be nothing else: words of tokens for a side beside a model, or a model known by name.

    A `usage` of input and output is also a disk's, `tokens` are also those that people log in with.
    """
    sides = counted_sides(found) if counts else set()
    if model is None:
        return {"input", "output"} <= sides and bool(counts.input or counts.output)
    if counts and not sides.isdisjoint({"input", "output"}):
        return True
    is_known = _is_known(model, found)
    return (is_known and bool(counts)) or _has_texts(found, model) or (is_known and _has_failed(found))


def _has_failed(found: Fields) -> bool:
    """Tell whether an error stands beside what was asked, who was asked, or how long that took."""
    return "error" in found and (isinstance(found.get(*_ASKED), (str, list)) or found.has_any(_OF_A_CALL))


def _is_known(model: str, found: Fields) -> bool:
    """Tell whether a model, or who serves it, is called like one that writes or embeds texts."""
    return names_a_model(model) or book_provider(found.text(*_PROVIDER), "") is not None


def _has_texts(found: Fields, model: str) -> bool:
    """Tell whether question and answer are there; where their names are everybody's, the model must be a known one."""
    asked, answered = found.get(*INPUT_NAMES), found.get(*OUTPUT_NAMES)
    if not isinstance(asked, (str, list, dict)) or not isinstance(answered, (str, list, dict)):
        return False
    is_telling = any(name in found for name in _ASKED) and any(name in found for name in _ANSWERED)
    return is_telling or names_a_model(model)


def _own_id(found: Fields) -> str | None:
    """Return `id` and the like only where it is a provider's: an application's own may name anything."""
    places = (found, *(Fields(found.mapping(name)) for name in _SAYS_THE_ID if name in found))
    said = (place.text(name) for place in places for name in ("id", "messageid"))
    known = ("chatcmpl-", "msg_", "resp_", "cmpl-", "gen-", "call_", "embd-")
    return next((identifier for identifier in said if identifier and identifier.startswith(known)), None)
