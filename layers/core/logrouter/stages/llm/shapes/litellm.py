"""Recognise LiteLLM's StandardLoggingPayload, as its proxy and custom loggers write it, of releases since 1.55.

Releases before 1.65 have no `custom_llm_provider` and no `metadata.usage_object`; cache hits have no provider in any.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.charges import charge, finish
from logrouter.stages.llm.reading.fields import Fields, opened
from logrouter.stages.llm.reading.surroundings import settled_cost, surround
from logrouter.stages.llm.reading.usage import Counts, exclusive, odd_total, read_counts, with_hidden_thoughts
from logrouter.stages.llm.shapes.openai import answer

EXAMPLES = (
    {
        "litellm_call_id": "c1",
        "call_type": "acompletion",
        "model": "gpt-4o",
        "custom_llm_provider": "openai",
        "prompt_tokens": 9,
        "completion_tokens": 1,
    },
    {
        "id": "chatcmpl-1_cache_hit1795186173.6",
        "call_type": "completion",
        "cache_hit": True,
        "custom_llm_provider": None,
        "saved_cache_cost": 0.001,
        "response_cost": 0.0,
        "model": "openai/gpt-4o",
        "prompt_tokens": 9,
        "completion_tokens": 1,
    },
)
NO_EXAMPLES = ({"call_type": "inbound", "model": "phone"}, {"custom_llm_provider": "openai", "split_model": "gpt-4o"})

_MARKS: Final = (
    "litellmcallid", "customllmprovider", "savedcachecost", "responsecost", "modelmapinformation", "hiddenparams",
    "standardbuiltintoolsparams", "spend",
)  # fmt: skip
"""Plain names of fields of which a payload with a `call_type` has at least one."""

_NO_PARAMETERS: Final = frozenset({"query", "documents", "user", "extra_body"})
_KINDS: Final = {
    "embedding": "embedding",
    "rerank": "retriever",
    "search": "retriever",
    "vector_store_search": "retriever",
    "moderation": "guardrail",
    "apply_guardrail": "guardrail",
    "call_mcp_tool": "tool",
}


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:  # noqa: ARG001 - every shape's form
    """Read one payload; a cost of 0 is its word for an unknown price, save on cache hits."""
    found = Fields(document)
    is_payload = "calltype" in found and any(mark in found for mark in _MARKS)
    if not is_payload and not ("litellmcallid" in found or {"custom_llm_provider", "response_cost"} <= document.keys()):
        return None
    metadata = Fields(found.mapping("metadata"))
    asked = Fields(metadata.mapping("requestermetadata"))
    response, given = opened(document.get("response")), found.mapping("modelparameters")
    usage = _usage(found, metadata, response)
    said = _settled(read_counts(usage), usage, metadata).over(read_counts(document))
    counts = with_hidden_thoughts(said, found.text("model"))  # releases before 1.65 count Gemini's in the total alone
    kind = _KINDS.get(str(document.get("call_type")).removeprefix("a"), "generation")
    finding = Finding(
        "litellm",
        complete=True,
        kind=_KINDS.get(str(document.get("call_type")), kind),
        name=asked.text("generationname"),
        model=found.text("model"),
        provider=found.text("customllmprovider") or _provider(found),
        call_id=found.text("id", "litellmcallid", "requestid"),
        usage=_exclusive(counts, is_inside=counts.reasoning == said.reasoning),
        input=_searched(given) or opened(document.get("messages")),
        output=_output(response),
        latency_ms=found.duration_ms("responsetime", unit="s"),
        error=_error(found),
        user_id=found.text("enduser")
        or asked.text("traceuserid", "userid")
        or Fields(given).text("user")
        or metadata.text("userapikeyuserid", "userapikeyenduserid"),
        session_id=found.text("sessionid") or metadata.text("sessionid") or asked.text("sessionid"),
        trace_name=asked.text("tracename"),
    )
    if finding.usage:
        finding.usage_total_reported = odd_total(counts, finding.usage)
    body = response if isinstance(response, dict) else {}
    charge(finding, usage, body)
    finding.metadata = _metadata(found, metadata, body)
    surround(finding, document).cost = _cost(found)
    finding.parameters = {name: value for name, value in finding.parameters.items() if name not in _NO_PARAMETERS}
    if finding.first_token_ms is not None and finding.first_token_ms >= (finding.end_ms or 0):
        finding.first_token_ms = None  # not a stream: it names the end instead
    return finding


def _usage(found: Fields, metadata: Fields, response: Json) -> dict[str, Json]:
    """Return the usage object of the payload, else of the response, else what a short custom logger put beside."""
    inside = Fields(response).mapping("usage") if isinstance(response, dict) else {}
    return metadata.mapping("usageobject") or inside or found.mapping("usage")


def _settled(counts: Counts, usage: Mapping[str, Json], metadata: Fields) -> Counts:
    """Return counts whose input holds all that was cached.

    `prompt_tokens` holds what was read from and written to the cache, save in releases from 1.65 to 1.79 (measured with
    1.72.6 and 1.76.3), where what was written is missing in it: they have a `usage_object`, and no
    `cache_creation_tokens` in its details.
    """
    details = Fields(Fields(usage).mapping("prompttokensdetails"))
    split = Fields(details.mapping("cachecreationtokendetails"))
    counts = replace(
        counts,
        cache_write_5m=split.whole("ephemeral5minputtokens") or counts.cache_write_5m,
        cache_write_1h=split.whole("ephemeral1hinputtokens") or counts.cache_write_1h,
    )
    written, asked = counts.cache_write or 0, counts.input or 0
    is_missing = "usageobject" in metadata and "cachedtokens" in details and "cachecreationtokens" not in details
    if written and (is_missing or (counts.cache_read or 0) <= asked < (counts.cache_read or 0) + written):
        total = None if counts.total is None else counts.total + written
        return replace(counts, input=asked + written, total=total)
    return counts


def _exclusive(counts: Counts, *, is_inside: bool) -> dict[str, int]:
    """Return the buckets; counts that are all 0 are LiteLLM's word for none."""
    if not any((counts.input, counts.output, counts.total)):
        return {}
    return exclusive(counts, reasoning_inside=is_inside, trust_total=False)


def _is_cache_hit(found: Fields) -> bool:
    """Rows of its spend logs hold it as text."""
    return str(found.get("cachehit")).lower() == "true"


def _provider(found: Fields) -> str | None:
    """Return the provider that the model is prefixed with (`openai/gpt-4o`)."""
    named = found.text("model") or ""
    full = Fields(found.mapping("hiddenparams")).text("litellmmodelname") or named
    return full.split("/", 1)[0] if "/" in full else None


def _searched(given: Mapping[str, Json]) -> Json:
    searched = {name: given[name] for name in ("query", "documents") if name in given}
    return searched or None


def _output(response: Json) -> Json:
    if not isinstance(response, dict):
        return response
    if response.get("object") == "list":
        return None
    return response.get("results") or answer(response)


def _cost(found: Fields) -> dict[str, float]:
    """Return the cost; 0 is LiteLLM's word for an unknown price, and 1.80 prices what came from its own cache."""
    if _is_cache_hit(found):
        return {"total": 0.0}
    total = found.money("responsecost", "spend")
    if not total:
        return {}
    parts = Fields(found.mapping("costbreakdown"))
    return settled_cost(total, parts.money("inputcost"), parts.money("outputcost"))


def _error(found: Fields) -> str | None:
    if found.get("status") != "failure":
        return None
    details = Fields(found.mapping("errorinformation"))
    kind, message = details.text("errorclass", "errorcode"), details.text("errormessage") or found.text("errorstr")
    if message and kind and kind in message:
        return message
    return ": ".join(part for part in (kind, message) if part) or "failed"


def _metadata(found: Fields, metadata: Fields, response: Mapping[str, Json]) -> dict[str, Json]:
    """Return what else tells calls apart: the route through the proxy, the team, why the answer ended."""
    choices = response.get("choices")
    first = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    known = {
        "call_type": found.text("calltype"),
        "model_group": found.text("modelgroup"),
        "team": metadata.text("userapikeyteamalias"),
        "key_alias": metadata.text("userapikeyalias"),
    }
    flags: dict[str, Json] = {"cache_hit": True} if _is_cache_hit(found) else {}
    return {name: value for name, value in known.items() if value} | flags | finish(first.get("finish_reason"))
