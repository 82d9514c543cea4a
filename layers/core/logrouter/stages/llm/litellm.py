"""Recognise LiteLLM's StandardLoggingPayload, as its proxy and its JSON loggers write it."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.llm.fields import Fields, opened
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.openai import answer
from logrouter.stages.llm.surroundings import settled_cost, surround
from logrouter.stages.llm.usage import exclusive, read_counts

EXAMPLES = (
    {
        "litellm_call_id": "c1",
        "call_type": "acompletion",
        "model": "gpt-4o",
        "custom_llm_provider": "openai",
        "prompt_tokens": 9,
        "completion_tokens": 1,
    },
)
NO_EXAMPLES = ({"call_type": "inbound", "model": "phone"},)
_KINDS = {"embedding": "embedding", "aembedding": "embedding", "rerank": "retriever", "arerank": "retriever"}


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:  # noqa: ARG001 - every shape's form
    """Read one payload; a cost of 0 is its word for an unknown price, save on cache hits."""
    found = Fields(document)
    is_payload = "litellmcallid" in found or "customllmprovider" in found
    if not is_payload or not ("calltype" in found or "responsecost" in found or "litellmcallid" in found):
        return None
    metadata = found.mapping("metadata")
    usage = Fields(metadata).mapping("usageobject")
    counts = read_counts(usage).over(read_counts(document))
    response = opened(document.get("response"))
    finding = Finding(
        "litellm",
        complete=True,
        kind=_KINDS.get(str(document.get("call_type")), "generation"),
        model=found.text("model"),
        provider=found.text("customllmprovider"),
        call_id=found.text("id", "litellmcallid"),
        usage=exclusive(counts),
        output=answer(response) if isinstance(response, dict) else response,
        latency_ms=found.duration_ms("responsetime", unit="s"),
        error=_error(found),
        user_id=found.text("enduser") or Fields(metadata).text("userapikeyuserid", "userapikeyenduserid"),
    )
    if found.get("cachehit") is True:
        finding.metadata["cache_hit"] = True
    surround(finding, document).cost = _cost(found)
    return finding


def _cost(found: Fields) -> dict[str, float]:
    total = found.money("responsecost")
    if not total and found.get("cachehit") is not True:
        return {}
    parts = Fields(found.mapping("costbreakdown"))
    return settled_cost(total, parts.money("inputcost"), parts.money("outputcost"))


def _error(found: Fields) -> str | None:
    if found.get("status") != "failure":
        return None
    details = Fields(found.mapping("errorinformation"))
    kind, message = details.text("errorclass", "errorcode"), details.text("errormessage") or found.text("errorstr")
    return ": ".join(part for part in (kind, message) if part) or "failed"
