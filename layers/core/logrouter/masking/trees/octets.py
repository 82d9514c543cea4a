"""Text as lists of its bytes, the way programs print buffers: `{"type":"Buffer","data":[112,97,...]}`, `[112 97 ...]`.

The bytes are read as text; where that hides something, all of them give way to the bytes of the mask.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from logrouter.masking.decoding.encoded import text_of
from logrouter.masking.edits import SECRET, Edit
from logrouter.masking.trees.tree import Branch, Leaf

LEAST = 8
"""Fewer bytes hold nothing that could be told."""

_NUMBER = r"(?:9|1[03]|3[2-9]|[4-9][0-9]|1[0-9][0-9]|2[0-5][0-9]|-[0-9]{1,3})"
_GAP = r"(?:[,\s]|\\+[nrt])+"
_HEX = r"[0-9a-fA-F]{2}"
OCTETS_GATE = (
    rf"\[(?:\s|\\+[nrt])*{_NUMBER}(?:{_GAP}{_NUMBER}){{{LEAST - 1}}}"
    rf"|<Buffer(?: {_HEX}){{{LEAST}}}|(?:0x{_HEX},\s*){{{LEAST - 1}}}0x"
)
"""Numbers of printable characters and of UTF-8, signed ones of Java too; bytes as Node and Go print them."""

_RUN = re.compile(
    rf"\[\s*+(?P<ten>-?[0-9]{{1,3}}(?:[,\s]++-?[0-9]{{1,3}}(?![0-9.])){{{LEAST - 1},}}+)"
    rf"|<Buffer (?P<hex>{_HEX}(?: {_HEX}){{{LEAST - 1},}}+)"
    rf"|(?P<code>0x{_HEX}(?:,\s{{0,20}}0x{_HEX}){{{LEAST - 1},}}+)"
)

type Hides = Callable[[str], bool]
"""Whether a decoded text hides something."""


def find_octets(text: str, hides: Hides) -> Iterator[Edit]:
    """Yield an edit for every list of bytes in a text whose characters hide something."""
    for run in _RUN.finditer(text):
        group = run.lastgroup or ""
        said = _said(re.split(r"[,\s]+", run[group]), 10 if group == "ten" else 16)
        if said and hides(said):
            yield Edit(*run.span(group), SECRET, "encoded")


def said_by(children: Sequence[Branch | Leaf]) -> str:
    """Return the text whose bytes the items of a list are; empty for none."""
    first = children[0]
    if not isinstance(first, Leaf) or first.kind != "number" or len(first.value) > 4:
        return ""
    if not all(isinstance(child, Leaf) and child.kind == "number" for child in children):
        return ""
    return _said([child.value for child in children if isinstance(child, Leaf)], 10)


def mask_octets(children: Sequence[Branch | Leaf], *, is_text: bool) -> list[Leaf]:
    """Let the bytes of the mask take the place of all bytes; return the leaves that got edits.

    In a text that is one edit, over all of them.
    """
    leaves = [child for child in children if isinstance(child, Leaf)]
    new = [str(ord(char)) for char in SECRET.ljust(len(leaves), "*")[: len(leaves)]]
    if is_text:
        leaves[0].edits = [Edit(0, leaves[-1].end - leaves[0].start, ",".join(new), "encoded")]
        return leaves[:1]
    for leaf, number in zip(leaves, new, strict=True):
        leaf.edits = [Edit(0, len(leaf.value), number, "encoded")]
    return leaves


def _said(numbers: Sequence[str], base: int) -> str:
    try:
        values = [int(number, base) for number in numbers]
    except ValueError:
        return ""
    if not all(-128 <= value <= 255 for value in values):
        return ""
    return text_of(bytes(value & 255 for value in values))
