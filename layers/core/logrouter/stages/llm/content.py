"""What becomes of prompt and answer: kept, cut or dropped, as the policy says for this service, model or log group."""

import json
from collections.abc import Mapping
from typing import Final

from logrouter.model import Json, Record
from logrouter.stages.llm.finding import Finding
from logrouter.stages.matching import first_match

_MARK: Final = "[cut: {0} characters more]"
_TOO_DEEP: Final = "[nested too deeply]"


def content_rule(
    content: Mapping[str, Json], finding: Finding, record: Record, environment: str | None
) -> Mapping[str, Json]:
    """Return `input`, `output` and `max_chars` for one call: of the first rule that matches, else of the section.

    Args:
        content: `llm.content` of the policy; what a rule does not say holds as the section says it.
        finding: the call.
        record: where it was found.
        environment: of records that name none.
    """
    rules = content.get("rules")
    if not rules:
        return content
    facts = {
        "service": record.service or "",
        "account": record.origin.account,
        "region": record.origin.region,
        "log_group": record.origin.log_group,
        "log_stream": record.origin.log_stream,
        "environment": record.environment or environment or "",
        "kind": finding.kind,
        "model": finding.model or "",
        "provider": finding.provider or "",
        "name": finding.name or "",
    }
    return {**content, **(first_match(rules, facts) or {})}


def bounded(content: Json, rule: str, max_chars: int) -> Json:
    """Keep, cut or drop a prompt or an answer; what is cut says how much is missing."""
    if rule == "drop" or content is None:
        return None
    if rule == "keep":
        return content
    try:
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    except RecursionError:
        return _TOO_DEEP
    return content if len(text) <= max_chars else text[:max_chars] + _MARK.format(len(text) - max_chars)
