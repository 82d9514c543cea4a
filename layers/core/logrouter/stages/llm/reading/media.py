"""Leave out of prompts and answers what nobody can read: images, video and sound as base64, vectors, signatures.

A short note stands in their place. Pure; what is lean stays as it is. Done before masking where it can be: to look
through a megabyte of base64 for secrets takes seconds (measured, 2026-11-20).
"""

import re
from collections.abc import Mapping
from typing import Final

from logrouter.model import Json

BLOB_CHARS: Final = 256
"""Base64 shorter than this stays: it may be a word, an id or a key that masking has to see."""

BLOB_IN_TEXT_CHARS: Final = 2048
"""Base64 within a raw line is left out from this length on."""

VECTOR_NUMBERS: Final = 8
DEPTH: Final = 80
"""Content nested deeper than this is no prompt any more."""

_BLOB: Final = re.compile(r"[A-Za-z0-9+/_*-]+={0,2}")
_DATA_URL: Final = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w=.-]+)*;base64,([A-Za-z0-9+/_*=-]{64,})")
_BLOB_IN_TEXT: Final = re.compile(
    r"(?:data:([\w.+/-]{3,80});base64,)?(?<![A-Za-z0-9+/_\\-])([A-Za-z0-9+/_\\-]{"
    + str(BLOB_IN_TEXT_CHARS)
    + r",})(={0,2})"
)
"""Backslashes belong to it, because JSON may write slashes and line ends with them. Tried once a run."""

_TYPE: Final = re.compile(r"[\w.+-]{1,40}(?:/[\w.+-]{1,80})?")
_FAMILIES: Final = frozenset({"image", "video", "audio", "document", "file"})
_TYPES: Final = ("media_type", "mediaType", "mime_type", "mimeType", "format")
_VECTORS: Final = frozenset(
    {"embedding", "embeddings", "embeddingsbytype", "vector", "vectors", "float", "int8", "uint8", "binary", "ubinary"}
)
_SIGNATURES: Final = frozenset({"signature", "thoughtSignature", "thought_signature", "encrypted_content"})
_BEGINNINGS: Final = {
    "iVBORw0KGgo": "image/png",
    "/9j/": "image/jpeg",
    "R0lGOD": "image/gif",
    "UklGR": "image/webp",
    "JVBERi0": "application/pdf",
    "UEsDB": "document",
    "SUQz": "audio/mpeg",
    "T2dnUw": "audio/ogg",
}
"""How base64 of a kind of file begins, where nothing around it says what it is."""


def lean(value: Json) -> Json:
    """Return content with a note such as `[image/png, 48,213 bytes, left out]` for each thing nobody can read."""
    return _lean(value, None, 0)


def without_blobs(text: str) -> str:
    """Return a raw line with a note in the place of each long stretch of base64, before anything looks through it."""
    if len(text) < BLOB_IN_TEXT_CHARS:
        return text
    return _BLOB_IN_TEXT.sub(_noted, text)


def _noted(found: re.Match[str]) -> str:
    blob = found[2].rstrip("\\")  # that of a quote behind it, in JSON within JSON
    if not _is_mixed(blob[:4096]):
        return found[0]
    kind = found[1] or _guessed(blob.replace("\\/", "/")) or "binary data"
    escapes = blob.count("\\n") + blob.count("\\r")
    size = (len(blob) - blob.count("\\") - escapes) * 3 // 4
    return note(kind, size) + found[2][len(blob) :]


def note(kind: str, size: int) -> str:
    """Return what stands in the place of so many bytes."""
    return f"[{kind}, {size:,} bytes, left out]"


def _lean(value: Json, kind: str | None, depth: int) -> Json:
    if isinstance(value, str):
        return _text(value, kind) if len(value) >= BLOB_CHARS else value
    if isinstance(value, dict):
        return "[nested too deeply]" if depth > DEPTH else _object(value, kind, depth)
    if isinstance(value, list):
        return "[nested too deeply]" if depth > DEPTH else [_lean(item, kind, depth + 1) for item in value]
    return value


def _object(value: Mapping[str, Json], kind: str | None, depth: int) -> dict[str, Json]:
    declared = next(
        (text for name in _TYPES if isinstance(text := value.get(name), str) and _TYPE.fullmatch(text)), None
    )
    lean_value: dict[str, Json] = {}
    for name, inner in value.items():
        if name in _SIGNATURES and isinstance(inner, str):
            continue
        if name.replace("_", "").lower() in _VECTORS and isinstance(inner, list | dict):
            lean_value[name] = _vectors(inner, depth)
            continue
        lean_value[name] = _lean(inner, _kind(_family(name), declared, kind), depth + 1)
    return lean_value


def _family(name: str) -> str | None:
    lower = name.lower()
    return next((family for family in _FAMILIES if family in lower), None)


def _kind(family: str | None, declared: str | None, around: str | None) -> str | None:
    """Return what a value is: `image/png` from the field it stands in, what is declared beside it, or around it."""
    if declared and "/" in declared:
        return declared
    outer = family or around
    return f"{outer}/{declared}" if outer and declared and "/" not in outer else outer or declared


def _text(text: str, kind: str | None) -> str:
    if text.startswith("data:"):
        found = _DATA_URL.fullmatch(text)
        if found:
            return note(found[1] or kind or "data", _bytes(found[2]))
    if _is_blob(text):
        return note(kind if kind and "/" in kind else _guessed(text) or kind or "binary data", _bytes(text))
    if ";base64," in text:
        return _DATA_URL.sub(lambda found: note(found[1] or "data", _bytes(found[2])), text)
    return text


def _is_blob(text: str) -> bool:
    """Tell base64 from a long word: it mixes cases and digits, which neither a word nor a chain of bases does."""
    joined = text if "\n" not in text else text.replace("\r", "").replace("\n", "")
    return _BLOB.fullmatch(joined) is not None and _is_mixed(joined[:4096])


def _is_mixed(head: str) -> bool:
    return any(c.isdigit() for c in head) and any(c.islower() for c in head) and any(c.isupper() for c in head)


def _guessed(text: str) -> str | None:
    return next((kind for beginning, kind in _BEGINNINGS.items() if text.startswith(beginning)), None)


def _bytes(base64: str) -> int:
    return (len(base64) - base64.count("\n") - base64.count("\r")) * 3 // 4 - base64[-2:].count("=")


def _vectors(value: Json, depth: int) -> Json:
    """Leave out the numbers in what holds vectors, at whatever depth; texts beside them stay."""
    if isinstance(value, dict):
        return {name: _vectors(inner, depth + 1) for name, inner in value.items()} if depth < DEPTH else None
    if not isinstance(value, list):
        return _lean(value, None, depth)
    if len(value) >= VECTOR_NUMBERS and all(_is_number(item) for item in value):
        return f"[vector of {len(value):,} numbers, left out]"
    if value and all(isinstance(item, list) for item in value):
        return f"[{len(value):,} vectors, left out]"
    return [_vectors(item, depth + 1) for item in value] if depth < DEPTH else None


def _is_number(item: Json) -> bool:
    return isinstance(item, int | float) and not isinstance(item, bool)
