"""Recognise Gemini and Vertex AI answers: `usageMetadata` counts cached tokens inside, thoughts outside."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.charges import charge, finish
from logrouter.stages.llm.reading.fields import Fields
from logrouter.stages.llm.reading.usage import Counts, exclusive, odd_total, read_counts
from logrouter.stages.llm.shapes.anthropic import content

EXAMPLES = (
    {"modelVersion": "gemini-2.5-pro", "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 1}},
    {
        "model": "text-embedding-005",
        "predictions": [{"embeddings": {"values": [0.1], "statistics": {"token_count": 9, "truncated": False}}}],
    },
)
NO_EXAMPLES = (
    {"usageMetadata": {"plan": "free"}},
    {
        "candidates": [{"content": {"parts": [{"text": "He"}]}, "index": 0}],
        "usageMetadata": {"promptTokenCount": 9, "totalTokenCount": 9},
        "modelVersion": "gemini-2.5-pro",
    },
    {"predictions": [{"label": "cat", "confidence": 0.9}]},
)
_MODEL = ("modelversion", "model", "modelname", "modelid")


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:
    """Read one answer of generateContent or of an embedding, in JSON or Python spelling."""
    found, around = Fields(document), Fields(outer)
    usage = found.mapping("usagemetadata")
    if "prompttokencount" not in Fields(usage):
        return _embedding(found, around)
    candidates = found.get("candidates")
    if _is_part(candidates, Fields(usage)):
        return None
    counts = read_counts(usage)
    blocked = Fields(found.mapping("promptfeedback")).text("blockreason")
    finding = Finding(
        "gemini",
        model=found.text(*_MODEL) or around.text(*_MODEL),
        provider=found.text("provider") or around.text("provider") or "google",
        call_id=found.text("responseid"),
        usage=exclusive(counts, reasoning_inside=False),
        output=_answer(candidates),
        error=f"blocked: {blocked}" if blocked else None,
    )
    finding.usage_total_reported = odd_total(counts, finding.usage)
    charge(finding, usage, document)
    finding.metadata = finish(_finish_reason(candidates))
    return finding


def _is_part(candidates: Json, usage: Fields) -> bool:
    """Tell whether it is a piece of a stream: nothing says why it ended, and its answer is not counted yet."""
    is_open = isinstance(candidates, list) and bool(candidates) and not _finish_reason(candidates)
    return is_open and "candidatestokencount" not in usage


def _embedding(found: Fields, around: Fields) -> Finding | None:
    """Read embeddings of Vertex AI, which counts the tokens of each text beside its vector."""
    items = found.get("predictions", "embeddings")
    counted = [_statistics(item) for item in items] if isinstance(items, list) else []
    tokens = [count for count in counted if count is not None]
    if not tokens:
        return None
    return Finding(
        "gemini",
        kind="embedding",
        model=found.text(*_MODEL) or around.text(*_MODEL),
        provider=found.text("provider") or around.text("provider") or "google",
        usage=exclusive(Counts(input=sum(tokens))),
    )


def _statistics(item: Json) -> int | None:
    found = Fields(item) if isinstance(item, dict) else Fields({})
    inner = Fields(found.mapping("embeddings"))
    return Fields(found.mapping("statistics") or inner.mapping("statistics")).whole("tokencount")


def _finish_reason(candidates: Json) -> Json:
    first = candidates[0] if isinstance(candidates, list) and candidates else None
    return Fields(first).get("finishreason") if isinstance(first, dict) else None


def _answer(candidates: Json) -> Json:
    if not isinstance(candidates, list) or not candidates or not isinstance(candidates[0], dict):
        return None
    said = candidates[0].get("content")
    return content(said.get("parts")) if isinstance(said, dict) else said
