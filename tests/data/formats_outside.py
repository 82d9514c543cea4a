"""Log events written down with what a person reads in them, by somebody who had never seen a parser, and their judge.

`formats_outside.jsonl.gz` is JSON lines, packed so that secret scanners stay silent
(`zcat tests/data/formats_outside.jsonl.gz | less`). A line holds:

- `id`, `family` (for counting), `source`: `run: ...` came out of a program that was run, `doc: ...` was typed after the
  format's documentation, `made: ...` was put together by hand;
- `log_group` and `events`: the texts of the log events of one log stream, in order;
- `expect`: what the Sentry events must say; what is left out is not judged;
- `debatable`: two experts may disagree; counted apart.

`expect` may hold `errors`, the number of Sentry events (an error line and its trace are one), and of the first of them:
`level`, `type` (last segment), `message` (part of message or exception value), `log_message` (part of any value),
`frames` (number, of the crash alone), `crash_frame` (innermost; `file` is a suffix), `in_app` of it, `chain` (types, root
first), `language`, `request_id`, `trace_id`, `service`, `status`, `path`, `method`, `user_id`, `logger`.
"""

import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from logrouter.jobs.forward_errors import plan
from logrouter.masking import default_masker
from logrouter.policy.load import default_policy

AT_MS: Final = 1_795_174_560_000
"""When the log events were written: 2026-11-20 11:36 UTC, as most of their texts say."""

LEVELS: Final = {"warning": "warn"}
"""Sentry's words for levels that the cases call otherwise."""

PLACES: Final = {
    "request_id": ("tags.request_id",),
    "trace_id": ("contexts.trace.trace_id", "tags.xray_trace_id"),
    "service": ("tags.service",),
    "status": ("tags.http.status", "contexts.response.status_code"),
    "path": ("request.url", "transaction"),
    "method": ("request.method", "tags.http.method"),
    "user_id": ("user.id", "tags.user_id"),
    "logger": ("logger", "tags.component"),
}
"""Where in an event these belong; a copy among other attributes does not count."""

_SEGMENT: Final = re.compile(r"[.$\\]|::")


def outside_cases() -> list["OutsideFormat"]:
    """Return all cases, in order."""
    packed = Path(__file__).with_name("formats_outside.jsonl.gz").read_bytes()
    return [OutsideFormat(json.loads(line)) for line in gzip.decompress(packed).decode().splitlines()]


class OutsideFormat:
    """One case; it is judged by what it says itself."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.id: str = fields["id"]
        self.family: str = fields["family"]
        self.source: str = fields["source"]
        self.texts: list[str] = fields["events"]
        self.expected: dict[str, Any] = fields["expect"]
        self.is_debatable = bool(fields.get("debatable"))
        self._log_group = fields["log_group"]

    @property
    def is_negative(self) -> bool:
        """Whether nothing may come of it."""
        return self.expected["errors"] == 0

    @property
    def judged(self) -> list[str]:
        """The fields that are judged."""
        return ["errors"] if self.is_negative else list(self.expected)

    def sent(self) -> list[dict[str, Any]]:
        """Return the Sentry events that come of it on the whole way, with the packaged policy and masking."""
        made = plan(
            self._document(),
            policy=default_policy(),
            mask_text=default_masker().mask_text,
            region="ap-northeast-2",
            environment="production",
            limit_bytes=10_000_000,
        )
        return [json.loads(delivery.body.split(b"\n")[2]) for delivery in made.deliveries]

    def judge(self, sent: list[dict[str, Any]]) -> dict[str, Any]:
        """Return the fields that are wrong, with what is there instead."""
        wrong: dict[str, Any] = {} if len(sent) == self.expected["errors"] else {"errors": len(sent)}
        if self.is_negative:
            return wrong
        if not sent:
            return dict.fromkeys(self.judged, "nothing") | wrong
        for name in self.judged:
            if name != "errors":
                found, is_right = _READERS[name](sent[0], self.expected[name])
                wrong |= {} if is_right else {name: found}
        return wrong

    def _document(self) -> dict[str, Any]:
        return {
            "messageType": "DATA_MESSAGE",
            "owner": "123456789012",
            "logGroup": self._log_group,
            "logStream": "2026/11/20/[7]" + "0a1b2c3d" * 4 if "/lambda/" in self._log_group else "app/shop/1",
            "subscriptionFilters": ["logrouter"],
            "logEvents": [
                {"id": str(10**55 + at), "timestamp": AT_MS + at, "message": text} for at, text in enumerate(self.texts)
            ],
        }


type Found = tuple[Any, bool]
"""What an event says, and whether it is what was expected."""


def _crash(event: Mapping[str, Any]) -> Mapping[str, Any]:
    values = event.get("exception", {}).get("values", ())
    return next((value for value in values if value["mechanism"]["exception_id"] == 0), {})


def _frames(event: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return _crash(event).get("stacktrace", {}).get("frames", [])


def _last(name: Any) -> str:
    return _SEGMENT.split(str(name))[-1]


def _chain(event: Mapping[str, Any]) -> list[str]:
    """The types from the root to the crash; members of groups and what was suppressed are no causes."""
    values = event.get("exception", {}).get("values", ())
    by_parent = {
        value["mechanism"].get("parent_id"): value
        for value in values
        if "[" not in value["mechanism"].get("source", "") and value["mechanism"].get("source") != "suppressed"
    }
    chain, value = [], by_parent.get(None)
    while value:
        chain.append(_last(value["type"]))
        value = by_parent.get(value["mechanism"]["exception_id"])
    return chain[::-1]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for child in value.values():
            yield from _texts(child)
    elif isinstance(value, list):
        for child in value:
            yield from _texts(child)
    elif value is not None:
        yield str(value)


def _is_part(expected: str, texts: list[str]) -> bool:
    """Whether the first line of a text is part of another, as it stands or masked."""
    line = expected.partition("\n")[0]
    masked, _ = default_masker().mask_text(line, None, "/ecs/shop")
    return any(form in text for form in (line, masked) for text in texts)


def _level(event: Mapping[str, Any], expected: str) -> Found:
    found = LEVELS.get(event["level"], event["level"])
    return found, found == expected


def _type(event: Mapping[str, Any], expected: str) -> Found:
    found = _crash(event).get("type")
    return found, _last(found) == _last(expected)


def _message(event: Mapping[str, Any], expected: str) -> Found:
    found = [event["logentry"]["formatted"], _crash(event).get("value", "")]
    return found, _is_part(expected, found)


def _log_message(event: Mapping[str, Any], expected: str) -> Found:
    return event["logentry"]["formatted"], _is_part(expected, list(_texts(event)))


def _frame_count(event: Mapping[str, Any], expected: int) -> Found:
    found = len(_frames(event))
    return found, found == expected


def _crash_frame(event: Mapping[str, Any], expected: Mapping[str, Any]) -> Found:
    frame = next(iter(_frames(event)[::-1]), {})
    found = {"function": frame.get("function"), "file": frame.get("abs_path"), "line": frame.get("lineno")}
    named, function = str(found["function"]), str(expected.get("function"))
    is_right = (
        ("function" not in expected or named.rpartition(".")[2] == function.rpartition(".")[2])
        and str(found["file"]).endswith(expected.get("file", ""))
        and found["line"] == expected.get("line", found["line"])
    )
    return found, is_right


def _in_app(event: Mapping[str, Any], expected: object) -> Found:
    found = next((frame["in_app"] for frame in _frames(event)[::-1]), None)
    return found, found is expected


def _causes(event: Mapping[str, Any], expected: list[str]) -> Found:
    found = _chain(event)
    return found, found == [_last(name) for name in expected]


def _platform(event: Mapping[str, Any], expected: str) -> Found:
    return event["platform"], event["platform"] == expected


def _fact(places: tuple[str, ...]) -> Callable[[Mapping[str, Any], str], Found]:
    def read(event: Mapping[str, Any], expected: str) -> Found:
        found = [str(value) for place in places if (value := _at(event, place)) is not None]
        forms = (
            {str(expected), str(expected).removeprefix("1-").replace("-", "")}
            if "tags.xray_trace_id" in places
            else {str(expected)}
        )
        return found, not forms.isdisjoint(found) or ("request.url" in places and _is_path(found, expected))

    return read


def _is_path(found: list[str], expected: str) -> bool:
    """Whether an address or a transaction (`GET /orders`) ends with a path."""
    return any(text.partition("?")[0].endswith(expected) for text in found)


def _at(event: Mapping[str, Any], place: str) -> Any:
    """Return what stands at `part.name` or `part.part.name`; names of tags may hold dots."""
    part, _, rest = place.partition(".")
    value = event.get(part)
    return value if not rest or not isinstance(value, dict) else value[rest] if rest in value else _at(value, rest)


_READERS: Final[Mapping[str, Callable[[Any, Any], Found]]] = {
    "level": _level,
    "type": _type,
    "message": _message,
    "log_message": _log_message,
    "frames": _frame_count,
    "crash_frame": _crash_frame,
    "in_app": _in_app,
    "chain": _causes,
    "language": _platform,
    **{name: _fact(places) for name, places in PLACES.items()},
}
