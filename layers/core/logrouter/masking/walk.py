"""The walk over a record's tree: key policy, pairs, split fields, paths; text rules on every string; iterative."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from logrouter.masking.edits import SECRET, Edit, apply
from logrouter.masking.keyed import KEYED
from logrouter.masking.keys import Verdict
from logrouter.masking.numbers import find_numbers
from logrouter.masking.paths import PathRule, advance, advance_array, path_verdict
from logrouter.masking.rules import RuleSet
from logrouter.masking.tree import Branch, Leaf
from logrouter.masking.values import CHECKS, is_prose_word
from logrouter.masking.views import View, fold, unescaped_view

TextEdits = Callable[[str, str, int], list[Edit]]
"""(text, label, depth) -> settled edits."""

NAME_LIMIT_CHARS = 120
"""A longer string beside a value is no name."""

_NAME_KEY = re.compile(
    r"(?:name|key|k|n|type|field|header|param|parameter|property|attribute|attr|label|variable|var|option)"
    r"|(field|key|header|param|parameter|property|attribute|attr|variable|var|option|setting|config|env|column|tag|secret)"
    r"(?:name|key)"
)
_VALUE_KEYS = frozenset(
    """
    value val v content data text string stringvalue values defaultvalue newvalue oldvalue rawvalue plainvalue
    intvalue rejectedvalue rejected input old new before after previous current received actual
    """.split()  # noqa: SIM905 - a word list reads best as words
)
_GENERIC_KEYS = frozenset(
    """
    number value no num raw text full original plain val v n
    """.split()  # noqa: SIM905 - a word list reads best as words
)
_PATH_KEYS = frozenset({"path", "loc", "instancepath", "datapath", "pointer"})
_INHERITED = frozenset(
    {"secret", "countable", "credential", "pass", "token", "reference", "directory", "strings", "count"}
)
_SECRET_LISTS = _INHERITED - {"count", "strings"}
"""Under such a key a list holds secrets alone: no value in it names another."""
_NAME = re.compile(r"[A-Za-z_$\uac00-\ud7a3][\w.$ -]{0,80}")
_MAY_IDENTIFY = re.compile(r"@|[0-9][^A-Za-z]*[0-9]|[0-9A-Za-z_-]{16}|[^\x00-\x7f]")
_PART = re.compile(r"[0-9]{2,7}")
_SPLIT_CHECKS = frozenset({"phone", "resident", "card", "account"})
_WORD = re.compile(r"[A-Za-z_ -]+")


class Context(NamedTuple):
    """What the way down to a value says about it.

    Args:
        verdict: the key policy's word on the key above, or on a container further up.
        label: the key above, as a label for numbers.
        states: path rules that may still match: (rule, position) pairs.
    """

    verdict: Verdict | None = None
    label: str = ""
    states: tuple[tuple[PathRule, int], ...] = ()


class Walk:
    """Masks one tree: fills `edits` of its leaves (and of key leaves).

    Args:
        rules: compiled rules.
        text_edits: the text engine, for strings.
        is_text: the tree was scanned from JSON text, so strings are still escaped.
        depth: how many layers of nested text lie above.
    """

    def __init__(self, rules: RuleSet, text_edits: TextEdits, *, is_text: bool, depth: int) -> None:
        self._rules = rules
        self._text_edits = text_edits
        self._is_text = is_text
        self._depth = depth
        self._todo: list[tuple[Branch | Leaf, Context]] = []
        self._columns: dict[int, dict[int, Verdict]] = {}

    def run(self, root: Branch | Leaf) -> None:
        """Visit every value once."""
        states = tuple((rule, 0) for rule in self._rules.paths)
        self._todo = [(root, Context(states=states))]
        seen: set[int] = set()
        while self._todo:
            node, context = self._todo.pop()
            if isinstance(node, Leaf):
                self._mask_leaf(node, context)
            elif id(node) not in seen:
                seen.add(id(node))
                if node.is_object:
                    self._visit_object(node, context)
                else:
                    self._visit_array(node, context)

    # --- objects

    def _visit_object(self, branch: Branch, context: Context) -> None:
        named = self._named_verdicts(branch)
        self._note_columns(branch)
        is_secret = self._is_kubernetes_secret(branch)
        pieces = _pieces([child for _, child in branch.items], context.verdict)
        for at, (key, child) in enumerate(branch.items):
            if key is None:
                continue
            name = self._plain(key)
            lower = _folded(name)
            masked_name = self._mask_key(key, name)
            verdict = self._verdict_of(masked_name, context) or self._verdict_of(name, context)
            label = name
            if at in pieces:
                verdict = pieces[at]
            elif lower in named:
                verdict, label = named[lower][0] or verdict, named[lower][1]
            elif is_secret and lower in {"data", "stringdata"}:
                verdict = Verdict("key.secret", "secret")
            elif verdict is not None and verdict.check == "token" and self._is_logprob(branch):
                verdict = None
            states = advance(context.states, name) if context.states else ()
            verdict = path_verdict(states) or verdict
            self._todo.append((child, Context(verdict, label, states)))

    def _verdict_of(self, name: str, context: Context) -> Verdict | None:
        inherited = context.verdict
        verdict = _stronger(self._rules.keys.verdict(name), inherited)
        if inherited is None or (verdict is not None and verdict is not inherited):
            return verdict
        if inherited.check in _INHERITED:
            return None if self._rules.keys.is_fact(name) else inherited._replace(piece=0)
        lower = name.lower().replace("_", "")
        return inherited if lower in _GENERIC_KEYS or lower in _VALUE_KEYS else None

    def _named_verdicts(self, branch: Branch) -> dict[str, tuple[Verdict | None, str]]:
        """Read `{"name": "password", "value": "x"}` and `{"fieldName": ..., "fieldValue": ...}`.

        Returns, by the folded key of each value, what the name beside it says about it.
        """
        if not 2 <= len(branch.items) <= 12:
            return {}
        folded = [_folded(self._plain(key)) if key else "" for key, _ in branch.items]
        if _VALUE_KEYS.isdisjoint(folded) and not any([lower.endswith("value") for lower in folded]):  # noqa: C419 - a list is faster here
            return {}
        names = self._names_beside(branch, folded)
        if not names:
            return {}
        found: dict[str, tuple[Verdict | None, str]] = {}
        for lower in folded:
            prefix = lower.removesuffix("value")
            name = names.get(prefix, "") if prefix != lower else ""
            if not name and lower in _VALUE_KEYS:
                name = names.get("", "")
            if name:
                found[lower] = (self._rules.keys.verdict(name), name)
        return found

    def _names_beside(self, branch: Branch, folded: list[str]) -> dict[str, str]:
        """Return the names an object holds, by the prefix of their keys (`fieldName`: `field`); a telling one first."""
        names: dict[str, str] = {}
        for lower, (_, value) in zip(folded, branch.items, strict=True):
            child = self._end_of_path(value, folded) if lower in _PATH_KEYS else value
            if not isinstance(child, Leaf) or child.kind != "string" or len(child.value) > NAME_LIMIT_CHARS:
                continue
            match = _NAME_KEY.fullmatch(lower)
            if match is None and lower not in _PATH_KEYS:
                continue
            name, prefix = self._plain(child), (match[1] if match else "") or ""
            if prefix not in names or self._rules.keys.verdict(names[prefix]) is None:
                names[prefix] = name if prefix not in names or self._rules.keys.verdict(name) else names[prefix]
        return names

    def _end_of_path(self, child: Branch | Leaf, folded: list[str]) -> Branch | Leaf | None:
        """Read `{"loc": ["body", "password"], "input": ...}` and JSON Patch `{"op": ..., "path": "/password", ...}`."""
        if isinstance(child, Branch):
            return child.items[-1][1] if child.items and not child.is_object else None
        return child if "op" in folded else None

    def _is_kubernetes_secret(self, branch: Branch) -> bool:
        return any(
            key is not None and key.value == "kind" and isinstance(child, Leaf) and child.value == "Secret"
            for key, child in branch.items
        )

    def _is_logprob(self, branch: Branch) -> bool:
        return any(key is not None and key.value in {"logprob", "top_logprobs", "token_id"} for key, _ in branch.items)

    def _mask_key(self, key: Leaf, name: str) -> str:
        """Mask a key that holds an identifier itself; return what it reads then."""
        if not _MAY_IDENTIFY.search(name):
            return name
        edits = self._text_edits(name, "", self._depth + 1)
        self._settle(key, name, edits)
        return apply(name, edits) if edits else name

    def _note_columns(self, branch: Branch) -> None:
        """Read `{"columns": ["id", "password"], "rows": [[1, "x"]]}`: note what each column says of its values."""
        lists = [
            child for _, child in branch.items if isinstance(child, Branch) and not child.is_object and child.items
        ]
        if len(lists) < 2:
            return
        for header in lists:
            names = [self._plain(child) if isinstance(child, Leaf) else "" for _, child in header.items]
            judged = enumerate(self._rules.keys.verdict(name) for name in names)
            verdicts = {at: verdict for at, verdict in judged if verdict is not None}
            if not verdicts or not all(names):
                continue
            for table in lists:
                for _, row in table.items:
                    if isinstance(row, Branch) and not row.is_object and len(row.items) == len(names):
                        self._columns[id(row)] = verdicts

    # --- arrays

    def _visit_array(self, branch: Branch, context: Context) -> None:
        children = [child for _, child in branch.items]
        verdicts = self._columns.get(id(branch)) or _pieces(children, context.verdict) or self._paired(children)
        for at, child in enumerate(children):
            states = advance_array(context.states, at) if context.states else ()
            above = context.verdict
            is_list_of_secrets = above is not None and above.check in _SECRET_LISTS
            verdict = path_verdict(states) or (above if is_list_of_secrets else _stronger(verdicts.get(at), above))
            self._todo.append((child, Context(verdict, context.label, states)))

    def _paired(self, children: list[Branch | Leaf]) -> dict[int, Verdict]:
        """Read `["password", "x"]`, flat header lists and argument lists: verdicts by position of the value."""
        if len(children) < 2 or not isinstance(children[0], (Leaf, Branch)):
            return {}
        names = [
            fold(self._plain(child)) if isinstance(child, Leaf) and child.kind == "string" else "" for child in children
        ]
        found: dict[int, Verdict] = {}
        is_flat = len(children) % 2 == 0 and all(_NAME.fullmatch(name) for name in names[::2])
        for at, name in enumerate(names[:-1]):
            if not name or len(name) > 80 or not (name[0] == "-" or (is_flat and at % 2 == 0)):
                continue
            verdict = self._rules.keys.verdict(name.lstrip("-"))
            value = names[at + 1]
            if (
                verdict is None
                or value.startswith("--")
                or (not value and isinstance(children[at + 1], Branch) and name[0] == "-")
            ):
                continue
            if _WORD.fullmatch(value) and (is_prose_word(value) or self._rules.keys.verdict(value) is not None):
                continue
            found[at + 1] = verdict
        return found

    # --- leaves

    def _plain(self, leaf: Leaf) -> str:
        if leaf.kind != "string":
            return ""
        view = self._view(leaf)
        return view.text if view else leaf.value

    def _view(self, leaf: Leaf) -> View | None:
        return unescaped_view(leaf.value) if self._is_text and "\\" in leaf.value else None

    def _mask_leaf(self, leaf: Leaf, context: Context) -> None:
        if leaf.kind == "string":
            self._mask_string(leaf, context)
        elif leaf.kind == "number" and leaf.value:
            self._mask_number(leaf, context)

    def _mask_string(self, leaf: Leaf, context: Context) -> None:
        text = self._plain(leaf)
        new = _by_verdict(text, context.verdict)
        if new is not None and context.verdict is not None:
            leaf.edits = [Edit(0, len(leaf.value), new, context.verdict.rule)]
            return
        self._settle(leaf, text, self._text_edits(text, context.label, self._depth + 1))

    def _settle(self, leaf: Leaf, text: str, edits: list[Edit]) -> None:
        if not edits:
            return
        view = self._view(leaf)
        if view is not None and view.text == text:
            edits = [Edit(*view.source(edit.start, edit.end), edit.new, edit.rule) for edit in edits]
        if self._is_text:
            edits = [edit._replace(new=_escaped(edit.new)) for edit in edits]
        leaf.edits = edits

    def _mask_number(self, leaf: Leaf, context: Context) -> None:
        verdict = context.verdict
        new = rule = None
        if verdict is not None and not _is_measure(leaf.value, verdict):
            new, rule = _by_verdict(leaf.value, verdict), verdict.rule
        if new is None:
            edit = next(iter(find_numbers(leaf.value, context.label, is_number=True)), None)
            if edit is None or edit.rule not in self._rules.numbers:
                return
            new, rule = edit.new, edit.rule
        leaf.edits = [Edit(0, len(leaf.value), f'"{new}"' if self._is_text else new, rule or "")]


@lru_cache(maxsize=4096)
def _folded(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _stronger(own: Verdict | None, inherited: Verdict | None) -> Verdict | None:
    """Return the word on a value inside a container: a secret container's goes before that of an identifier's name."""
    if own is None or (inherited is not None and inherited.check in _INHERITED and own.check in KEYED):
        return inherited
    return own


def _pieces(children: list[Branch | Leaf], verdict: Verdict | None) -> dict[int, Verdict]:
    """Read `"phone": ["010", "1234", "5678"]`: the parts of one identifier, numbered."""
    if verdict is None or verdict.check not in _SPLIT_CHECKS or not 2 <= len(children) <= 4:
        return {}
    if not all(isinstance(child, Leaf) and _PART.fullmatch(child.value) for child in children):
        return {}
    return {at: verdict._replace(piece=at + 1) for at in range(len(children))}


def _is_measure(number: str, verdict: Verdict) -> bool:
    """Tell a count or a probability from a secret made of digits."""
    return verdict.check in {"count", "strings"} or (verdict.check == "token" and not number.isdigit())


def _by_verdict(value: str, verdict: Verdict | None) -> str | None:
    if verdict is None:
        return None
    keyed = KEYED.get(verdict.check)
    if keyed:
        return keyed(value, verdict.piece)
    return SECRET if CHECKS[verdict.check](value) else None


def _escaped(new: str) -> str:
    return new.replace("\\", "\\\\").replace('"', '\\"')
