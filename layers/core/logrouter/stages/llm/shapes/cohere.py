"""Recognise Cohere's answers of both versions: chat, embed, rerank; and the rankings of others that look like them.

Tokens are those it bills (`billed_units`); what went through the model (`tokens`) holds words that Cohere adds itself.
"""

from collections.abc import Mapping
from dataclasses import replace

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.charges import charge, finish
from logrouter.stages.llm.reading.fields import Fields
from logrouter.stages.llm.reading.usage import exclusive, read_counts
from logrouter.stages.llm.shapes.anthropic import content

EXAMPLES = (
    {
        "id": "c14c80c3",
        "finish_reason": "COMPLETE",
        "message": {"role": "assistant", "content": [{"type": "text", "text": "Hello."}]},
        "usage": {"billed_units": {"input_tokens": 5, "output_tokens": 4}, "tokens": {"input_tokens": 71}},
    },
    {
        "id": "07734bd2",
        "results": [{"index": 3, "relevance_score": 0.99}],
        "meta": {"billed_units": {"search_units": 1}},
    },
    {"model": "jina-reranker-v2", "results": [{"index": 0, "relevance_score": 0.9}], "usage": {"total_tokens": 15}},
)
NO_EXAMPLES = ({"id": "1", "results": [{"title": "a"}]}, {"meta": {"api_version": {"version": "2"}}})


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:
    """Read one answer; the model is named beside it, Cohere does not repeat it."""
    found, around = Fields(document), Fields(outer)
    delta = found.mapping("delta")  # of the end of a stream
    usage = found.mapping("usage") or Fields(delta).mapping("usage")
    if "billedunits" not in Fields(usage):
        meta = found.mapping("meta")
        usage = meta if "billedunits" in Fields(meta) else usage
    ranking = _ranking(document)
    is_cohere = "billedunits" in Fields(usage)
    if not is_cohere and (ranking is None or not ("model" in found or "model" in around)):
        return None
    is_embedding = "embeddings" in found
    counts = replace(
        read_counts(usage), cache_read=None
    )  # cached tokens are of those that went through, not of the billed
    if counts.input is None and counts.output is None and ranking is not None:
        counts.input = counts.total  # a ranking puts out no tokens
    finding = Finding(
        "cohere",
        kind="retriever" if ranking is not None else "embedding" if is_embedding else "generation",
        model=found.text("model") or around.text("model", "modelid", "modelname"),
        provider=around.text("provider") or found.text("provider") or ("cohere" if is_cohere else None),
        call_id=found.text("generationid", "id", "responseid"),
        usage=exclusive(counts),
        output=ranking or (None if is_embedding else _answer(document)),
    )
    charge(finding, usage, document)
    finding.metadata = finish(document.get("finish_reason") or delta.get("finish_reason"))
    return finding


def _ranking(document: Mapping[str, Json]) -> Json:
    results = document.get("results")
    first = results[0] if isinstance(results, list) and results else None
    return results if isinstance(first, dict) and "relevance_score" in first else None


def _answer(document: Mapping[str, Json]) -> Json:
    message = document.get("message")
    return content(message.get("content")) if isinstance(message, dict) else document.get("text")
