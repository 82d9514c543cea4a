"""What holds for every record, whatever stands in it: the laws that fuzzing, properties and found cases share."""

import copy
import json
import time
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from logrouter.masking import FAILED, Masker, default_masker
from logrouter.masking.edits import Edit, apply
from logrouter.masking.rules.gates import REAL_TOKEN
from logrouter.model import RawText
from logrouter.policy import default_policy
from tests.data.masking_blind_survivors import survivors
from tests.fuzz.decodings import shows

SLOW_S_PER_CHAR = 400e-6
"""Hopelessly slow on any machine: an ordinary line with hits takes 1 to 5 microseconds for each character."""

COMPARED_CHARS = 20_000
"""Longer records are not masked by other engines too: without RE2, or with every gate open, time need not be linear."""

LEAST_CHARS = 2_000
"""Shorter texts are timed as if they had this many characters."""


@cache
def by_re() -> Masker:
    """The same policy with the prefilter on Python's `re`."""
    return Masker(default_policy(), engine="re")


@cache
def without_prefilter() -> Masker:
    """The same policy with every gate open for every text.

    The gate of disguise stays as it is: the view decodes more than it has to, and what opens the gate has its own test.
    So does that of tokens where a text only counts them: to let those go is a decision, not a short cut.
    """
    masker = Masker(default_policy())
    rules, engine = masker._select(None, None)
    every = frozenset(rules.prefilter._names) - {"disguise", "token"}

    def open_gates(text: str) -> frozenset[str]:
        opened = rules.prefilter.open_gates(text)
        kept = opened & {"disguise"}
        if REAL_TOKEN.search(text):
            return every | kept | {"token"}
        return every | kept if "keys" in opened else (every | kept) - {"keys"}

    engine.open_gates = open_gates  # type: ignore[method-assign]
    return masker


def faults(record: Any, planted: Sequence[str] = ()) -> list[str]:
    """Return the names of the laws that masking this record breaks; none when all is well.

    Args:
        record: text, or a value as JSON knows it.
        planted: parts of sensitive values in it that no reading of the output may show.
    """
    before = copy.deepcopy(record)
    start = time.process_time()
    masked = default_masker().mask(record)
    taken = time.process_time() - start
    broken = [] if same(record, before) else ["input changed"]
    if masked in (FAILED, {"message": FAILED}) and masked != record:
        return [*broken, "failed"]
    if taken > SLOW_S_PER_CHAR * max(_size(record), LEAST_CHARS):
        broken.append("slow")
    if not same(default_masker().mask(masked), masked):
        broken.append("unstable")
    if shape(masked) != shape(record):
        broken.append("shape")
    if _size(record) > COMPARED_CHARS:
        return broken
    if not same(by_re().mask(record), masked):
        broken.append("engines differ")
    if same(masked, record) and not same(without_prefilter().mask(record), record):
        broken.append("prefilter hides")
    broken += [f"shows {len(part)} planted characters" for part in shows(_text(masked), list(planted))]
    return broken + (text_faults(record) if isinstance(record, str) else value_faults(record, masked))


def text_faults(text: str) -> list[str]:
    """Return what is broken between a text, its edits and its JSON."""
    broken = []
    edits = default_masker()._select(None, None)[1].edits(RawText(text))
    if any(not 0 <= edit.start <= edit.end <= len(text) for edit in edits):
        broken.append("edit outside the text")
    if any(one.end > two.start for one, two in pairwise(edits)):
        broken.append("edits overlap")
    if any(not _is_covered(edit, edits) for edit in without_prefilter()._select(None, None)[1].edits(RawText(text))):
        broken.append("gate shut")
    masked, hits = default_masker().mask_text(RawText(text))
    if not hits and masked != text:
        broken.append("changed without a hit")
    if not edits and apply(text, edits) != text:
        broken.append("clean text changed")
    was = _parsed(text)
    if isinstance(was, (dict, list)) and shape(_parsed(masked)) != shape(was):
        broken.append("JSON broken")
    return broken


def _is_covered(edit: Edit, by: Sequence[Edit]) -> bool:
    return any(other.start <= edit.start and edit.end <= other.end for other in by)


GAP = "\n\n" + "이어서 다음 기록을 남깁니다. " * 8 + "\n"
"""So much ordinary text that no label reaches over it."""


@cache
def clean_lines() -> list[str]:
    """Return lines of text that have to survive; placeholders of command lines aside, which the text behind may explain."""
    lines = [case.record for case in survivors()]
    return [line for line in lines if isinstance(line, str) and "<" not in line and default_masker().mask(line) == line]


def frame_faults(record: str, clean: str) -> list[str]:
    """Return what is broken when a clean line stands far in front of a record, and far behind it."""
    before, behind = default_masker().mask(clean + GAP + record), default_masker().mask(record + GAP + clean)
    is_kept = str(before).startswith(clean + GAP) and str(behind).endswith(GAP + clean)
    return [] if is_kept else ["clean line changed"]


def value_faults(value: Any, masked: Any) -> list[str]:
    """Return what is broken between a value and the JSON text of it: both have to lose the same."""
    try:
        line = json.dumps(value, ensure_ascii=False, allow_nan=False)
        line.encode()
    except (TypeError, ValueError, RecursionError):
        return []
    if len(set(_keys(value))) != len(_keys(value)):
        return []
    by_text = _parsed(default_masker().mask(line))
    return [] if same(by_text, masked) else ["text and value differ"]


def shape(value: Any) -> Any:
    """Return types and order of a value; strings and numbers count as one, because a masked number becomes text."""
    if isinstance(value, dict):
        return [shape(item) for item in value.values()]
    if isinstance(value, (list, tuple)):
        return [shape(item) for item in value]
    return "literal" if value is None or isinstance(value, bool) else "scalar"


def same(one: Any, two: Any) -> bool:
    """Say whether two values are the same, order of keys included; NaN is itself."""
    return repr(one) == repr(two)


def _keys(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [str(key) for key in value] + [key for item in value.values() for key in _keys(item)]
    return [key for item in value for key in _keys(item)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr, skipkeys=True)


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str) else len(repr(value))


def _parsed(text: Any) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
