"""Recognise what guardrails answer: OpenAI moderation, Azure AI Content Safety, NeMo Guardrails.

Of what they found the categories are told, never the words. Bedrock's ApplyGuardrail is read with Bedrock's answers.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.fields import Fields
from logrouter.stages.llm.reading.usage import exclusive, read_counts

EXAMPLES = (
    {
        "id": "modr-1",
        "model": "omni-moderation-latest",
        "results": [{"flagged": True, "categories": {"violence": True}}],
    },
    {"categoriesAnalysis": [{"category": "Hate", "severity": 2}], "blocklistsMatch": []},
    {"log": {"activated_rails": [{"type": "input", "name": "self check input", "stop": True}]}},
)
NO_EXAMPLES = (
    {"results": [{"flagged": True}], "survey": 1},
    {"activated_rails": ["north", "south"]},
)

_MOST: Final = 200


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | Sequence[Finding] | None:
    """Read one assessment, or each rail of NeMo's log with the calls of models that it made."""
    rails = _rails(document)
    if rails:
        return [finding for rail in rails[:_MOST] for finding in _rail(rail)]
    return _moderation(document) or _content_safety(document, outer)


def _moderation(document: Mapping[str, Json]) -> Finding | None:
    results = document.get("results")
    items = _objects(results)
    if not items or not all("flagged" in item and isinstance(item.get("categories"), dict) for item in items):
        return None
    found = Fields(document)
    raised = sorted({name for item in items for name, is_raised in item["categories"].items() if is_raised is True})
    return Finding(
        "guardrails",
        kind="guardrail",
        name="moderation",
        model=found.text("model"),
        provider=found.text("provider") or "openai",
        call_id=found.text("id"),
        output={"flagged": any(item["flagged"] is True for item in items), "categories": raised},
    )


def _content_safety(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:
    """Read an answer of Azure AI Content Safety's text or image analysis."""
    analysis = document.get("categoriesAnalysis", document.get("categories_analysis"))
    items = _objects(analysis)
    if not items or not all("category" in item and "severity" in item for item in items):
        return None
    severities = {str(item["category"]): item["severity"] for item in items}
    return Finding(
        "guardrails",
        kind="guardrail",
        name="content-safety",
        provider=Fields(outer).text("provider") or "azure",
        output={"severities": severities},
    )


def _rails(document: Mapping[str, Json]) -> list[dict[str, Json]]:
    log = document.get("log")
    rails = (log if isinstance(log, dict) else document).get("activated_rails")
    return [rail for rail in _objects(rails) if "name" in rail]


def _rail(rail: Mapping[str, Json]) -> list[Finding]:
    found = Fields(rail)
    guard = Finding(
        "guardrails",
        kind="guardrail",
        name=found.text("name"),
        start_ms=found.time_ms("startedat"),
        end_ms=found.time_ms("finishedat"),
        latency_ms=found.duration_ms("duration", unit="s"),
        output={"stopped": rail.get("stop") is True},
        metadata={"rail": found.text("type")},
    )
    actions = rail.get("executed_actions")
    calls = [call for action in _objects(actions) for call in _objects(action.get("llm_calls"))]
    return [guard, *map(_call, calls)]


def _objects(items: Json) -> list[dict[str, Json]]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _call(call: Mapping[str, Json]) -> Finding:
    found = Fields(call)
    return Finding(
        "guardrails",
        name=found.text("task"),
        model=found.text("llmmodelname", "model"),
        provider=found.text("llmprovidername"),
        call_id=found.text("id"),
        usage=exclusive(read_counts(call)),
        start_ms=found.time_ms("startedat"),
        end_ms=found.time_ms("finishedat"),
        latency_ms=found.duration_ms("duration", unit="s"),
        input=found.get("prompt"),
        output=found.get("completion"),
    )
