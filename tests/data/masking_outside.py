"""Cases written from the contract by people who had seen neither the rules nor the other cases, and how they are judged.

`masking_outside_plain`, `_disguised` and `_kept` are JSON lines, packed so that secret scanners of a repository stay
silent (`zcat tests/data/masking_outside_plain.jsonl.gz | less`). A line holds `id`, `class`, `record`, and where
something has to go:

- `secrets`: parts that must be gone from every value and key of the output, in disguised cases from all it decodes to;
- `raw`: parts as they are written in the record, which must be gone as well;
- `expected`: the whole output, where the contract leaves no choice;
- `keep`: parts of values around it that must still be there.

They came in four lots, and the rules were tuned on each after it had been scored. The first lot (1,516 plain, 2,008
disguised, 2,086 to be kept): 98.9 % recall of the plain ones, 99.4 % of the disguised ones, 3.4 % of what has to survive
was touched. The third lot (600 plain, 500 disguised, 700 to be kept) was scored after all that tuning,
and no rule had seen it: recall 600 of 600, in disguise 498 of 500, 1 of 700 touched, 599 of 600 masked exactly as said,
598 of 600 with all that stands around. The fourth (300 plain, 800 to be kept, written against what had been added
since): recall 300 of 300, 7 of 800 touched. That is what masking does with cases it does not know; since then the rules were
mended with these too, so the files hold what was reached and measure nothing new.
Two survivors are open: a label of a metric that names a Kubernetes Secret (`{secret="db-credentials"}`), and a list of
names of secrets (`secrets: [github-token, npm-token]`) read like values.
"""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.fuzz.decodings import readings

PARTS = ("plain", "disguised", "kept")


def outside_cases(part: str) -> Iterator["OutsideCase"]:
    """Yield the cases of one part, in order."""
    packed = Path(__file__).with_name(f"masking_outside_{part}.jsonl.gz").read_bytes()
    for line in gzip.decompress(packed).decode().splitlines():
        yield OutsideCase(json.loads(line))


class OutsideCase:
    """One case; it is judged by what it says itself."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields
        self.record = fields["record"]
        self.group = " ".join(filter(None, (fields["class"], fields.get("disguise"))))

    def judge(self, masked: Any) -> list[str]:
        """What is wrong: recall, exact, context; empty when all is right."""
        fields = self._fields
        if "secrets" not in fields:
            return [] if _same(masked, self.record) else ["context"]
        text = "\n".join(_texts(masked))
        forms = readings(text) if "disguise" in fields else [text]
        shown = [part for part in fields["secrets"] if any(part in form for form in forms)]
        shown += [part for part in fields.get("raw", ()) if part in text]
        wrong = ["recall"] if shown else []
        if "expected" in fields and not _same(masked, fields["expected"]):
            wrong.append("exact")
        if any(part not in text for part in fields.get("keep", ())):
            wrong.append("context")
        return wrong


def _same(one: Any, other: Any) -> bool:
    """Compare as JSON, so that `1`, `1.0` and `True` differ, and the order of keys counts."""
    return json.dumps(one) == json.dumps(other)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield str(key)
            yield from _texts(child)
    elif isinstance(value, list):
        for child in value:
            yield from _texts(child)
    else:
        yield value if isinstance(value, str) else json.dumps(value)
