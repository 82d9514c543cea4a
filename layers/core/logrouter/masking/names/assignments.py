"""Secrets written as `name = value` in text, in any notation: `k=v`, `k: v`, JSON, XML, YAML, SQL, flags, prints.

A name is found by its stem, read to its full length, and judged by the key policy; then its value is read (`spans`).
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from logrouter.masking.edits import SECRET, Edit
from logrouter.masking.names.containers import find_contained
from logrouter.masking.names.notations import OPEN_QUOTE, end_of, read_value
from logrouter.masking.names.pairs import PROMPTED
from logrouter.masking.names.spans import value_span
from logrouter.masking.names.spoken import is_strange
from logrouter.masking.names.stems import Stems
from logrouter.masking.names.surroundings import is_mentioned, is_message
from logrouter.masking.values.keyed import masked_value
from logrouter.masking.values.keys import KeyPolicy, Verdict

NAME_LIMIT_CHARS = 80
"""How far a name is read to the left of its stem."""

WINDOW_CHARS = 256
"""How far the value of a name is read that stands in a value which was read before."""

INNER_LIMIT = 64
"""So many names deep inside such values are read; more are garbage: no identifier is as long as a window."""

_NAME_CHARS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.$")
_NAME_REST = re.compile(r"[A-Za-z0-9_-]*+(?:\.[A-Za-z_][A-Za-z0-9_-]*+)*+")
_KOREAN_REST = re.compile(r"[_ ]?[\uac00-\ud7a3]{1,8}(?=\s{0,4}(?:[:=]|->)|\\?[\"'`\]])")
_NAME_WORDS = re.compile(
    r"(?i)(?:[ ](?:access|keys?|token|secret|password|passwd|code|phrase|value|string|hash|pin|number|cookie|header))"
    r"{1,3}"
    r"(?=\\*[\"'`]?[ \t]{0,8}(?:[:=]|->)(?!:))"
)
"""The rest of a name of several words: `SECRET KEY: x`, `Access Token Secret = x`."""
_PARTICLE = re.compile(r"(?:[_ ]?(?:확인|입력|값|정보))?(?:은|는|이|가|을|를|의|로|으로)?(?![\uac00-\ud7a3])")
_MASKED_ALREADY = re.compile(
    r"[\s=:>\"'`\\|,-]{0,12}(?:(?:is|was|has|been|set|changed|reset|updated|to|from)\s{1,4}){0,4}[\"']?"
    + re.escape(SECRET)
)
"""What stands behind a name whose value was masked by an earlier look: whatever begins with the mask is no secret."""

_PARTLY_MASKED_CHECKS = frozenset({"phone", "resident", "card"})
_PARTLY_MASKED = re.compile(
    r"\\?[\"']?[ \t]{0,4}[:=]?[ \t]{0,4}\\?[\"']?\+?[0-9]{2,6}-(?:[0-9]{2}-)?\*{4}[0-9*-]{0,16}(?![0-9A-Za-z])"
)
"""An identifier behind its name that an earlier look masked in part."""

_ARROW = re.compile(r"\\*[\"'`]?[ \t]{0,8}(?:=>|->|~>|\u2192|-->|(?:changed[ \t]{1,4})?to[ \t])[ \t]{0,8}")
_ARN = re.compile(r"arn:aws[a-z-]*:[A-Za-z0-9:_/-]*$")


class Name(NamedTuple):
    """A name in a text that may be one of a secret: where it ends, and what the key policy says of it."""

    end: int
    verdict: Verdict | None


_UNREAD = Name(0, None)
"""One inside what was read as a value; another look may read it."""


def find_assignments(text: str, policy: KeyPolicy, stems: Stems, names: list[Name]) -> Iterator[Edit]:
    """Yield an edit for every value whose name the key policy finds sensitive; all `names` that were met are added."""
    done = barren = refused = inner = 0
    has_masks = "****" in text or SECRET in text
    for stem in stems.find(text):
        if stem.start() < done:
            names.append(_UNREAD)
            continue
        start = _name_start(text, stem.start(), done)
        end = _name_end(text, stem)
        verdict = policy.verdict(text[start:end].strip("$.-"))
        names.append(Name(end, verdict))
        done = end
        inner += start < refused - WINDOW_CHARS
        if inner > INNER_LIMIT and start < refused - WINDOW_CHARS:
            continue
        if verdict is None or (has_masks and is_masked_behind(text, end, verdict)):
            continue
        if _is_no_name(text, start, end) or _is_said(text, end, verdict):
            continue
        contained, close = find_contained(text, end, verdict, policy, barren)
        if contained is not None:
            yield from contained
            done = close
            continue
        barren = close
        span = _span_of(text, start, end, verdict, refused)
        if span is None:
            continue
        at, stop = span
        new = masked_value(text[at:stop], verdict)
        if new is not None:
            # A value that is not over where the window is ends where the value around it ends.
            done = refused if stop == end + WINDOW_CHARS and at < refused else stop
            yield Edit(at, done, new, verdict.rule)
            for successor in _successors(text, done, verdict):
                yield successor
                done = successor.end
        else:
            refused = max(refused, stop)


def _span_of(text: str, start: int, end: int, verdict: Verdict, refused: int) -> tuple[int, int] | None:
    """Return where the value of a name stands; `refused`: where the last value that was no secret ended."""
    span = _inner_span(text, start, end, verdict) if start < refused else None
    if start >= refused or (span is not None and span[0] >= refused):  # the latter: a name at the end of that value
        return value_span(text, start, end, verdict)
    return span


def _successors(text: str, end: int, verdict: Verdict) -> Iterator[Edit]:
    """Yield an edit for every value that a value changed to: `password: "old" -> "new"`."""
    while True:
        arrow = _ARROW.match(text, end)
        span = read_value(text, arrow.end()) if arrow else None
        if span is None or span[0] == span[1]:
            return
        new = masked_value(text[slice(*span)], verdict)
        if new is None or not (OPEN_QUOTE.match(text, span[0] - 1) or is_strange(text[slice(*span)])):
            return
        yield Edit(*span, new, verdict.rule)
        end = span[1]


def _inner_span(text: str, start: int, end: int, verdict: Verdict) -> tuple[int, int] | None:
    """Return where the value of a name stands that is itself part of a value that was no secret (`pin=a;pin=b`).

    Read in a window, or a run of such names would be read to its end from each of them.
    """
    first = max(0, start - WINDOW_CHARS // 4)
    span = value_span(text[first : end + WINDOW_CHARS], start - first, end - first, verdict)
    return None if span is None else (first + span[0], first + span[1])


def is_masked_behind(text: str, end: int, verdict: Verdict) -> bool:
    """Say whether an earlier look masked the value behind a name."""
    if verdict.check in _PARTLY_MASKED_CHECKS and _PARTLY_MASKED.match(text, end):
        return True
    return _MASKED_ALREADY.match(text, end) is not None


def _is_no_name(text: str, start: int, end: int) -> bool:
    return _is_in_address(text, start, end) or _is_base64_tail(text, start, end) or is_mentioned(text, start, end)


def _is_said(text: str, end: int, verdict: Verdict) -> bool:
    """Say whether a message follows `name: `, or the next field of the line after an empty prompt, not a value."""
    if text[end : end + 2] != ": ":
        return False
    return is_message(text, end + 2) or ("password" in verdict.rule and PROMPTED.match(text, end + 2) is not None)


def _name_start(text: str, at: int, floor: int) -> int:
    low = max(floor, at - NAME_LIMIT_CHARS)
    first = at
    is_korean = text[at] >= "\uac00"
    while at > low and (text[at - 1] in _NAME_CHARS or (is_korean and "\uac00" <= text[at - 1] <= "\ud7a3")):
        at -= 1
    return at + 1 if text[at - 1 : at] == "\\" and text[at] in "nrt" and at < first else at


def _is_in_address(text: str, start: int, end: int) -> bool:
    """Tell `arn:aws:secretsmanager:...:secret:name` and `https://x-token:...@host` (another rule's) from a name."""
    if text[end : end + 1] == ":" and text[max(0, start - 3) : start] == "://":
        return True
    return text[start - 1 : start] == ":" and bool(_ARN.search(text, max(0, start - 120), start))


def _is_base64_tail(text: str, start: int, end: int) -> bool:
    """Tell the last characters of a base64 run (`...+pw== `) from a name."""
    if text[start - 1 : start] == "+":
        return text[max(0, start - 2) : start - 1].strip() != ""  # no line that a diff added
    name = text[start:end]
    is_odd = end - start <= 3 and name.isascii() and not (name.islower() or name.isupper() or name.istitle())
    return is_odd or (text.startswith("==", end) and not text[end + 2 : end + 3].strip("= \t\r\n"))


def _name_end(text: str, stem: re.Match[str]) -> int:
    if text[stem.end() - 1] < "\uac00":
        end = end_of(_NAME_REST, text, stem.end())
        if "\uac00" <= text[end : end + 1] <= "\ud7a3":
            return end_of(_KOREAN_REST, text, end)
        return end_of(_NAME_WORDS, text, end) if text[end : end + 1] == " " else end
    particle = _KOREAN_REST.match(text, stem.end()) or _PARTICLE.match(text, stem.end())
    return particle.end() if particle else stem.end()
