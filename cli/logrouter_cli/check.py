"""One answer of `logrouter doctor`, and how servers are asked for theirs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from logrouter.adapters.connections import Connections


@dataclass(frozen=True, slots=True)
class Check:
    """One answer: `good`, `note` (works without) or `bad`."""

    result: str
    what: str
    says: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What a server answered, or in words why there is no answer.

    Args:
        status: 0 without an answer.
        headers: names in lower case.
        document: the JSON object of the body; empty when it is none.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    document: Mapping[str, Any] = field(default_factory=dict)
    failure: str | None = None


def ask(url: str, timeout_s: float, headers: Mapping[str, str] | None = None) -> Heard:
    """GET an address once, through the proxy of the environment; follows nothing, raises nothing."""
    import urllib3

    reasons: Mapping[type[Exception], str] = {
        urllib3.exceptions.NameResolutionError: "has a name that does not resolve",
        urllib3.exceptions.NewConnectionError: "refuses the connection",
        urllib3.exceptions.ProxyError: "is behind a proxy that does not let us through",
        urllib3.exceptions.TimeoutError: "does not answer in time",
        urllib3.exceptions.SSLError: "has a certificate that is not trusted",
    }
    try:
        pool, target, proxy_headers = Connections(1).place(url)
        answer = pool.urlopen(
            "GET",
            target,
            headers={**(headers or {}), **proxy_headers},
            timeout=timeout_s,
            retries=False,
            redirect=False,
            assert_same_host=False,
        )
    except urllib3.exceptions.HTTPError as error:
        failure = next((says for kind, says in reasons.items() if isinstance(error, kind)), None)
        return Heard(failure=failure or "breaks the connection off")
    return Heard(answer.status, {name.lower(): value for name, value in answer.headers.items()}, _object(answer.data))


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
