"""Langfuse: LLM calls become OTLP/HTTP JSON exports; answers are read by its server's rules. No input or output.

The langfuse SDK does not send for us: it cannot set a start time and cannot report a loss (measured with 5.0.4,
2026-11-20). Endpoint: langfuse.com/integrations/native/opentelemetry (checked 2026-11-20).
"""

import json
from base64 import b64encode
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlsplit

from logrouter.destinations.contract import Answer, Request, Target, interpret_status, shown_route
from logrouter.destinations.langfuse_span import span_bytes
from logrouter.destinations.langfuse_values import dumps
from logrouter.destinations.packing import gzipped
from logrouter.errors import SecretError
from logrouter.model import Delivery, LlmCall, Verdict

NAME: Final = "langfuse"
PATH: Final = "/api/public/otel/v1/traces"
BATCH_SPANS: Final = 500
BATCH_BYTES: Final = 4_000_000
"""Langfuse Cloud takes 5 MB a request (langfuse.com, API limits, checked 2026-11-20), wire or decoded is not said."""
PACKED_BYTES: Final = 740_000
"""Of a gzipped body: with base64 around it, it still fits an SQS message of 1 MiB (SQS quotas, checked 2026-11-20)."""
SENDER: Final = {"x-langfuse-sdk-name": "logrouter", "x-langfuse-sdk-version": "0.1.0"}
"""Who sends: our own name. Newer servers decode metadata differently for a sender that calls itself the SDK."""

_RESOURCE: Final = {"attributes": [{"key": "service.name", "value": {"stringValue": "logrouter"}}]}
_HEAD: Final = (
    f'{{"resourceSpans":[{{"resource":{dumps(_RESOURCE)},"scopeSpans":[{{"scope":{{"name":"logrouter","version":"0.1.0"}},'
    f'"spans":['
).encode()
_TAIL: Final = b"]}]}]}"
_CONTENT: Final = frozenset({"langfuse.observation.input", "langfuse.observation.output"})
_SLIM_BYTES: Final = 2_000


@dataclass(frozen=True, slots=True)
class _Piece:
    key: str
    lines: int
    span: bytes


def ledger_key(call: LlmCall) -> str:
    """Return the ledger key of a call: what all of its records have in common, else what Langfuse knows it by."""
    return f"{NAME}:{call.provider_key or call.observation_id}"


def encode_calls(calls: Iterable[LlmCall], route: str, *, environment: str) -> list[Delivery]:
    """Return the deliveries of some calls of one route, in order, each within every size limit.

    Args:
        calls: masked, each with its own observation id.
        route: which Langfuse project of the secret they go to.
        environment: Langfuse environment of records that name none.
    """
    pieces = [_Piece(ledger_key(call), call.lines, span_bytes(call, environment)) for call in calls]
    return [delivery for batch in _batches(pieces) for delivery in _packed(batch, route)]


def export_bytes(spans: Iterable[bytes]) -> bytes:
    """Return the body of a request that carries some spans, in their order."""
    return _HEAD + b",".join(spans) + _TAIL


class Langfuse:
    """The pure half of the Langfuse destination."""

    name = NAME

    def targets(self, secret: Mapping[str, object]) -> Mapping[str, Target]:
        """Read `{"host": .., "public_key": .., "secret_key": .., "routes": {"x": {host, public_key, secret_key}}}`.

        A route without `host` uses that of the default.

        Raises:
            SecretError: a field is missing or malformed; names route and field, never its value.
        """
        routes = secret.get("routes") or {}
        if not isinstance(routes, Mapping) or not all(isinstance(fields, Mapping) for fields in routes.values()):
            raise SecretError("Langfuse secret: `routes` is not an object of route name to host and keys")
        common = {"host": secret["host"]} if "host" in secret else {}
        return {"default": _target("default", secret)} | {
            str(route): _target(str(route), {**common, **fields}) for route, fields in routes.items()
        }

    def request(self, delivery: Delivery, target: Target, now_s: float) -> Request:  # noqa: ARG002 - says no time
        """Build the POST; `x-langfuse-ingestion-version: 4` asks for the path without the ten minutes of delay."""
        headers = {
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
            "User-Agent": "logrouter/0.1.0",
            "x-langfuse-ingestion-version": "4",
            **SENDER,
            **target.headers,
        }
        return Request(target.url, headers, gzipped(delivery.body))

    def interpret(self, answer: Answer) -> Verdict:
        """Read an answer. A 400 refuses the whole export for one bad span: the courier halves it down to that one."""
        return interpret_status(answer)

    def split(self, delivery: Delivery) -> tuple[Delivery, ...]:
        """Halve a delivery; a single call that is too large or refused goes once more without prompt and answer."""
        pieces = _pieces(delivery)
        if len(pieces) > 1:
            half = len(pieces) // 2
            return (_joined(pieces[:half], delivery), _joined(pieces[half:], delivery))
        slim = [replace(piece, span=_without_content(piece.span)) for piece in pieces]
        return (_joined(slim, delivery),) if slim and len(slim[0].span) < len(pieces[0].span) else ()

    def without(self, delivery: Delivery, keys: Collection[str]) -> Delivery | None:
        """Return the delivery without the calls of `keys`; None when none are left."""
        kept = [piece for piece in _pieces(delivery) if piece.key not in keys]
        return _joined(kept, delivery) if kept else None


LANGFUSE: Final = Langfuse()


def _batches(pieces: Sequence[_Piece]) -> Iterator[list[_Piece]]:
    batch: list[_Piece] = []
    size = len(_HEAD) + len(_TAIL)
    for piece in pieces:
        if batch and (len(batch) == BATCH_SPANS or size + len(piece.span) + 1 > BATCH_BYTES):
            yield batch
            batch, size = [], len(_HEAD) + len(_TAIL)
        batch.append(piece)
        size += len(piece.span) + 1
    if batch:
        yield batch


def _packed(batch: list[_Piece], route: str) -> Iterator[Delivery]:
    """Yield a batch as one delivery, or halved until each packs small enough for the retry queue."""
    delivery = _joined(batch, Delivery(NAME, route, (), (), b""))
    if len(batch) > 1 and len(delivery.body) > PACKED_BYTES and len(gzipped(delivery.body)) > PACKED_BYTES:
        half = len(batch) // 2
        yield from _packed(batch[:half], route)
        yield from _packed(batch[half:], route)
    else:
        yield delivery


def _joined(pieces: Sequence[_Piece], like: Delivery) -> Delivery:
    return replace(
        like,
        keys=tuple(piece.key for piece in pieces),
        lines=tuple(piece.lines for piece in pieces),
        body=export_bytes([piece.span for piece in pieces]),
    )


def _pieces(delivery: Delivery) -> list[_Piece]:
    spans = json.loads(delivery.body)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    encoded = (dumps(span).encode("utf-8", "replace") for span in spans)
    return [_Piece(*facts) for facts in zip(delivery.keys, delivery.lines, encoded, strict=True)]


def _without_content(span: bytes) -> bytes:
    """Return a span without prompt and answer; unchanged when these are not what makes it large."""
    document: dict[str, Any] = json.loads(span)
    content = [item for item in document["attributes"] if item["key"] in _CONTENT]
    if sum(len(item["value"]["stringValue"]) for item in content) < _SLIM_BYTES:
        return span
    document["attributes"] = [item for item in document["attributes"] if item["key"] not in _CONTENT]
    cut = {"key": "langfuse.observation.metadata.content_cut", "value": {"stringValue": "true"}}
    document["attributes"].append(cut)
    return dumps(document).encode()


def _target(route: str, fields: Mapping[str, object]) -> Target:
    host, public, secret = (_field(route, fields, name) for name in ("host", "public_key", "secret_key"))
    address = urlsplit(host)
    if address.scheme not in {"http", "https"} or not address.hostname or address.query or address.fragment:
        raise SecretError(f"Langfuse secret: host of route {shown_route(route)!r} is no http(s) address")
    if not (public + secret).isascii() or ":" in public or not (public + secret).isprintable():
        raise SecretError(f"Langfuse secret: the keys of route {shown_route(route)!r} are malformed")
    credentials = b64encode(f"{public}:{secret}".encode()).decode()
    return Target(host.rstrip("/") + PATH, {"Authorization": f"Basic {credentials}"})


def _field(route: str, fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise SecretError(f"Langfuse secret: route {shown_route(route)!r} has no {name}")
    return value.strip()
