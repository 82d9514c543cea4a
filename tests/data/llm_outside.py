"""Lines that tell of LLM calls, or do not, written by somebody who had never seen a shape, and their judge.

`llm_outside.jsonl.gz` is JSON lines, packed so that secret scanners stay silent. A line holds `id`, `family`, `source`
(the document or program that the line follows), `line` (the text of one log event), `expect`, and `disputed` with a
`note` where two experts may disagree. `expect` is one of

- `{"calls": [...]}`: what the observations must say; what is left out is not judged. `usage` names buckets of tokens,
  `cost_total` US dollars, `input_contains` and `output_contains` parts of texts, `error` a part of the status message
  (or true), ids as the line writes them;
- `{"not_a_call": true}`: nothing may be sent, and nothing is wrong with the line;
- `{"invalid": true}`: it calls itself a call and states what cannot be.

`llm_outside_logged.jsonl.gz` is a second corpus of the same form, by somebody else who had seen no shape either: lines
as applications log them, wrapped by their loggers. In it `cost_total_not` names an amount in another currency, or in
cents, that must not be told as dollars.

`llm_outside_pairs.jsonl.gz` (and `llm_outside_logged_pairs.jsonl.gz`) holds two `lines` each, and whether they tell of the same call and belong to one trace.
"""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from logrouter.jobs.trace_llm import plan
from logrouter.masking import default_masker
from logrouter.model import DropReason, Plan, Tally
from logrouter.policy.load import default_policy
from logrouter.stages.llm.identity import as_trace_id, observation_id_of, trace_id_of

AT_MS: Final = 1_795_174_560_000
"""When the log events were written: 2026-11-20 11:36 UTC."""

LOG_GROUP: Final = "/aws/ecs/chat/llm"
TOLERANCE_MS: Final = 1
"""Of times: Langfuse keeps milliseconds, lines often less."""


def outside_calls(corpus: str = "llm_outside") -> list["OutsideCall"]:
    """Return all cases of a corpus, in order."""
    return [OutsideCall(fields) for fields in _packed(corpus)]


def outside_pairs(corpus: str = "llm_outside") -> list[dict[str, Any]]:
    """Return all pairs of lines of a corpus, in order."""
    return list(_packed(f"{corpus}_pairs"))


def _packed(name: str) -> Iterator[dict[str, Any]]:
    packed = Path(__file__).with_name(f"{name}.jsonl.gz").read_bytes()
    return map(json.loads, gzip.decompress(packed).decode().splitlines())


def keys_of(line: str, event_id: str) -> set[str]:
    """Return the keys by which the delivery ledger knows the calls of one log event: what it knows is not sent again."""
    return {key for delivery in planned(line, event_id).deliveries for key in delivery.keys}


def sent_of(line: str, event_id: str = "1") -> tuple[list["Observation"], Tally]:
    """Return the observations that come of one log event on the whole way."""
    made = planned(line, event_id)
    spans = [
        span
        for delivery in made.deliveries
        for resource in json.loads(delivery.body)["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    ]
    return [Observation(span) for span in spans], made.tally


def planned(line: str, event_id: str) -> Plan:
    """Return what becomes of one log event, with the packaged policy and masking."""
    return plan(
        {
            "messageType": "DATA_MESSAGE",
            "owner": "123456789012",
            "logGroup": LOG_GROUP,
            "logStream": "ecs/chat/0f1e2d3c",
            "subscriptionFilters": ["logrouter"],
            "logEvents": [{"id": event_id, "timestamp": AT_MS, "message": line}],
        },
        policy=default_policy(),
        mask_text=default_masker().mask_text,
        region="ap-northeast-2",
        environment="production",
        limit_bytes=10_000_000,
    )


class Observation:
    """One span as Langfuse reads it."""

    def __init__(self, span: Mapping[str, Any]) -> None:
        self.trace_id: str = span["traceId"]
        self.id: str = span["spanId"]
        self.parent_id: str | None = span.get("parentSpanId")
        self.start_ms = int(span["startTimeUnixNano"]) // 1_000_000
        self.end_ms = int(span["endTimeUnixNano"]) // 1_000_000
        self.facts: dict[str, Any] = {item["key"]: _value(item["value"]) for item in span["attributes"]}

    def told(self, name: str) -> Any:
        """Return an attribute of the observation; JSON as what it is."""
        value = self.facts.get(f"langfuse.observation.{name}")
        return json.loads(value) if isinstance(value, str) and value[:1] in {"{", "["} else value


def _value(value: Mapping[str, Any]) -> Any:
    if "arrayValue" in value:
        return [_value(item) for item in value["arrayValue"].get("values", ())]
    return next(iter(value.values()))


class OutsideCall:
    """One case; it is judged by what it says itself."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.id: str = fields["id"]
        self.family: str = fields["family"]
        self.line: str = fields["line"]
        self.note: str = fields.get("note", "")
        self.expected: dict[str, Any] = fields["expect"]
        self.is_disputed = bool(fields.get("disputed"))

    @property
    def is_call(self) -> bool:
        """Whether something has to come of it."""
        return "calls" in self.expected

    def judge(self) -> dict[str, Any]:
        """Return the facts that are wrong, with what is there instead; empty when all are right."""
        found, tally = sent_of(self.line)
        if not self.is_call:
            wanted = DropReason.INVALID_LLM_CALL if "invalid" in self.expected else DropReason.NOT_AN_LLM_CALL
            fates = {reason.value: count for reason, count in tally.dropped.items() if count}
            return {} if not found and set(fates) <= {wanted.value} else {"fate": fates or f"{len(found)} calls"}
        expected = self.expected["calls"]
        wrong: dict[str, Any] = {} if len(found) == len(expected) else {"calls": len(found)}
        left = list(found)
        for call in expected:
            faults = sorted((_faults(call, one) for one in left), key=len)
            best = min(left, key=lambda one: len(_faults(call, one)), default=None)
            if best is None:
                return wrong | {"calls": len(found)}
            left.remove(best)
            wrong |= faults[0]
        return wrong


def _faults(call: Mapping[str, Any], found: Observation) -> dict[str, Any]:
    """Return what is wrong; of a call with both ids the observation's is made of one of them."""
    if {"call_id", "span_id"} <= call.keys():
        made_of = [name for name in ("call_id", "span_id") if _call_id(found, call[name]) is None]
        call = {
            name: said
            for name, said in call.items()
            if name not in {"call_id", "span_id"} or name in made_of or not made_of
        }
    return {name: said for name, expected in call.items() if (said := _READERS[name](found, expected)) is not None}


type Reader = Callable[[Observation, Any], Any]
"""(observation, expected) -> what it says instead, None when it is as expected."""


def _unless(is_right: bool, said: Any) -> Any:
    return None if is_right else str(said) if said is not None else "nothing"


def _attribute(name: str) -> Reader:
    return lambda found, expected: _unless(found.facts.get(name) == expected, found.facts.get(name))


def _kind(found: Observation, expected: str) -> Any:
    return _unless(found.told("type") == expected, found.told("type"))


def _usage(found: Observation, expected: Mapping[str, int]) -> Any:
    said = found.told("usage_details") or {}
    return _unless(all((said.get(name) or 0) == count for name, count in expected.items()), said)


def _cost(found: Observation, expected: float) -> Any:
    said = (found.told("cost_details") or {}).get("total")
    return _unless(said is not None and abs(said - expected) <= 1e-9, said)


def _cost_not(found: Observation, refused: float) -> Any:
    said = (found.told("cost_details") or {}).get("total")
    return _unless(said is None or abs(said - refused) > 1e-9, said)


def _contains(name: str) -> Reader:
    def read(found: Observation, expected: str) -> Any:
        said = found.facts.get(f"langfuse.observation.{name}") or ""
        shown = [said, said.replace('\\"', '"')]
        return _unless(any(expected in text for text in shown), said[:200])

    return read


def _error(found: Observation, expected: str | bool) -> Any:
    said = found.told("status_message")
    is_error = found.told("level") == "ERROR"
    if expected is False:
        return _unless(not is_error and said is None, said)
    return _unless(is_error and (expected is True or str(expected) in str(said)), said)


def _trace(found: Observation, expected: str) -> Any:
    return _unless(found.trace_id in {as_trace_id(expected), trace_id_of(expected)}, found.trace_id)


def _call_id(found: Observation, expected: str) -> Any:
    return _unless(found.id in {expected, observation_id_of(found.trace_id, expected)}, found.id)


def _parent(found: Observation, expected: str) -> Any:
    return _unless(found.parent_id in {expected, observation_id_of(found.trace_id, expected)}, found.parent_id)


def _time(name: str) -> Reader:
    return lambda found, expected: _unless(abs(getattr(found, name) - expected) <= TOLERANCE_MS, getattr(found, name))


def _latency(found: Observation, expected: float) -> Any:
    said = found.end_ms - found.start_ms
    return _unless(abs(said - expected) <= TOLERANCE_MS, said)


def _first_token(found: Observation, expected: float) -> Any:
    from datetime import datetime

    said = found.facts.get("langfuse.observation.completion_start_time")
    after = None if said is None else datetime.fromisoformat(said).timestamp() * 1000 - found.start_ms
    return _unless(after is not None and abs(after - expected) <= TOLERANCE_MS, after)


def _prompt_version(found: Observation, expected: int) -> Any:
    said = found.told("prompt.version")
    return _unless(said is not None and float(said) == expected, said)


def _tags(found: Observation, expected: list[str]) -> Any:
    said = found.facts.get("langfuse.trace.tags") or []
    said = json.loads(said) if isinstance(said, str) else said
    return _unless(sorted(said) == sorted(expected), said)


_READERS: Final[Mapping[str, Reader]] = {
    "kind": _kind,
    "model": _attribute("langfuse.observation.model.name"),
    "provider": _attribute("langfuse.observation.metadata.provider"),
    "usage": _usage,
    "cost_total": _cost,
    "cost_total_not": _cost_not,
    "call_id": _call_id,
    "trace_id": _trace,
    "span_id": _call_id,
    "parent_id": _parent,
    "start_ms": _time("start_ms"),
    "end_ms": _time("end_ms"),
    "latency_ms": _latency,
    "first_token_after_ms": _first_token,
    "error": _error,
    "user_id": _attribute("user.id"),
    "session_id": _attribute("session.id"),
    "trace_name": _attribute("langfuse.trace.name"),
    "prompt_name": _attribute("langfuse.observation.prompt.name"),
    "prompt_version": _prompt_version,
    "tags": _tags,
    "input_contains": _contains("input"),
    "output_contains": _contains("output"),
}
