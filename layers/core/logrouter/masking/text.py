"""The text engine: everything that is to be masked in one text, as edits of that very text.

JSON inside the text is scanned and walked; the rest is read through a decoded view where it bears a mark of disguise;
the rules whose gates are open run on it. Depth is bounded, time is linear in the text.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial

from logrouter.masking.decoding.compressed import Opening
from logrouter.masking.decoding.encoded import find_encoded
from logrouter.masking.decoding.views import decoded_view
from logrouter.masking.edits import Edit, settle
from logrouter.masking.identifiers.addresses import find_emails, find_ibans, find_userinfo
from logrouter.masking.identifiers.numbers import find_foreign, find_numbers, find_spelled
from logrouter.masking.names.assignments import Name, find_assignments, is_masked_behind
from logrouter.masking.names.columns import with_columns
from logrouter.masking.names.tables import find_bound, find_inserted, find_manifest_secrets
from logrouter.masking.names.validations import find_inputs
from logrouter.masking.names.webkeys import find_key_parts
from logrouter.masking.rules.gates import REAL_TOKEN
from logrouter.masking.rules.table import RuleSet
from logrouter.masking.trees.octets import find_octets
from logrouter.masking.trees.shapes import Shapes
from logrouter.masking.trees.tree import Branch, Leaf, Scan, find_json
from logrouter.masking.walk import Walk

DEPTH_LIMIT = 10
"""Layers of text in text (JSON in JSON in base64 ...) that are opened; deeper ones are read as plain text."""

SHORTEST = 4
"""A text shorter than this holds nothing that can be told without its key."""

LABELLED_LIMIT_CHARS = 100
"""A longer text in base64 is no identifier that a label in front of it could tell."""

CLEAN_LIMIT = 4096
"""Values that open no gate and are remembered: levels, methods, service names come again with every record."""

NAME_LIMIT_CHARS = 120
"""So far in front of JSON in a text its name is looked for."""

CLEAN_LIMIT_CHARS = 40
"""Longer values seldom come twice."""

_QUOTE = r"(?:&(?:quot|apos|#0*3[49]|#[xX]0*2[27]);|%(?:25)*2[27]|\\+u002[27])"
_CODED_QUOTE = re.compile(_QUOTE)
_CODED_QUOTE_END = re.compile(f"{_QUOTE}(?:[\\]}}]|%(?:25)*[57][dD]){{0,8}}$")
_ASSIGNING = frozenset(":=>")
_SIGNS = ":=-> \t\r\n"
"""What may stand between a name and the JSON that is assigned to it."""

_TOKEN_ONLY = frozenset({"token"})
_KEY_GATES = frozenset({"keys", "token"})


class TextEngine:
    """Finds the edits of texts under one rule set."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self._prefilter = rules.prefilter.open_gates
        self._shapes = Shapes(rules.keys, self.open_gates)
        self._clean: set[str] = set()
        self._opening = Opening()

    def begin(self) -> None:
        """Begin a look at a record: what may be decoded of one is bounded as a whole."""
        self._opening = Opening()

    def open_gates(self, text: str) -> frozenset[str]:
        """Return the gates that a text opens; none when all it has to do with tokens is to count them."""
        gates = self._prefilter(text)
        if gates and gates == _TOKEN_ONLY and not REAL_TOKEN.search(text):
            return frozenset()
        return gates

    def look(self, text: str, gates: frozenset[str]) -> tuple[list[Edit], bool | Name]:
        """Return the settled edits of a record's text, and whether it is sure that a second look finds nothing more.

        A name is returned where that depends on nothing but what stands behind it then: see `is_left_alone`.
        """
        self.begin()
        scans = find_json(text) if "{" in text or "[" in text else []
        if not scans and "\n" not in text and "disguise" not in gates:
            names: list[Name] = []
            edits = settle(self._rule_edits(text, "", 0, gates, names))
            is_only = len(names) == len(edits) == 1 and edits[0].start > names[0].end
            return edits, names[0] if is_only else False
        if len(scans) != 1 or not _is_whole(scans[0], text):
            return self._edits(text, "", 0, gates, scans), False
        leaves, is_final = self.leaf_edits(scans[0].root, is_text=True)
        return settle(_placed(leaves)), is_final

    def is_left_alone(self, text: str, gates: frozenset[str], name: Name) -> bool:
        """Say whether the only name that stood in a text has a mask behind it now, and nothing else is to be found."""
        if not gates <= _KEY_GATES or name.verdict is None or not is_masked_behind(text, name.end, name.verdict):
            return False
        return not (("{" in text or "[" in text) and find_json(text))

    def edits(self, text: str, label: str = "", depth: int = 0, *, is_decoded: bool = False) -> list[Edit]:
        """Return the settled edits of a text; `label` is the key above it."""
        gates = self.open_gates(text) if len(text) >= SHORTEST else None
        return self._gated_edits(text, label, depth, gates, is_decoded=is_decoded) if gates else []

    def _gated_edits(
        self, text: str, label: str, depth: int, gates: frozenset[str], *, is_decoded: bool = False
    ) -> list[Edit]:
        scans = find_json(text) if depth < DEPTH_LIMIT and ("{" in text or "[" in text) else []
        return self._edits(text, label, depth, gates, scans, is_decoded=is_decoded)

    def _edits(
        self,
        text: str,
        label: str,
        depth: int,
        gates: frozenset[str],
        scans: list[Scan],
        *,
        is_decoded: bool = False,
    ) -> list[Edit]:
        if not scans:
            return settle(self._plain_edits(text, label, depth, gates, is_decoded=is_decoded))
        found: list[Edit] = []
        at = 0
        for scan in scans:
            if scan.start - at >= SHORTEST:
                found += self._segment_edits(text, at, scan.start, label, depth, is_decoded=is_decoded)
            name = _name_before(text, max(at, scan.start - NAME_LIMIT_CHARS), scan.start)
            found += _placed(self.leaf_edits(scan.root, depth, is_text=True, name=name)[0])
            at = scan.end
        if len(text) - at >= SHORTEST:
            found += self._segment_edits(text, at, len(text), label, depth, is_decoded=is_decoded)
        return settle(found)

    def _value_edits(self, text: str, label: str, depth: int) -> list[Edit]:
        """Return the settled edits of a value in a tree, which is often one that was seen before."""
        if len(text) < SHORTEST or text in self._clean:
            return []
        gates = self.open_gates(text)
        if gates:
            return self._gated_edits(text, label, depth, gates)
        if len(text) <= CLEAN_LIMIT_CHARS:
            if len(self._clean) >= CLEAN_LIMIT:
                self._clean.clear()
            self._clean.add(text)
        return []

    def _segment_edits(
        self, text: str, start: int, end: int, label: str, depth: int, *, is_decoded: bool
    ) -> list[Edit]:
        segment = text[start:end]
        gates = self.open_gates(segment)
        if not gates:
            return []
        edits = self._plain_edits(segment, label, depth, gates, is_decoded=is_decoded)
        return [Edit(edit.start + start, edit.end + start, edit.new, edit.rule) for edit in edits]

    def leaf_edits(
        self, root: Branch | Leaf, depth: int = 0, *, is_text: bool, name: str = ""
    ) -> tuple[list[Leaf], bool]:
        """Mask a tree in place of its leaves' edits; `name` is what stands in front of it (`credentials={...}`).

        Returns the leaves that got some, and whether it is sure that masking the outcome finds nothing more.
        """
        walk = Walk(self._rules, self._shapes, self._value_edits, is_text=is_text, depth=depth)
        walk.run(root, name)
        return walk.touched, walk.is_final

    def _plain_edits(self, text: str, label: str, depth: int, gates: frozenset[str], *, is_decoded: bool) -> list[Edit]:
        if "disguise" in gates and not is_decoded:
            view = decoded_view(text)
            if view is not None:
                edits = self.edits(view.text, label, depth + 1, is_decoded=True)
                found = [Edit(*view.source(edit.start, edit.end), edit.new, edit.rule) for edit in edits]
                # What was decoded may be a mark that ends a value too early: what the raw text says holds as well.
                raw = self._assigned_edits(text, gates) + ([*find_userinfo(text)] if "url" in gates else [])
                return found + [_without_quotes(text, edit) for edit in raw]
        return self._rule_edits(text, label, depth, gates)

    def _assigned_edits(self, text: str, gates: frozenset[str], names: list[Name] | None = None) -> list[Edit]:
        if "keys" in gates or "token" in gates:
            found = [*find_assignments(text, self._rules.keys, self._rules.stems, [] if names is None else names)]
            if "\n" not in text:
                return found
            if ", input_value=" in text:
                found += find_inputs(text, self._rules.keys)
            return with_columns(text, found, self._rules.keys)
        return []

    def _hides(self, decoded: str, before: str, label: str, depth: int) -> bool:
        """Say whether a decoded run hides something: by itself, or behind the label in front of it."""
        if self.edits(decoded, label, depth + 1):
            return True
        if len(decoded) > LABELLED_LIMIT_CHARS or not before.strip():
            return False
        edits = self.edits(before + decoded, label, DEPTH_LIMIT)
        return bool(edits) and edits[-1].end > len(before)

    def _rule_edits(
        self, text: str, label: str, depth: int, gates: frozenset[str], names: list[Name] | None = None
    ) -> list[Edit]:
        rules = self._rules
        found = self._assigned_edits(text, gates, names)
        if "number" in gates:
            found += (edit for edit in find_numbers(text, label) if edit.rule in rules.numbers)
            found += (edit for edit in find_spelled(text) if edit.rule in rules.numbers)
        if "encoded" in gates and depth < DEPTH_LIMIT:
            hides = partial(self._hides, label=label, depth=depth)
            found += find_encoded(text, hides, self._opening)
        if "octets" in gates and depth < DEPTH_LIMIT:
            found += find_octets(text, lambda decoded: self._hides(decoded, "", label, depth))
        if "insert" in gates:
            found += find_inserted(text, rules.keys)
            found += find_bound(text, rules.keys)
        for gate in gates:
            finder = _FINDERS.get(gate)
            rule = rules.patterns.get(gate) or rules.labels.get(gate)
            if finder is not None:
                found += finder(text)
            elif rule is not None:
                found += rule.find(text)
            elif gate in rules.finders:
                found += rules.finders[gate](text, label)
        return found


def _name_before(text: str, first: int, at: int) -> str:
    """Return the name that JSON in a text is assigned to (`credentials = {...}`), empty for none."""
    before = text[first:at].rstrip()
    if before[-1:] not in _ASSIGNING:
        return ""
    name = before.rstrip(_SIGNS).rstrip("\\\"'`")
    start = len(name)
    while start and (name[start - 1].isalnum() or name[start - 1] in "_.$-"):
        start -= 1
    return name[start:]


def _is_whole(scan: Scan, text: str) -> bool:
    return not scan.is_cut and scan.start < SHORTEST and len(text) - scan.end < SHORTEST


def _placed(leaves: list[Leaf]) -> list[Edit]:
    """Return the edits of leaves as edits of the text that they stand in."""
    return [
        Edit(one.start + leaf.start, one.end + leaf.start, one.new, one.rule) for leaf in leaves for one in leaf.edits
    ]


def _without_quotes(text: str, edit: Edit) -> Edit:
    """Leave the encoded quotes around a value as they are."""
    opening = _CODED_QUOTE.match(text, edit.start, edit.end)
    closing = _CODED_QUOTE_END.search(text, edit.start, edit.end)
    if opening is None or closing is None or opening.end() >= closing.start():
        return edit
    return edit._replace(start=opening.end(), end=closing.start())


_FINDERS: dict[str, Callable[[str], Iterator[Edit]]] = {
    "foreign": find_foreign,
    "email": find_emails,
    "url": find_userinfo,
    "iban": find_ibans,
    "manifest": find_manifest_secrets,
    "jwk": find_key_parts,
}
"""Rules that are code and need nothing but the text, by their gate."""
