"""Sentry: where deliveries go, how they are sent, and what the answers mean by Sentry's own rules. No input or output.

What is in a delivery is the affair of `sentry_envelope` (errors) and `sentry_logs` (records that are none).
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from logrouter.destinations.contract import Answer, Request, Target, interpret_status, retry_after_s, shown_route
from logrouter.destinations.packing import gzipped
from logrouter.destinations.sentry_envelope import EVENT_LIMIT_BYTES, encode_issue
from logrouter.destinations.sentry_event import SDK
from logrouter.destinations.sentry_limits import EVENTS, LOGS, limits_of
from logrouter.destinations.sentry_logs import encode_logs, holds_logs, log_key, split_logs, without_logs
from logrouter.destinations.sentry_smaller import smaller
from logrouter.errors import SecretError
from logrouter.model import Delivery, Verdict

__all__ = ["EVENT_LIMIT_BYTES", "SENTRY", "Sentry", "encode_issue", "encode_logs", "log_key"]

SENDER: Final = f"{SDK['name']}/{SDK['version']}"
DEFAULT_PAUSE_S: Final = 60.0
"""How long SDKs wait after a 429 without a limit of its own (develop.sentry.dev, rate limiting, checked 2026-11-20)."""


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
        return Request(target.url, headers, gzipped(body))

    def interpret(self, answer: Answer) -> Verdict:
        """Read an answer by Sentry's rules for senders (develop.sentry.dev, rate limiting, checked 2026-11-20).

        `X-Sentry-Rate-Limits` counts whatever the status: Sentry may take an event and say that no more are wanted,
        and Bugsink says on every answer that it takes no transactions. A 429 without it speaks of everything: for as
        long as `Retry-After` says, else for a minute. A 429 whose limits are all for what was not sent leaves the way
        open, and its delivery waits.
        """
        verdict = interpret_status(answer)
        limits = limits_of(answer.headers.get("x-sentry-rate-limits", ""))
        if answer.status == 429:
            asked_s = retry_after_s(answer.headers)
            pause_s = DEFAULT_PAUSE_S if asked_s is None else asked_s
            verdict = replace(verdict, retry_after_s=pause_s, closes_route=limits is None)
        return replace(verdict, limits=limits) if limits else verdict

    def channel(self, delivery: Delivery) -> str:
        """Return `logs` or `events`: each has a quota of its own."""
        return LOGS if holds_logs(delivery) else EVENTS

    def split(self, delivery: Delivery) -> tuple[Delivery, ...]:
        """Halve logs; return an event trimmed further, under the same id; nothing when nothing can be left out."""
        if holds_logs(delivery):
            return split_logs(delivery)
        trimmed = smaller(delivery)
        return () if trimmed is None else (trimmed,)

    def without(self, delivery: Delivery, keys: Collection[str]) -> Delivery | None:
        """Return the delivery without the records of `keys`; None when none are left."""
        if holds_logs(delivery):
            return without_logs(delivery, keys)
        return None if keys and set(delivery.keys) <= set(keys) else delivery


SENTRY: Final = Sentry()


def _target(route: str, dsn: object) -> Target:
    from sentry_sdk.utils import Dsn  # noqa: PLC0415 - 20 to 70 ms that most invocations do not need

    if not isinstance(dsn, str) or not dsn.strip():
        raise SecretError(f"Sentry secret: route {shown_route(route)!r} has no DSN")
    try:
        auth = Dsn(dsn.strip()).to_auth(SENDER)
    except ValueError:
        raise SecretError(f"Sentry secret: the DSN of route {shown_route(route)!r} is malformed") from None
    if not all(char.isalnum() or char in "-_" for char in auth.public_key + (auth.secret_key or "")):
        raise SecretError(f"Sentry secret: the key in the DSN of route {shown_route(route)!r} is malformed")
    return Target(auth.get_api_url(), {"X-Sentry-Auth": auth.to_header()})
