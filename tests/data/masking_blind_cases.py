"""How a case of the masking scores is written: a record with marks where something must go, and how it must go.

A mark is one private-use character; `Case.record` is the record with the sensitive text in place of its marks, and
`Case.judge` says what is wrong with a masked record. Whatever is not a mark has to come out as it went in.
"""

import base64
import contextlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

SECRET = "***MASKED***"
FIRST_MARK = 0xE000

Json = Any


@dataclass(frozen=True)
class Gone:
    """Sensitive text: `lead` and `tail` (a scheme, quotes) may go with it or stay."""

    text: str
    how: str  # is | secret | digits | phone | blob
    expected: str = ""
    lead: str = ""
    tail: str = ""
    plain: str = ""  # what a decoded blob must not hold

    @property
    def whole(self) -> str:
        return self.lead + self.text + self.tail

    def wrong(self, out: str) -> str | None:
        if self.how == "is":
            return None if out == self.expected else "exact"
        if self.how == "secret":
            if SECRET not in out:
                return "recall" if leaks(self.text, out) else "exact"
            rest = out.replace(SECRET, "", 1)
            kept = {"", self.lead, self.tail, self.lead + self.tail, self.lead.rstrip(), self.lead.strip() + self.tail}
            return None if rest in kept else "recall" if leaks(self.text, rest) else "exact"
        if self.how == "blob":
            return "recall" if any(self.plain in form or self.text == form for form in decodings(out)) else None
        before, after = re.sub(r"\W", "", self.text), re.sub(r"\W", "", out)
        held, kept = (sum(c.isdigit() for c in form) for form in (before, after))
        hidden = 0.25 if self.how == "phone" else 0.4
        return "recall" if self.text in out or held - kept < hidden * held else None


def leaks(secret: str, text: str) -> bool:
    """Whether a telling piece of the secret is left."""
    size = min(5, len(secret))
    return any(secret[i : i + size] in text for i in range(len(secret) - size + 1))


def decodings(text: str) -> Iterator[str]:
    """The text as it is and as its percent, base64 and JSON escapes read."""
    yield text
    yield unquote(unquote(text))
    with contextlib.suppress(ValueError):
        yield base64.b64decode(text + "=" * (-len(text) % 4), validate=False).decode("utf-8", "replace")
    with contextlib.suppress(ValueError):
        yield json.loads(f'"{text}"')


@dataclass(frozen=True)
class Case:
    """A marked record; `group` names its class for the report."""

    group: str
    marked: Json
    gone: tuple[Gone, ...] = field(default=())
    loose: bool = False  # what stands around may go as well: a blob that hides something

    @property
    def record(self) -> Json:
        return fill(self.marked, self.gone)

    def judge(self, out: Json) -> list[str]:
        """What is wrong: recall, exact, context; empty when all is right."""
        if self.loose:
            text = out if isinstance(out, str) else json.dumps(out, ensure_ascii=False)
            forms = list(decodings(text))
            return ["recall"] if any((g.plain or g.text) in form for g in self.gone for form in forms) else []
        wrong: list[str] = []
        compare(self.marked, out, self.gone, wrong)
        return wrong


def mark(index: int = 0) -> str:
    return chr(FIRST_MARK + index)


def fill(marked: Json, gone: tuple[Gone, ...]) -> Json:
    if isinstance(marked, str):
        return "".join(
            gone[ord(c) - FIRST_MARK].whole if FIRST_MARK <= ord(c) < FIRST_MARK + len(gone) else c for c in marked
        )
    if isinstance(marked, dict):
        return {fill(k, gone): fill(v, gone) for k, v in marked.items()}
    if isinstance(marked, list):
        return [fill(v, gone) for v in marked]
    return int(gone[0].text) if isinstance(marked, Number) else marked


class Number:
    """A place in a record where the sensitive text stands as a JSON number."""


def compare(marked: Json, out: Json, gone: tuple[Gone, ...], wrong: list[str]) -> None:
    if isinstance(marked, Number):
        if leaks(gone[0].text, json.dumps(out)):
            wrong.append("recall")
    elif isinstance(marked, str):
        wrong.extend(compare_text(marked, out, gone))
    elif isinstance(marked, dict):
        if not isinstance(out, dict) or len(out) != len(marked):
            wrong.append("context")
            return
        for (key, value), (out_key, out_value) in zip(marked.items(), out.items(), strict=True):
            wrong.extend(compare_text(key, out_key, gone))
            compare(value, out_value, gone, wrong)
    elif isinstance(marked, list):
        if not isinstance(out, list) or len(out) != len(marked):
            wrong.append("context")
            return
        for value, out_value in zip(marked, out, strict=True):
            compare(value, out_value, gone, wrong)
    elif type(marked) is not type(out) or marked != out:
        wrong.append("context")


def compare_text(marked: str, out: Json, gone: tuple[Gone, ...]) -> list[str]:
    if not isinstance(out, str):
        return ["context"]
    marks = [gone[ord(c) - FIRST_MARK] for c in marked if FIRST_MARK <= ord(c) < FIRST_MARK + len(gone)]
    if not marks:
        return [] if marked == out else ["context"]
    pattern = "(.*?)".join(re.escape(part) for part in re.split(f"[{mark()}-{mark(len(gone) - 1)}]", marked))
    match = re.fullmatch(pattern, out, re.DOTALL)
    if match is None:
        left = any(g.text in out or (len(g.text) > 7 and leaks(g.text[-8:], out)) for g in marks)
        return ["recall", "context"] if left else ["context"]
    return [w for g, text in zip(marks, match.groups(), strict=True) if (w := g.wrong(text))]


def secret(text: str, lead: str = "", tail: str = "") -> Gone:
    return Gone(text, "secret", lead=lead, tail=tail)


def digits(text: str) -> Gone:
    return Gone(text, "digits")


def call(text: str) -> Gone:
    """A phone number in any other form: its middle group goes."""
    return Gone(text, "phone")


def exactly(text: str, expected: str) -> Gone:
    return Gone(text, "is", expected)


Partial = Callable[[str], Gone]


def phone(text: str) -> Gone:
    """`010-1234-5678` shows its first and last group; a bare number gets no separators it did not have."""
    first, _, last = text.split("-")
    return exactly(text, f"{first}-{'*' * (len(text) - len(first) - len(last) - 2)}-{last}")


def resident(text: str) -> Gone:
    return exactly(text, text[:7] + "*" * 7)


def card(text: str) -> Gone:
    return exactly(text, f"{text[:4]}-****-****-{text[-4:]}")


@dataclass(frozen=True)
class Address(Gone):
    """An e-mail: two characters stay, then `**` or one star for each hidden character."""

    def wrong(self, out: str) -> str | None:
        local, _, domain = self.text.partition("@")
        right = (
            {f"**@{domain}"}
            if len(local) <= 2
            else {f"{local[:2]}**@{domain}", f"{local[:2]}{'*' * (len(local) - 2)}@{domain}"}
        )
        return None if out in right else "recall" if self.text in out else "exact"


def address(text: str) -> Gone:
    return Address(text, "is")
