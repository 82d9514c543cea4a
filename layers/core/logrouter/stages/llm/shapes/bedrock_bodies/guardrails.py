"""Say what guardrails found in a call, without the words they found it in: those are what the guardrail is there for.

Assessments stand in `trace.guardrail` of Converse, in `amazon-bedrock-trace` of InvokeModel, and at the top of
ApplyGuardrail (API reference of the Bedrock runtime, checked 2026-11-20).
"""

from collections.abc import Iterator, Mapping
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.shapes.bedrock_bodies.body import first_text, nested, objects

FOUND_LIMIT: Final = 50
_DEPTH: Final = 6


def guardrail_of(body: Mapping[str, Json]) -> dict[str, Json]:
    """Return `action`, `reason`, what was `found` (`topic Finance BLOCKED`, `EMAIL ANONYMIZED`) and the `ids`.

    Empty where no guardrail looked at the call.
    """
    trace = nested(body, "trace", "guardrail") or nested(body, "amazon-bedrock-trace", "guardrail")
    looked_at = trace if isinstance(trace, dict) else {"assessments": body.get("assessments")}
    assessments = list(_assessments(looked_at, 0))
    action = first_text(body, "amazon-bedrock-guardrailAction") or (first_text(body, "action") if assessments else None)
    if "guardrail_intervened" in (body.get("stopReason"), body.get("stop_reason")):
        action = action or "INTERVENED"
    facts: dict[str, Json] = {
        "action": action,
        "reason": first_text(looked_at, "actionReason") or (first_text(body, "actionReason") if assessments else None),
        "found": list(dict.fromkeys(what for one in assessments for what in _found(one)))[:FOUND_LIMIT],
        "ids": sorted({id_ for one in assessments if (id_ := _id(one))} | _keys(looked_at)),
    }
    return {name: value for name, value in facts.items() if value}


def _assessments(value: Json, depth: int) -> Iterator[Mapping[str, Json]]:
    if depth > _DEPTH:
        return
    if isinstance(value, dict):
        if any(name.endswith("Policy") for name in value):
            yield value
            return
        for inner in value.values():
            yield from _assessments(inner, depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from _assessments(item, depth + 1)


def _found(assessment: Mapping[str, Json]) -> Iterator[str]:
    for topic in _hits(assessment, "topicPolicy", "topics"):
        yield _told("topic", topic.get("name"), topic.get("action"))
    for one in _hits(assessment, "contentPolicy", "filters"):
        yield _told(one.get("type"), one.get("confidence"), one.get("action"))
    for word in _hits(assessment, "wordPolicy", "customWords"):
        yield _told("custom word", word.get("action"))
    for word in _hits(assessment, "wordPolicy", "managedWordLists"):
        yield _told(word.get("type"), word.get("action"))
    for entity in _hits(assessment, "sensitiveInformationPolicy", "piiEntities"):
        yield _told(entity.get("type"), entity.get("action"))
    for expression in _hits(assessment, "sensitiveInformationPolicy", "regexes"):
        yield _told("regex", expression.get("name"), expression.get("action"))
    for one in _hits(assessment, "contextualGroundingPolicy", "filters"):
        yield _told(one.get("type"), one.get("score"), one.get("action"))
    for finding in _hits(assessment, "automatedReasoningPolicy", "findings"):
        yield _told("reasoning", *finding)


def _hits(assessment: Mapping[str, Json], policy: str, members: str) -> Iterator[dict[str, Json]]:
    """Yield what a policy found; a full trace lists what it looked for and did not find as well."""
    for item in objects(nested(assessment, policy, members)):
        if item.get("detected") is not False and item.get("confidence") != "NONE":
            yield item


def _told(*words: Json) -> str:
    return " ".join(str(word)[:100] for word in words if word is not None and word != "NONE")


def _id(assessment: Mapping[str, Json]) -> str | None:
    id_ = nested(assessment, "appliedGuardrailDetails", "guardrailId")
    return id_ if isinstance(id_, str) else None


def _keys(trace: Mapping[str, Json]) -> set[str]:
    """Return the ids by which Converse and InvokeModel name the assessments of each guardrail."""
    sides = [trace.get(name) for name in ("inputAssessment", "outputAssessments", "input")]
    outputs = trace.get("outputs")
    sides += outputs if isinstance(outputs, list) else [outputs]
    return {str(id_) for side in sides if isinstance(side, dict) for id_ in side}
