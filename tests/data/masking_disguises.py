"""Ways to write a value so that it reads the same and matches no plain pattern; and to read it back, for the checks."""

import base64
import html
import json
import re
import unicodedata
from urllib.parse import quote, unquote


def _fullwidth(text):
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def _digits(zero):
    return lambda text: "".join(chr(zero + int(char)) if char.isascii() and char.isdigit() else char for char in text)


def _between(mark):
    return mark.join


def _dashes(mark):
    return lambda text: text.replace("-", mark)


def _percent(text):
    return "".join(f"%{octet:02X}" for octet in text.encode())


DISGUISES = {
    "fullwidth": _fullwidth,
    "fullwidth-digits": _digits(0xFF10),
    "arabic-digits": _digits(0x660),
    "devanagari-digits": _digits(0x966),
    "mathematical-digits": _digits(0x1D7CE),
    "zero-width-space": _between("\u200b"),
    "zero-width-non-joiner": _between("\u200c"),
    "zero-width-joiner": _between("\u200d"),
    "word-joiner": _between("\u2060"),
    "soft-hyphen": _between("\u00ad"),
    "byte-order-mark": _between("\ufeff"),
    "variation-selector": _between("\ufe0f"),
    **{f"dash-{ord(mark):04x}": _dashes(mark) for mark in "‐‑‒–—―−﹣－"},
    "unicode-escapes": lambda text: "".join(f"\\u{ord(char):04x}" for char in text),
    "unicode-escapes-twice": lambda text: "".join(f"\\\\u{ord(char):04x}" for char in text),
    "percent": _percent,
    "percent-twice": lambda text: quote(_percent(text), safe=""),
    "quoted": lambda text: quote(text, safe=""),
    "quoted-twice": lambda text: quote(quote(text, safe=""), safe=""),
    "entities": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "hex-entities": lambda text: "".join(f"&#x{ord(char):x};" for char in text),
    "marks-as-entities": lambda text: "".join(char if char.isalnum() else f"&#{ord(char)};" for char in text),
}

LAYOUTS = {
    "no-break-space": _dashes("\u00a0"),
    "ideographic-space": _dashes("\u3000"),
    "thin-space": _dashes("\u2009"),
    "line-break": lambda text: text.replace("-", "-\n"),
    "line-break-only": _dashes("\n"),
    "spaced-dash": _dashes(" - "),
    "underscore": _dashes("_"),
    "dot": _dashes("."),
    "slash": _dashes("/"),
}

ENCODINGS = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64-url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64-json": lambda text: base64.b64encode(
        json.dumps({"m": text, "z": "고객"}, ensure_ascii=False).encode()
    ).decode(),
}

WRAPS = {
    "alone": lambda text: text,
    "sentence": lambda text: f"고객 {text} 확인",
    "glued": lambda text: f"고객{text}님",
    "json": lambda text: json.dumps({"a": 1, "msg": f"x {text} y"}, ensure_ascii=False),
    "ascii-json": lambda text: json.dumps({"a": 1, "msg": f"x {text} y"}),
    "json-in-json": lambda text: json.dumps({"b": json.dumps({"m": text})}),
}


def read_back(text):
    """Undo every disguise above, as a reader would."""
    for _ in range(5):
        text = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
        text = html.unescape(unquote(text))
    folded = unicodedata.normalize("NFKC", text)
    visible = (char for char in folded if unicodedata.category(char) not in {"Cf", "Mn"})
    return "".join(str(unicodedata.digit(char)) if char.isdigit() else char for char in visible)
