"""logfmt: `key=value` pairs, as logrus, slog's TextHandler, structlog and Heroku's router write them."""

from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.pairs import read_pairs
from logrouter.stages.reading.parser import LETTERS, Fields, TextParser

_TELLING = frozenset({"level", "lvl", "severity", "msg", "message", "err", "error", "event"})


def _read(text: str, at_ms: int) -> Fields | None:
    """Read a line that consists of pairs from end to end and has a level, a message or an error among them."""
    if "=" not in text[:100]:
        return None
    document = read_pairs(text)
    if document is not None and "at" in document and "desc" in document and "msg" not in document:
        document["msg"] = document.pop("desc")  # what Heroku's router found wrong
    if document is None or len(document) < 2 or _TELLING.isdisjoint(document):
        return None
    return read_fields(document, at_ms)


TEXT = TextParser(
    name="logfmt",
    starts=LETTERS + "_@",
    read=_read,
    examples=(
        'time=2026-11-20T02:00:00.123Z level=ERROR msg="charge failed" order=17 err="card declined"',
        'request_id=req-1 amount=1000 event="charge failed" level=error timestamp=2026-11-20T05:58:10.905539Z',
        'at=error code=H12 desc="Request timeout" method=GET path="/orders/17" request_id=req-1 status=503',
    ),
)
