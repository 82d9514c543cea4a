"""Messages of a call that stand in records of their own: events of OpenTelemetry beside the span of the call.

The older conventions tell prompts and answers only so (`gen_ai.user.message`, `gen_ai.choice`), and so do ADOT and
botocore by default. None of them is a call; what they say belongs to the span that they happened in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from logrouter.model import Json, LlmCall, Record
from logrouter.stages.llm.content import bounded, content_rule
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.fields import opened, text
from logrouter.stages.llm.shapes.otel.attributes import plain_value
from logrouter.stages.llm.shapes.otel.exports import Export, documents_in
from logrouter.stages.llm.shapes.otel.spans import as_hex

_ROLES: Final = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
_CHOICE: Final = "gen_ai.choice"
_LEFT_OUT: Final = frozenset({"message", "index"})
_MOST_CALLS, _MOST_MESSAGES = 10_000, 500

type _Key = tuple[str, str]


@dataclass(slots=True)
class _Said:
    asked: list[Json] = field(default_factory=list)
    answered: list[Json] = field(default_factory=list)


class ToldApart:
    """Hears the records of one payload, and gives its calls what they say."""

    __slots__ = ("_said",)

    def __init__(self) -> None:
        self._said: dict[_Key, _Said] = {}

    def hear(self, record: Record) -> None:
        """Keep what a record says of a call that is told elsewhere; most records say nothing."""
        document = record.document
        if not document:
            return
        for event in _events_in(document):
            self._keep(event)

    def given_to(self, calls: Sequence[LlmCall], content: Mapping[str, Json], environment: str | None) -> list[LlmCall]:
        """Return the calls, with prompt and answer where a call has none and its messages were heard.

        Args:
            calls: of the same payload.
            content: `llm.content` of the policy.
            environment: of records that name none; rules of the policy ask for it.
        """
        return [self._given(call, content, environment) for call in calls] if self._said else list(calls)

    def _keep(self, event: Mapping[str, Json]) -> None:
        name = _name_of(event)
        trace_id, span_id = (_id_in(event, *names) for names in (("traceId", "trace_id"), ("spanId", "span_id")))
        body = plain_value(opened(event.get("body", event.get("Body"))))
        if name is None or not trace_id or not span_id or not isinstance(body, dict):
            return
        said = self._said.get((trace_id, span_id))
        if said is None:
            if len(self._said) >= _MOST_CALLS:
                return
            said = self._said[trace_id, span_id] = _Said()
        heard = said.answered if name == _CHOICE else said.asked
        if len(heard) < _MOST_MESSAGES:
            heard.append(_message(name, body))

    def _given(self, call: LlmCall, content: Mapping[str, Json], environment: str | None) -> LlmCall:
        said = self._said.get((call.trace_id, call.observation_id))
        if said is None or (call.input is not None and call.output is not None):
            return call
        facts = Finding("otel", kind=call.kind, model=call.model, provider=call.provider, name=call.name)
        rule = content_rule(content, facts, call.record, environment)
        asked, answered = said.asked or None, said.answered[0] if len(said.answered) == 1 else said.answered or None
        return replace(
            call,
            input=bounded(asked, rule["input"], rule["max_chars"]) if call.input is None else call.input,
            output=bounded(answered, rule["output"], rule["max_chars"]) if call.output is None else call.output,
        )


def _events_in(document: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    if _name_of(document) is not None:
        yield document
    elif "resourceLogs" in document or "resource_logs" in document or "scopeLogs" in document:
        export = Export.of(document)
        yield from (event for event, _, _ in documents_in(export) if _name_of(event) is not None) if export else ()


def _name_of(event: Mapping[str, Json]) -> str | None:
    """Return which message an event is, None for anything else."""
    name = event.get("eventName") or event.get("event_name") or event.get("EventName")
    if not name:
        name = _named(event.get("attributes", event.get("Attributes")))
    return name if isinstance(name, str) and (name in _ROLES or name == _CHOICE) else None


def _named(attributes: Json) -> Json:
    if isinstance(attributes, dict):
        return attributes.get("event.name")
    if not isinstance(attributes, list):
        return None
    values = (item.get("value") for item in attributes if isinstance(item, dict) and item.get("key") == "event.name")
    return next((value.get("stringValue") for value in values if isinstance(value, dict)), None)


def _id_in(event: Mapping[str, Json], *names: str) -> str | None:
    return next((as_hex(text(event[name])) for name in names if event.get(name)), None)


def _message(name: str, body: Mapping[str, Json]) -> dict[str, Json]:
    """Return a message with its role; a choice holds it one floor down."""
    inner = opened(body.get("message"))
    whole = {**body, **inner} if isinstance(inner, dict) else body
    kept = {key: value for key, value in whole.items() if key not in _LEFT_OUT and value is not None}
    return {"role": _ROLES.get(name, "assistant"), **kept}
