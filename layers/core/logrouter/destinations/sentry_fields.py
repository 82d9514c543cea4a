"""The field rules of Sentry's normaliser (Relay), kept by construction: what a value must be to come back as sent.

A value that breaks a rule is nulled by Relay without telling the sender, so each is made to fit or left out here.
Source of every limit: Relay's own code run as `sentry-relay` 0.10.1 (`StoreNormalizer`), checked 2026-11-20.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final

from logrouter.model import Json, Level, Record
from logrouter.model.remembering import remembered

NAMESPACE: Final = uuid.UUID("6c0f7a52-3b8e-5f0e-9a52-0d1f4a1a7c55")
"""Root of every id derived here; changing it makes every event new to Sentry."""

LEVELS: Final[Mapping[Level, str]] = {
    Level.TRACE: "debug",
    Level.DEBUG: "debug",
    Level.INFO: "info",
    Level.WARN: "warning",
    Level.ERROR: "error",
    Level.FATAL: "fatal",
}
"""Sentry has five levels; any other word becomes `error` there."""

PLATFORMS: Final = frozenset({"python", "node", "java", "go", "csharp", "ruby", "php"})
"""The languages that are platforms of Sentry under the same name; everything else is `other`."""

FORMAT_PLATFORMS: Final[Mapping[str, str]] = {
    "pino": "node",
    "nestjs": "node",
    "winston": "node",
    "python": "python",
    "python-json": "python",
    "structlog": "python",
    "loguru": "python",
    "java": "java",
    "logback": "java",
    "log4j2": "java",
    "go": "go",
    "go-json": "go",
    "dotnet-json": "csharp",
    "monolog": "php",
}
"""Languages of records without a stack trace, by the logger that only that language has."""

TEXT_CHARS: Final = 8192
TAG_CHARS: Final = 200
CONTEXT_CHARS: Final = 7_000
"""Relay cuts a context at 8192 characters and counts punctuation too; staying below keeps what we chose."""

FILTERED_WORDS: Final = re.compile(
    r"password|passwd|secret|api[-_]?key|auth|credentials|mysql_pwd|private[-_]?key|token", re.IGNORECASE
)
"""Words for which Sentry's default scrubbers replace a whole text (Relay's rule `@password`, measured 2026-11-20);
`token` only in front of `:` or `=`."""

ADDRESS: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]{0,4}:[0-9a-fA-F:]+")

CONTEXT_DEPTH: Final = 4
NESTED_CHARS: Final = 2_000

_VARIANTS: Final = {f"{digit:x}": f"{digit & 0x3 | 0x8:x}" for digit in range(16)}
"""How UUID version 5 writes the digit that holds the variant."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_TAG_KEY: Final = re.compile(r"[^A-Za-z0-9_.:-]+")
_RELEASE_STOP: Final = re.compile(r"[/\\\x00-\x1f\x7f-\x9f]+")
_HEX: Final = re.compile(r"[0-9a-f]+")
_XRAY_VERSION: Final = "1-"
_XRAY: Final = re.compile(r"(?:.{0,200}\bRoot=)?1-([0-9a-f]{8})-([0-9a-f]{24})\b")
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}\b")
_METHOD: Final = re.compile(r"[A-Za-z_-]{3,32}")


_compact: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


@remembered
def is_filtered(text: str) -> bool:
    """Tell whether Sentry's default scrubbers may take a text away outside of tags and of contexts of type `otel`."""
    return bool(FILTERED_WORDS.search(text) or ADDRESS.search(text))


def derived_hex(*parts: str) -> str:
    """Return 32 hex digits that are a function of the parts alone (UUID version 5)."""
    name = NAMESPACE.bytes + ":".join(parts).encode("utf-8", "replace")
    digits = hashlib.sha1(name, usedforsecurity=False).hexdigest()
    return f"{digits[:12]}5{digits[13:16]}{_VARIANTS[digits[16]]}{digits[17:32]}"


def event_id_of(record: Record) -> str:
    """Return the event id: 32 hex digits, a function of account, log group, log stream and log event id alone."""
    origin = record.origin
    return derived_hex(origin.account, origin.log_group, origin.log_stream, record.event_id)


def cut(text: str, limit: int) -> str:
    """Return the text, its end replaced by an ellipsis when it has more than `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def one_line(value: Json, limit: int) -> str:
    """Return a value as one trimmed line: control characters and line breaks become single spaces."""
    text = str(value)
    if not text.isprintable():
        text = _CONTROL.sub(" ", text)
    text = text.strip()
    return text if len(text) <= limit else cut(text, limit).strip()


def tags_of(facts: Mapping[str, Json]) -> dict[str, str]:
    """Return tags: keys of letters, digits and `_.:-`, values of one line; both at most 200 characters, none empty."""
    tags = {}
    for key, value in facts.items():
        text = "" if value is None else one_line(value, TAG_CHARS)
        if text and (name := _tag_key(key)):
            tags[name] = text
    return tags


@remembered
def _tag_key(key: str) -> str:
    return _TAG_KEY.sub("-", key)[:TAG_CHARS].strip("-")


def environment_of(name: str | None) -> str | None:
    """Return a valid environment: at most 64 bytes of UTF-8, no slash, no line break, not `.`, `..`, `none`."""
    text = _cut_bytes(one_line(name or "", 64).replace("/", "-").replace("\\", "-"), 64)
    return None if text.lower() in {"", ".", "..", "none"} else text


def release_of(version: str | None, service: str | None) -> str | None:
    """Return a valid release, `service@version` where both are known; None without a usable version.

    A release has at most 200 bytes of UTF-8, no slash, backslash or control character, not `.`, `..` or `latest`.
    """
    bare = _RELEASE_STOP.sub("-", (version or "").strip()).strip("- ")
    if not bare:
        return None
    package = _RELEASE_STOP.sub("-", (service or "").strip()).strip("- ")
    release = f"{package}@{bare}" if package and "@" not in bare else bare
    release = _cut_bytes(release, 200)
    return None if release.lower() in {".", "..", "latest"} else release


def trace_of(trace_id: str | None, span_id: str | None, event_id: str) -> dict[str, str] | None:
    """Return the trace context of a W3C id, a `traceparent`, a UUID or an X-Ray id (header or bare); else None.

    Relay asks for 32 and 16 hex digits that are not all zero, and refuses a trace without a span: a missing one is
    taken from the event id.
    """
    text, span = (trace_id or "").strip(), (span_id or "").strip().lower()
    parent = _TRACEPARENT.match(text.lower())
    xray = _XRAY.match(text) if _XRAY_VERSION in text else None
    if parent:
        text, span = parent[1], span or parent[2]
    elif xray:
        text = xray[1] + xray[2]
    trace = text.replace("-", "").lower()
    if not _is_hex(trace, 32):
        return None
    return {"type": "trace", "trace_id": trace, "span_id": span if _is_hex(span, 16) else event_id[:16]}


def xray_of(trace_id: str | None) -> str | None:
    """Return an X-Ray id (`1-<8 hex>-<24 hex>`) that stands bare or behind `Root=`; None for any other form."""
    found = _XRAY.match(trace_id.strip()) if trace_id and _XRAY_VERSION in trace_id else None
    return f"1-{found[1]}-{found[2]}" if found else None


def platform_of(record: Record) -> str:
    """Return Sentry's platform: the language of the stack trace, else that of the logger, else `other`."""
    language = record.error.language if record.error else None
    known = language or FORMAT_PLATFORMS.get(record.format, "")
    return known if known in PLATFORMS else "other"


def method_of(method: str | None) -> str | None:
    """Return an HTTP method Relay accepts (3 to 32 letters, `_`, `-`), else None."""
    return method.upper() if method and _METHOD.fullmatch(method) else None


def headers_of(attributes: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return the request's headers as loggers put them among a record's attributes; empty when there are none."""
    for name in ("req", "request", "http"):
        inner = attributes.get(name)
        if isinstance(inner, Mapping) and isinstance(found := inner.get("headers"), Mapping):
            return found
    found = attributes.get("headers")
    return found if isinstance(found, Mapping) else {}


def address_of(address: str | None) -> str | None:
    """Return an IP address as it stands; None for anything else, such as a masked one."""
    if not address:
        return None
    try:
        return str(ip_address(address))
    except ValueError:
        return None


def context_of(fields: Mapping[str, Json]) -> dict[str, Json]:
    """Return a context of at most 7,000 characters: nulls left out, deep values as text, what no longer fits counted.

    The count stands under `omitted`, so that nobody takes the rest for the whole.
    """
    context: dict[str, Json] = {}
    room, omitted = CONTEXT_CHARS, 0
    for key, value in fields.items():
        if value is None:
            continue
        name, shown = _fact_name(str(key)), _shallow(value, CONTEXT_DEPTH)
        size = len(name) + len(shown if isinstance(shown, str) else _compact(shown)) + 6
        if size > room:
            omitted += 1
            continue
        context[name] = shown
        room -= size
    if omitted:
        context["omitted"] = omitted
    return context


@remembered
def _fact_name(key: str) -> str:
    return one_line(key, TAG_CHARS)


def _shallow(value: Json, depth: int) -> Json:
    if isinstance(value, str):
        return cut(value, NESTED_CHARS)
    if isinstance(value, dict) and depth:
        return {str(key): _shallow(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple) and depth:
        return [_shallow(item, depth - 1) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return cut(_compact(value), NESTED_CHARS)


def _cut_bytes(text: str, limit: int) -> str:
    return text.encode("utf-8", "replace")[:limit].decode("utf-8", "ignore").strip()


def _is_hex(text: str, digits: int) -> bool:
    return len(text) == digits and _HEX.fullmatch(text) is not None and text.strip("0") != ""
