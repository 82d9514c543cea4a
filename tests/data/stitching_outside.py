"""Log events of one stream and which of them are one record, written down by somebody who had never seen `stitch`.

`stitching_outside.jsonl.gz` is JSON lines (`zcat tests/data/stitching_outside.jsonl.gz | less`). A line holds:

- `id`, `kind` (for counting) and `why`;
- `events`: `message` and `t`, the milliseconds since the first, in the order of the log stream. Events of one record are
  at most 80 ms apart, records 250 ms where nothing else is said;
- `records`: the positions of the events of each record, every position once;
- `debatable`: two experts may disagree; counted apart.
"""

import gzip
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from logrouter.model import LogEvent, RawText
from logrouter.stages.stitching.stitch import stitch_closely

AT_MS: Final = 1_795_174_560_000
SAYS_ERROR: Final = re.compile(
    r"\b(?:ERROR|SEVERE|FATAL|CRITICAL|ERR|E)\b|[Ee]rror\b|Exception|Traceback|[Pp]anic|^fail:|: ERROR", re.ASCII
)

type Partition = list[list[int]]


def outside_streams() -> list["OutsideStream"]:
    """Return all cases, in order."""
    packed = Path(__file__).with_name("stitching_outside.jsonl.gz").read_bytes()
    return [OutsideStream(json.loads(line)) for line in gzip.decompress(packed).decode().splitlines()]


class OutsideStream:
    """One case; it is judged by the partition that its author gave."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.id: str = fields["id"]
        self.kind: str = fields["kind"]
        self.records: Partition = fields["records"]
        self.is_debatable = bool(fields.get("debatable"))
        self.texts: list[str] = [event["message"] for event in fields["events"]]
        self.times: list[int] = [event["t"] for event in fields["events"]]

    def events(self) -> list[LogEvent]:
        """Return the log events."""
        both = enumerate(zip(self.texts, self.times, strict=True))
        return [LogEvent(str(at), AT_MS + ms, RawText(text)) for at, (text, ms) in both]

    def found(self) -> Partition:
        """Return which log events `stitch` makes one record."""
        return [list(one.made_of) for one in stitch_closely(self.events())]

    def is_right(self, found: Partition) -> bool:
        """Whether the records are those of the author; where blank lines go does not matter."""
        return self._told(found) == self._told(self.records)

    def foreign(self, found: Partition) -> Partition:
        """Return the records that speak of an error and hold lines of more than one record of the author."""
        owner = {at: number for number, record in enumerate(self.records) for at in record}
        return [
            record
            for record in self._told(found)
            if len({owner[at] for at in record}) > 1 and any(SAYS_ERROR.search(self.texts[at]) for at in record)
        ]

    def _told(self, partition: Sequence[Sequence[int]]) -> Partition:
        bare = [[at for at in record if not _is_blank(self.texts[at])] for record in partition]
        return sorted(record for record in bare if record)


def _is_blank(text: str) -> bool:
    return not text.strip() or '"log": ""' in text
