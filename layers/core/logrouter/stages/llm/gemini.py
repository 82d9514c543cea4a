"""Recognise Gemini and Vertex AI answers: `usageMetadata` counts cached tokens inside, thoughts outside."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.llm.anthropic import content
from logrouter.stages.llm.fields import Fields
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.usage import exclusive, odd_total, read_counts

EXAMPLES = ({"modelVersion": "gemini-2.5-pro", "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 1}},)
NO_EXAMPLES = ({"usageMetadata": {"plan": "free"}},)


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:
    """Read one answer of generateContent, in JSON or Python spelling."""
    found = Fields(document)
    usage = found.mapping("usagemetadata")
    if "prompttokencount" not in Fields(usage):
        return None
    counts = read_counts(usage)
    finding = Finding(
        "gemini",
        model=found.text("modelversion", "model", "modelname") or Fields(outer).text("model", "modelid", "modelname"),
        provider=found.text("provider") or "google",
        call_id=found.text("responseid"),
        usage=exclusive(counts, reasoning_inside=False),
        output=_answer(document.get("candidates")),
    )
    finding.usage_total_reported = odd_total(counts, finding.usage)
    return finding


def _answer(candidates: Json) -> Json:
    if not isinstance(candidates, list) or not candidates or not isinstance(candidates[0], dict):
        return None
    said = candidates[0].get("content")
    return content(said.get("parts")) if isinstance(said, dict) else said
