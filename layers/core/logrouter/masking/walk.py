"""The walk over a record's tree: key policy, pairs, split fields, paths; text rules on every string; iterative."""

from collections.abc import Callable
from typing import NamedTuple

from logrouter.masking.decoding.views import View, unescaped_view
from logrouter.masking.edits import Edit, apply
from logrouter.masking.identifiers.numbers import SHORTEST_NUMBER, find_numbers
from logrouter.masking.names.cookies import secret_of_cookie
from logrouter.masking.rules.paths import PathRule, advance, advance_array, path_verdict
from logrouter.masking.rules.table import RuleSet
from logrouter.masking.trees.beside import column_verdicts, named_verdicts, paired_verdicts, piece_verdicts
from logrouter.masking.trees.inherited import SECRET_LISTS, parts_of, stronger, verdict_under
from logrouter.masking.trees.octets import LEAST, mask_octets, said_by
from logrouter.masking.trees.shapes import NAME_KEY, Shape, Shapes, fold_name, plain_text
from logrouter.masking.trees.tree import Branch, Leaf
from logrouter.masking.values.keyed import MAP_KEYS, masked_value
from logrouter.masking.values.keys import Verdict

TextEdits = Callable[[str, str, int], list[Edit]]
"""(text, label, depth) -> settled edits."""

_WHOLE = (0, -1)

_NO_NAMES: dict[str, tuple[Verdict | None, str]] = {}


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


_NOTHING_SAID = Context()


class Walk:
    """Masks one tree: fills `edits` of its leaves and `key_edits` of its objects.

    Afterwards `touched` has the leaves with edits, and one for each key with edits. `is_final` is True when masking the
    outcome again is sure to find nothing: each masked value was looked at again, and no name, key or list was changed
    from which something is read about other values.

    Args:
        rules: compiled rules.
        shapes: what is known of the keys of objects, kept over records.
        text_edits: the text engine, for strings.
        is_text: the tree was scanned from JSON text, so strings are still escaped.
        depth: how many layers of nested text lie above.
    """

    def __init__(self, rules: RuleSet, shapes: Shapes, text_edits: TextEdits, *, is_text: bool, depth: int) -> None:
        self._rules = rules
        self._shapes = shapes
        self._text_edits = text_edits
        self._is_text = is_text
        self._depth = depth + 1
        self._todo: list[tuple[Branch, Context]] = []
        self._columns: dict[int, dict[int, Verdict]] = {}
        self.touched: list[Leaf] = []
        self.is_final = True

    def run(self, root: Branch | Leaf, name: str = "") -> None:
        """Visit every value once; `name` stands in front of the tree."""
        paths = self._rules.paths
        context = Context(states=tuple([(rule, 0) for rule in paths])) if paths else _NOTHING_SAID
        if name:
            context = context._replace(verdict=self._rules.keys.verdict(name), label=name)
        self._visit(root, context)
        seen: set[int] = set()
        while self._todo:
            branch, context = self._todo.pop()
            if id(branch) in seen:
                continue
            seen.add(id(branch))
            if branch.is_object:
                self._visit_object(branch, context)
            else:
                self._visit_array(branch, context)

    def _visit(self, node: Branch | Leaf, context: Context) -> None:
        if isinstance(node, Branch):
            self._todo.append((node, context))
        else:
            self._mask_leaf(node, context.verdict, context.label)

    # --- objects

    def _visit_object(self, branch: Branch, context: Context) -> None:
        shape = self._shapes.of(branch, is_text=self._is_text)
        todo = len(self._todo)
        is_plain = context.verdict is None and not context.states and not shape.suspects
        if is_plain and not (shape.names_values or shape.is_logprob or shape.has_kind or shape.is_jwk):
            self._visit_members(branch, shape)
        else:
            self._judge_members(branch, shape, context)
        if len(self._todo) - todo > 1:
            self._note_columns(branch)

    def _visit_members(self, branch: Branch, shape: Shape) -> None:
        """Visit the values of an object of which nothing but its keys says anything: most objects of a log."""
        for child, name, verdict in zip(branch.children, shape.names, shape.verdicts, strict=True):
            if isinstance(child, Branch):
                self._todo.append((child, Context(None if name[:1] == "/" else verdict, name)))
            elif child.kind == "string":
                self._mask_string(child, verdict, name)
            elif child.kind == "number":
                self._mask_number(child, verdict, name)

    def _judge_members(self, branch: Branch, shape: Shape, context: Context) -> None:
        """Visit the values of an object whose surroundings or own values say more about them than their keys."""
        named = named_verdicts(branch, shape, self._rules.keys, self._plain) if shape.names_values else _NO_NAMES
        keys = self._rules.keys
        hidden = parts_of(branch, shape)
        pieces = piece_verdicts(branch.children, context.verdict, shape.verdicts)
        touched = len(self.touched)
        above = context.verdict if context.verdict is not None and context.verdict.check in MAP_KEYS else None
        for at, child in enumerate(branch.children):
            name, lower = shape.names[at], shape.folded[at]
            masked_name = self._mask_key(branch, at, name) if at in shape.suspects else name
            if masked_name is name and above is not None and shape.verdicts[at] is None:
                masked_name = self._mask_identifying_key(branch, at, name, above)
            verdict = verdict_under(masked_name, context.verdict, keys, is_container=isinstance(child, Branch))
            if verdict is None:
                is_same = masked_name is name
                verdict = (
                    shape.verdicts[at]
                    if is_same
                    else verdict_under(name, context.verdict, keys, is_container=isinstance(child, Branch))
                )
            label = name
            if at in pieces:
                verdict = pieces[at]
            elif name[:1] == "/" and isinstance(child, Branch):
                verdict = context.verdict  # the path of a route says nothing about what is said of it
            elif lower in hidden:
                verdict = hidden[lower]
            elif lower in named:
                verdict, label = named[lower][0] or verdict, named[lower][1]
            elif (shape.names_values and self._is_name(lower, child)) or (shape.is_logprob and _is_token(verdict)):
                verdict = None
            states = advance(context.states, name) if context.states else ()
            self._visit(child, Context(path_verdict(states) or verdict, label, states))
        if len(self.touched) > touched and (pieces or shape.names_values):
            self.is_final = False

    def _mask_key(self, branch: Branch, at: int, name: str) -> str:
        """Mask a key that holds an identifier itself; return what it reads then."""
        edits = self._text_edits(name, "", self._depth)
        return self._edit_key(branch, at, name, edits) if edits else name

    def _mask_identifying_key(self, branch: Branch, at: int, name: str, above: Verdict) -> str:
        """Mask a key that is what the name above promises: `{"accountNo": {"110-123-456789": ...}}`."""
        new = masked_value(name, above._replace(piece=0)) if name else None
        return name if new is None else self._edit_key(branch, at, name, [Edit(0, len(name), new, above.rule)])

    def _edit_key(self, branch: Branch, at: int, name: str, edits: list[Edit]) -> str:
        written = branch.keys[at]
        branch.key_edits[at] = self._as_written(edits, self._view(written))
        key = Leaf("string", written, branch.starts[at] if self._is_text else 0)
        key.edits = branch.key_edits[at]
        self.touched.append(key)
        self.is_final = False
        return apply(name, edits)

    def _is_name(self, lower: str, child: Branch | Leaf) -> bool:
        """Tell the name in `{"key": "client_secret", "value": ...}` from a secret, whatever stands above."""
        is_name = isinstance(child, Leaf) and NAME_KEY.fullmatch(lower) is not None
        return is_name and isinstance(child, Leaf) and self._rules.keys.verdict(self._plain(child)) is not None

    def _note_columns(self, branch: Branch) -> None:
        for row, verdicts in column_verdicts(branch, self._rules.keys, self._plain):
            self._columns[id(row)] = verdicts

    # --- arrays

    def _visit_array(self, branch: Branch, context: Context) -> None:
        children = branch.children
        if len(children) >= LEAST and self._mask_octets(children, context.label):
            return
        verdicts = (
            self._columns.get(id(branch))
            or piece_verdicts(children, context.verdict)
            or paired_verdicts(children, self._rules.keys, self._plain)
        )
        above = context.verdict
        touched = len(self.touched)
        is_list_of_secrets = above is not None and above.check in SECRET_LISTS
        for at, child in enumerate(children):
            states = advance_array(context.states, at) if context.states else ()
            verdict = path_verdict(states) or (above if is_list_of_secrets else stronger(verdicts.get(at), above))
            self._visit(child, Context(verdict, context.label, states))
        self.is_final = self.is_final and len(self.touched) == touched

    def _mask_octets(self, children: list[Leaf | Branch], label: str) -> bool:
        said = said_by(children) if "encoded" in self._rules.numbers else ""
        if not said or not self._text_edits(said, label, self._depth):
            return False
        self.touched += mask_octets(children, is_text=self._is_text)
        self.is_final = False
        return True

    # --- leaves

    def _plain(self, leaf: Leaf) -> str:
        if leaf.kind != "string":
            return ""
        return plain_text(leaf.value) if self._is_text else leaf.value

    def _view(self, written: str) -> View | None:
        return unescaped_view(written) if self._is_text and "\\" in written else None

    def _mask_leaf(self, leaf: Leaf, verdict: Verdict | None, label: str) -> None:
        if leaf.kind == "string":
            self._mask_string(leaf, verdict, label)
        elif leaf.kind == "number":
            self._mask_number(leaf, verdict, label)

    def _mask_string(self, leaf: Leaf, verdict: Verdict | None, label: str) -> None:
        text = leaf.value
        view = self._view(text) if "\\" in text else None
        if view is not None:
            text = view.text
        new = masked_value(text, verdict) if verdict is not None else None
        cookie = secret_of_cookie(text) if new is not None and _is_set_cookie(label) else _WHOLE
        if new is not None and verdict is not None and cookie is not None:
            if cookie is _WHOLE:
                leaf.edits = [Edit(0, len(leaf.value), new, verdict.rule)]
            else:
                edits = [Edit(*cookie, new, verdict.rule)]
                leaf.edits, new = self._as_written(edits, view), apply(text, edits)
        else:
            edits = self._text_edits(text, label, self._depth)
            if not edits:
                return
            leaf.edits = self._as_written(edits, view)
            new = apply(text, edits)
        self._touch(leaf, new, verdict, label)

    def _touch(self, leaf: Leaf, masked: str, verdict: Verdict | None, label: str) -> None:
        """Note a masked leaf; look whether its mask is left alone by what was said of the leaf."""
        self.touched.append(leaf)
        if self.is_final:
            again = masked_value(masked, verdict) if verdict is not None else None
            self.is_final = again is None and not self._text_edits(masked, label, self._depth)

    def _as_written(self, edits: list[Edit], view: View | None) -> list[Edit]:
        """Return the edits of what a string says as edits of how it is written."""
        if view is not None:
            edits = [Edit(*view.source(edit.start, edit.end), edit.new, edit.rule) for edit in edits]
        if self._is_text and any('"' in edit.new or "\\" in edit.new for edit in edits):
            return [edit._replace(new=_escaped(edit.new)) for edit in edits]
        return edits

    def _mask_number(self, leaf: Leaf, verdict: Verdict | None, label: str) -> None:
        if verdict is None and len(leaf.value) < SHORTEST_NUMBER:
            return
        new = rule = None
        if verdict is not None and leaf.value and not _is_measure(leaf.value, verdict):
            new, rule = masked_value(leaf.value, verdict), verdict.rule
        if new is None:
            edit = next(iter(find_numbers(leaf.value, label, is_number=True)), None)
            if edit is None or edit.rule not in self._rules.numbers:
                return
            new, rule = edit.new, edit.rule
        leaf.edits = [Edit(0, len(leaf.value), f'"{new}"' if self._is_text else new, rule or "")]
        self._touch(leaf, new, verdict, label)


def _is_token(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.check == "token"


def _is_set_cookie(label: str) -> bool:
    return label[-6:].lower() == "cookie" and fold_name(label).endswith("setcookie")


def _is_measure(number: str, verdict: Verdict) -> bool:
    """Tell a count or a probability from a secret made of digits."""
    return verdict.check in {"count", "strings"} or (verdict.check == "token" and not number.isdigit())


def _escaped(new: str) -> str:
    return new.replace("\\", "\\\\").replace('"', '\\"')
