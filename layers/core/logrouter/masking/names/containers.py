"""Containers under a sensitive name, as languages print them: `credentials={user=kim, value=x}`, `cookies: {'a': 'x'}`.

JSON is read by the walk; this reads the rest: every value of the container is hidden, facts about it stay.
"""

import re
from collections.abc import Iterable, Iterator

from logrouter.masking.edits import SECRET, Edit
from logrouter.masking.names.notations import CODE
from logrouter.masking.trees.shapes import NAME_KEY, fold_name
from logrouter.masking.values.judgement import CHECKS, is_prose_word
from logrouter.masking.values.keys import KeyPolicy, Verdict
from logrouter.masking.values.statements import is_setting

LIMIT_CHARS = 8_000
"""A container is read this far; what lies behind is read by the other rules."""

_CHECKS = frozenset({"secret", "countable", "credential", "pass", "token", "reference", "strings", "count"})
_OPENING = re.compile(
    r"(?:\\*[\"'`]|&quot;)?[\])]*\s{0,20}(=>|->|:=|=|:)\s{0,20}"
    r"(?:(?:[Aa]rray|Object|dict|[Mm]ap)\s?|[A-Z][A-Za-z0-9_.]{0,60}(?=[({\[])"
    r"|([A-Z][A-Za-z0-9_.]{0,60}) (?=\{))?([({\[])"
)
_WORD_ENDS = frozenset("ptyc_")
"""The last letters of `map`, `dict`, `array`: a bracket right behind them is no list of secrets (`dict[str, Any]`)."""
_SET = re.compile(r"(?<=\{)\s{0,4}(\"[^\"\\\n]{1,200}\"|'[^'\\\n]{1,200}')\s{0,4}[,}]")
_BLOCK = re.compile(r":[ \t]*\r?\n(?=[ \t]+(?:- |[\w.-]{1,60}:[ \t])|- )")
_LINE = re.compile(
    r"(?P<indent>[ \t]*)(?P<dash>-)?[ ]{0,4}(?:(?P<key>[\w.-]{1,60}):(?=[ \t\r\n]))?[ \t]*"
    r"[\"']?(?P<value>[^\s\"':{\[|>&*!#-][^\n\"'#]*)?[\"']?[ \t]*(?:\#[^\n]*)?\r?(?:\n|$)"
)
_RESOURCE = re.compile(r"[a-z]+(?:[-_./][a-z]+)*|[\d.]+")
_POINTING = frozenset({"path", "name", "namespace", "kind", "optional", "items", "mountPath", "file", "external"})
"""Keys that say where a secret is kept, not what it is."""
_STEP = re.compile(r"\"(?:[^\"\\]++|\\.)*+\"|'(?:[^'\\]++|\\.)*+'|[(\[{]|[)\]}]", re.DOTALL)
_ITEM = re.compile(
    r"(?:(?P<key>[\"'`]?[:@]?[\w.\uac00-\ud7a3-]{1,60}[\"'`]?)\s{0,4}(?:=>|[:=])\s{0,4})?"
    r"(?:\"(?P<double>(?:[^\"\\]++|\\.)*+)\"?|'(?P<single>(?:[^'\\]++|\\.)*+)'?|(?P<bare>[^\s,;(){}\[\]\"'=]++))(?!\s?[({])",
    re.DOTALL,
)


def find_contained(
    text: str, end: int, verdict: Verdict, policy: KeyPolicy, barren: int
) -> tuple[list[Edit] | None, int]:
    """Return the edits of the container that is assigned to the name that ends at `end`, and where it ends.

    None when no container stands there, or one that holds nothing of the kind: then nothing inside it does either, and
    the caller hands its end back as `barren`, so that no stretch is read twice.
    """
    block = _BLOCK.match(text, end) if verdict.check in _CHECKS and text[end : end + 1] == ":" else None
    if block and block.end() >= barren:
        return _block_edits(text, block.end(), verdict, policy, barren)
    opening = _OPENING.match(text, end) if verdict.check in _CHECKS else None
    if opening is None or (opening[1] == "=>" and opening[3] == "{" and text[end : end + 1] not in {"'", '"'}):
        return None, barren
    is_list = opening[3] == "[" and text[opening.start(3) - 1] not in _WORD_ENDS
    is_list = is_list or _SET.match(text, opening.end()) is not None
    if opening.end() < barren and not is_list:
        return None, barren
    close = _close(text, opening.end())
    items = [item for item in _ITEM.finditer(text, opening.end(), close) if item["key"] or is_list]
    if not items:
        return None, max(close, barren)
    # What looks like the name of a type may be a value that something else in braces follows.
    named = [Edit(*opening.span(2), SECRET, verdict.rule)] if opening[2] and CHECKS[verdict.check](opening[2]) else []
    return [*named, *_edits(items, verdict, policy)], close


def _block_edits(text: str, at: int, verdict: Verdict, policy: KeyPolicy, barren: int) -> tuple[list[Edit] | None, int]:
    """Read the lines below a name in YAML, indented alike or more: `secrets:`, `  db: x1`, `  - y2`."""
    hides = CHECKS[verdict.check]
    found: list[Edit] = []
    indent, dash = -1, None
    limit = min(len(text), at + LIMIT_CHARS)
    while at < limit:
        line = _LINE.match(text, at)
        if line is None or len(line["indent"]) < indent or (len(line["indent"]) == indent and line["dash"] != dash):
            break
        if indent < 0:
            indent, dash = len(line["indent"]), line["dash"]
        value = (line["value"] or "").rstrip()
        key = line["key"] or ""
        is_value = bool(value) and not policy.is_fact(key) and key not in _POINTING and not _RESOURCE.fullmatch(value)
        if is_value and not is_prose_word(value) and not is_setting(value, 3) and hides(value):
            found.append(Edit(line.start("value"), line.start("value") + len(value), SECRET, verdict.rule))
        at = line.end()
    return (found, at) if found else (None, max(at, barren))


def _close(text: str, at: int) -> int:
    depth = 1
    for step in _STEP.finditer(text, at, at + LIMIT_CHARS):
        mark = step[0]
        depth += (mark in "([{") - (mark in ")]}") if len(mark) == 1 else 0
        if depth == 0:
            return step.start()
    return min(len(text), at + LIMIT_CHARS)


def _is_name(key: str, value: str, policy: KeyPolicy) -> bool:
    """Tell the name in a pair (`{'key': 'Authorization', 'value': 'x'}`) from a part of the secret."""
    return NAME_KEY.fullmatch(fold_name(key.strip("\"'`:@"))) is not None and policy.verdict(value) is not None


def _edits(items: Iterable[re.Match[str]], verdict: Verdict, policy: KeyPolicy) -> Iterator[Edit]:
    hides = CHECKS[verdict.check]
    for item in items:
        group = item.lastgroup or "bare"
        value = item[group]
        is_fact = item["key"] is not None and (policy.is_fact(item["key"]) or _is_name(item["key"], value, policy))
        if (
            value.strip()
            and not is_fact
            and not (group == "bare" and CODE.match(value))
            and not is_prose_word(value)
            and hides(value)
        ):
            yield Edit(*item.span(group), SECRET, verdict.rule)
