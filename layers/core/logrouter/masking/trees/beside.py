"""Names that stand beside their values: `{"name": "password", "value": ...}`, `["password", ...]`, columns and rows."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from logrouter.masking.decoding.views import fold
from logrouter.masking.trees.shapes import NAME_KEY, PATH_KEYS, VALUE_KEYS, Shape, plain_text
from logrouter.masking.trees.tree import Branch, Leaf
from logrouter.masking.values.judgement import is_prose_word
from logrouter.masking.values.keyed import readable
from logrouter.masking.values.keys import KeyPolicy, Verdict

NAME_LIMIT_CHARS = 120
"""A longer string beside a value is no name."""

_NAME = re.compile(r"[A-Za-z_$\uac00-\ud7a3][\w.$ -]{0,80}")
_PART = re.compile(r"[0-9]{2,7}")
_POINTING = frozenset({"op", "schemapath", "keyword"})
"""Keys beside which a path with slashes points into a document: JSON Patch, errors of JSON Schema."""

_FIELD_PATH = re.compile(r"(?!.*\.(?:[jt]sx?|py|go|rb|java|kt|json|ya?ml|txt|md|html|css|sh)$)[\w$.\[\]*'\"-]+")
"""`password`, `user.password`, `$.users[0].password`; no file."""

_SPLIT_CHECKS = frozenset({"phone", "resident", "card", "account", "business", "corporate", "health", "licence"})
_SCHEMED = re.compile(r"(?i)(?:bearer|basic|token|api-?key|kakaoak|dpop|negotiate) [a-z-]{8,}")
_WORD = re.compile(r"[A-Za-z_ -]+")

type Plain = Callable[[Leaf], str]
"""A leaf's text without escapes."""


def named_verdicts(
    branch: Branch, shape: Shape, keys: KeyPolicy, plain: Plain
) -> dict[str, tuple[Verdict | None, str]]:
    """Read `{"name": "password", "value": "x"}` and `{"fieldName": ..., "fieldValue": ...}`.

    Returns, by the folded key of each value, what the name beside it says about it, and that name.
    """
    names = _names_beside(branch, shape.folded, keys, plain)
    if not names:
        return {}
    found: dict[str, tuple[Verdict | None, str]] = {}
    only = next(iter(names.values())) if len(names) == 1 else ""
    for lower in shape.folded:
        prefix = lower.removesuffix("value")
        name = names.get(prefix, "") if prefix != lower else ""
        if not name and lower in VALUE_KEYS and (lower != "instance" or not PATH_KEYS.isdisjoint(shape.folded)):
            name = names.get("", only)
        if name:
            found[lower] = (keys.verdict(name), name)
    return found


def _names_beside(branch: Branch, folded: Sequence[str], keys: KeyPolicy, plain: Plain) -> dict[str, str]:
    """Return the names an object holds, by the prefix of their keys (`fieldName`: `field`); a telling one first."""
    names: dict[str, str] = {}
    for lower, value in zip(folded, branch.children, strict=True):
        child = _end_of_path(value, lower, folded, plain) if lower in PATH_KEYS else value
        if not isinstance(child, Leaf) or child.kind != "string" or len(child.value) > NAME_LIMIT_CHARS:
            continue
        match = NAME_KEY.fullmatch(lower)
        if match is None and lower not in PATH_KEYS:
            continue
        name, prefix = plain(child), (match[1] if match else "") or ""
        if lower == "question" and " " in name:
            continue
        if prefix not in names or keys.verdict(names[prefix]) is None:
            names[prefix] = name if prefix not in names or keys.verdict(name) else names[prefix]
    return names


def _end_of_path(child: Branch | Leaf, lower: str, folded: Sequence[str], plain: Plain) -> Branch | Leaf | None:
    """Return what names the value that a path leads to, in the words of validators and of JSON Patch.

    `{"loc": ["body", "password"], "input": ...}`, `{"path": "user.password", "value": ...}`,
    `{"instancePath": "/password", "data": ...}`, `{"op": ..., "path": "/password", ...}`; the path of a route or a file
    names nothing.
    """
    if isinstance(child, Branch):
        parts = [] if child.is_object else child.children[:-4:-1]
        return next((part for part in parts if isinstance(part, Leaf) and part.kind == "string"), None)
    if lower != "path" or not _POINTING.isdisjoint(folded):
        return child
    return child if _FIELD_PATH.fullmatch(plain(child)[:NAME_LIMIT_CHARS]) else None


def column_verdicts(branch: Branch, keys: KeyPolicy, plain: Plain) -> Iterator[tuple[Branch, dict[int, Verdict]]]:
    """Read `{"columns": ["id", "password"], "rows": [[1, "x"]]}`: yield rows and the verdicts of their columns."""
    lists = [child for child in branch.children if isinstance(child, Branch) and not child.is_object and child.children]
    if len(lists) < 2:
        return
    for header in lists:
        names = [plain(child) if isinstance(child, Leaf) else "" for child in header.children]
        judged = enumerate(keys.verdict(name) for name in names)
        verdicts = {at: verdict for at, verdict in judged if verdict is not None}
        if not verdicts or not all(names):
            continue
        for table in lists:
            for row in table.children:
                if isinstance(row, Branch) and not row.is_object and len(row.children) == len(names):
                    yield row, verdicts


def paired_verdicts(children: Sequence[Branch | Leaf], keys: KeyPolicy, plain: Plain) -> dict[int, Verdict]:
    """Read `["password", "x"]`, flat header lists and argument lists: verdicts by position of the value."""
    if len(children) < 2:
        return {}
    names = [fold(plain(child)) if isinstance(child, Leaf) and child.kind == "string" else "" for child in children]
    found: dict[int, Verdict] = {}
    is_flat = len(children) % 2 == 0 and all(_NAME.fullmatch(name) for name in names[::2])
    for at, name in enumerate(names[:-1]):
        if not name or len(name) > 80 or not (name[0] == "-" or (is_flat and at % 2 == 0)):
            continue
        verdict = keys.verdict(name.lstrip("-"))
        value = names[at + 1]
        if (
            verdict is None
            or (" " in name and _is_sentence(name))
            or value.startswith("--")
            or (not value and isinstance(children[at + 1], Branch) and name[0] == "-")
        ):
            continue
        is_word = _WORD.fullmatch(value) is not None and not (_is_header(name) and _SCHEMED.fullmatch(value))
        if is_word and (is_prose_word(value) or keys.verdict(value) is not None or keys.is_fact(value)):
            continue
        found[at + 1] = verdict
    return {} if found and is_flat and _is_list_of_names(names, keys) else found


def _is_header(name: str) -> bool:
    return name[-13:].lower() == "authorization"


def _is_sentence(name: str) -> bool:
    """Tell a message in a list (`["Set-Cookie header missing", {}]`) from a name."""
    return name.count(" ") > 2 or name.endswith(("\ub2e4", "\uc694", "missing", "sent", "failed"))


def _is_list_of_names(names: Sequence[str], keys: KeyPolicy) -> bool:
    """Tell names alone (`["id", "password", "email", "phone"]`) from names and values in turn."""
    is_words = all(_WORD.fullmatch(name) for name in names)
    if any(_is_header(name) and _SCHEMED.fullmatch(value) for name, value in pairwise(names)):
        return False
    return is_words and any(keys.verdict(name) is not None for name in names[1::2])


def piece_verdicts(
    children: Sequence[Branch | Leaf], verdict: Verdict | None, own: Sequence[Verdict | None] = ()
) -> dict[int, Verdict]:
    """Read `"phone": ["010", "1234", "5678"]`: the parts of one identifier, numbered.

    Args:
        children: the values.
        verdict: the key policy's word on what they stand in.
        own: its word on the key of each; one of another kind is no part of the identifier.
    """
    if verdict is None or verdict.check not in _SPLIT_CHECKS or not 2 <= len(children) <= 4:
        return {}
    if any(one is not None and one.check != verdict.check for one in own):
        return {}
    if not all(isinstance(child, Leaf) and _PART.fullmatch(readable(plain_text(child.value))) for child in children):
        return {}
    return {at: verdict._replace(piece=at + 1) for at in range(len(children))}
