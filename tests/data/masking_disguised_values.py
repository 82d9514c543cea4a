"""Identifiers that are known by their names, the ways to disguise a value, and the records that may carry one."""

import base64
import json
from collections.abc import Callable, Mapping

CODE = base64.b64encode(bytes((number * 37 + 11) % 256 for number in range(64))).decode()
SHORT_CODE = base64.b64encode(bytes((number * 41 + 7) % 256 for number in range(48))).decode()

VALUES: Mapping[str, tuple[str, str]] = {
    "phone": ("receiverMobile", "010-" + "2345-" + "6789"),
    "resident": ("rrn", "900101-" + "1234567"),
    "card": ("cardNumber", "1234-" + "5678-" + "9012-" + "3456"),
    "email": ("email", "minsu.kim" + "@example.com"),
    "iban": ("iban", "DE89" + "370400440532" + "013000"),
    "licence": ("driverLicense", "11-" + "99-" + "123456-" + "01"),
    "passport": ("passportNo", "M123" + "A4567"),
    "business": ("businessNo", "123-" + "45-" + "67890"),
    "corporate": ("corpRegNo", "110111-" + "1234567"),
    "account": ("bankAccountNumber", "110-" + "123-" + "456789"),
    "grouped_account": ("account", "261-" + "753300-" + "38-" + "854"),
    "health": ("healthInsuranceNo", "12345" + "678901"),
    "plate": ("carNumber", "12가" + "3456"),
    "ci": ("connInfo", CODE),
    "di": ("dupInfo", SHORT_CODE),
    "ssn": ("ssn", "219-" + "41-" + "7592"),
    "secret": ("dbPassword", "Maple" + "pc7vB3S9y"),
}
"""Key and value of each class."""

EXACT = {
    "phone": "010-****-6789",
    "resident": "900101-*******",
    "card": "1234-****-****-3456",
    "secret": "***MASKED***",
}
"""The specified masks, of values that are hidden whole whatever their disguise."""


def _digits(zero: str) -> Callable[[str], str]:
    return lambda value: "".join(chr(ord(zero) + int(char)) if char in "0123456789" else char for char in value)


def _between(mark: str) -> Callable[[str], str]:
    return mark.join


def _instead(mark: str) -> Callable[[str], str]:
    return lambda value: value.replace("-", mark)


def _each(spell: Callable[[str], str], *, marks_only: bool = False) -> Callable[[str], str]:
    return lambda value: "".join(char if marks_only and char.isalnum() else spell(char) for char in value)


def _wide(value: str) -> str:
    return "".join(chr(0xFEE0 + ord(char)) if "!" <= char <= "~" else char for char in value)


def _broken(line_break: str) -> Callable[[str], str]:
    def broken(value: str) -> str:
        at = value.find("-") + 1 or len(value) // 2
        return value[:at] + line_break + value[at:]

    return broken


def _escaped(char: str) -> str:
    return json.dumps(char)[1:-1] if not char.isascii() else f"\\u{ord(char):04x}"


def _percent(char: str) -> str:
    return "".join(f"%{octet:02X}" for octet in char.encode())


def _both(first: Callable[[str], str], second: Callable[[str], str]) -> Callable[[str], str]:
    return lambda value: second(first(value))


CHARACTERS: Mapping[str, Callable[[str], str]] = {
    "as it is": str,
    **{f"digits like {zero}": _digits(zero) for zero in "０٠۰०๐𝟎𝟘"},
    "all wide": _wide,
    **{f"dash {ord(dash):04x}": _instead(dash) for dash in "‐‑‒–—―−－"},
    **{f"blank {ord(blank):04x}": _instead(blank) for blank in "\u00a0\u2009\u3000"},
    **{f"between {ord(mark):04x}": _between(mark) for mark in "\u200b\u200c\u200d\u2060\ufeff\u00ad"},
    "wide and between": _both(_digits("０"), _between("\u200b")),
}

ENCODINGS: Mapping[str, Callable[[str], str]] = {
    "escaped": _each(_escaped),
    "marks escaped": _each(_escaped, marks_only=True),
    "percent": _each(_percent),
    "marks percent": _each(_percent, marks_only=True),
    "percent twice": _each(lambda char: _percent(char).replace("%", "%25")),
    "entities": _each(lambda char: f"&#{ord(char)};"),
    "hex entities": _each(lambda char: f"&#x{ord(char):x};"),
    "marks as entities": _each(lambda char: f"&#{ord(char)};", marks_only=True),
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "base64 of the web": lambda value: base64.urlsafe_b64encode(value.encode()).decode().rstrip("="),
}

LAYOUTS: Mapping[str, Callable[[str], str]] = {
    "line break": _broken("\n"),
    "two marks": _broken("\r\n"),
    "indented": _broken("\n    "),
    "blanks around": _instead(" - "),
    "dots": _instead("."),
}

DISGUISES = {**CHARACTERS, **ENCODINGS, **LAYOUTS}
"""Every way to write a value."""


RECORDS: Mapping[str, Callable[[str, str], str | dict[str, object]]] = {
    "dict": lambda key, value: {"level": "INFO", key: value, "stage": "prod"},
    "nested dict": lambda key, value: {"request": {"body": [{key: value}, {"name": "hong"}]}},
    "JSON": lambda key, value: json.dumps({"level": "INFO", key: value, "stage": "prod"}, ensure_ascii=False),
    "ASCII JSON": lambda key, value: json.dumps({"level": "INFO", key: value, "stage": "prod"}),
    "JSON in JSON": lambda key, value: {"body": json.dumps({key: value, "stage": "prod"}, ensure_ascii=False)},
    "pair of text": lambda key, value: f"INFO Member - {key}={value} stage=prod",
    "quoted pair": lambda key, value: f"INFO Member - {key}='{value}' stage=prod",
    "name and value": lambda key, value: {"attributes": [{"name": key, "value": value}], "stage": "prod"},
    "value and name": lambda key, value: f"{{'attrs': [{{'value': '{value}', 'key': '{key}'}}]}} stage=prod",
    "serialized": lambda key, value: f's:{len(key)}:"{key}";s:{len(value.encode())}:"{value}";s:5:"stage";s:4:"prod";',
    "tuple": lambda key, value: f'[{{"accept", "*/*"}}, {{"{key}", "{value}"}}] stage=prod',
}
"""Records that carry a value under its key."""
