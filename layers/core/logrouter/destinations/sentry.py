"""Sentry: one issue becomes one envelope with one event; answers are read by Sentry's own rules. No input or output.

Envelope, item and DSN are those of sentry-sdk; its client and transport are not used, because they lose events without
a word. An envelope holds exactly one event: Relay refuses a second one, Bugsink ignores the whole envelope then.
"""

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from logrouter.destinations.contract import Answer, Request, Target, interpret_status, retry_after_s, shown_route
from logrouter.destinations.sentry_event import SDK, build_event
from logrouter.errors import SecretError
from logrouter.model import Delivery, Issue, Json, Verdict

try:
    import orjson
except ImportError:
    orjson = None  # type: ignore[assignment]

EVENT_LIMIT_BYTES: Final = 200_000
"""Size of one event, not compressed. Relay takes 1 MiB, the documentation also names 200 KB compressed
(develop.sentry.dev, envelopes, size limits, checked 2026-11-20), an SQS message 1 MiB with base64 around it."""

SENDER: Final = f"{SDK['name']}/{SDK['version']}"
DEFAULT_PAUSE_S: Final = 60.0
"""How long SDKs wait after a 429 without a limit of its own (develop.sentry.dev, rate limiting, checked 2026-11-20)."""

OUR_CATEGORIES: Final = frozenset({"", "default", "error"})
"""Categories of `X-Sentry-Rate-Limits` that concern error events; empty means all."""


def encode_issue(issue: Issue, route: str, *, environment: str) -> Delivery:
    """Return the delivery of one issue: the envelope without its sending time, so the same event is the same bytes.

    Args:
        issue: a classified, masked record.
        route: which project of the secret it goes to.
        environment: Sentry environment of records that name none.
    """
    from sentry_sdk.envelope import Envelope, Item  # noqa: PLC0415 - 20 to 70 ms that most invocations do not need

    event = build_event(issue, environment)
    item = Item(_serialize_within(event, EVENT_LIMIT_BYTES), type="event", content_type="application/json")
    body = Envelope(headers={"event_id": event["event_id"], "sdk": SDK}, items=[item]).serialize()
    return Delivery("sentry", route, (event["event_id"],), (issue.record.lines,), body)


@dataclass(frozen=True, slots=True)
class Sentry:
    """The pure half of the Sentry destination."""

    name: str = "sentry"

    def targets(self, secret: Mapping[str, object]) -> Mapping[str, Target]:
        """Read `{"dsn": "...", "routes": {"payments": "https://..."}}`.

        Raises:
            SecretError: a DSN is missing or malformed; names the route, never the DSN.
        """
        routes = secret.get("routes") or {}
        if not isinstance(routes, Mapping):
            raise SecretError("Sentry secret: `routes` is not an object of route name to DSN")
        return {"default": _target("default", secret.get("dsn"))} | {
            str(route): _target(str(route), dsn) for route, dsn in routes.items()
        }

    def request(self, delivery: Delivery, target: Target, now_s: float) -> Request:
        """Build the POST; the envelope header gets the sending time now.

        Relay shifts every time of an envelope whose `sent_at` is 55 minutes or more off, so a stored one would make an
        old event young.
        """
        head, _, items = delivery.body.partition(b"\n")
        header = json.loads(head)
        header["sent_at"] = datetime.fromtimestamp(now_s, UTC).isoformat().replace("+00:00", "Z")
        body = json.dumps(header, separators=(",", ":")).encode() + b"\n" + items
        headers = {
            "Content-Type": "application/x-sentry-envelope",
            "Content-Encoding": "gzip",
            "User-Agent": SENDER,
            **target.headers,
        }
        return Request(target.url, headers, gzip.compress(body, 6, mtime=0))

    def interpret(self, answer: Answer) -> Verdict:
        """Read an answer: a 429 closes the route for as long as its limits for errors say, else 60 seconds.

        A limits header alone is no failure: it comes with a 200 as well (Bugsink puts one on every answer).
        """
        verdict = interpret_status(answer)
        if answer.status != 429:
            return verdict
        limit_s = rate_limit_s(answer.headers.get("x-sentry-rate-limits", ""))
        pause_s = limit_s if limit_s is not None else retry_after_s(answer.headers)
        return replace(verdict, retry_after_s=DEFAULT_PAUSE_S if pause_s is None else pause_s)

    def split(self, delivery: Delivery) -> tuple[Delivery, ...]:  # noqa: ARG002 - the contract of destinations
        """Return nothing: an envelope holds one event."""
        return ()


SENTRY: Final = Sentry()


def rate_limit_s(header: str) -> float | None:
    """Return the longest limit for error events in `X-Sentry-Rate-Limits`, None when it names none.

    Shape: `seconds:category;category:scope:reason, ...`; an empty category list means every category.
    """
    limits = []
    for limit in header.split(","):
        seconds, _, rest = limit.strip().partition(":")
        categories = rest.partition(":")[0].split(";")
        if OUR_CATEGORIES.isdisjoint(category.strip() for category in categories):
            continue
        pause_s = retry_after_s({"retry-after": seconds})
        if pause_s is not None:
            limits.append(pause_s)
    return max(limits, default=None)


def _target(route: str, dsn: object) -> Target:
    from sentry_sdk.utils import Dsn  # noqa: PLC0415 - see encode_issue

    if not isinstance(dsn, str) or not dsn.strip():
        raise SecretError(f"Sentry secret: route {shown_route(route)!r} has no DSN")
    try:
        auth = Dsn(dsn.strip()).to_auth(SENDER)
    except ValueError:
        raise SecretError(f"Sentry secret: the DSN of route {shown_route(route)!r} is malformed") from None
    if not all(char.isalnum() or char in "-_" for char in auth.public_key + (auth.secret_key or "")):
        raise SecretError(f"Sentry secret: the key in the DSN of route {shown_route(route)!r} is malformed")
    return Target(auth.get_api_url(), {"X-Sentry-Auth": auth.to_header()})


def _serialize_within(event: dict[str, Json], limit_bytes: int) -> bytes:
    """Serialise; while the event is too large, take out the next least telling part and say so in the event."""
    payload = _serialize(event)
    for part, trim in TRIMS.items():
        if len(payload) <= limit_bytes:
            break
        trim(event)
        event["tags"]["logrouter.trimmed"] = part
        payload = _serialize(event)
    return payload


def _serialize(value: Json) -> bytes:
    if orjson is not None:
        try:
            return orjson.dumps(value)
        except TypeError:  # a lone surrogate or a number beyond 64 bits
            pass
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _keep_frames(count: int, *, source: bool) -> Callable[[dict[str, Json]], None]:
    def trim(event: dict[str, Json]) -> None:
        for value in event.get("exception", {}).get("values", ()):
            if "stacktrace" in value:
                frames = value["stacktrace"]["frames"][-count:]
                value["stacktrace"]["frames"] = [
                    {key: fact for key, fact in frame.items() if source or key not in {"context_line", "abs_path"}}
                    for frame in frames
                ]

    return trim


def _drop_breadcrumbs(event: dict[str, Json]) -> None:
    event.pop("breadcrumbs", None)


def _drop_contexts(event: dict[str, Json]) -> None:
    event["contexts"].pop("attributes", None)
    event.pop("extra", None)


def _keep_exceptions(count: int) -> Callable[[dict[str, Json]], None]:
    def trim(event: dict[str, Json]) -> None:
        if "exception" in event:
            event["exception"]["values"] = event["exception"]["values"][-count:]

    return trim


def _keep_crash(event: dict[str, Json]) -> None:
    _keep_exceptions(1)(event)
    _keep_frames(10, source=False)(event)
    event["logentry"] = {"formatted": event["logentry"]["formatted"]}


TRIMS: Final[Mapping[str, Callable[[dict[str, Json]], None]]] = {
    "frames": _keep_frames(100, source=True),
    "breadcrumbs": _drop_breadcrumbs,
    "attributes": _drop_contexts,
    "source": _keep_frames(50, source=False),
    "causes": _keep_exceptions(3),
    "all but the crash": _keep_crash,
}
"""What is given up, in this order, to bring an event below its limit; tag `logrouter.trimmed` names the last one."""
