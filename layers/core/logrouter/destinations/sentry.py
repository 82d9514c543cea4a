"""Sentry: where deliveries go, how they are sent, and what the answers mean by Sentry's own rules. No input or output.

What is in a delivery is the affair of `sentry_envelope`.
"""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from logrouter.destinations.contract import Answer, Request, Target, interpret_status, retry_after_s, shown_route
from logrouter.destinations.sentry_envelope import EVENT_LIMIT_BYTES, encode_issue
from logrouter.destinations.sentry_event import SDK
from logrouter.errors import SecretError
from logrouter.model import Delivery, Verdict

__all__ = ["EVENT_LIMIT_BYTES", "SENTRY", "Sentry", "encode_issue", "rate_limit_s"]

SENDER: Final = f"{SDK['name']}/{SDK['version']}"
DEFAULT_PAUSE_S: Final = 60.0
"""How long SDKs wait after a 429 without a limit of its own (develop.sentry.dev, rate limiting, checked 2026-11-20)."""

OUR_CATEGORIES: Final = frozenset({"", "default", "error"})
"""Categories of `X-Sentry-Rate-Limits` that concern error events; empty means all."""


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
