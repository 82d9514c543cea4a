"""Find the LLM calls in a record: shape by shape, then complete calls with deterministic ids and times.

Pure. A record that is no call and one that states nonsense are values (`Recognition`), never exceptions. Cost that the
record does not state is filled by `logrouter.stages.price`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from logrouter.model import DropReason, Json, LlmCall, Noticed, Record
from logrouter.stages.llm.call import call_of
from logrouter.stages.llm.envelopes import Parents, candidates_in, documents_of
from logrouter.stages.llm.finding import Finding, NonsenseError
from logrouter.stages.llm.reading.fields import Fields
from logrouter.stages.llm.reading.surroundings import model_in, surround, surround_with_whom
from logrouter.stages.llm.shapes.mapped import read_mapped
from logrouter.stages.llm.shapes.registry import SHAPES

_CALLS_WITH_TOKENS: Final = frozenset({"generation", "embedding"})


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a record tells of calls.

    Args:
        calls: cost filled only where the record states it; the first one stands for the lines of the record.
        refusal: why there is none: NOT_AN_LLM_CALL, or INVALID_LLM_CALL when the record calls itself one but names
            neither model nor tokens, or states what cannot be; None when there are calls.
        noticed: why calls of the record were left out, and what is odd about those that are there.
    """

    calls: tuple[LlmCall, ...] = ()
    refusal: DropReason | None = None
    noticed: tuple[Noticed, ...] = ()


def recognise(
    record: Record,
    rules: Mapping[str, Json],
    mask_again: Callable[[str], str] = str,
    *,
    environment: str | None = None,
) -> Recognition:
    """Return the LLM calls that a record tells of.

    Args:
        record: parsed from masked text.
        rules: policy section `llm`.
        mask_again: masks an answer once it is put together: in the chunks of a stream, and in what is printed in
            pieces, each word stands alone, so that masking the record could not see what they say when joined.
        environment: of records that name none; rules of the policy ask for it.
    """
    calls: list[LlmCall] = []
    noticed: list[Noticed] = []
    for document, outer in documents_of(record, mask_again):
        try:
            findings = _findings(document, outer, rules)
        except NonsenseError as nonsense:
            noticed.append(nonsense.noticed)
            continue
        for finding in findings:
            fault = _fault(finding, rules["limits"])
            if fault is not None:
                noticed.append(fault)
                continue
            if isinstance(finding.output, str):
                finding.output = mask_again(finding.output)
            if finding.usage_total_reported is not None:
                noticed.append(Noticed.ODD_TOTAL)
            calls.append(call_of(finding, record, rules, len(calls), environment=environment))
    if calls:
        return Recognition(tuple(calls), None, tuple(noticed))
    return Recognition((), DropReason.INVALID_LLM_CALL if noticed else DropReason.NOT_AN_LLM_CALL, tuple(noticed))


def _findings(document: Mapping[str, Json], outer: Mapping[str, Json], rules: Mapping[str, Json]) -> list[Finding]:
    """Return what the first fitting mapping or shape reads, completed by what stands around it."""
    findings = _found(document, rules)
    for finding in findings:
        if not finding.complete:
            (surround if len(findings) == 1 else surround_with_whom)(finding, document)
        if outer is not document:
            surround_with_whom(finding, outer)
    return findings


def _found(document: Mapping[str, Json], rules: Mapping[str, Json]) -> list[Finding]:
    mapped = read_mapped(document, rules.get("mappings", ()))
    if mapped is not None:
        return mapped
    candidates = list(candidates_in(document))
    empty: list[Finding] = []
    for shape in SHAPES:
        for candidate, around in candidates:
            findings = _listed(shape(candidate, document))
            if any(map(_says_something, findings)):
                kept = [finding for finding in findings if finding.is_nonsense or _says_something(finding)]
                return _completed(kept, around)
            empty = empty or findings
    return empty


def _completed(findings: list[Finding], around: Parents) -> list[Finding]:
    """Fill what the objects between the line and the one that was read say of it, the nearest first."""
    for parent in reversed(around):
        for finding in findings:
            if not finding.complete:
                said = Fields(parent)
                finding.model = finding.model or model_in(said)
                request_id = finding.request_id
                (surround if len(findings) == 1 else surround_with_whom)(finding, parent)
                if "statuscode" in said:  # the HTTP answer of the provider, whose request is not the application's
                    finding.request_id = request_id
    return findings


def _listed(found: Finding | Sequence[Finding] | None) -> list[Finding]:
    if found is None:
        return []
    return [found] if isinstance(found, Finding) else list(found)


def _says_something(finding: Finding) -> bool:
    is_known = finding.model is not None or bool(finding.usage) or finding.error is not None
    return is_known or finding.kind not in _CALLS_WITH_TOKENS


def _fault(finding: Finding, limits: Mapping[str, Json]) -> Noticed | None:
    """Hold a finding against the bounds of the policy; a declared call of a model names the model or its tokens."""
    if finding.is_nonsense:
        return Noticed.NONSENSE
    if not _says_something(finding):
        return Noticed.NOTHING_SAID
    longest_ms: float = limits["duration_ms"]
    if (
        finding.usage.get("total", 0) > limits["tokens"]
        or finding.cost.get("total", 0) > limits["cost_usd"]
        or max(finding.latency_ms or 0, finding.first_token_after_ms or 0) > longest_ms
    ):
        return Noticed.TOO_MUCH
    return None
