"""What every destination offers to the courier that sends for it: build the request, read the answer, split.

Nothing here opens a connection; `Target` carries address and credentials from the secret at send time only.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, runtime_checkable

from logrouter.model import Delivery, Fate, Verdict

ROUTE_NAME_CHARS: Final = 40


@dataclass(frozen=True, slots=True)
class Target:
    """Address and credentials of one route, fetched from the secret; never logged, queued or stored.

    Args:
        url: full URL to POST to.
        headers: authentication headers.
    """

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP POST, body already compressed where the destination takes that."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, or what went wrong on the way.

    Args:
        status: HTTP status, None when no answer came.
        headers: header names in lower case.
        body: at most the first 64 KiB; destinations may read codes from it, nothing may log it.
        failure: `timeout`, `connection`, `tls` or `protocol` when no answer came.
    """

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    failure: str | None = None


class Destination(Protocol):
    """The pure half of a destination."""

    @property
    def name(self) -> str:
        """Return the registry name, as it stands in `Delivery.destination`."""
        ...

    def targets(self, secret: Mapping[str, object]) -> Mapping[str, Target]:
        """Read the secret's JSON: route name to target; `default` is always there. Raises SecretError."""
        ...

    def request(self, delivery: Delivery, target: Target, now_s: float) -> Request:
        """Build the POST of one delivery; `now_s` (epoch seconds) only for headers that state the sending time."""
        ...

    def interpret(self, answer: Answer) -> Verdict:
        """Say what an answer means."""
        ...

    def split(self, delivery: Delivery) -> tuple[Delivery, ...]:
        """Cut a delivery in two; empty when it holds one record and cannot be cut."""
        ...


@runtime_checkable
class Subtracting(Protocol):
    """What a destination may offer besides: take records out of a delivery without cutting the rest to pieces."""

    def without(self, delivery: Delivery, keys: Collection[str]) -> Delivery | None:
        """Return the delivery without the records of `keys` (same order otherwise); None when none are left."""
        ...


@runtime_checkable
class Channelled(Protocol):
    """What a destination may offer besides: several kinds of telemetry on one route that it limits one by one."""

    def channel(self, delivery: Delivery) -> str:
        """Return which kind a delivery holds, in the words of `Verdict.limits`."""
        ...


def shown_route(name: str) -> str:
    """Return a route's name for an error message, or `?` for what may be a secret in the place of a name.

    Who swaps name and value in a secret's `routes` must not find the value in a log line. Keys, tokens and addresses
    have digits, capitals or colons; a name that has none of these is shown.
    """
    return name if re.fullmatch(r"[a-z]+(?:[-_][a-z]+)*", name) and len(name) <= ROUTE_NAME_CHARS else "?"


def interpret_status(answer: Answer) -> Verdict:
    """Read an answer by the rules that HTTP APIs share; destinations refine the result.

    2xx delivered; 408, 425, 429 and 5xx retryable with `Retry-After`; 413 split; 401 and 403 unauthorized; every other
    status (3xx is a configuration fault) refused; no answer at all is retryable.
    """
    if answer.status is None:
        return Verdict(Fate.RETRY, answer.failure or "connection")
    code = f"http_{answer.status}"
    if 200 <= answer.status < 300:
        return Verdict(Fate.DELIVERED, code)
    if answer.status in {408, 425, 429} or answer.status >= 500:
        return Verdict(Fate.RETRY, code, retry_after_s(answer.headers), closes_route=answer.status == 429)
    if answer.status == 413:
        return Verdict(Fate.SPLIT, code)
    if answer.status in {401, 403}:
        return Verdict(Fate.UNAUTHORIZED, code)
    return Verdict(Fate.REFUSED, code)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return `Retry-After` in seconds, None when absent (RFC 9110 section 10.2.3: seconds or a date).

    A date counts from the answer's own `Date`, so that neither our clock nor the server's has to be right.
    """
    text = headers.get("retry-after", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        return _seconds_between(headers.get("date", ""), text) if text else None
    return seconds if 0 <= seconds < 1e7 else None


def _seconds_between(start: str, end: str) -> float | None:
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - 15 ms of a cold start for what few servers send

    try:
        seconds = (parsedate_to_datetime(end) - parsedate_to_datetime(start)).total_seconds()
    except (TypeError, ValueError, OverflowError):  # a time with a zone minus one without is a TypeError
        return None
    return seconds if 0 <= seconds < 1e7 else None
