"""What validators say of a field whose name stands on the line before: pydantic's errors as text.

`1 validation error for Login`, `password`, `  String should have ... [type=..., input_value='x', input_type=str]`.
"""

import re
from collections.abc import Iterator

from logrouter.masking.edits import Edit
from logrouter.masking.names.notations import read_value
from logrouter.masking.values.keyed import masked_value
from logrouter.masking.values.keys import KeyPolicy

FIELD_LIMIT_CHARS = 160
"""A longer line holds no path of a field."""

_INPUT = re.compile(r"\[type=[\w.]{1,60}, input_value=")
_FIELD = re.compile(r"[\w.\-\[\]()',\uac00-\ud7a3]{1,160}")
_PART = re.compile(r"[A-Za-z_\uac00-\ud7a3][\w\uac00-\ud7a3-]*")


def find_inputs(text: str, policy: KeyPolicy) -> Iterator[Edit]:
    """Yield an edit for the input of every error whose field the key policy finds sensitive."""
    at = text.find(", input_value=")
    while at >= 0:
        begin = text.rfind("[type=", max(0, at - 80), at)
        head = _INPUT.match(text, begin) if begin >= 0 else None
        verdict = policy.verdict(_field_before(text, begin)) if head else None
        span = read_value(text, head.end()) if head and verdict else None
        if verdict and span:
            new = masked_value(text[slice(*span)].removesuffix(","), verdict)
            if new is not None:
                yield Edit(*span, new, verdict.rule)
        at = text.find(", input_value=", at + 1)


def _field_before(text: str, at: int) -> str:
    """Return the last name of the path on the line before the one that holds `at`; empty for none."""
    line = text.rfind("\n", max(0, at - 400), at)
    first = text.rfind("\n", max(0, line - FIELD_LIMIT_CHARS), line) if line > 0 else -1
    path = text[max(first + 1, line - FIELD_LIMIT_CHARS, 0) : max(line, 0)].strip()
    parts = _PART.findall(path) if _FIELD.fullmatch(path) else []
    return parts[-1] if parts else ""
